"""What tests of living and dead workers do: ask for work, kill who does it, look who holds it."""

import os
import signal
import threading
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection, connections

from apps.core import clock
from apps.jobs import services
from apps.jobs.models import RUN_LOCKS, SHARD_LOCKS
from apps.jobs.services import publishing
from apps.jobs.tests.factories import OutboxFactory

KIND = "tests.probe"
HOUR = timedelta(hours=1)
LOCKS = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = ANY(%s)
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""Of this database: other tests run in theirs at the same time."""
OURS = [RUN_LOCKS, SHARD_LOCKS]


def ask(**facts):
    return services.enqueue(**{"kind": KIND, "period": "2026-11", "by": None, "now": clock.now(), **facts})


def told():
    """Ids of the runs and shards that a sweep sends now."""
    with mock.patch.object(publishing.current_app, "send_task") as send:
        services.sweep(now=clock.now())
    return [next(iter(call.kwargs["kwargs"].values())) for call in send.call_args_list]


def locks():
    """How many attempts are held, by whatever session."""
    with connection.cursor() as cursor:
        cursor.execute(LOCKS, [OURS])
        return cursor.fetchone()[0]


def elsewhere(question):
    """The answer in a session of its own."""
    found = []

    def ask_there():
        found.append(question())
        connection.close()

    thread = threading.Thread(target=ask_there)
    thread.start()
    thread.join()
    return found[0]


def killed(action, **facts):
    """Do ACTION in a process that is killed with SIGKILL in the middle, and wait until the server has seen it."""
    connections.close_all()
    pid = os.fork()
    if not pid:
        action(**facts)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)
    for _ in range(500):
        if not locks():
            return
        threading.Event().wait(0.01)
    pytest.fail("the lock of a dead process stayed")


def die_at_first(row):
    """A body's first step: leave an effect, and die in the first attempt."""
    OutboxFactory(key=f"effect-{row.pk}-{row.attempt_count}")
    if row.attempt_count == 1:
        os.kill(os.getpid(), signal.SIGKILL)
