"""Whether a holder is alive, known by the database: for each attempt its session holds an advisory lock, and a session ends
with its process.

The lock is a shortcut beside the lease, never instead of it: it says that a holder is gone, not that one may write. That is
the fence's word. See docs/adr/0015-the-dead-are-known.md.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, connection

from apps.jobs.models import JobRun, JobShard, attempt_key

logger = logging.getLogger(__name__)

NOTICE_MS = 500
"""So soon a backend in the middle of a long statement notices that its client is gone; else it would end the statement
first, and hold all its locks till then. For sessions that hold work."""
TAKE = """
SELECT pg_try_advisory_lock_shared(%s, %s),
       set_config('client_connection_check_interval', CASE WHEN version() ~* 'windows|visual' THEN '0' ELSE %s END, false)
"""
"""A server on Windows knows no such check, and refuses to be told to make it."""
LEAVE = "SELECT pg_advisory_unlock_shared(%s, %s)"


class Watch:
    """The locks of one piece of work. They belong to the session that took them, whatever its transactions come to."""

    def __init__(self) -> None:
        self.keys: list[tuple[int, int]] = []
        self.session: Any = None

    def is_cut(self) -> bool:
        """Whether the session that held the locks has ended: for the database this worker is dead."""
        return bool(self.keys) and (connection.connection is not self.session or bool(self.session.closed))

    def take(self, key: tuple[int, int]) -> bool:
        """Take a lock in this session; shared, so that of two who try for the same attempt neither keeps the other away."""
        with connection.cursor() as cursor:
            cursor.execute(TAKE, [*key, str(NOTICE_MS)])
            is_taken: bool = cursor.fetchone()[0]
        if connection.connection is not self.session:
            self.keys, self.session = [], connection.connection
        if is_taken:
            self.keys.append(key)
        return is_taken

    def leave(self) -> None:
        """Let every lock go. A session that cannot is closed, which does the same."""
        keys, self.keys = self.keys, []
        try:
            for key in keys:
                if connection.connection is self.session:
                    with connection.cursor() as cursor:
                        cursor.execute(LEAVE, key)
        except Error:
            logger.warning("a session could not let its locks go and is closed")
            if not connection.in_atomic_block:
                connection.close()
        finally:
            self.session = None


_work = threading.local()


@contextmanager
def watched() -> Iterator[Watch]:
    """What is claimed inside the block is known to be held as long as this session lives; after the block no longer.

    The block goes around the claim and everything the row's state is written by. A claim outside of any is held by its lease
    alone.
    """
    before = getattr(_work, "watch", None)
    watch = _work.watch = Watch()
    try:
        yield watch
    finally:
        _work.watch = before
        watch.leave()


def hold_next(row: JobRun | JobShard) -> bool:
    """Take the lock of ROW's next attempt, before it is claimed: a claim that others see has its lock already.

    False when nobody watches, or when a pooler stands between and a session is not one worker's.
    """
    watch: Watch | None = getattr(_work, "watch", None)
    if watch is None or connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
        return False
    return watch.take(attempt_key(type(row), row.pk, row.fence + 1))
