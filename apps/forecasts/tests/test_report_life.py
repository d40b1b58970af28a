"""The life of a report: written in, approved, issued, put together on schedule."""

import pytest
from django.db import InternalError, transaction
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.forecasts import services, tasks
from apps.forecasts.choices import ReportState
from apps.forecasts.models import SituationReport
from apps.forecasts.tests.reports import APRIL, MAY, NOW, assembled, issued, report_firm
from apps.jobs.models import JobRun, Outbox
from apps.notifications.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(settings):
    return report_firm(settings)


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

    def test_published_scores_bring_the_drafts_that_tell_of_them_up_to_date(self, firm):
        assert services.follow_publication(month=MAY, now=NOW) == 0, "no report is begun by scores"
        draft = assembled(firm)
        issued(firm, month=APRIL)
        assert services.follow_publication(month=MAY, now=NOW) == 1
        assert services.follow_publication(month=APRIL, now=NOW) == 1, "the draft of May compares with April"
        (run,) = JobRun.objects.filter(kind=services.ASSEMBLE_KIND)
        assert (run.period, run.state) == (str(MAY), "queued")
        services.approve_report(report=draft, by=firm.coo, now=NOW)
        assert services.follow_publication(month=MAY, now=NOW) == 0

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
