"""Arithmetic of the calendar: working days, deadlines, fiscal years, and whether a fact may still be entered."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from apps.core.month import Month
from apps.periods.choices import FactKind, PeriodKind

ONE_DAY = timedelta(days=1)
SATURDAY = 5
LONGEST_WALK = 3_660
"""No search goes further than ten years: a calendar in which nothing is worked must end in an answer, not in a hang."""

MONTHS_OF = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}


@dataclass(frozen=True, slots=True)
class WorkDays:
    """Which days are worked: Monday to Friday less the holidays, plus make-up workdays (which win over a holiday)."""

    holidays: frozenset[date] = field(default_factory=frozenset)
    extra_workdays: frozenset[date] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        """Whether DAY is worked."""
        if day in self.extra_workdays:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays


@dataclass(frozen=True, slots=True)
class Span:
    """A period's bounds, both days included."""

    first_day: date
    last_day: date

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class CutOffPlan:
    """When a kind of fact closes: on the n-th working day of the following month, at this local time."""

    working_day: int
    closes_time: time


DEFAULT_CUT_OFFS = {
    FactKind.KPI_VALUES: CutOffPlan(3, time(18)),
    FactKind.LEDGER: CutOffPlan(4, time(18)),
    FactKind.REPORTS: CutOffPlan(5, time(18)),
}
"""The typical calendar of DOMAIN.md section 2: figures first, then the ledger, then the reports that explain them."""


class Answer(StrEnum):
    """Whether a fact may be entered now, and if not, why."""

    YES = "yes"
    NOT_YET = "not_yet"
    PAST_CUT_OFF = "past_cut_off"
    CLOSED = "closed"


def days_from(first: date, last: date) -> Iterator[date]:
    """Every day from FIRST to LAST, both included."""
    return (first + timedelta(days=step) for step in range((last - first).days + 1))


def working_days_by_month(first: Month, last: Month, work_days: WorkDays) -> dict[Month, int]:
    """How many days of each month are worked. Counts what differs from Monday to Friday instead of walking the days."""
    found = {month: weekdays_of(month) for month in first.until(last)}
    free = [day for day in work_days.holidays - work_days.extra_workdays if day.weekday() < SATURDAY]
    made_up = [day for day in work_days.extra_workdays if day.weekday() >= SATURDAY]
    for days, change in ((free, -1), (made_up, 1)):
        for day in days:
            if (month := Month.of(day)) in found:
                found[month] += change
    return found


def weekdays_of(month: Month) -> int:
    """Mondays to Fridays in the month: twenty in its first four weeks, then those of the days that are left."""
    first, count = monthrange(month.year, month.number)
    return 20 + sum((first + day) % 7 < SATURDAY for day in range(28, count))


def nth_working_day(month: Month, n: int, work_days: WorkDays) -> date | None:
    """The date of the month's N-th working day (1 = the first); None when the month has fewer."""
    worked = [day for day in days_from(month.first_day, month.last_day) if work_days.is_working(day)]
    return worked[n - 1] if 1 <= n <= len(worked) else None


def working_days_between(start: date, end: date, work_days: WorkDays) -> int:
    """How many working days lie after START up to and including END; negative when END comes first."""
    if end < start:
        return -working_days_between(end, start, work_days)
    return sum(work_days.is_working(day) for day in days_from(start + ONE_DAY, end))


def add_working_days(day: date, count: int, work_days: WorkDays) -> date:
    """The COUNT-th working day after DAY (before it when negative). Zero: DAY itself, or the next worked day."""
    step = -ONE_DAY if count < 0 else ONE_DAY
    found, walked = day, 0
    left = abs(count)
    if not left:
        found, left = day - step, 1
    while left:
        found += step
        walked += 1
        if walked > LONGEST_WALK:
            message = f"No working day within {LONGEST_WALK} days of {day}: the calendar has no worked days."
            raise ValueError(message)
        left -= work_days.is_working(found)
    return found


def local_instant(day: date, at: time, zone: ZoneInfo, *, is_late: bool = False) -> datetime:
    """The moment at which the company's clocks show AT on DAY, in UTC.

    A time the clocks show twice is its first showing (IS_LATE: its second); a time they skip is read by
    the clock from before the jump. So a month opens once, and no deadline falls before the hour it names.
    """
    naive = datetime.combine(day, at)
    first = naive.replace(tzinfo=zone, fold=0)
    second = naive.replace(tzinfo=zone, fold=1)
    is_twice = second.astimezone(UTC) > first.astimezone(UTC)
    return (second if is_late and is_twice else first).astimezone(UTC)


def deadline_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The last moment that still keeps a deadline of AT on DAY (deadlines are inclusive)."""
    return local_instant(day, at, zone, is_late=True)


def cut_off_day(month: Month, working_day: int, work_days: WorkDays) -> date:
    """The N-th working day after the month's last day: it runs on into later months when one has too few."""
    return add_working_days(month.last_day, working_day, work_days)


def fiscal_year_start(day: date, first_month: int) -> date:
    """The first day of the fiscal year DAY lies in."""
    year = day.year if day.month >= first_month else day.year - 1
    return date(year, first_month, 1)


def span_of(kind: PeriodKind | str, day: date, first_month: int) -> Span:
    """The month, quarter or fiscal year DAY lies in. Quarters are counted from the fiscal year's first month."""
    start = Month.of(fiscal_year_start(day, first_month))
    length = MONTHS_OF[PeriodKind(kind)]
    here = Month.of(day)
    months_in = (here.year - start.year) * 12 + here.number - start.number
    first = start.plus(months_in - months_in % length)
    return Span(first.first_day, first.plus(length - 1).last_day)


def spans_of_year(start: date, first_month: int) -> list[tuple[PeriodKind, Span]]:
    """The seventeen periods of the fiscal year that begins on START: 12 months, 4 quarters, the year."""
    first = Month.of(start)
    found: list[tuple[PeriodKind, Span]] = []
    for kind, length in MONTHS_OF.items():
        starts = (first.plus(step).first_day for step in range(0, 12, length))
        found += [(kind, span_of(kind, day, first_month)) for day in starts]
    return found


def fiscal_year_name(start: date) -> str:
    """'2026' for a calendar year, '2026/27' for one that runs over new year."""
    return str(start.year) if start.month == 1 else f"{start.year}/{(start.year + 1) % 100:02d}"


def quarter_number(first_day: date, first_month: int) -> int:
    """1 to 4: which quarter of its fiscal year begins on FIRST_DAY."""
    return (first_day.month - first_month) % 12 // 3 + 1


def may_enter(*, opens_at: datetime, closes_at: datetime, is_closed: bool, at: datetime) -> Answer:
    """Whether a fact may be entered AT this moment. The cut-off moment itself still counts as in time."""
    if at < opens_at:
        return Answer.NOT_YET
    if is_closed:
        return Answer.CLOSED
    return Answer.YES if at <= closes_at else Answer.PAST_CUT_OFF
