"""Periods: laid out a year ahead, opened when they begin, closed when their last cut-off has passed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.core.clock import local_date
from apps.core.errors import Conflict, Refusal
from apps.core.history import because
from apps.periods import rules
from apps.periods.choices import FactKind, PeriodKind, PeriodState
from apps.periods.models import CutOff, Period
from apps.periods.services.cut_offs import lay_out_cut_offs, require_later, require_reason
from apps.periods.services.entry import lock_month
from apps.periods.services.telling import tell_reopened


class FiscalYearChanged(Refusal):
    """The setting no longer fits the periods that are stored."""

    code: ClassVar[str] = "fiscal_year_changed"


class YearRefused(Refusal):
    """That year cannot be laid out."""

    code: ClassVar[str] = "year_refused"


@dataclass(frozen=True, slots=True)
class CalendarRun:
    """What one run of the calendar did."""

    laid_out: int
    opened: int
    closed: int


@transaction.atomic
def open_periods(*, now: datetime, by: User | None = None) -> CalendarRun:
    """Lay out missing years up to the next one, open what has begun, close what is past its last cut-off.

    Who may: the scheduled job, and holders of periods.manage. Reads what is missing from the tables, so a run after
    days of silence catches up, and a second run (or five at once) changes nothing.
    Refuses: when the fiscal year's first month was changed after periods were stored.
    """
    today = local_date(now)
    with because("periods.laid_out", by=by):
        laid_out = _lay_out(_years_wanted(today))
    with because("periods.opened", by=by):
        opened = Period.objects.filter(state=PeriodState.UPCOMING, first_day__lte=today).update(
            state=PeriodState.OPEN, opened_at=now, updated_at=now
        )
    with because("periods.closed", by=by):
        closed = _close_past(now)
    return CalendarRun(laid_out, opened, closed)


@transaction.atomic
def lay_out_year(*, start: date, by: User, now: datetime) -> CalendarRun:
    """Lay out an earlier (or later) fiscal year, so that its months can hold facts.

    Who may: holders of periods.manage. Adds the year and every year between it and those that exist; months whose
    cut-offs have passed are closed at once, and entering facts for them takes a reopening.
    Refuses: a year more than 20 years away.
    """
    today = local_date(now)
    first = rules.fiscal_year_start(start, settings.FISCAL_YEAR_FIRST_MONTH)
    if abs(first.year - today.year) > 20:
        raise YearRefused(
            gettext("%(year)s is more than 20 years away. Lay out a year nearer to today.") % {"year": first.year},
            field="year",
        )
    with because("periods.laid_out", by=by):
        laid_out = _lay_out(sorted({*_years_between(first, today), *_years_between(today, first)}))
    run = open_periods(now=now, by=by)
    return CalendarRun(laid_out + run.laid_out, run.opened, run.closed)


def _years_between(first: date, last: date) -> Iterator[date]:
    """First days of the fiscal years from FIRST's to LAST's."""
    first_month = settings.FISCAL_YEAR_FIRST_MONTH
    start = rules.fiscal_year_start(first, first_month)
    while start <= last:
        yield start
        start = start.replace(year=start.year + 1)


def _years_wanted(today: date) -> list[date]:
    """Every fiscal year from the earliest stored one to the one after today's."""
    earliest = Period.objects.filter(kind=PeriodKind.YEAR).order_by("first_day").values_list("first_day", flat=True)
    first = min(earliest.first() or today, today)
    return list(_years_between(first, today.replace(day=1, year=today.year + 1)))


def _lay_out(starts: list[date]) -> int:
    """Store the periods of these fiscal years that are missing, and their cut-offs; how many periods were made."""
    first_month = settings.FISCAL_YEAR_FIRST_MONTH
    stored = set(Period.objects.filter(kind=PeriodKind.YEAR).values_list("first_day", flat=True))
    odd = sorted(start for start in stored if start.month != first_month)
    if odd:
        raise FiscalYearChanged(
            gettext(
                "The fiscal year is set to begin in month %(now)s, but stored years begin in month %(was)s. "
                "Put PORTAL_FISCAL_YEAR_FIRST_MONTH back to %(was)s: periods that hold facts are never re-cut."
            )
            % {"now": first_month, "was": odd[0].month}
        )
    missing = [
        Period(kind=kind, first_day=span.first_day, last_day=span.last_day)
        for start in starts
        if start not in stored
        for kind, span in rules.spans_of_year(start, first_month)
    ]
    Period.objects.bulk_create(missing, ignore_conflicts=True)
    lay_out_cut_offs()
    return len(missing)


def _close_past(now: datetime) -> int:
    """Close months whose every cut-off has passed, then quarters and years whose last month is closed."""
    still_open = CutOff.objects.filter(period=OuterRef("pk"), closes_at__gte=now)
    closed = (
        Period.objects.months()
        .open()
        .filter(~Exists(still_open), Exists(CutOff.objects.filter(period=OuterRef("pk"))))
        .update(state=PeriodState.CLOSED, closed_at=now, updated_at=now)
    )
    last_month = Period.objects.months().filter(last_day=OuterRef("last_day"), state=PeriodState.CLOSED)
    return closed + (
        Period.objects.open()
        .exclude(kind=PeriodKind.MONTH)
        .filter(Exists(last_month))
        .update(state=PeriodState.CLOSED, closed_at=now, updated_at=now)
    )


@transaction.atomic
def close_period(*, period: Period, reason: str, by: User | None, now: datetime) -> Period:
    """Close a month before its cut-offs have passed: what publishing its scores does.

    Who may: the services of apps above that publish a month. Waits for entries in flight, then takes no more.
    Closing a closed month changes nothing. Refuses: a quarter or year (they close with their last month).
    """
    _require_month(period)
    lock_month(period.month)
    row = Period.objects.select_for_update().get(pk=period.pk)
    if row.state != PeriodState.CLOSED:
        row.state, row.closed_at = PeriodState.CLOSED, now
        with because("periods.closed", reason=reason, by=by):
            row.save(update_fields=["state", "closed_at", "updated_at"])
            _close_past(now)
    return row


@transaction.atomic
def reopen_period(
    *, period: Period, closes_at: datetime, kinds: tuple[str, ...] = (), reason: str, by: User, now: datetime
) -> Period:
    """Open a closed month again until a new cut-off, for the kinds of fact named (all when none is named).

    Who may: holders of periods.reopen. Changes the month, its quarter and year to open, and those cut-offs.
    Refuses: without a reason, a month that is not closed, a cut-off in the past, a quarter or year.
    """
    _require_month(period)
    require_reason(reason)
    row = Period.objects.select_for_update().get(pk=period.pk)
    if row.state != PeriodState.CLOSED:
        raise Conflict(
            gettext("%(month)s is not closed. Move a single cut-off instead.") % {"month": row.label},
            details={"state": row.state},
        )
    require_later(closes_at, now, row)
    with because("periods.reopened", reason=reason, by=by):
        row.cut_offs.exclude(kind__in=kinds or FactKind.values).filter(closes_at__gt=row.closed_at).update(
            closes_at=row.closed_at, updated_at=now
        )
        row.cut_offs.filter(kind__in=kinds or FactKind.values).update(
            closes_at=closes_at, is_moved=True, updated_at=now
        )
        Period.objects.containing(row.last_day).filter(state=PeriodState.CLOSED).update(
            state=PeriodState.OPEN, closed_at=None, updated_at=now
        )
    row.refresh_from_db()
    tell_reopened(row, kinds=kinds, closes_at=closes_at, reason=reason, by=by, now=now)
    return row


def _require_month(period: Period) -> None:
    """Refuse quarters and years: they follow their months."""
    if period.kind != PeriodKind.MONTH:
        raise YearRefused(
            gettext("%(period)s opens and closes with its months. Choose its last month instead.")
            % {"period": period.label}
        )
