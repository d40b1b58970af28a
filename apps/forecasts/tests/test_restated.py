"""What of a frozen report is another today is listed beside it, and the report itself stays as it was."""

import io
import re
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from pypdf import PdfReader
from rest_framework.test import APIClient

from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.forecasts import services
from apps.forecasts.models import ReportReader, SituationReport
from apps.forecasts.selectors.restated import Restated, appendix_of, restated_since
from apps.forecasts.services.restating import restated_text
from apps.forecasts.tests.factories import issue_of
from apps.forecasts.tests.reports import APRIL, MAY, MONTHS, NOW, assembled, issued, plain, report_firm
from apps.kpis.models import KpiSeries
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.staff.models import HeadcountPlan
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)


@pytest.fixture
def firm(settings):
    return report_firm(settings)


def since(firm, report, month=MAY):
    """The sentences on what was restated."""
    scope = Scope(user_id=firm.coo.pk, reach=Reach.COMPANY, capabilities=frozenset({"forecasts.view"}))
    return [plain(restated_text(one, month)) for one in restated_since(scope, report)]


def correct(firm, kpi, department, month, value, **given):
    record([entry(kpi, department, month, value, **given)], by=firm.coo, now=LATER)


class TestFigures:
    def test_a_corrected_value_of_the_month_with_its_part(self, firm, client):
        report = issued(firm)
        kept = SituationReport.objects.get(pk=report.pk).content
        correct(firm, firm.revenue, firm.north, "2026-05", 44)
        assert since(firm, report) == [
            "Revenue of Company was 90.0 kEUR, now 94.0 kEUR, restated on 17 Jun 2026.",
            "Revenue of North in May 2026 was 40.0 kEUR, now 44.0 kEUR, restated on 17 Jun 2026.".replace(
                " in May 2026", ""
            ),
        ]
        client.force_login(firm.coo)
        body = plain(client.get(reverse("forecasts:report", args=[report.pk])).content.decode())
        assert "Revenue of Company was 90.0 kEUR, now 94.0 kEUR, restated on 17 Jun 2026." in body
        assert "The report stays as it was issued." in body
        assert SituationReport.objects.get(pk=report.pk).content == kept

    def test_nothing_while_nothing_changed(self, firm):
        assert since(firm, issued(firm)) == []

    def test_the_month_before_and_the_year_before(self, firm):
        report = issued(firm)
        correct(firm, firm.revenue, firm.south, "2026-04", 55)
        correct(firm, firm.revenue, firm.north, "2025-05", 61)
        assert since(firm, report) == [
            "Revenue of Company in May 2025 was 110.0 kEUR, now 111.0 kEUR, restated on 17 Jun 2026.",
            "Revenue of Company in April 2026 was 95.0 kEUR, now 100.0 kEUR, restated on 17 Jun 2026.",
            "Revenue of North in May 2025 was 60.0 kEUR, now 61.0 kEUR, restated on 17 Jun 2026.",
            "Revenue of South in April 2026 was 50.0 kEUR, now 55.0 kEUR, restated on 17 Jun 2026.",
        ]

    def test_a_target_set_otherwise_and_the_light_it_turns(self, firm):
        report = issued(firm)
        aim(firm.revenue, 85, department=firm.top, first=date(2026, 5, 1), now=LATER)
        assert since(firm, report) == [
            "The target of Revenue of Company was 100.0 kEUR, now 85.0 kEUR.",
            "The state of Revenue of Company was Off target, now On target.",
        ]

    def test_an_indicator_the_report_only_counts(self, firm):
        quiet = make_kpi(firm.south, code="VISITS", name="Visits", decimals=0, reporting=(firm.south,), now=NOW)
        late = make_kpi(firm.south, code="CALLS", name="Calls", decimals=0, reporting=(firm.south,), now=NOW)
        KpiSeries.objects.filter(kpi__in=(quiet, late)).update(first_month=date(2025, 1, 1))
        record([entry(quiet, firm.south, "2026-05", 7)], by=firm.coo, now=NOW)
        report = issued(firm)
        assert not any(one["name"] in {"Visits", "Calls"} for one in report.content["figures"])
        correct(firm, quiet, firm.south, "2026-05", 8)
        correct(firm, late, firm.south, "2026-05", 3)
        assert since(firm, report) == [
            "Visits of South was 7, now 8, restated on 17 Jun 2026.",
            "Calls of South: there was none, now 3, reported on 17 Jun 2026.",
        ]

    def test_what_a_departments_rate_weighs(self, firm):
        share = make_kpi(firm.top, code="OTD", name="On time", unit="%", over_departments="ratio", over_time="ratio",
                         reporting=(firm.north, firm.south), now=NOW)  # fmt: skip
        KpiSeries.objects.filter(kpi=share).update(first_month=date(2025, 1, 1))
        told = [
            entry(share, place, month, numerator=90, denominator=100)
            for place in (firm.north, firm.south)
            for month in MONTHS
        ]
        record(told, by=firm.coo, now=NOW)
        report = issued(firm)
        correct(firm, share, firm.north, "2026-04", None, numerator=180, denominator=200)
        assert since(firm, report) == [
            "What On time of Company weighs in April 2026 was 200.00, now 300.00, restated on 17 Jun 2026.",
            "What On time of North weighs in April 2026 was 100.00, now 200.00, restated on 17 Jun 2026.",
        ]

    def test_a_change_too_small_for_the_usual_places_is_shown_all_the_same(self):
        one = Restated("kpi", "value", MAY, Decimal("90.01"), Decimal("90.02"), name="R", place_name="P", decimals=1)
        assert restated_text(one, MAY) == "R of P was 90.01, now 90.02."


class TestOthers:
    def test_people_who_came_later_than_they_began(self, firm):
        report = issued(firm)
        PersonFactory(name="Late Lea", department=firm.north, hired_on=date(2026, 4, 7))
        HeadcountPlan.objects.filter(department=firm.north).update(planned=4)
        assert since(firm, report) == [
            "Headcount of North was 1, now 2.",
            "The planned headcount of North was 3, now 4.",
            "The number of people who joined the company in April 2026 was 0, now 1.",
            "The company’s headcount at the end of April 2026 was 2, now 3.",
            "The company’s headcount at the end of May 2026 was 2, now 3.",
            "The company’s planned headcount in May 2026 was 3, now 4.",
        ]

    def test_a_newer_forecast(self, firm):
        report = issued(firm)
        issue_of("2026-05", version=2, issued_at=LATER)
        issue_of("2026-06", issued_at=LATER)
        assert since(firm, report) == [
            "The forecast the report rests on was that after May 2026, version 1, now that after May 2026, version 2, "
            "restated on 17 Jun 2026."
        ]

    def test_an_approved_report_too_but_no_draft(self, firm, client):
        report = assembled(firm)
        correct(firm, firm.scrap, firm.north, "2026-05", 4.5)
        client.force_login(firm.coo)
        page = reverse("forecasts:report", args=[report.pk])
        assert since(firm, report) == []
        assert "report-restated" not in client.get(page).content.decode()
        report = services.approve_report(report=report, by=firm.coo, now=NOW)
        assert since(firm, report) == ["Scrap of North was 4.00 %, now 4.50 %, restated on 17 Jun 2026."]
        body = client.get(page).content.decode()
        assert "take it back to draft" in body
        assert "stays as it was issued" not in body

    def test_costs_the_same_however_much_is_told(self, firm, django_assert_max_num_queries):
        report = issued(firm)
        with django_assert_max_num_queries(12):
            since(firm, report)
        correct(firm, firm.revenue, firm.north, "2026-05", 44)
        correct(firm, firm.revenue, firm.north, "2026-04", 44)
        with django_assert_max_num_queries(13):
            since(firm, report)

    def test_a_report_of_before_there_were_grounds(self, firm):
        report = issued(firm)
        report.content = {name: part for name, part in report.content.items() if name not in {"grounds", "standings"}}
        assert since(firm, report) == []


class TestFiles:
    def test_say_what_was_restated_by_the_moment_they_were_made(self, firm, client):
        report = issued(firm)
        correct(firm, firm.revenue, firm.north, "2026-05", 44)
        client.force_login(firm.coo)
        answer = client.get(reverse("forecasts:report_pdf", args=[report.pk]))
        pages = PdfReader(io.BytesIO(answer.content)).pages
        text = plain(re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages)))
        assert "Restated since As of 15 June 2026" in text
        assert "2 figures have been restated" in text
        assert "2 figures restated since: see the end" in plain(re.sub(r"\s+", " ", pages[0].extract_text()))
        assert "Revenue of Company was 90.0 kEUR, now 94.0 kEUR" in text
        answer = client.get(reverse("forecasts:report_xlsx", args=[report.pk]))
        rows = list(openpyxl.load_workbook(io.BytesIO(answer.content))["Restated since"].iter_rows(values_only=True))
        assert rows[1][0].startswith("As of 15 June 2026")
        assert rows[2][1:7] == ("Revenue", "Company", "May 2026", 90, 94, "kEUR")

    def test_say_that_nothing_was(self, firm):
        report = issued(firm)
        scope = Scope(user_id=firm.coo.pk, reach=Reach.COMPANY, capabilities=frozenset({"forecasts.view"}))
        appendix = appendix_of(scope, report, now=LATER)
        book = openpyxl.load_workbook(io.BytesIO(services.report_xlsx(report=report, appendix=appendix)))
        said = [row[0] for row in book["Restated since"].iter_rows(min_row=2, values_only=True)]
        assert len(said) == 1
        assert "no figure of this report has been restated" in said[0]

    def test_a_draft_says_nothing_of_it(self, firm, client):
        client.force_login(firm.coo)
        answer = client.get(reverse("forecasts:report_xlsx", args=[assembled(firm).pk]))
        assert "Restated since" not in openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames

    @pytest.mark.parametrize("kind", ["pdf", "xlsx"])
    def test_opening_one_is_reading(self, firm, client, kind):
        report = issued(firm, firm.manager, firm.coo)
        client.force_login(firm.manager)
        client.get(reverse(f"forecasts:report_{kind}", args=[report.pk]))
        api = APIClient()
        api.force_login(firm.coo)
        assert api.get(f"/api/v1/situation-reports/{report.pk}/{kind}/").status_code == 200
        assert ReportReader.objects.filter(read_at=None).count() == 0


class TestApi:
    def test_names_what_was_restated_and_which_part_of_it(self, firm):
        report = issued(firm)
        correct(firm, firm.revenue, firm.south, "2026-04", 55)
        aim(firm.revenue, 90.5, department=firm.top, first=date(2026, 5, 1), now=LATER)
        api = APIClient()
        api.force_login(firm.coo)
        found = api.get(f"/api/v1/situation-reports/{report.pk}/").json()["restated"]
        wanted = {
            "kind": "kpi", "part": "target", "month": "2026-05", "name": "Revenue", "place_name": "Company", "was": "100",
            "now": "90.5000000000", "restated_at": None,
        }  # fmt: skip
        assert found[0] | wanted == found[0]
        assert [(one["part"], one["month"], one["place"]) for one in found if one["part"] == "value"] == [
            ("value", "2026-04", firm.top.pk),
            ("value", "2026-04", firm.south.pk),
        ]


class TestStored:
    def test_keeps_the_months_it_compares_with_in_few_signs(self, firm):
        told = assembled(firm).content["grounds"]
        months = told["kpis"][str(firm.revenue.pk)]
        assert set(months) == {str(firm.top.pk), str(firm.north.pk), str(firm.south.pk)}
        assert list(months[str(firm.north.pk)].values()) == [["40"], ["45"], ["60"]]
        assert months[str(firm.top.pk)][str(APRIL)] == ["95"]
        assert len(months[str(firm.top.pk)]) == 12
        assert str(firm.scrap.pk) not in told["kpis"], "neither the company's nor off target: only its month is told"
        assert told["names"] == {str(firm.north.pk): "North", str(firm.south.pk): "South"}
        assert told["people"]["months"][str(MAY)] == [0, 0, 2, 3]
        assert Month.parse(min(told["people"]["months"])) == MAY.plus(-5)
