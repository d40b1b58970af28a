"""A forecast is issued from the portal: the button, the form, the job, the refusals, the same for other systems."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from apps.forecasts.models import ForecastIssue
from apps.forecasts.tests.factories import issue_of
from apps.forecasts.tests.test_pages import get, text_of
from apps.jobs.models import JobRun
from apps.jobs.services import work
from apps.kpis.tests.factories import NOW, entry, record

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/forecasts/issues/"


def ask(client, **given):
    return client.post(reverse("forecasts:issue"), given)


class TestPage:
    def test_asks_for_the_month_and_goes_to_the_job(self, firm, as_):
        record([entry(firm.sold, firm.north, month, 90) for month in ("2026-04", "2026-05")], by=firm.coo, now=NOW)
        answer = ask(as_(firm.coo), month="2026-05", reason="")
        (run,) = JobRun.objects.filter(kind="forecasts.issue_month")
        assert answer.status_code == 302 and answer.url == reverse("jobs:detail", args=[run.pk])
        assert as_(firm.coo).get(answer.url).status_code == 200
        work(run_id=run.pk)
        issue = ForecastIssue.objects.get()
        assert (issue.month.isoformat(), issue.issued_by) == ("2026-05-01", firm.coo)

    def test_wants_a_reason_for_a_month_that_has_one(self, firm, june, as_):
        client = as_(firm.coo)
        refused = ask(client, month="2026-06", reason="  ")
        assert refused.status_code == 422 and "Say why it is made again" in text_of(refused)
        assert not JobRun.objects.exists()
        assert ask(client, month="2026-06", reason="June was corrected.").status_code == 302
        (run,) = JobRun.objects.all()
        assert run.params == {"month": "2026-06", "reason": "June was corrected."}

    def test_is_asked_for_once_at_a_time(self, firm, as_):
        client = as_(firm.coo)
        assert ask(client, month="2026-06").url == ask(client, month="2026-06").url
        assert JobRun.objects.count() == 1

    def test_offers_no_month_that_runs(self, firm, as_):
        answer = ask(as_(firm.coo), month="2026-07", reason="Now.")
        assert answer.status_code == 422 and b"Now." in answer.content
        assert not JobRun.objects.exists()

    def test_is_for_those_who_issue(self, firm, june, as_):
        for user in (firm.mia, firm.eve):
            assert get(as_(user), "issue").status_code == 403
            assert ask(as_(user), month="2026-05").status_code == 403


class TestButton:
    def test_stands_where_nothing_was_issued_yet(self, firm, as_):
        assert f'href="{reverse("forecasts:issue")}"' in get(as_(firm.coo), "list").content.decode()
        assert reverse("forecasts:issue") not in get(as_(firm.mia), "list").content.decode()

    def test_stands_above_the_list_with_its_month(self, firm, june, as_):
        page = get(as_(firm.coo), "list").content.decode()
        assert f'href="{reverse("forecasts:issue")}?month=2026-06"' in page
        assert reverse("forecasts:issue") not in get(as_(firm.mia), "list").content.decode()
        assert 'value="2026-06" selected' in get(as_(firm.coo), "issue", month="2026-06").content.decode()


class TestApi:
    def sign_in(self, user):
        client = APIClient()
        client.force_login(user)
        return client

    def test_asks_for_a_month(self, firm):
        answer = self.sign_in(firm.coo).post(ADDRESS, {"month": "2026-05"}, format="json")
        run = JobRun.objects.get()
        assert (answer.status_code, answer.json()) == (202, {"job": run.pk, "month": "2026-05", "state": "queued"})

    def test_refuses_with_the_reason(self, firm):
        issue_of("2026-06")
        client = self.sign_in(firm.coo)
        for month, code in (("2026-06", "reason_wanted"), ("2026-07", "month_not_over")):
            answer = client.post(ADDRESS, {"month": month}, format="json")
            assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
        assert self.sign_in(firm.mia).post(ADDRESS, {"month": "2026-05"}, format="json").status_code == 403
