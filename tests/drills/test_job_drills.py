"""Short, untimed forms of the drills on jobs: the same faults, once each, and each seen to fail without its protection."""

import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection, connections
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.core import clock
from apps.jobs import services
from apps.jobs.choices import JobState, OutboxState
from apps.jobs.models import JobRun, Outbox
from apps.jobs.services import publishing
from apps.jobs.tests.factories import declared_job
from apps.notifications.tests.factories import WebhookEndpointFactory
from ops_portal.celery import app
from ops_portal.drills import beats, planted, probes, scenarios, sends, twice, workers

PROJECT = Path(__file__).resolve().parents[2]
QUICK = sorted(name for name in app.tasks if not name.startswith("celery.") and name not in twice.SLOW)
KIND = "drill.killed"


@pytest.fixture(autouse=True)
def whole_again():
    """Put every protection back that a test took out."""
    yield
    mock.patch.stopall()
    publishing.breaker.quiet_until = 0.0


@pytest.fixture
def registry_as_before():
    """Forget the kinds, topics and tasks that a test declares."""
    tables = (services.KINDS, services.TOPICS, app.tasks)
    before = [dict(table) for table in tables]
    yield
    for table, known in zip(tables, before, strict=True):
        for name in set(table) - set(known):
            table.pop(name)


@pytest.fixture
def declared_probes(registry_as_before):
    probes.make_tables()
    probes.declare()


class TestTwice:
    """R5."""

    def test_every_task_has_a_scenario(self):
        missing = {name for name in app.tasks if not name.startswith("celery.")} - scenarios.scenarios(0).keys()
        assert not missing, f"add to ops_portal/drills/scenarios.py: {missing}"

    @pytest.mark.django_db
    @pytest.mark.usefixtures("declared_probes")
    @pytest.mark.parametrize("name", QUICK)
    def test_a_second_run_in_turn_changes_nothing(self, name, settings):
        settings.WEBHOOK_ALLOWED_HOSTS = ["localhost"]
        with mock.patch(
            "apps.notifications.services.calling.post", return_value=mock.Mock(status=200, excerpt="", duration_ms=1)
        ):
            given = scenarios.scenarios(1)[name]()
            before = twice.facts()
            app.tasks[name](**given)
            assert not name.startswith(twice.MUST_ACT) or twice.facts() != before, "its scenario proves nothing"
            mails, content = len(mail.outbox), twice.contents()
            app.tasks[name](**given)
        assert twice.differences(twice.contents(), content) == ""
        assert len(mail.outbox) == mails

    @pytest.mark.django_db(transaction=True)
    def test_five_at_once_send_one_mail(self):
        given = scenarios.send_mail()
        twice.at_once(app.tasks["notifications.mail_job"], given)
        assert len(mail.outbox) == 1

    @pytest.mark.django_db
    def test_without_claims_a_second_run_sends_a_second_mail(self):
        given = scenarios.send_mail()
        twice.take_out("claim")
        for _ in range(2):
            app.tasks["notifications.mail_job"](**given)
        assert len(mail.outbox) == 2


def leave_effect(run, now):
    """A row that tells which attempt wrote it."""
    JobRun.objects.create(
        kind="drill.effect", period=f"of attempt {run.attempt_count}", due_at=now, state=JobState.DONE
    )


def killed_in_the_middle(run_id):
    """Work a run in a process that is killed with SIGKILL when its body has written, before it has ended."""
    connections.close_all()
    pid = os.fork()
    if not pid:
        services.work(run_id=run_id)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.django_db(transaction=True)
class TestWorkers:
    """R2."""

    def body(self, run, now):
        leave_effect(run, now)
        if run.attempt_count == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    def killed_run(self, **options):
        with declared_job(KIND, self.body, **options):
            run = services.enqueue(kind=KIND, period="p", by=None, now=clock.now())
            assert killed_in_the_middle(run.pk)
            after = clock.now() + timedelta(seconds=21)
            with mock.patch.object(publishing.current_app, "send_task") as send:
                services.sweep(now=after)
            sent = [call.kwargs["kwargs"].get("run_id") for call in send.call_args_list]
            with mock.patch("apps.core.clock.now", return_value=after):
                for run_id in sent:
                    services.work(run_id=run_id)
        run.refresh_from_db()
        return run, JobRun.objects.filter(kind="drill.effect").count()

    def test_a_killed_run_is_taken_up_by_the_sweep_and_takes_effect_once(self):
        run, effects = self.killed_run()
        assert (run.state, run.attempt_count, effects) == (JobState.DONE, 2, 1)

    def test_without_the_sweep_it_stays_lost(self):
        workers.take_out("sweep")
        run, effects = self.killed_run()
        assert (run.state, effects) == (JobState.RUNNING, 0)

    def test_without_the_transaction_it_takes_effect_twice(self):
        workers.take_out("transaction")
        _, effects = self.killed_run()
        assert effects == 2

    def frozen_run(self):
        """A worker stops in the middle for longer than its lease; another takes over and ends it; then the first goes on."""

        def body(run, now):
            leave_effect(run, now)
            if run.attempt_count == 1:
                thread = threading.Thread(target=other_worker, args=(run.pk,))
                thread.start()
                thread.join()

        def other_worker(run_id):
            later = clock.now() + timedelta(seconds=21)
            with mock.patch("apps.core.clock.now", return_value=later):
                services.work(run_id=run_id)
            connection.close()

        with declared_job(KIND, body, is_whole=True):
            run = services.enqueue(kind=KIND, period="p", by=None, now=clock.now())
            services.work(run_id=run.pk)
        return JobRun.objects.filter(kind="drill.effect").count()

    def test_a_worker_that_lost_its_lease_leaves_nothing(self):
        assert self.frozen_run() == 1

    def test_without_the_fence_both_leave_theirs(self):
        workers.take_out("fence")
        assert self.frozen_run() == 2


@pytest.mark.django_db(transaction=True)
class TestOutbox:
    """R3."""

    def ping(self, client, **failure):
        client.force_login(UserFactory(roles=["administrator"]))
        endpoint = WebhookEndpointFactory()
        with mock.patch.object(publishing.current_app, "send_task", **failure):
            return client.post(reverse("notifications:ping_webhook", args=[endpoint.pk])).status_code

    def test_without_a_broker_the_page_answers_and_the_sweep_sends_later(self, client):
        assert self.ping(client, side_effect=publishing.BrokerAway("refused")) == 302
        publishing.breaker.quiet_until = 0.0
        with mock.patch.object(publishing.current_app, "send_task") as send:
            services.sweep(now=clock.now())
        assert send.call_args.kwargs["kwargs"] == {"outbox_id": Outbox.objects.get().pk}
        assert Outbox.objects.get().state == OutboxState.WAITING

    def test_without_the_sweep_nobody_sends_it(self, client):
        workers.take_out("sweep")
        self.ping(client, side_effect=publishing.BrokerAway("refused"))
        publishing.breaker.quiet_until = 0.0
        with mock.patch.object(publishing.current_app, "send_task") as send:
            services.sweep(now=clock.now())
        assert not send.called


@pytest.mark.django_db(transaction=True)
class TestBeats:
    """R6."""

    @pytest.fixture(autouse=True)
    def periodic(self, registry_as_before):
        for entry in beats.CALENDAR:
            services.job(entry.kind, label=entry.kind)(beats.leave_period)

    def two_beats(self, *days):
        """Two beats on each of these days, at the same moment."""
        for day in days:
            barrier = threading.Barrier(2)

            def beat(barrier=barrier, day=day):
                barrier.wait()
                services.open_due(
                    calendar=beats.CALENDAR, zone=settings.COMPANY_ZONE, now=datetime(*day, 9, tzinfo=UTC)
                )
                connection.close()

            threads = [threading.Thread(target=beat) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        found = {kind: [] for kind in beats.WANTED}
        for kind, period in JobRun.objects.order_by("kind", "period").values_list("kind", "period"):
            found[kind].append(period)
        return found

    def test_days_away_over_a_month_end_are_caught_up_once(self):
        assert self.two_beats((2026, 11, 27), (2026, 12, 1)) == beats.WANTED

    def test_without_catching_up_days_are_missed(self):
        beats.take_out("catch_up")
        assert self.two_beats((2026, 11, 27), (2026, 12, 1))["drill.each_day"] == ["2026-11-27", "2026-12-01"]

    def test_without_the_unique_key_periods_double(self):
        with connection.cursor() as cursor:
            cursor.execute("alter table jobs_jobrun drop constraint jobs_run_once_per_version")
        beats.take_out("unique")
        try:
            found = self.two_beats((2026, 11, 27))
        finally:
            JobRun.objects.all().delete()
            with connection.cursor() as cursor:
                cursor.execute(
                    "alter table jobs_jobrun add constraint jobs_run_once_per_version unique (kind, period, version)"
                )
        assert found["drill.each_day"] == ["2026-11-27", "2026-11-27"]


class TestNoSwitch:
    def test_nothing_outside_the_drills_knows_of_them(self):
        """Protections are taken out by patching from the drills; the portal itself has no such switch."""
        allowed = {
            PROJECT / "ops_portal/management/commands/drill.py",
            *(PROJECT / "ops_portal/drills").rglob("*.py"),
        }
        files = {*(PROJECT / "apps").rglob("*.py"), *(PROJECT / "ops_portal").rglob("*.py")} - allowed
        knowing = [
            path
            for path in files
            if "/tests/" not in str(path) and "ops_portal.drills" in path.read_text(encoding="utf-8")
        ]
        assert knowing == []

    def test_no_setting_takes_a_protection_out(self):
        names = {name for drill in (beats, planted, sends, twice, workers) for name in drill.PROTECTIONS}
        text = (PROJECT / "ops_portal/settings.py").read_text(encoding="utf-8").lower()
        assert "without" not in {word for line in text.splitlines() if "read_flag" in line for word in line.split('"')}
        assert not [name for name in names if f"portal_without_{name}" in text]
