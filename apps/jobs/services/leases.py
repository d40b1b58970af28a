"""Who holds a row, and keeping it held while the work goes on."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import DatabaseError, Error, InterfaceError, OperationalError, connection
from django.db.models import F, QuerySet

from apps.core import clock
from apps.core.errors import Conflict
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun, JobShard

BEATS_PER_LEASE = 4
PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.25
Claimed = TypeVar("Claimed")


class LeaseLost(Conflict):
    """Another worker has taken this work over: whatever this one has not committed must not be."""

    code = "lease_lost"


class JobCancelled(Conflict):
    """Somebody cancelled the run while it was being worked on."""

    code = "job_cancelled"


class Heartbeat:
    """Renews a row's lease from a thread with a connection of its own, so that a long transaction keeps its claim.

    It also writes the progress reported inside such a transaction, where nobody else could see it.
    """

    def __init__(self, row: JobRun | JobShard, *, lease: timedelta) -> None:
        self.row = row
        self.lease = lease
        self.is_lost = False
        self.is_cancelled = False
        self.progress: dict[str, Any] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"heartbeat-{row.pk}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def check(self) -> None:
        """Refuse to go on when the row is held by someone else or was cancelled."""
        if self.is_lost:
            message = f"{self.row} is now worked on elsewhere. Nothing to do here."
            raise LeaseLost(message)
        if self.is_cancelled:
            message = f"{self.row} was cancelled."
            raise JobCancelled(message)

    def _run(self) -> None:
        every = self.lease.total_seconds() / BEATS_PER_LEASE
        try:
            while not self._ended.wait(every):
                self._beat()
        finally:
            connection.close()

    def _beat(self) -> None:
        try:
            self._renew()
        except Error:
            # The database may be restarting; a broken connection is dropped so that the next beat opens a new one.
            connection.close()

    def _renew(self) -> None:
        facts, self.progress = self.progress, {}
        table: QuerySet[Any] = type(self.row)._default_manager.filter(pk=self.row.pk)
        held = table.filter(fence=self.row.fence, state=JobState.RUNNING)
        if held.update(lease_until=clock.now() + self.lease, **facts):
            self.is_cancelled = isinstance(self.row, JobRun) and held.filter(is_cancel_asked=True).exists()
        elif table.exists():
            # A row this connection cannot see at all belongs to a transaction that has not committed: not lost.
            self.is_lost = True


_beating = threading.local()


def current_heartbeat() -> Heartbeat | None:
    """The heartbeat of the work this thread is doing, if any."""
    found: Heartbeat | None = getattr(_beating, "heart", None)
    return found


@contextmanager
def keep_lease(row: JobRun | JobShard, *, lease: timedelta) -> Iterator[Heartbeat]:
    """Keep ROW's lease renewed while the block runs."""
    before = current_heartbeat()
    heart = Heartbeat(row, lease=lease)
    heart.start()
    _beating.heart = heart
    try:
        yield heart
    finally:
        _beating.heart = before
        heart.stop()


def worker_name() -> str:
    """How this process is named in the rows it holds."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}"


def is_away(error: Exception) -> bool:
    """Whether ERROR says that the session with the database is gone, not that the database refuses.

    Where the server dies amid an answer there is no code to tell by: psycopg2 then raises the bare class.
    """
    return isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError


def once_it_is_back(claim: Callable[[], Claimed]) -> Claimed:
    """What CLAIM finds; where the database is away, after waiting for it up to half a minute.

    A worker has nothing else to do then, and a message that it gave up is sent again only much later.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return claim()
        except Error as error:
            if not is_away(error) or connection.in_atomic_block or time.monotonic() > end:
                raise
            connection.close()
            time.sleep(PAUSE_SECONDS)


def taken_until(lease_until: datetime) -> dict[str, Any]:
    """What changes in any row that is claimed: the fence and the attempts go up, it is held until then, and its nudges are
    counted anew."""
    return {
        "fence": F("fence") + 1,
        "attempt_count": F("attempt_count") + 1,
        "lease_until": lease_until,
        "nudged_at": None,
        "nudge_count": 0,
    }
