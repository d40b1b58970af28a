from datetime import timedelta
from unittest import mock

import pytest
from django.conf import settings
from django.db import transaction

from apps.core import clock
from apps.core.errors import Refusal
from apps.jobs import services
from apps.jobs.choices import JobState, OutboxState, ShardState
from apps.jobs.models import JobRun, JobShard, Outbox
from apps.jobs.services import publishing
from apps.jobs.tests.factories import JobRunFactory, OutboxFactory, declared_topic

pytestmark = pytest.mark.django_db
KIND = "tests.probe"


@pytest.fixture
def sent():
    """What was sent to the broker, instead of sending."""
    with mock.patch.object(publishing.current_app, "send_task") as send_task:
        yield send_task


def ask(**facts):
    now = clock.now()
    return services.enqueue(**{"kind": KIND, "period": "2026-11", "by": None, "now": now, **facts})


class TestOutbox:
    def test_is_written_with_its_cause_or_not_at_all(self):
        with declared_topic("tests.tell", lambda message, now: None):
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                services.emit(topic="tests.tell", key="a", payload={})
                raise ZeroDivisionError
            assert Outbox.objects.count() == 0
            assert services.emit(topic="tests.tell", key="a", payload={}) == services.emit(
                topic="tests.tell", key="a", payload={"other": 1}
            )
        assert Outbox.objects.count() == 1

    def test_is_sent_once(self):
        told = []
        with declared_topic("tests.tell", lambda message, now: told.append(message.payload)):
            message = services.emit(topic="tests.tell", key="a", payload={"x": 1})
            for _ in range(5):
                services.deliver(outbox_id=message.pk)
        message.refresh_from_db()
        assert (message.state, told) == (OutboxState.SENT, [{"x": 1}])

    def test_is_put_back_until_its_attempts_are_used_up_and_can_be_sent_again(self):
        away = mock.Mock(side_effect=ConnectionError("refused"), __name__="away")
        with declared_topic("tests.tell", away, attempts=2):
            message = services.emit(topic="tests.tell", key="a", payload={})
            assert services.deliver(outbox_id=message.pk).state == OutboxState.WAITING
            Outbox.objects.update(due_at=clock.now())
            failed = services.deliver(outbox_id=message.pk)
            assert failed.state == OutboxState.FAILED
            assert "Tried 2 times" in failed.error
            away.side_effect = None
            services.send_again(message=failed, now=clock.now())
            assert services.deliver(outbox_id=message.pk).state == OutboxState.SENT

    def test_a_refusal_gives_it_up_at_once(self):
        body = mock.Mock(side_effect=Refusal("That address is private."), __name__="body")
        with declared_topic("tests.tell", body):
            message = services.deliver(outbox_id=services.emit(topic="tests.tell", key="a", payload={}).pk)
        assert (message.state, message.error) == (OutboxState.FAILED, "That address is private.")


class TestSweep:
    def test_sends_what_was_never_sent_and_what_a_dead_worker_held(self, sent):
        now = clock.now()
        waiting = JobRunFactory(due_at=now)
        JobRunFactory(due_at=now + timedelta(minutes=1))
        held = JobRunFactory(state=JobState.RUNNING, lease_until=now - timedelta(seconds=1))
        JobRunFactory(state=JobState.RUNNING, lease_until=now + timedelta(seconds=10))
        JobRunFactory(state=JobState.DONE)
        assert services.sweep(now=now) == 2
        assert {call.kwargs["kwargs"]["run_id"] for call in sent.call_args_list} == {waiting.pk, held.pk}

    def test_waits_before_it_sends_the_same_again(self, sent):
        now = clock.now()
        JobRunFactory(due_at=now)
        counts = [services.sweep(now=now + timedelta(seconds=second)) for second in (0, 10, 16, 30, 47)]
        assert counts == [1, 0, 1, 0, 1]

    def test_leaves_rows_as_they_are_while_the_broker_is_away(self, sent):
        sent.side_effect = publishing.BrokerAway("refused")
        now = clock.now()
        run = JobRunFactory(due_at=now)
        try:
            assert services.sweep(now=now) == 0
        finally:
            publishing.breaker.quiet_until = 0.0
        sent.side_effect = None
        assert services.sweep(now=now) == 1
        run.refresh_from_db()
        assert run.nudge_count == 1

    def test_sends_shards_and_messages(self, sent):
        now = clock.now()
        run = JobRunFactory(state=JobState.RUNNING, shard_count=1)
        JobShard.objects.create(run=run, number=1, due_at=now)
        with declared_topic("tests.tell", lambda message, now: None):
            services.emit(topic="tests.tell", key="a", payload={}, due_at=now)
            assert services.sweep(now=now) == 2

    def test_gives_up_a_run_whose_worker_died_each_time(self, sent):
        now = clock.now()
        run = JobRunFactory(state=JobState.RUNNING, lease_until=now - timedelta(seconds=1), attempt_count=8)
        assert services.sweep(now=now) == 0
        run.refresh_from_db()
        assert (run.state, "died each time" in run.error) == (JobState.FAILED, True)

    def test_gives_up_shards_and_messages_that_kill_their_worker(self, sent):
        now = clock.now()
        silent = {"lease_until": now - timedelta(seconds=1), "due_at": now}
        run = JobRunFactory(state=JobState.RUNNING, shard_count=2)
        shard = JobShard.objects.create(run=run, number=1, state=ShardState.RUNNING, attempt_count=8, **silent)
        young = JobShard.objects.create(run=run, number=2, state=ShardState.RUNNING, attempt_count=1, **silent)
        with declared_topic("tests.tell", lambda message, now: None, attempts=3):
            message = OutboxFactory(state=OutboxState.SENDING, attempt_count=3, **silent)
            services.sweep(now=now)
        for row in (run, shard, young, message):
            row.refresh_from_db()
        assert (run.state, shard.state, young.state) == (JobState.FAILED, ShardState.FAILED, ShardState.RUNNING)
        assert message.state == OutboxState.FAILED


class TestOpenDue:
    def test_opens_each_entry_of_the_calendar_once(self, sent):
        now = clock.now()
        for _ in range(3):
            services.open_due(calendar=settings.JOB_CALENDAR, zone=settings.COMPANY_ZONE, now=now)
        kinds = list(JobRun.objects.values_list("kind", flat=True))
        assert sorted(kinds) == sorted(entry.kind for entry in settings.JOB_CALENDAR)


class TestForgetOld:
    def test_keeps_what_is_young_or_open(self):
        now = clock.now()
        old = JobRunFactory(state=JobState.DONE, finished_at=now - timedelta(days=731))
        kept = [
            JobRunFactory(state=JobState.DONE, finished_at=now - timedelta(days=10)),
            JobRunFactory(),
        ]
        OutboxFactory(state=OutboxState.SENT, sent_at=now - timedelta(days=91))
        OutboxFactory(state=OutboxState.FAILED)
        assert services.forget_old(now=now) == {"answers": 0, "messages": 1, "runs": 1, "access": 0}
        assert not JobRun.objects.filter(pk=old.pk).exists()
        assert JobRun.objects.count() == len(kept)
