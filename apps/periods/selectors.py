"""Reads of the calendar. Periods and days are the company's, not a department's: everyone who may look sees them all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.periods import rules
from apps.periods.choices import DayKind, FactKind, PeriodKind
from apps.periods.models import CalendarDay, CutOff, CutOffRule, Period, PeriodQuerySet


@dataclass(frozen=True, slots=True)
class EntryWindow:
    """From when until when one kind of fact may be entered for a month, and what the rule says at a moment."""

    period: Period
    kind: FactKind
    opens_at: datetime
    closes_at: datetime

    def answer_at(self, at: datetime) -> rules.Answer:
        is_closed = self.period.closed_at is not None and at > self.period.closed_at
        return rules.may_enter(opens_at=self.opens_at, closes_at=self.closes_at, is_closed=is_closed, at=at)


@dataclass(frozen=True, slots=True)
class DayCell:
    """One square of the year calendar."""

    day: date
    is_working: bool
    is_today: bool
    kind: str = ""
    name: str = ""
    declared_id: int | None = None
    cut_offs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthGrid:
    """One month of the year calendar: weeks of seven squares, empty ones outside the month."""

    first_day: date
    weeks: tuple[tuple[DayCell | None, ...], ...]
    working_days: int


def calendar_between(first: date, last: date) -> rules.WorkDays:
    """The declared days from FIRST to LAST, as the rules of working days want them. One query."""
    rows = CalendarDay.objects.filter(day__range=(first, last)).values_list("day", "kind")
    found: dict[str, set[date]] = {kind.value: set() for kind in DayKind}
    for day, kind in rows:
        found[kind].add(day)
    return rules.WorkDays(holidays=frozenset(found[DayKind.HOLIDAY]), extra_workdays=frozenset(found[DayKind.WORKDAY]))


def calendar_around(day: date, *, days: int = 120) -> rules.WorkDays:
    """The declared days for some months before and after DAY: enough for any deadline counted in working days."""
    return calendar_between(day - timedelta(days=days), day + timedelta(days=days))


def deadline_after(moment: datetime, working_days: int, *, at: time = time(18)) -> datetime:
    """The moment WORKING_DAYS working days after MOMENT, at the local time AT."""
    start = moment.astimezone(settings.COMPANY_ZONE).date()
    day = rules.add_working_days(start, working_days, calendar_around(start, days=max(120, working_days * 3)))
    return rules.deadline_instant(day, at, settings.COMPANY_ZONE)


def public_working_days_left(moment: datetime, today: date) -> int:
    """Working days from TODAY to the day of a moment: 0 on the day itself. The calendar is no secret."""
    day = moment.astimezone(settings.COMPANY_ZONE).date()
    return rules.working_days_between(today, day, calendar_between(min(today, day), max(today, day)))


def period_of(month: Month, *, kind: PeriodKind = PeriodKind.MONTH) -> Period | None:
    """The period row of a month (or of the quarter or year it lies in); None before it was laid out."""
    return Period.objects.containing(month.first_day).filter(kind=kind).first()


def entry_window(kind: FactKind | str, month: Month) -> EntryWindow | None:
    """When facts of KIND may be entered for MONTH; None when the month was never laid out."""
    cut_off = (
        CutOff.objects.select_related("period")
        .filter(kind=kind, period__kind=PeriodKind.MONTH, period__first_day=month.first_day)
        .first()
    )
    if cut_off is None:
        return None
    opens_at = rules.local_instant(month.first_day, time.min, settings.COMPANY_ZONE)
    return EntryWindow(cut_off.period, FactKind(kind), opens_at, cut_off.closes_at)


def cut_offs_of(kind: FactKind | str, months: Iterable[Month]) -> dict[Month, datetime]:
    """The last moment at which facts of KIND are taken for each of these months; months never laid out are left out. One
    query."""
    rows = CutOff.objects.filter(
        kind=kind, period__kind=PeriodKind.MONTH, period__first_day__in=[month.first_day for month in months]
    )
    return {Month.of(first): closes_at for first, closes_at in rows.values_list("period__first_day", "closes_at")}


def accepts(kind: FactKind | str, month: Month, at: datetime) -> bool:
    """Whether facts of KIND may be entered for MONTH at that moment: to show a form or not, never to guard a write."""
    window = entry_window(kind, month)
    return window is not None and window.answer_at(at) is rules.Answer.YES


def visible_periods(*, scope: Scope) -> PeriodQuerySet:
    """Every period with its cut-offs; none for those who may not look at the calendar."""
    if not scope.may("periods.view"):
        return Period.objects.none()
    return Period.objects.prefetch_related(Prefetch("cut_offs", CutOff.objects.order_by("closes_at", "kind")))


def period_for(*, scope: Scope, pk: int) -> Period:
    """One period, or NotFound."""
    found = visible_periods(scope=scope).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such period.")
    return found


def cut_off_for(*, scope: Scope, pk: int) -> CutOff:
    """One cut-off with its period, or NotFound."""
    found = CutOff.objects.select_related("period").filter(pk=pk, period__in=visible_periods(scope=scope)).first()
    if found is None:
        raise NotFound("There is no such cut-off.")
    return found


def visible_cut_off_rules(*, scope: Scope) -> QuerySet[CutOffRule]:
    """The cut-off rule of each kind of fact."""
    return CutOffRule.objects.all() if scope.may("periods.view") else CutOffRule.objects.none()


def cut_off_rule_for(*, scope: Scope, kind: str) -> CutOffRule:
    """The rule of one kind of fact, or NotFound."""
    found = visible_cut_off_rules(scope=scope).filter(kind=kind).first()
    if found is None:
        raise NotFound("There is no such cut-off rule.")
    return found


def visible_days(*, scope: Scope) -> QuerySet[CalendarDay]:
    """Declared holidays and make-up workdays."""
    return CalendarDay.objects.all() if scope.may("periods.view") else CalendarDay.objects.none()


def declared_day_for(*, scope: Scope, pk: int) -> CalendarDay:
    """One declared day, or NotFound."""
    found = visible_days(scope=scope).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such calendar day.")
    return found


def visible_years(*, scope: Scope) -> list[date]:
    """First days of the fiscal years that are laid out, newest first."""
    years = visible_periods(scope=scope).filter(kind=PeriodKind.YEAR).prefetch_related(None)
    return list(years.order_by("-first_day").values_list("first_day", flat=True))


def upcoming_cut_offs(*, scope: Scope, now: datetime, count: int = 3) -> list[CutOff]:
    """The next cut-offs to come, soonest first."""
    if not scope.may("periods.view"):
        return []
    return list(CutOff.objects.select_related("period").filter(closes_at__gte=now).order_by("closes_at")[:count])


def year_calendar(*, scope: Scope, start: date, today: date) -> list[MonthGrid]:
    """Twelve months from START as squares: what is worked, what is declared, which cut-offs fall there. Two queries."""
    months = [Month.of(start).plus(step) for step in range(12)]
    first, last = months[0].first_day, months[-1].last_day
    declared = {row.day: row for row in visible_days(scope=scope).filter(day__range=(first, last))}
    work_days = rules.WorkDays(
        holidays=frozenset(day for day, row in declared.items() if row.kind == DayKind.HOLIDAY),
        extra_workdays=frozenset(day for day, row in declared.items() if row.kind == DayKind.WORKDAY),
    )
    marks = _cut_off_marks(scope, first, last)
    return [_grid(month, work_days, declared, marks, today) for month in months]


def _cut_off_marks(scope: Scope, first: date, last: date) -> dict[date, list[str]]:
    """Day → the cut-offs that fall on it, as labels."""
    zone = settings.COMPANY_ZONE
    rows = (
        CutOff.objects.select_related("period")
        .filter(
            period__in=visible_periods(scope=scope),
            closes_at__gte=rules.local_instant(first, time.min, zone),
            closes_at__lte=rules.local_instant(last, time.max, zone, is_late=True),
        )
        .order_by("closes_at")
    )
    marks: dict[date, list[str]] = {}
    for row in rows:
        marks.setdefault(row.closes_at.astimezone(zone).date(), []).append(str(row))
    return marks


def _grid(
    month: Month,
    work_days: rules.WorkDays,
    declared: dict[date, CalendarDay],
    marks: dict[date, list[str]],
    today: date,
) -> MonthGrid:
    """One month laid out in weeks that begin on Monday."""
    cells: list[DayCell | None] = [None] * month.first_day.weekday()
    for day in rules.days_from(month.first_day, month.last_day):
        row = declared.get(day)
        facts: dict[str, Any] = {"kind": row.kind, "name": row.name, "declared_id": row.pk} if row else {}
        cells.append(
            DayCell(
                day=day,
                is_working=work_days.is_working(day),
                is_today=day == today,
                cut_offs=tuple(marks.get(day, ())),
                **facts,
            )
        )
    cells += [None] * (-len(cells) % 7)
    weeks = tuple(tuple(cells[at : at + 7]) for at in range(0, len(cells), 7))
    return MonthGrid(month.first_day, weeks, sum(cell.is_working for cell in cells if cell))


def parts_of(*, scope: Scope, period: Period) -> list[Period]:
    """The months inside a quarter or year; none for a month."""
    if period.kind == PeriodKind.MONTH:
        return []
    months = visible_periods(scope=scope).filter(kind=PeriodKind.MONTH).prefetch_related(None)
    return list(months.within(period.first_day, period.last_day))


def month_answers(kind: FactKind | str, months: list[Month], at: datetime) -> dict[Month, str]:
    """May facts of KIND be entered for each of these months at that moment? One query, two where one is not laid out.

    The words of rules.Answer, `before_all` for months earlier than any that is laid out, `unknown` for others that are not.
    To judge many facts at once, under services.hold_months where they are stored; a single one is guarded by
    services.require_accepts.
    """
    rows = CutOff.objects.select_related("period").filter(
        kind=kind, period__kind=PeriodKind.MONTH, period__first_day__in=[month.first_day for month in months]
    )
    windows = {}
    for cut_off in rows:
        opens_at = rules.local_instant(cut_off.period.first_day, time.min, settings.COMPANY_ZONE)
        windows[Month.of(cut_off.period.first_day)] = EntryWindow(
            cut_off.period, FactKind(kind), opens_at, cut_off.closes_at
        )
    earliest = None
    if any(month not in windows for month in months):
        earliest = Period.objects.months().order_by("first_day").values_list("first_day", flat=True).first()
    answers: dict[Month, str] = {}
    for month in months:
        if month in windows:
            answers[month] = windows[month].answer_at(at).value
        else:
            is_before = earliest is not None and month.first_day < earliest
            answers[month] = "before_all" if is_before else "unknown"
    return answers


def working_days_of(first: Month, last: Month) -> dict[Month, int]:
    """How many days are worked in each of these months, by the declared days. One query."""
    return rules.working_days_by_month(first, last, calendar_between(first.first_day, last.last_day))
