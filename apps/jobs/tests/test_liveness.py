"""The work of a worker that died goes on at once, whatever its lease says; that of a living one is left alone."""

import threading
from unittest import mock

import pytest
from django.db import OperationalError, connection

from apps.core import clock
from apps.core.errors import Refusal
from apps.jobs import services
from apps.jobs.choices import JobState, ShardState
from apps.jobs.models import QUICK_ATTEMPTS, RUN_LOCKS, JobRun, Outbox
from apps.jobs.services import liveness, publishing
from apps.jobs.tests.factories import JobRunFactory, JobShardFactory, declared_job
from apps.jobs.tests.living import HOUR, KIND, ask, die_at_first, elsewhere, killed, locks, told

pytestmark = pytest.mark.django_db(transaction=True)


class TestRuns:
    def test_what_a_dead_worker_held_goes_on_though_its_lease_runs(self):
        with declared_job(KIND, lambda run, now: die_at_first(run)):
            run = ask()
            killed(services.work, run_id=run.pk)
            run.refresh_from_db()
            assert (run.state, run.lease_until > clock.now()) == (JobState.RUNNING, True)
            assert told() == [run.pk]
            services.work(run_id=run.pk)
        run.refresh_from_db()
        assert (run.state, run.attempt_count, run.fence) == (JobState.DONE, 2, 2)
        assert [row.key for row in Outbox.objects.all()] == [f"effect-{run.pk}-2"]

    def test_what_a_living_worker_holds_is_left_alone(self):
        seen = []

        def body(run, now):
            seen.append(elsewhere(lambda: (told(), services.work(run_id=run.pk))))

        with declared_job(KIND, body):
            run = services.work(run_id=ask().pk)
        assert seen == [([], None)]
        assert (run.state, run.attempt_count) == (JobState.DONE, 1)

    def test_without_a_session_the_lease_counts(self):
        held = {"state": JobState.RUNNING, "lease_until": clock.now() + HOUR, "fence": 1}
        JobRunFactory(is_watched=False, **held)
        left = JobRunFactory(is_watched=True, **held)
        assert told() == [left.pk]

    def test_a_run_whose_parts_are_out_is_held_by_nobody(self):
        JobRunFactory(state=JobState.RUNNING, is_watched=True, fence=1, shard_count=3)
        assert told() == []

    def test_what_kills_one_worker_after_another_waits_for_its_lease(self):
        held = {"state": JobState.RUNNING, "lease_until": clock.now() + HOUR, "fence": 9, "is_watched": True}
        JobRunFactory(attempt_count=QUICK_ATTEMPTS + 1, **held)
        quick = JobRunFactory(attempt_count=QUICK_ATTEMPTS, **held)
        assert told() == [quick.pk]

    def test_the_last_attempt_is_not_begun_again_before_the_sweep_gives_it_up(self):
        with declared_job(KIND, lambda run, now: None, attempts=2):
            run = ask()
            later = clock.now() + HOUR
            JobRun.objects.update(state=JobState.RUNNING, attempt_count=2, fence=2, lease_until=later, is_watched=True)
            assert services.work(run_id=run.pk) is None
            services.sweep(now=later + HOUR)
        run.refresh_from_db()
        assert (run.state, run.attempt_count) == (JobState.FAILED, 2)

    def test_a_claim_forgets_how_often_the_run_was_sent_before(self):
        run = JobRunFactory(nudge_count=6, nudged_at=clock.now())
        services.claim(run_id=run.pk, worker="w", now=clock.now())
        run.refresh_from_db()
        assert (run.nudge_count, run.nudged_at) == (0, None)

    @pytest.mark.parametrize("pk", [1, 600_000, 1 << 20, 5_000_000_000])
    def test_locks_are_found_whatever_the_id(self, pk):
        run = JobRunFactory(pk=pk, due_at=clock.now())
        with liveness.watched():
            services.claim(run_id=run.pk, worker="w", now=clock.now())
            assert elsewhere(told) == []
        assert elsewhere(told) == [pk]

    def test_a_neighbours_lock_is_none_of_ours(self):
        run = JobRunFactory(state=JobState.RUNNING, lease_until=clock.now() + HOUR, fence=1, is_watched=True)
        with connection.cursor() as cursor:
            key = run.pk * 4096 + 1
            cursor.execute("SELECT pg_advisory_lock(%s, %s), pg_advisory_lock(%s)", [1, key, RUN_LOCKS << 32 | key])
            assert elsewhere(told) == [run.pk]
            cursor.execute("SELECT pg_advisory_unlock_all()")


class TestShards:
    def test_a_dead_workers_shard_goes_on_though_its_lease_runs(self):
        with declared_job(KIND, lambda run, now: None, shard=lambda shard, now: die_at_first(shard)):
            run = JobRunFactory(kind=KIND, state=JobState.RUNNING, shard_count=1)
            shard = JobShardFactory(run=run)
            killed(services.work_shard, shard_id=shard.pk)
            assert told() == [shard.pk]
            assert services.work_shard(shard_id=shard.pk).state == ShardState.DONE
        run.refresh_from_db()
        assert (run.state, Outbox.objects.count()) == (JobState.DONE, 1)

    def test_a_living_workers_shard_is_left_alone(self):
        seen = []

        def part(shard, now):
            seen.append(elsewhere(lambda: (told(), services.work_shard(shard_id=shard.pk))))

        with declared_job(KIND, lambda run, now: None, shard=part):
            run = JobRunFactory(kind=KIND, state=JobState.RUNNING, shard_count=1)
            services.work_shard(shard_id=JobShardFactory(run=run).pk)
        assert seen == [([], None)]

    def test_of_ten_at_once_one_wins(self):
        """As a join into the run this was decided before the wait for the row: two won."""
        shard = JobShardFactory(run=JobRunFactory(state=JobState.RUNNING, shard_count=1))
        barrier, won = threading.Barrier(10), []

        def contend():
            connection.ensure_connection()
            barrier.wait()
            won.append(services.claim_shard(shard_id=shard.pk, worker="w", now=clock.now()))
            connection.close()

        threads = [threading.Thread(target=contend) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        shard.refresh_from_db()
        assert (sum(found is not None for found in won), shard.fence) == (1, 1)


def refuse(run, now):
    raise Refusal("no")


def fail(run, now):
    raise ZeroDivisionError


def take_too_long(run, now):
    raise publishing.OutOfTime


def hit_a_lock(run, now):
    raise OperationalError("lock timeout")


def break_the_transaction(run, now):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def be_cancelled(run, now):
    raise services.JobCancelled("cancelled")


def be_overtaken(run, now):
    elsewhere(lambda: JobRun.objects.filter(pk=run.pk).update(fence=run.fence + 1, is_watched=False))


class TestLocksEnd:
    """A session lock outlives its transaction, so whoever took it lets it go, however the work ends."""

    @pytest.mark.parametrize("is_whole", [True, False])
    @pytest.mark.parametrize(
        "body",
        [
            lambda run, now: None,
            refuse,
            fail,
            take_too_long,
            hit_a_lock,
            break_the_transaction,
            be_cancelled,
            be_overtaken,
        ],
    )
    def test_with_the_work(self, body, is_whole):
        held = []

        def watched(run, now):
            held.append(locks())
            return body(run, now)

        with declared_job(KIND, watched, is_whole=is_whole):
            run = ask()
            services.work(run_id=run.pk)
            session = connection.connection
            assert services.work(run_id=run.pk) is None, "a claim that found nothing to take"
        run.refresh_from_db()
        assert (held, locks(), run.is_watched) == ([1], 0, body is not be_overtaken)
        assert connection.connection is session, "the session goes on"

    def test_with_an_interruption(self):
        def interrupt(run, now):
            raise KeyboardInterrupt

        with declared_job(KIND, interrupt), pytest.raises(KeyboardInterrupt):
            services.work(run_id=ask().pk)
        assert locks() == 0
        assert told() == [JobRun.objects.get().pk]

    def test_with_work_inside_work_each_its_own(self):
        held = []

        def outer(run, now):
            inner = JobRunFactory(due_at=clock.now())
            services.work(run_id=inner.pk)
            held.append(locks())

        with declared_job(KIND, outer, is_whole=False):
            services.work(run_id=ask().pk)
        assert (held, locks()) == ([1], 0)

    def test_with_a_session_that_the_work_closed(self):
        with declared_job(KIND, lambda run, now: connection.close(), is_whole=False):
            run = services.work(run_id=ask().pk)
        assert (run.state, locks()) == (JobState.DONE, 0)

    def test_behind_a_pooler_none_is_taken(self):
        held = []
        with (
            declared_job(KIND, lambda run, now: held.append(locks())),
            mock.patch.dict(connection.settings_dict, {"DISABLE_SERVER_SIDE_CURSORS": True}),
        ):
            run = services.work(run_id=ask().pk)
        assert (run.state, run.is_watched, held) == (JobState.DONE, False, [0])
