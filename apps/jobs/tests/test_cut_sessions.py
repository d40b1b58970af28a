"""Work whose session to the database is cut: another takes it, and the old attempt leaves nothing."""

import os
import signal
import threading
from unittest import mock

import pytest
from django.db import OperationalError, connection

from apps.jobs import services
from apps.jobs.choices import JobState, ShardState
from apps.jobs.models import JobRun, Outbox
from apps.jobs.services import leases
from apps.jobs.tests.factories import JobRunFactory, JobShardFactory, OutboxFactory, declared_job
from apps.jobs.tests.living import KIND, ask, elsewhere, killed, told

pytestmark = pytest.mark.django_db(transaction=True)


class TestCutSessions:
    """The server ends a session and the worker lives, as after a restart of PostgreSQL."""

    def cut(self):
        """End this session from another one, and wait for it."""
        pid = connection.connection.get_backend_pid()

        def end():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

        elsewhere(end)

    @pytest.mark.parametrize("is_whole", [True, False])
    def test_another_takes_the_work_and_the_old_attempt_leaves_nothing(self, is_whole):
        others = []

        def body(run, now):
            if run.attempt_count == 1:
                self.cut()
                others.append(elsewhere(lambda: (told(), services.work(run_id=run.pk).state)))
            OutboxFactory(key=f"effect-{run.attempt_count}")

        with declared_job(KIND, body, is_whole=is_whole):
            run = ask()
            assert services.work(run_id=run.pk) is None
        run.refresh_from_db()
        assert others == [([run.pk], JobState.DONE)]
        assert (run.state, run.attempt_count, run.error) == (JobState.DONE, 2, "")
        assert [row.key for row in Outbox.objects.all()] == ["effect-2"]

    def test_an_old_attempt_in_a_new_session_is_stopped_by_its_fence(self):
        def body(run, now):
            if run.attempt_count == 1:
                self.cut()
                elsewhere(lambda: services.work(run_id=run.pk))
                connection.close()

        with declared_job(KIND, body, is_whole=False):
            run = ask()
            assert services.work(run_id=run.pk) is None
        run.refresh_from_db()
        assert (run.state, run.attempt_count) == (JobState.DONE, 2)

    def test_with_nobody_else_there_it_is_begun_again_at_once(self):
        def body(run, now):
            if run.attempt_count == 1:
                self.cut()
            OutboxFactory(key="effect")

        with declared_job(KIND, body):
            run = ask()
            assert services.work(run_id=run.pk) is None
            assert told() == [run.pk]
            assert services.work(run_id=run.pk).state == JobState.DONE
        assert Outbox.objects.count() == 1

    def test_a_message_that_comes_while_the_server_is_away_waits_for_it(self):
        """It would be sent again only after a quarter of a minute or more."""
        with declared_job(KIND, lambda run, now: None):
            run = ask()
            connect, left = connection.get_new_connection, [3]

            def refuse_at_first(params):
                if left[0]:
                    left[0] -= 1
                    raise OperationalError("the database system is starting up")
                return connect(params)

            connection.close()
            with mock.patch.object(connection, "get_new_connection", refuse_at_first):
                assert services.work(run_id=run.pk).state == JobState.DONE
        assert left == [0]

    def test_but_not_for_ever(self):
        with declared_job(KIND, lambda run, now: None):
            run = ask()
            connection.close()
            away = mock.patch.object(connection, "get_new_connection", side_effect=OperationalError("refused"))
            with away, mock.patch.object(leases, "PATIENCE_SECONDS", 0.5), pytest.raises(OperationalError):
                services.work(run_id=run.pk)
        assert JobRun.objects.get().state == JobState.QUEUED

    def test_a_shard_too(self):
        def part(shard, now):
            if shard.attempt_count == 1:
                self.cut()
            OutboxFactory(key="effect")

        with declared_job(KIND, lambda run, now: None, shard=part):
            shard = JobShardFactory(run=JobRunFactory(kind=KIND, state=JobState.RUNNING, shard_count=1))
            assert services.work_shard(shard_id=shard.pk) is None
            assert told() == [shard.pk]
            assert services.work_shard(shard_id=shard.pk).state == ShardState.DONE


class TestLongStatements:
    def test_a_session_that_holds_work_notices_that_its_client_is_gone(self):
        """Else the lock would last as long as the statement, and everything the dead one had locked."""

        def die_in_a_statement(run, now):
            if run.attempt_count == 1:
                threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGKILL)).start()
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(600)")

        with declared_job(KIND, die_in_a_statement):
            run = ask()
            killed(services.work, run_id=run.pk)
            assert told() == [run.pk]
