import threading
from datetime import timedelta
from unittest import mock

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection

from apps.core import clock
from apps.core.errors import Refusal
from apps.jobs import services
from apps.jobs.choices import JobState, ShardState
from apps.jobs.models import JobRun, Outbox
from apps.jobs.services import leases, publishing
from apps.jobs.tests.factories import JobRunFactory, OutboxFactory, declared_job

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

    def test_a_server_that_died_amid_an_answer_is_tried_again(self):
        """psycopg2 has no code to tell it by then, and raises the bare class."""

        def body(run, now):
            raise DatabaseError("server closed the connection unexpectedly")

        with declared_job(KIND, body):
            assert services.work(run_id=ask().pk).state == JobState.QUEUED

    def test_what_the_database_refuses_is_not_tried_again(self):
        def body(run, now):
            raise IntegrityError("duplicate key")

        with declared_job(KIND, body):
            assert services.work(run_id=ask().pk).state == JobState.FAILED

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

    @pytest.mark.parametrize("fault", [OperationalError("gone"), DatabaseError("server closed the connection")])
    def test_a_passing_fault_puts_the_shard_back(self, fault):
        def shard(shard, now):
            raise fault

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
