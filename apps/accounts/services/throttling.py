"""Counting requests."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from apps.accounts.models import RateWindow

WINDOW_SECONDS = 60
PRUNE_EVERY = 1_000
COUNT = """
    INSERT INTO accounts_ratewindow AS w (caller, started_at, count) VALUES (%(caller)s, %(now)s, 1)
    ON CONFLICT (caller) DO UPDATE SET
        count = CASE WHEN w.started_at > %(oldest)s THEN w.count + 1 ELSE 1 END,
        started_at = CASE WHEN w.started_at > %(oldest)s THEN w.started_at ELSE excluded.started_at END
    RETURNING id, count, started_at
"""


@dataclass(frozen=True, slots=True)
class Count:
    """The caller's requests in the running minute, this one included, and how long the minute still runs."""

    count: int
    seconds_left: int


def count_request(*, caller: str, now: datetime) -> Count:
    """Count one request of the caller. Anyone; one statement, so that fifty at once count fifty."""
    oldest = now - timedelta(seconds=WINDOW_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"caller": caller[:80], "now": now, "oldest": oldest})
        key, count, started_at = cursor.fetchone()
    if count == 1 and key % PRUNE_EVERY == 0:
        RateWindow.objects.filter(started_at__lt=now - timedelta(hours=1)).delete()
    left = WINDOW_SECONDS - int((now - started_at).total_seconds())
    return Count(count=count, seconds_left=max(1, min(left, WINDOW_SECONDS)))
