"""Which periodic runs are due: read from what exists and the local clock, never from beat's memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

MOST_AT_ONCE = 400


class Cadence(StrEnum):
    """How often: each clock hour, each calendar day, each calendar month."""

    HOURLY = "hourly"
    DAILY = "daily"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Entry:
    """A periodic run: its kind, how often, at what local time (day of month for monthly ones).

    CATCHES_UP: after a stop every missed period is run in order; otherwise only the newest one.
    """

    kind: str
    cadence: Cadence
    at: time = time(0, 0)
    day: int = 1
    catches_up: bool = False


def due_periods(entry: Entry, *, last: str, now: datetime, zone: ZoneInfo) -> list[str]:
    """Periods of ENTRY that should exist by NOW and come after LAST (the newest known one, '' when none), oldest first.

    Never more than 400: a portal that slept for years catches up in several rounds, not in one flood. Where there is no LAST
    only the newest period is due: nothing before the portal began was missed.
    """
    found: list[str] = []
    for start in _starts_back_from(entry, now.astimezone(zone)):
        name = period_name(entry, start)
        if last and name <= last:
            break
        if _moment(entry, start, zone) > now:
            continue
        found.append(name)
        if not (entry.catches_up and last):
            break
    return found[::-1][:MOST_AT_ONCE]


def period_name(entry: Entry, start: datetime) -> str:
    """How the period that begins at START is written: 2026-11, 2026-11-20 or 2026-11-20T14. Sorts as text."""
    formats = {Cadence.HOURLY: "%Y-%m-%dT%H", Cadence.DAILY: "%Y-%m-%d", Cadence.MONTHLY: "%Y-%m"}
    return start.strftime(formats[entry.cadence])


def _moment(entry: Entry, start: datetime, zone: ZoneInfo) -> datetime:
    """The instant a period falls due. A local time that the clocks skip falls due at the same distance after midnight."""
    if entry.cadence is Cadence.HOURLY:
        return start.replace(minute=entry.at.minute, tzinfo=zone)
    day = start.date()
    if entry.cadence is Cadence.MONTHLY:
        day = day.replace(day=entry.day)
    return datetime.combine(day, entry.at, tzinfo=zone)


def _starts_back_from(entry: Entry, local: datetime) -> Iterator[datetime]:
    """Local starts of the current period and those before it, newest first, as naive wall times."""
    naive = local.replace(tzinfo=None, minute=0, second=0, microsecond=0)
    if entry.cadence is Cadence.HOURLY:
        step = timedelta(hours=1)
        while naive.year > 1:
            yield naive
            naive -= step
    day = naive.date()
    while day > date(2, 1, 1):
        if entry.cadence is Cadence.MONTHLY:
            day = day.replace(day=1)
        yield datetime.combine(day, time())
        day -= timedelta(days=1)
