import threading
from datetime import timedelta
from unittest import mock

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from apps.core import clock
from apps.core.errors import Refusal
from apps.jobs import services
from apps.jobs.choices import JobState, OutboxState, ShardState
from apps.jobs.models import JobRun, JobShard, Outbox
from apps.jobs.services import leases, publishing
from apps.jobs.tests.factories import JobRunFactory, OutboxFactory, declared_job, declared_topic

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


class TestEnqueue:
    def test_wakes_a_worker_only_after_commit(self, sent, django_capture_on_commit_callbacks):
        with declared_job(KIND, lambda run, now: None, queue="import"):
            with django_capture_on_commit_callbacks() as callbacks:
                run = ask()
            assert not sent.called
            callbacks[0]()
        sent.assert_called_once()
        assert sent.call_args.args == (f"{KIND}_job",)
        assert sent.call_args.kwargs["kwargs"] == {"run_id": run.pk}
        assert sent.call_args.kwargs["queue"] == "import"

    def test_asking_twice_gives_the_same_run_and_one_nudge(self, django_capture_on_commit_callbacks):
        with declared_job(KIND, lambda run, now: None), django_capture_on_commit_callbacks() as callbacks:
            assert ask() == ask()
        assert len(callbacks) == 1
        assert JobRun.objects.count() == 1

    def test_refuses_a_kind_without_a_task_by_name(self):
        with pytest.raises(services.UnknownJob, match=r"tests\.nothing"):
            ask(kind="tests.nothing")

    def test_a_broker_that_is_away_is_no_error(self, sent):
        sent.side_effect = publishing.BrokerAway("refused")
        try:
            assert publishing.send("x_job", queue="default", run_id=1) is False
            assert publishing.send("x_job", queue="default", run_id=1) is False
        finally:
            publishing.breaker.quiet_until = 0.0
        assert sent.call_count == 1, "for a few seconds the broker is left alone"

    def test_next_version_waits_for_the_open_one(self):
        with declared_job(KIND, lambda run, now: {"seen": run.version}):
            facts = {"kind": KIND, "period": "2026-11", "by": None, "now": clock.now()}
            first = services.enqueue_next(**facts)
            assert services.enqueue_next(**facts) == first
            services.work(run_id=first.pk)
            second = services.enqueue_next(**facts)
        assert (first.version, second.version) == (1, 2)


class TestWork:
    def test_stores_the_result_and_a_second_message_does_nothing(self):
        calls = []
        with declared_job(KIND, lambda run, now: calls.append(run.pk) or {"rows": 3}):
            run = ask()
            assert services.work(run_id=run.pk).result == {"rows": 3}
            assert services.work(run_id=run.pk) is None
        run.refresh_from_db()
        assert (run.state, run.attempt_count, len(calls)) == (JobState.DONE, 1, 1)
        assert run.finished_at
        assert run.done_pct == 100

    def test_a_refusal_fails_the_run_with_its_sentence_and_leaves_nothing(self):
        def body(run, now):
            OutboxFactory()
            raise Refusal("Row 3 names no department.")

        with declared_job(KIND, body):
            run = services.work(run_id=ask().pk)
        assert (run.state, run.error) == (JobState.FAILED, "Row 3 names no department.")
        assert Outbox.objects.count() == 0

    def test_an_unforeseen_fault_fails_the_run(self):
        with declared_job(KIND, lambda run, now: 1 // 0):
            run = services.work(run_id=ask().pk)
        assert run.state == JobState.FAILED
        assert "ZeroDivisionError" in run.error

    def test_a_passing_fault_puts_it_back_with_a_wait_until_attempts_are_used_up(self):
        def body(run, now):
            raise OperationalError("server closed the connection")

        with declared_job(KIND, body, attempts=2):
            run = ask()
            services.work(run_id=run.pk)
            run.refresh_from_db()
            assert run.state == JobState.QUEUED
            assert run.due_at > clock.now()
            assert services.work(run_id=run.pk) is None, "not before it is due"
            JobRun.objects.update(due_at=clock.now())
            services.work(run_id=run.pk)
        run.refresh_from_db()
        assert run.state == JobState.FAILED
        assert "Tried 2 times" in run.error

    def test_named_errors_are_tried_again_too(self):
        def body(run, now):
            raise ConnectionError

        with declared_job(KIND, body, retry_on=(ConnectionError,)):
            assert services.work(run_id=ask().pk).state == JobState.QUEUED

    def test_what_a_worker_that_lost_its_lease_wrote_is_undone(self):
        def body(run, now):
            OutboxFactory()
            JobRun.objects.filter(pk=run.pk).update(fence=run.fence + 1)

        with declared_job(KIND, body):
            run = ask()
            assert services.work(run_id=run.pk) is None
        run.refresh_from_db()
        assert Outbox.objects.count() == 0
        assert run.state == JobState.RUNNING, "it belongs to the other worker now"

    def test_a_whole_body_rolls_back_when_finish_is_refused_but_a_partial_one_keeps_its_steps(self):
        def body(run, now):
            OutboxFactory()
            JobRun.objects.filter(pk=run.pk).update(fence=run.fence + 1)

        with declared_job(KIND, body, is_whole=False):
            services.work(run_id=ask().pk)
        assert Outbox.objects.count() == 1


class TestClaim:
    def claim(self, run, **later):
        return services.claim(run_id=run.pk, worker="w", now=clock.now() + timedelta(**later))

    def test_is_given_once_and_again_after_the_lease(self):
        with declared_job(KIND, lambda run, now: None):
            run = ask()
            first = self.claim(run)
            assert first.fence == 1
            assert self.claim(run) is None
            assert self.claim(run, seconds=25).fence == 2

    def test_the_former_holder_can_write_no_more(self):
        with declared_job(KIND, lambda run, now: None):
            first = self.claim(ask())
            second = self.claim(first, seconds=25)
            with pytest.raises(services.LeaseLost):
                services.report_progress(run=first, done=1, total=2)
            with pytest.raises(services.LeaseLost):
                services.finish(run=first, result=None, now=clock.now())
            services.fail(run=first, error="late", now=clock.now())
            services.report_progress(run=second, done=1, total=2, note="half")
        second.refresh_from_db()
        assert (second.state, second.done_count, second.note) == (JobState.RUNNING, 1, "half")

    def test_a_missing_run_is_nothing_to_claim(self):
        assert services.claim(run_id=999_999, worker="w", now=clock.now()) is None

    @pytest.mark.django_db(transaction=True)
    def test_of_ten_at_once_one_wins(self):
        with declared_job(KIND, lambda run, now: None):
            run = JobRunFactory(kind=KIND)
            barrier, won = threading.Barrier(10), []

            def contend():
                barrier.wait()
                won.append(services.claim(run_id=run.pk, worker="w", now=clock.now()))
                connection.close()

            threads = [threading.Thread(target=contend) for _ in range(10)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert sum(found is not None for found in won) == 1


@pytest.mark.django_db(transaction=True)
class TestHeartbeat:
    def wait_for(self, question):
        for _ in range(400):
            if question():
                return True
            threading.Event().wait(0.02)
        return False

    def test_renews_the_lease_and_writes_progress_of_a_long_transaction(self):
        seen = []

        def body(run, now):
            services.report_progress(run=run, done=7, total=10, note="rows")
            assert self.wait_for(lambda: seen.append(progress_elsewhere(run.pk)) or seen[-1] == (7, 10, "rows")), seen

        def progress_elsewhere(pk):
            found = []

            def look():
                found.append(JobRun.objects.values_list("done_count", "total_count", "note").get(pk=pk))
                connection.close()

            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
            return found[0]

        with declared_job(KIND, body), mock.patch.object(leases, "BEATS_PER_LEASE", 200):
            assert services.work(run_id=ask().pk).state == JobState.DONE

    def test_a_cancelled_run_stops_at_its_next_report_and_leaves_nothing(self):
        def body(run, now):
            OutboxFactory()

            def ask_to_cancel():
                services.cancel(run=JobRun.objects.get(pk=run.pk), by=None, now=now)
                connection.close()

            thread = threading.Thread(target=ask_to_cancel)
            thread.start()
            thread.join()
            heart = leases.current_heartbeat()
            assert self.wait_for(lambda: heart.is_cancelled)
            services.report_progress(run=run, done=1, total=2)

        with declared_job(KIND, body), mock.patch.object(leases, "BEATS_PER_LEASE", 200):
            run = services.work(run_id=ask().pk)
        assert (run.state, Outbox.objects.count()) == (JobState.CANCELLED, 0)

    def test_a_run_taken_over_stops_at_its_next_report(self):
        def body(run, now):
            JobRun.objects.filter(pk=run.pk).update(fence=run.fence + 1)
            assert self.wait_for(lambda: leases.current_heartbeat().is_lost)
            services.report_progress(run=run, done=1, total=2)
            pytest.fail("went on after it lost its lease")

        with declared_job(KIND, body, is_whole=False), mock.patch.object(leases, "BEATS_PER_LEASE", 200):
            assert services.work(run_id=ask().pk) is None


class TestRequeueAndCancel:
    def test_a_failed_run_starts_again(self):
        run = JobRunFactory(state=JobState.FAILED, error="bad", attempt_count=8)
        services.requeue(run=run, by=None, now=clock.now())
        assert (run.state, run.error, run.attempt_count) == (JobState.QUEUED, "", 0)
        assert services.work(run_id=run.pk).state == JobState.DONE

    @pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING, JobState.DONE])
    def test_others_are_refused(self, state):
        with pytest.raises(services.RunNotFailed, match="Only a failed or cancelled"):
            services.requeue(run=JobRunFactory(state=state), by=None, now=clock.now())

    def test_a_waiting_run_is_cancelled_at_once(self):
        run = services.cancel(run=JobRunFactory(), by=None, now=clock.now())
        assert run.state == JobState.CANCELLED
        assert services.work(run_id=run.pk) is None

    def test_an_ended_run_cannot_be_cancelled(self):
        with pytest.raises(services.RunEnded):
            services.cancel(run=JobRunFactory(state=JobState.DONE), by=None, now=clock.now())


class TestShards:
    @staticmethod
    def body(run, now):
        services.split(run=run, parts=[{"from": 0}, {"from": 10}, {"from": 20}], now=now)

    @staticmethod
    def shard(shard, now):
        return {"did": shard.params["from"]}

    @staticmethod
    def combine(run, now):
        return {"sum": sum(run.shards.values_list("result__did", flat=True))}

    def declared(self, **options):
        return declared_job(KIND, self.body, **{"shard": self.shard, "combine": self.combine, **options})

    def test_the_last_of_them_ends_the_run(self):
        with self.declared():
            run = services.work(run_id=ask().pk)
            assert (run.state, run.shard_count, run.lease_until) == (JobState.RUNNING, 3, None)
            shards = list(run.shards.all())
            for shard in shards:
                services.work_shard(shard_id=shard.pk)
            assert services.work_shard(shard_id=shards[0].pk) is None, "done once"
        run.refresh_from_db()
        assert (run.state, run.result, run.done_pct) == (JobState.DONE, {"sum": 30}, 100)

    def test_a_run_with_shards_is_not_claimed_again(self):
        with self.declared():
            run = services.work(run_id=ask().pk)
            assert services.claim(run_id=run.pk, worker="w", now=clock.now() + timedelta(days=1)) is None

    def test_a_failed_shard_fails_the_run_and_the_retry_keeps_done_ones(self):
        broken = {"is": True}

        def shard(shard, now):
            if shard.number == 2 and broken["is"]:
                raise Refusal("Department 12 has no manager.")
            return {"did": 1}

        with self.declared(shard=shard):
            run = services.work(run_id=ask().pk)
            first, second, third = run.shards.all()
            services.work_shard(shard_id=first.pk)
            services.work_shard(shard_id=second.pk)
            run.refresh_from_db()
            assert (run.state, run.error) == (JobState.FAILED, "Department 12 has no manager.")
            assert services.work_shard(shard_id=third.pk) is None, "the run has ended"
            broken["is"] = False
            services.requeue(run=run, by=None, now=clock.now())
            services.work(run_id=run.pk)
            for each in (first, second, third):
                services.work_shard(shard_id=each.pk)
        run.refresh_from_db()
        first.refresh_from_db()
        assert (run.state, run.result, first.attempt_count) == (JobState.DONE, {"sum": 3}, 1)

    def test_a_shard_whose_lease_was_lost_is_counted_once(self):
        with self.declared():
            run = services.work(run_id=ask().pk)
            shard = run.shards.first()
            now = clock.now()
            slow = services.claim_shard(shard_id=shard.pk, worker="slow", now=now)
            quick = services.claim_shard(shard_id=shard.pk, worker="quick", now=now + timedelta(seconds=25))
            services.finish_shard(shard=quick, result={"did": 1}, now=now)
            with pytest.raises(services.LeaseLost):
                services.finish_shard(shard=slow, result={"did": 1}, now=now)
        run.refresh_from_db()
        assert run.shard_done_count == 1

    def test_a_passing_fault_puts_the_shard_back(self):
        def shard(shard, now):
            raise OperationalError("gone")

        with self.declared(shard=shard):
            run = services.work(run_id=ask().pk)
            found = services.work_shard(shard_id=run.shards.first().pk)
        assert found.state == ShardState.QUEUED
        assert found.due_at > clock.now()

    @pytest.mark.django_db(transaction=True)
    def test_of_finishers_at_once_exactly_one_is_the_last(self):
        combined = []
        with self.declared(combine=lambda run, now: combined.append(run.pk)):
            run = services.work(run_id=ask().pk)
            barrier = threading.Barrier(3)

            def contend(pk):
                barrier.wait()
                services.work_shard(shard_id=pk)
                connection.close()

            threads = [threading.Thread(target=contend, args=(pk,)) for pk in run.shards.values_list("pk", flat=True)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        run.refresh_from_db()
        assert (run.state, combined) == (JobState.DONE, [run.pk])


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
