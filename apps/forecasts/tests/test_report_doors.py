"""Who reads a report, on which pages, in which files and through REST."""

import io
import re

import openpyxl
import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.forecasts import services
from apps.forecasts.choices import ReportState
from apps.forecasts.models import ReportReader, SituationReport
from apps.forecasts.selectors.reports import latest_report, visible_reports
from apps.forecasts.tests.reports import NOW, assembled, issued, plain, report_firm

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(settings):
    return report_firm(settings)


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

    def test_approves_and_writes_only_what_was_read(self, firm):
        client, report = APIClient(), assembled(firm)
        client.force_login(firm.coo)
        one = f"/api/v1/situation-reports/{report.pk}/"
        read = client.get(one).json()
        services.say(report=report, said={"summary": "Changed meanwhile"}, by=firm.coo, now=NOW)

        stale = [
            client.post(f"{one}approve/", {"seen": read["draft_digest"]}, format="json"),
            client.post(f"{one}say/", {"said": {"summary": "Mine"}, "seen": read["draft_stamp"]}, format="json"),
        ]

        assert [(each.status_code, each.json()["error"]["code"]) for each in stale] == [(409, "report_changed")] * 2
        fresh = client.get(one).json()
        assert fresh["said"] == {"summary": "Changed meanwhile"} and fresh["state"] == "draft"
        told = client.post(f"{one}say/", {"said": {"wanted": "Mine"}, "seen": fresh["draft_stamp"]}, format="json")
        assert told.json()["said"] == {"summary": "Changed meanwhile", "wanted": "Mine"}
        done = client.post(f"{one}approve/", {"seen": told.json()["draft_digest"]}, format="json").json()
        assert (done["state"], done["draft_digest"], done["draft_stamp"]) == ("approved", "", "")

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
