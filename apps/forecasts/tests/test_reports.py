"""The situation-and-outlook report: put together, written in, approved, issued, compared, restated, printed."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import openpyxl
import pytest
from django.db import InternalError, transaction
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.tests.factories import UserFactory
from apps.assessments.tests.factories import approved, draft, published, terms
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments.tests.factories import DepartmentFactory
from apps.forecasts import services, tasks
from apps.forecasts.choices import ReportState
from apps.forecasts.models import ReportReader, SituationReport
from apps.forecasts.selectors.reports import latest_report, restated_since, visible_reports
from apps.forecasts.services.sections import SECTIONS
from apps.forecasts.tests.factories import issue_of, series_of
from apps.jobs.models import JobRun, Outbox
from apps.kpis.models import KpiSeries
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.notifications.models import Notification
from apps.periods.services import open_periods
from apps.staff.models import HeadcountPlan
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
MAY, APRIL = Month(2026, 5), Month(2026, 4)
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
MONTHS = [f"2025-{number:02d}" for number in range(1, 13)] + [f"2026-{number:02d}" for number in range(1, 6)]


def plain(text):
    return text.replace("\u00a0", " ")


@pytest.fixture
def firm(settings):
    """A company whose revenue (North and South add up) is off since April, with a forecast of May."""
    settings.FIXED_TODAY = "2026-06-15"
    open_periods(now=NOW)
    top = DepartmentFactory(code="ALL", name="Company")
    north = DepartmentFactory(code="NORTH", name="North", parent=top)
    south = DepartmentFactory(code="SOUTH", name="South", parent=top)
    coo = UserFactory(roles=["coo"], name="Cora Chief")
    manager = UserFactory(roles=["manager"], name="Mara Head")
    head = PersonFactory(name="Mara Head", department=north, role="head", user=manager)
    PersonFactory(name="Owen Owner", department=top, role="head")
    revenue = make_kpi(top, code="REV", name="Revenue", unit="kEUR", decimals=1, over_departments="sum", over_time="sum",
                       reporting=(north, south), now=NOW)  # fmt: skip
    scrap = make_kpi(north, code="SCRAP", name="Scrap", direction="lower", unit="%", reporting=(north,), now=NOW)
    KpiSeries.objects.update(first_month=date(2025, 1, 1))
    aim(revenue, 100, department=top, now=NOW)
    aim(scrap, 5, now=NOW)
    values = [entry(revenue, north, month, 60) for month in MONTHS[:-2]]
    values += [entry(revenue, south, month, 50) for month in MONTHS]
    values += [entry(revenue, north, "2026-04", 45), entry(revenue, north, "2026-05", 40)]
    values += [entry(scrap, north, month, 4) for month in MONTHS]
    record(values, by=coo, now=NOW)
    HeadcountPlan.objects.create(department=north, month=MAY.first_day, planned=3)
    issue = issue_of("2026-05", warning_count=1, series_count=2, told_count=2)
    series_of(issue, top, revenue, level=95.0, year_mean=1150.0, year_lo80=1100.0, year_hi80=1195.0, year_target=1200.0,
              chance_year=0.12, chance_month=0.3)  # fmt: skip
    series_of(issue, north, scrap, level=5.5, warning="leaves", warned_month=date(2026, 8, 1), warned_chance=0.7)
    series_of(issue, top, kind="headcount", level=2.0, actual=2.0)
    return SimpleNamespace(top=top, north=north, south=south, coo=coo, manager=manager, head=head, revenue=revenue,
                           scrap=scrap, issue=issue)  # fmt: skip


def assembled(firm, month=MAY, **given):
    return services.assemble_report(month=month, by=firm.coo, now=NOW, **given).report


def issued(firm, *readers, month=MAY):
    report = services.approve_report(report=assembled(firm, month), by=firm.coo, now=NOW)
    return services.issue_report(report=report, readers=readers, by=firm.coo, now=NOW)


def section(report, code):
    return report.content["sections"][code]


def texts(report, code):
    return [plain(one["text"]) for one in section(report, code)["sentences"]]


def cells(report, code, table):
    found = next(one for one in section(report, code)["tables"] if one["code"] == table)
    return [[plain(cell["text"]) for cell in row] for row in found["rows"]]


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


class TestSay:
    def test_keeps_what_is_not_named(self, firm):
        report = services.say(report=assembled(firm), said={"summary": "One", "wanted": "Two"}, by=firm.coo, now=NOW)
        report = services.say(report=report, said={"summary": "Three"}, by=firm.coo, now=NOW)
        assert report.said == {"summary": "Three", "wanted": "Two"}

    def test_refuses_unknown_sections_and_long_texts(self, firm):
        report = assembled(firm)
        with pytest.raises(services.WrongWords, match="no section"):
            services.say(report=report, said={"nonsense": "x"}, by=firm.coo, now=NOW)
        with pytest.raises(services.WrongWords, match="at most"):
            services.say(report=report, said={"summary": "x" * 8001}, by=firm.coo, now=NOW)

    def test_refuses_when_somebody_else_wrote_meanwhile(self, firm):
        report = assembled(firm)
        seen = services.stamp_of(report.said)
        services.say(report=report, said={"summary": "First"}, by=firm.coo, now=NOW, seen=seen)
        with pytest.raises(services.ReportChanged):
            services.say(report=report, said={"summary": "Second"}, by=firm.coo, now=NOW, seen=seen)

    def test_refuses_what_is_no_draft(self, firm):
        report = issued(firm)
        with pytest.raises(services.ReportBusy, match="Issued"):
            services.say(report=report, said={"summary": "Late"}, by=firm.coo, now=NOW)


class TestStates:
    def test_an_approved_one_goes_back_with_a_reason(self, firm):
        report = services.approve_report(report=assembled(firm), by=firm.coo, now=NOW)
        with pytest.raises(services.ReasonMissing):
            services.reopen_report(report=report, reason=" ", by=firm.coo, now=NOW)
        back = services.reopen_report(report=report, reason="A figure is wrong.", by=firm.coo, now=NOW)
        assert (back.state, back.approved_at) == (ReportState.DRAFT, None)

    def test_approving_something_else_than_was_looked_at_is_refused(self, firm):
        report = assembled(firm)
        seen = services.digest_of(report)
        services.say(report=report, said={"summary": "New"}, by=firm.coo, now=NOW)
        with pytest.raises(services.ReportChanged):
            services.approve_report(report=report, by=firm.coo, now=NOW, seen=seen)

    def test_a_draft_is_not_issued(self, firm):
        with pytest.raises(services.ReportBusy):
            services.issue_report(report=assembled(firm), readers=[], by=firm.coo, now=NOW)

    def test_an_issued_one_never_changes(self, firm):
        report = issued(firm)
        assert report.digest == services.digest_of(SituationReport.objects.get(pk=report.pk))
        with pytest.raises(InternalError, match="never changed"), transaction.atomic():
            SituationReport.objects.filter(pk=report.pk).update(said={"summary": "Forged"})
        with pytest.raises(services.ReportBusy):
            services.reopen_report(report=report, reason="Please", by=firm.coo, now=NOW)
        with pytest.raises(services.ReportBusy):
            services.reassemble(report=report, by=firm.coo, now=NOW)

    def test_readers_are_told_once(self, firm):
        report = issued(firm, firm.manager)
        message = Outbox.objects.get(topic=services.REPORT_TOPIC)
        for _time in range(2):
            tasks.services.tell_report(report=SituationReport.objects.get(pk=message.payload["report"]), now=NOW)
        told = Notification.objects.get(user=firm.manager, kind="forecasts.report_issued")
        assert told.url == reverse("forecasts:report", args=[report.pk])
        assert told.body == "One KPI is off target."

    def test_more_readers_are_told_too(self, firm):
        report = issued(firm, firm.manager)
        other = UserFactory(roles=["hr"])
        assert services.name_readers(report=report, readers=[firm.manager, other], by=firm.coo, now=NOW) == 1
        assert Notification.objects.filter(user=other, kind="forecasts.report_issued").count() == 1

    def test_who_could_not_open_it_is_no_reader(self, firm):
        with pytest.raises(services.WrongReaders, match="Nobody Special"):
            issued(firm, UserFactory(roles=["employee"], name="Nobody Special"))


class TestSchedule:
    def test_begins_a_draft_and_brings_it_up_to_date(self, firm):
        first = services.assemble_on_schedule(month=MAY, now=NOW)
        again = services.assemble_on_schedule(month=MAY, now=NOW)
        assert (first.is_new, again.is_new, again.report.pk) == (True, False, first.report.pk)

    def test_leaves_what_is_approved_or_issued(self, firm):
        report = services.approve_report(report=assembled(firm), by=firm.coo, now=NOW)
        assert services.assemble_on_schedule(month=MAY, now=NOW) is None
        services.issue_report(report=report, readers=[], by=firm.coo, now=NOW)
        assert services.assemble_on_schedule(month=MAY, now=NOW) is None

    def test_announcing_an_issue_asks_for_the_report_and_tells_those_concerned(self, firm):
        services.announce_issue(issue=firm.issue, by=None, now=NOW)
        assert JobRun.objects.get(kind=services.ASSEMBLE_KIND).period == "2026-05"
        assert Outbox.objects.get(topic=services.ISSUED_TOPIC).payload == {"issue": firm.issue.pk}
        for _time in range(2):
            services.tell_issue(issue=firm.issue, now=NOW)
        told = dict(Notification.objects.filter(kind="forecasts.early_warnings").values_list("user", "subject"))
        assert told == {
            firm.coo.pk: "The forecast after May 2026 holds one early warning",
            firm.manager.pk: "The forecast after May 2026 holds an early warning for what you lead",
        }


class TestWhoReads:
    def scope(self, user, *capabilities):
        return Scope(user_id=user.pk, reach=Reach.DEPARTMENTS, capabilities=frozenset(capabilities))

    def test_drafts_are_for_their_writers(self, firm):
        assembled(firm)
        assert visible_reports(self.scope(firm.coo, "forecasts.view", "forecasts.write_reports")).count() == 1
        assert visible_reports(self.scope(firm.coo, "forecasts.view", "forecasts.view_reports")).count() == 0

    def test_a_named_reader_reads_theirs(self, firm):
        issued(firm, firm.manager)
        other = UserFactory(roles=["manager"])
        assert visible_reports(self.scope(firm.manager, "forecasts.view")).count() == 1
        assert visible_reports(self.scope(other, "forecasts.view")).count() == 0
        assert latest_report(self.scope(firm.manager, "forecasts.view")).off_count == 1

    @pytest.mark.parametrize(("role", "status"), [("gm", 200), ("auditor", 200), ("hr", 404), ("employee", 403)])
    def test_pages_and_files_obey(self, firm, client, role, status):
        report = issued(firm, firm.manager)
        client.force_login(UserFactory(roles=[role]))
        for name in ("report", "report_pdf", "report_xlsx"):
            assert client.get(reverse(f"forecasts:{name}", args=[report.pk])).status_code == status

    def test_the_first_reading_is_noted(self, firm, client):
        report = issued(firm, firm.manager)
        client.force_login(firm.manager)
        client.get(reverse("forecasts:report", args=[report.pk]))
        first = ReportReader.objects.get().read_at
        client.get(reverse("forecasts:report", args=[report.pk]))
        assert first is not None
        assert ReportReader.objects.get().read_at == first


class TestRestated:
    def test_lists_what_was_corrected_and_leaves_the_report(self, firm, client):
        report = issued(firm)
        record([entry(firm.revenue, firm.north, "2026-05", 44)], by=firm.coo, now=NOW + timedelta(days=2))
        client.force_login(firm.coo)
        scope = Scope(user_id=firm.coo.pk, reach=Reach.COMPANY, capabilities=frozenset({"forecasts.view"}))
        (one,) = restated_since(scope, report)
        assert (Decimal(one.figure["value"]), one.now) == (90, 94)
        body = plain(client.get(reverse("forecasts:report", args=[report.pk])).content.decode())
        assert "Revenue of Company was 90.0 kEUR, now 94.0 kEUR, restated on 17 Jun 2026." in body
        assert "The report stays as it was issued." in body

    def test_says_nothing_while_nothing_changed(self, firm):
        scope = Scope(user_id=firm.coo.pk, reach=Reach.COMPANY, capabilities=frozenset({"forecasts.view"}))
        assert restated_since(scope, issued(firm)) == []


class TestPages:
    def test_the_list_is_searched_filtered_and_exported(self, firm, client):
        issued(firm)
        client.force_login(firm.coo)
        address = reverse("forecasts:reports")
        assert "May 2026" in client.get(address).content.decode()
        assert "Nothing matches" in client.get(address, {"state": "draft"}).content.decode()
        assert "May 2026" in client.get(address, {"q": "Cora"}).content.decode()
        assert client.get(address, {"export": "csv"}).status_code == 200

    def test_page_one_is_what_is_off(self, firm, client):
        client.force_login(firm.coo)
        report = services.say(report=assembled(firm), said={"summary": "North fell."}, by=firm.coo, now=NOW)
        body = plain(client.get(reverse("forecasts:report", args=[report.pk])).content.decode())
        contents, _, body = body.partition('<div class="stack report">')
        assert re.search(r"What is off.*?[1-9] off.*?What moved the totals", contents, re.DOTALL)
        order = [
            body.index(words) for words in ("Off since", "How it will end", "North fell.", "What moved the totals")
        ]
        assert order == sorted(order)

    def test_begin_write_approve_and_issue_in_the_browser(self, firm, client):
        client.force_login(firm.coo)
        client.post(reverse("forecasts:begin_report"), {"month": "2026-05"})
        report = SituationReport.objects.get()
        seen = services.stamp_of({})
        typed = {"summary": "What matters", "wanted": "A ruling", "seen": seen}
        assert client.post(reverse("forecasts:edit_report", args=[report.pk]), typed).status_code == 302
        stale = client.post(reverse("forecasts:edit_report", args=[report.pk]), {"summary": "Mine", "seen": seen})
        assert stale.status_code == 409
        assert "Mine" in stale.content.decode()
        assert "What matters" in stale.content.decode()
        client.post(reverse("forecasts:approve_report", args=[report.pk]))
        readers = {"readers": [firm.manager.pk]}
        assert client.post(reverse("forecasts:issue_report", args=[report.pk]), readers).status_code == 302
        report.refresh_from_db()
        assert report.state == ReportState.ISSUED
        assert report.said == {"summary": "What matters", "wanted": "A ruling"}

    def test_a_new_version_asks_for_its_reason(self, firm, client):
        issued(firm)
        client.force_login(firm.coo)
        answer = client.post(reverse("forecasts:begin_report"), {"month": "2026-05"})
        assert answer.status_code == 422
        assert "Say why a new version" in answer.content.decode()

    def test_compares_with_the_report_before(self, firm, client):
        issued(firm, month=Month(2026, 3))
        report = issued(firm)
        client.force_login(firm.coo)
        body = plain(client.get(reverse("forecasts:compare_report", args=[report.pk])).content.decode())
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))
        assert re.search(r"Newly off target.{0,40}Revenue", text)
        assert "110.0 kEUR → 90.0 kEUR" in text

    def test_has_nothing_to_compare_the_first_with(self, firm, client):
        client.force_login(firm.coo)
        assert client.get(reverse("forecasts:compare_report", args=[issued(firm).pk])).status_code == 404


class TestFiles:
    def test_the_pdf_holds_its_pages(self, firm):
        words = "Łódź – 李 <b>& “quoted”\n\nSecond paragraph"
        report = services.say(report=assembled(firm), said={"summary": words}, by=firm.coo, now=NOW)
        found = services.report_pdf(report=report)
        assert found.startswith(b"%PDF")
        assert found.count(b"/Type /Page\n") >= 2

    def test_the_workbook_holds_figures_as_numbers(self, firm):
        book = openpyxl.load_workbook(io.BytesIO(services.report_xlsx(report=assembled(firm))))
        rows = list(book["Figures"].iter_rows(values_only=True))
        assert ("KPI", "Revenue", "Company", 90, 100, "Off target", "kEUR") in rows
        assert "Off target" in book.sheetnames

    def test_nothing_in_the_workbook_is_a_formula(self, firm):
        report = services.say(report=assembled(firm), said={"summary": "=1+1"}, by=firm.coo, now=NOW)
        book = openpyxl.load_workbook(io.BytesIO(services.report_xlsx(report=report)))
        assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


class TestApi:
    def test_walks_the_whole_way(self, firm):
        client = APIClient()
        client.force_authenticate(firm.coo)
        client.force_login(firm.coo)
        base = "/api/v1/situation-reports/"
        made = client.post(f"{base}assemble/", {"month": "2026-05"}, format="json")
        assert made.status_code == 201, made.content
        one = f"{base}{made.json()['id']}/"
        assert client.post(f"{one}say/", {"said": {"summary": "Said"}}, format="json").json()["said"] == {
            "summary": "Said"
        }
        assert client.post(f"{one}approve/").json()["state"] == "approved"
        assert client.post(f"{one}say/", {"said": {}}, format="json").status_code == 409
        assert client.post(f"{one}reopen/", {"reason": "Again"}, format="json").json()["state"] == "draft"
        client.post(f"{one}approve/")
        done = client.post(f"{one}issue/", {"readers": [firm.manager.pk]}, format="json").json()
        assert (done["state"], done["off_count"]) == ("issued", 1)
        assert client.get(f"{one}pdf/", HTTP_ACCEPT="application/pdf").content.startswith(b"%PDF")
        assert client.get(f"{one}xlsx/").status_code == 200
        assert client.get(base, {"state": "issued"}).json()["results"][0]["month"] == "2026-05"

    def test_compares_with_the_report_before_and_names_its_readers(self, firm):
        before, report = issued(firm, month=Month(2026, 3)), issued(firm)
        client = APIClient()
        client.force_login(firm.coo)
        base = f"/api/v1/situation-reports/{report.pk}/"
        found = client.get(f"{base}compare/").json()
        assert (found["before"], found["before_month"], found["month"]) == (before.pk, "2026-03", "2026-05")
        (pair,) = [one for one in found["newly_off"] if one["name"] == "Revenue"]
        assert (pair["then"]["value"], pair["now"]["value"], pair["now"]["status"]) == (
            "110.0000000000",
            "90.0000000000",
            "red",
        )
        assert pair in found["figures"]
        assert client.get(f"/api/v1/situation-reports/{before.pk}/compare/").status_code == 404
        names = [(one["name"], one["read_at"]) for one in client.get(f"{base}readers/").json()]
        assert names == [(one.user.name, None) for one in report.readers.order_by("user__name")]
        reader = APIClient()
        reader.force_login(firm.manager)
        assert reader.get(f"{base}readers/").status_code == 403

    def test_refuses_unknown_readers_by_id(self, firm):
        client = APIClient()
        client.force_login(firm.coo)
        report = services.approve_report(report=assembled(firm), by=firm.coo, now=NOW)
        answer = client.post(f"/api/v1/situation-reports/{report.pk}/issue/", {"readers": [10**9]}, format="json")
        assert answer.status_code == 422
        assert "1000000000" in answer.json()["error"]["message"]
