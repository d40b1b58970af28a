"""What stands in the report: what is off first, what moved the totals, what is missing said."""

import io
import re
from datetime import UTC, date, datetime

import openpyxl
import pytest
from pypdf import PdfReader

from apps.accounts.tests.factories import UserFactory
from apps.assessments.tests.factories import approved, draft, published, terms
from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.services.sections import SECTIONS
from apps.forecasts.tests.reports import NOW, assembled, cells, issued, plain, report_firm, section, texts
from apps.kpis.models import KpiSeries
from apps.kpis.tests.factories import aim, entry, make_kpi, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(settings):
    return report_firm(settings)


class TestAssembleReport:
    def test_says_what_is_off_since_when_whose_and_how_it_will_end(self, firm):
        report = assembled(firm)
        assert texts(report, "off")[0] == "One of 2 judged KPIs is off target in May 2026: 1 clearly, 0 slightly."
        (row,) = cells(report, "off", "off")
        assert row == [
            "Revenue", "90.0 kEUR", "100.0 kEUR", "April 2026", "Owen Owner, head of Company",
            "Expected 1,150.0 kEUR at the end of the year (80 %: 1,100.0 to 1,195.0) against 1,200.0 kEUR: the target is "
            "reached with a chance of 12 %.",
        ]  # fmt: skip

    def test_holds_every_section_in_order(self, firm):
        report = assembled(firm)
        assert report.content["order"] == [builder.code for builder in SECTIONS]
        assert report.issue == firm.issue

    def test_bridges_the_change_to_the_departments(self, firm):
        report = assembled(firm)
        assert texts(report, "moved")[1] == (
            "Revenue fell from 110.0 kEUR in May 2025 to 90.0 kEUR (−20.0 kEUR). Most of it came from North (−20.0 kEUR)."
        )
        rows = cells(report, "moved", f"bridge-{firm.revenue.pk}-2025-05")
        assert rows == [["May 2025", "110.0 kEUR"], ["North", "−20.0 kEUR"], ["May 2026", "90.0 kEUR"]]

    def test_compares_with_the_past(self, firm):
        (row,) = cells(assembled(firm), "results", "results")
        assert row[:4] == ["Revenue", "90.0 kEUR", "100.0 kEUR", "Off target"]
        assert row[4:7] == ["−5.3 %", "−10.6 %", "−18.2 %"]
        assert row[7] == "worsened"

    def test_calls_a_verdict_provisional_before_a_year_is_known(self, firm):
        report = assembled(firm, Month(2025, 6))
        assert "That is provisional: there are 6 months of Revenue so far, and twelve are needed to be sure." in texts(
            report, "results"
        )
        table = next(one for one in section(report, "results")["tables"] if one["code"] == "results")
        assert table["rows"][0][4]["note"] == "no clear change, provisional: 6 months so far"
        assert table["rows"][0][7]["note"] == "provisional: 6 months so far"

    def test_says_no_verdict_from_three_months(self, firm):
        report = assembled(firm, Month(2025, 3))
        (row,) = cells(report, "results", "results")
        assert row[7] == "too few months to tell"
        assert any("too few months to tell whether that is a change" in text for text in texts(report, "results"))
        assert not any("provisional" in text for text in texts(report, "results"))

    def test_says_what_is_missing_instead_of_leaving_it_out(self, firm):
        report = assembled(firm, Month(2024, 12))
        assert texts(report, "off")[0].startswith("No KPI could be judged")
        assert texts(report, "scores")[0].startswith("No scores are published")
        assert texts(report, "forecasts")[0].startswith("No forecast was issued")
        assert cells(report, "results", "results") == []

    def test_says_when_the_forecast_is_older(self, firm):
        later = datetime(2026, 7, 10, 9, tzinfo=UTC)
        report = services.assemble_report(month=Month(2026, 6), by=firm.coo, now=later).report
        assert texts(report, "forecasts")[0] == (
            "No forecast was issued after June 2026 yet: these are those issued after May 2026."
        )

    def test_tells_people_forecasts_and_warnings(self, firm):
        report = assembled(firm)
        assert (
            texts(report, "people")[0] == "2 people were employed at the end of May 2026, as many as at its beginning."
        )
        assert texts(report, "forecasts")[1].startswith("Of the one KPI with a target for the year: 0 likely")
        assert (
            texts(report, "warnings")[1]
            == "Scrap of North is expected to leave its target by August 2026 (chance 70 %)."
        )
        assert texts(report, "outlook")[0].startswith("Headcount of Company: 2 expected in November 2026")

    def test_tells_the_published_scores_with_what_moved_them(self, firm):
        hr = UserFactory(roles=["hr"])
        aim(firm.revenue, 45, now=NOW)
        rules = draft(by=hr, departments=[firm.north, firm.south], lines=[terms(firm.revenue, 100)])
        approved(rules, by=hr, deciders=[firm.coo])
        for month in ("2026-04", "2026-05"):
            published(month, by=hr, deciders=[firm.coo])
        report = assembled(firm)
        assert texts(report, "scores")[0].startswith("The mean score of 2 departments in May 2026 is")
        assert cells(report, "scores", "moved")[0][0] == "Mean of the month before"

    def test_links_every_sentence_to_its_source(self, firm, client):
        client.force_login(firm.coo)
        report = assembled(firm)
        found = {
            one["url"] for code in report.content["order"] for one in section(report, code)["sentences"] if one["url"]
        }
        assert found
        for url in found:
            assert client.get(url).status_code == 200, url

    def test_tells_first_of_totals_that_moved_since_the_month_before(self, firm):
        zinc = make_kpi(firm.top, code="ZZZ", name="Zinc", reporting=(firm.north,), now=NOW)
        moved = [entry(zinc, firm.north, month, figure) for month, figure in (("2026-04", 5), ("2026-05", 7))]
        still = [entry(firm.revenue, place, month, figure) for place in (firm.north, firm.south)
                 for month, figure in (("2025-05", 40), ("2026-04", 50), ("2026-05", 50))]  # fmt: skip
        record([*moved, *still], by=firm.coo, now=NOW)
        told = texts(assembled(firm), "moved")
        assert ["Zinc" in text for text in told] == [True, True, False, False], told

    def test_refuses_a_month_that_still_runs(self, firm):
        with pytest.raises(services.WrongMonth, match="has not ended"):
            assembled(firm, Month(2026, 6))

    def test_brings_a_draft_up_to_date_and_keeps_what_was_typed(self, firm):
        report = services.say(report=assembled(firm), said={"summary": "Bad."}, by=firm.coo, now=NOW)
        record([entry(firm.revenue, firm.north, "2026-05", 55)], by=firm.coo, now=NOW)
        again = assembled(firm)
        assert again.pk == report.pk
        assert again.said == {"summary": "Bad."}
        assert cells(again, "off", "off") == []

    def test_leaves_an_approved_one_alone(self, firm):
        services.approve_report(report=assembled(firm), by=firm.coo, now=NOW)
        with pytest.raises(services.ReportBusy, match="is approved"):
            assembled(firm)

    def test_begins_a_new_version_only_with_a_reason(self, firm):
        first = issued(firm)
        with pytest.raises(services.ReasonMissing):
            assembled(firm)
        second = assembled(firm, reason="The ledger was wrong.")
        assert (first.version, second.version) == (1, 2)
        assert second.content["begun_because"] == "The ledger was wrong."
        assert assembled(firm).content["begun_because"] == "The ledger was wrong."

    def test_costs_the_same_for_many_indicators(self, firm, django_assert_max_num_queries):
        for number in range(12):
            kpi = make_kpi(firm.north, code=f"X{number}", name=f"Extra {number}", reporting=(firm.north,), now=NOW)
            aim(kpi, 10, now=NOW)
            record([entry(kpi, firm.north, "2026-05", 1)], by=firm.coo, now=NOW)
        with django_assert_max_num_queries(70):
            assembled(firm)


class TestRates:
    """On time: North 90 of 100, South 60 of 100; then North 120 of 150, South 30 of 50."""

    @pytest.fixture
    def on_time(self, firm):
        firm.rate = make_kpi(firm.top, code="OTD", name="On time", unit="%", decimals=1, over_departments="ratio",
                             over_time="ratio", scale=100, reporting=(firm.north, firm.south), now=NOW)  # fmt: skip
        KpiSeries.objects.update(first_month=date(2025, 1, 1))
        told = {
            "2025-05": ((80, 100), (60, 100)), "2026-04": ((90, 100), (60, 100)), "2026-05": ((120, 150), (30, 50)),
        }  # fmt: skip
        record(
            [entry(firm.rate, place, month, numerator=top, denominator=bottom)
             for month, pairs in told.items() for place, (top, bottom) in zip((firm.north, firm.south), pairs, strict=True)],
            by=firm.coo, now=NOW,
        )  # fmt: skip
        return assembled(firm)

    def test_tell_each_department_s_rate_and_weight_apart(self, firm, on_time):
        assert texts(on_time, "moved")[2] == "On time is what it was in April 2026: 75.0 %."
        assert texts(on_time, "moved")[3] == (
            "On time rose from 70.0 % in May 2025 to 75.0 % (+5.00 points): ±0 points by the departments’ own rates, "
            "+5.00 points by their weight in the whole. Most of it came from South (+3.13 points)."
        )
        assert cells(on_time, "moved", f"bridge-{firm.rate.pk}-2026-04") == [
            ["April 2026", "", "", "75.0 %"],
            ["North", "−6.25 points", "+2.50 points", "−3.75 points"],
            ["South", "±0 points", "+3.75 points", "+3.75 points"],
            ["May 2026", "", "", "75.0 %"],
        ]
        table = next(
            one for one in section(on_time, "moved")["tables"] if one["code"].endswith(f"{firm.rate.pk}-2026-04")
        )
        assert [column["label"] for column in table["columns"]][1:3] == [
            "By its own rate",
            "By its weight in the whole",
        ]
        assert plain(table["rows"][1][0]["note"]) == "90.0 % → 80.0 %"

    def test_are_drawn_with_two_bars_of_each_department(self, firm, on_time):
        chart = next(one for one in section(on_time, "moved")["charts"] if one["code"] == f"bridge-{firm.rate.pk}")
        assert [(one["name"], one["values"]) for one in chart["series"]] == [
            ("Own rate", [0.0, 0.0]), ("Weight in the whole", [3.125, 1.875]),
        ]  # fmt: skip

    def test_stand_in_the_workbook_as_numbers_and_on_paper(self, on_time):
        book = openpyxl.load_workbook(io.BytesIO(services.report_xlsx(report=on_time)))
        rows = [row for sheet in book if sheet.title.startswith("On time") for row in sheet.iter_rows(values_only=True)]
        assert ("North", "90.0\u00a0% → 80.0\u00a0%", -6.25, 2.5, -3.75) in rows
        paper = PdfReader(io.BytesIO(services.report_pdf(report=on_time)))
        text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in paper.pages))
        assert "By its weight in the whole" in text and "−6.25 points" in text.replace("\u00a0", " ")

    def test_say_what_is_missing_where_the_whole_has_no_weight(self, firm):
        rate = make_kpi(firm.top, code="WT", name="Weighed", over_departments="weighted", over_time="weighted",
                        reporting=(firm.north,), now=NOW)  # fmt: skip
        record([entry(rate, firm.north, "2026-05", 3, denominator=2)], by=firm.coo, now=NOW)
        assert texts(assembled(firm), "moved")[2] == (
            "What moved Weighed against April 2026 cannot be told: one of the two figures is missing, or what it weighs."
        )
