"""Headcount, movements and turnover in numbers. Stock comes from spells and appointments, flow from movements: that the two
agree (opening + joiners + transfers in - leavers - transfers out = closing) is shown, not assumed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import subtree_ids_by_day, visible_departments
from apps.staff.choices import LeaveKind, MovementKind
from apps.staff.models import Appointment, HeadcountPlan, Movement
from apps.staff.rules.turnover import MovementCount, Turnover, stability, turnover_rate

Heads = dict[int, int]
Inside = Callable[[int | None], bool]


@dataclass(frozen=True, slots=True)
class Stock:
    """Who is there at close of a day, by department."""

    heads: Heads
    equivalents: dict[int, Decimal]


@dataclass(frozen=True, slots=True)
class Flow:
    """Movements of one month, kind and pair of departments, counted."""

    month: Month
    kind: str
    leave_kind: str
    from_department: int | None
    to_department: int | None
    count: int


@dataclass(frozen=True, slots=True)
class MonthStatement:
    """What happened to the headcount in one month."""

    month: Month
    count: MovementCount
    planned: int | None = None
    involuntary_leavers: int = 0
    retired: int = 0

    @property
    def gap(self) -> int | None:
        """Heads above (+) or below (-) the plan."""
        return None if self.planned is None else self.count.closing - self.planned


@dataclass(frozen=True, slots=True)
class Statement:
    """A headcount over months. `measured_closing` is counted afresh at the end: it must equal the last closing."""

    months: tuple[MonthStatement, ...]
    measured_closing: int
    turnover: Turnover
    voluntary: Turnover
    stability_pct: Decimal | None
    full_time_equivalents: Decimal

    @property
    def is_balanced(self) -> bool:
        last = self.months[-1].count.closing if self.months else self.measured_closing
        return last == self.measured_closing and all(month.count.is_balanced for month in self.months)


def heads_by_department(day: date, department_ids: Iterable[int] | None = None) -> Heads:
    """Headcount at close of the day by department: whoever is employed after it, under their main appointment."""
    return stock_on(day, department_ids).heads


def stock_on(day: date, department_ids: Iterable[int] | None = None) -> Stock:
    """Heads at close of the day and full-time equivalents on it, by department. Two queries."""
    return stocks_on([day], department_ids)[day]


def stocks_on(days: Iterable[date], department_ids: Iterable[int] | None = None) -> dict[date, Stock]:
    """The stock of each of these days. Two queries that read the rows once, however many days."""
    wanted = sorted(set(days))
    covering = [Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gte=day)) for day in wanted]
    places = Appointment.objects.filter(reduce(or_, covering))
    leavers = Movement.objects.filter(kind=MovementKind.LEAVE, on__in=wanted)
    if department_ids is not None:
        known = list(department_ids)
        places, leavers = places.filter(department__in=known), leavers.filter(from_department__in=known)
    # The person stands for the row: it is in the index that these figures are read from.
    counts = {f"count_{at}": Count("person", filter=covers & Q(is_main=True)) for at, covers in enumerate(covering)}
    shares = {f"share_{at}": Sum("share", filter=covers) for at, covers in enumerate(covering)}
    rows: list[Any] = list(places.order_by().values("department").annotate(**counts, **shares))
    left = list(leavers.order_by().values_list("on", "from_department").annotate(count=Count("pk")))
    stocks = {}
    for at, day in enumerate(wanted):
        heads = Counter({row["department"]: row[f"count_{at}"] for row in rows})
        heads.subtract({department: count for on, department, count in left if on == day})
        shown = {row["department"]: row[f"share_{at}"] for row in rows if row[f"share_{at}"] is not None}
        stocks[day] = Stock(
            heads={department: count for department, count in heads.items() if count},
            equivalents={department: Decimal(share) / 100 for department, share in shown.items()},
        )
    return stocks


def flows(first: Month, last: Month) -> list[Flow]:
    """Movements of these months, counted by kind and departments. One query."""
    rows = (
        Movement.objects.filter(on__range=(first.first_day, last.last_day))
        .order_by()
        .annotate(month=TruncMonth("on"))
        .values_list("month", "kind", "leave_kind", "from_department", "to_department")
        .annotate(count=Count("pk"))
    )
    return [Flow(Month.of(month), kind, leave, out, into, count) for month, kind, leave, out, into, count in rows]


def flows_around(day: date, *, first: Month, last: Month) -> tuple[list[Flow], list[Flow]]:
    """Movements of these months, counted: those up to the day, and those still to come. One query."""
    rows = (
        Movement.objects.filter(on__range=(first.first_day, last.last_day))
        .order_by()
        .annotate(month=TruncMonth("on"), is_ahead=Q(on__gt=day))
        .values_list("is_ahead", "month", "kind", "leave_kind", "from_department", "to_department")
        .annotate(count=Count("pk"))
    )
    past: list[Flow] = []
    ahead: list[Flow] = []
    for is_ahead, month, *rest in rows:
        (ahead if is_ahead else past).append(Flow(Month.of(month), *rest))
    return past, ahead


def statement(*, scope: Scope, first: Month, last: Month, department: Department | None = None) -> Statement:
    """The movement statement of a department with everything below it, or of all the scope reaches.

    A department is rolled up by the tree on each month's last day, so a re-organisation restates the opening of its month;
    the company ignores transfers. DEPARTMENT must come from a selector that took the scope. Ten queries at most.
    """
    months = first.until(last)
    eve = first.first_day - timedelta(days=1)
    insides = members_by_month(scope=scope, months=months, department=department)
    year_ago = year_before(last.last_day)
    stocks = stocks_on([eve, last.last_day, year_ago])
    heads = stocks[eve].heads
    moved = flows(first, last)
    planned = plans_by_month(first, last)
    rows = []
    for month in months:
        inside = insides[month]
        here = [flow for flow in moved if flow.month == month]
        after = heads_after(heads, here)
        rows.append(
            month_statement(month, here, inside=inside, before=heads, after=after, planned=planned.get(month, {}))
        )
        heads = after
    closing = stocks[last.last_day]
    counts = [row.count for row in rows]
    return Statement(
        months=tuple(rows),
        measured_closing=total(closing.heads, insides[last]),
        turnover=turnover_rate([(count.opening, count.closing, count.leavers) for count in counts]),
        voluntary=turnover_rate([(count.opening, count.closing, count.voluntary_leavers) for count in counts]),
        stability_pct=stability_on(last.last_day, insides[last], then=stocks[year_ago].heads),
        full_time_equivalents=round_half_up(
            sum((share for place, share in closing.equivalents.items() if insides[last](place)), Decimal(0)), 2
        ),
    )


def members_by_month(*, scope: Scope, months: Sequence[Month], department: Department | None) -> dict[Month, Inside]:
    """For each month: which departments belong to what is asked for."""
    if department is not None:
        days = [month.last_day for month in months]
        ids = subtree_ids_by_day(department, days)
        return {month: inside_of(ids[month.last_day]) for month in months}
    if scope.is_company:
        return dict.fromkeys(months, inside_of(None))
    return dict.fromkeys(months, inside_of(frozenset(visible_departments(scope).values_list("pk", flat=True))))


def inside_of(known: frozenset[int] | None) -> Inside:
    """Whether a department is one of those known; None stands for the whole company."""
    return lambda pk: known is None or pk in known


def heads_after(heads: Heads, moved: Iterable[Flow]) -> Heads:
    """Headcount by department after the movements."""
    after = Counter(heads)
    for flow in moved:
        if flow.from_department is not None:
            after[flow.from_department] -= flow.count
        if flow.to_department is not None:
            after[flow.to_department] += flow.count
    return dict(after)


def total(heads: Heads, inside: Inside) -> int:
    """Heads of the departments inside."""
    return sum(count for department, count in heads.items() if inside(department))


def month_statement(
    month: Month, moved: Sequence[Flow], *, inside: Inside, before: Heads, after: Heads, planned: Heads
) -> MonthStatement:
    """One month of a statement from its flows and the stock before and after it."""
    joins = [flow for flow in moved if flow.kind == MovementKind.JOIN and inside(flow.to_department)]
    leaves = [flow for flow in moved if flow.kind == MovementKind.LEAVE and inside(flow.from_department)]
    transfers = [flow for flow in moved if flow.kind == MovementKind.TRANSFER]
    into = [flow for flow in transfers if inside(flow.to_department) and not inside(flow.from_department)]
    out = [flow for flow in transfers if inside(flow.from_department) and not inside(flow.to_department)]
    left = Counter[str]()
    for flow in leaves:
        left[flow.leave_kind] += flow.count
    count = MovementCount(
        opening=total(before, inside),
        joiners=sum(flow.count for flow in joins),
        transfers_in=sum(flow.count for flow in into),
        leavers=left.total(),
        voluntary_leavers=left[LeaveKind.VOLUNTARY],
        transfers_out=sum(flow.count for flow in out),
        closing=total(after, inside),
    )
    plan = [number for department, number in planned.items() if inside(department)]
    return MonthStatement(
        month=month,
        count=count,
        planned=sum(plan) if plan else None,
        involuntary_leavers=left[LeaveKind.INVOLUNTARY],
        retired=left[LeaveKind.RETIREMENT],
    )


def plans_by_month(first: Month, last: Month) -> dict[Month, Heads]:
    """Planned heads by month and department."""
    plans: dict[Month, Heads] = {}
    rows = HeadcountPlan.objects.filter(month__range=(first.first_day, last.first_day))
    for department, month, planned in rows.order_by().values_list("department", "month", "planned"):
        plans.setdefault(Month.of(month), {})[department] = planned
    return plans


def year_before(day: date) -> date:
    """The same day a year before; the last day of a month stays the last one."""
    return Month.of(day).plus(-12).last_day if Month.of(day).last_day == day else day.replace(year=day.year - 1)


def stability_on(day: date, inside: Inside, *, then: Heads) -> Decimal | None:
    """Share of those counted here a year before the day (THEN) who are still employed, anywhere in the company."""
    year_ago = year_before(day)
    gone = (
        Appointment.objects.on(year_ago)
        .main()
        .filter(employment__last_day__gt=year_ago, employment__last_day__lte=day)
        .order_by()
        .values_list("department")
        .annotate(count=Count("pk"))
    )
    before = total(then, inside)
    left = sum(count for department, count in gone if inside(department))
    return stability(employed_a_year_ago=before, still_here=before - left)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One department of the headcount table: heads and plan at the end of each month, own heads only."""

    department: Department
    cells: tuple["PlanCellView", ...]


@dataclass(frozen=True, slots=True)
class PlanCellView:
    month: Month
    heads: int | None
    planned: int | None

    @property
    def gap(self) -> int | None:
        """Heads above (+) or below (-) the plan; None where one of the two is missing."""
        return None if self.heads is None or self.planned is None else self.heads - self.planned


def headcount_table(*, scope: Scope, first: Month, last: Month, current: Month) -> list[PlanRow]:
    """Own heads and plan of every visible open department, month by month; months after CURRENT have a plan only."""
    months = first.until(last)
    departments = list(visible_departments(scope).open_on(min(current, last).last_day).order_by("code"))
    heads = heads_by_department(first.first_day - timedelta(days=1))
    moved, planned = flows(first, last), plans_by_month(first, last)
    by_month: dict[Month, Heads] = {}
    for month in months:
        heads = heads_after(heads, [flow for flow in moved if flow.month == month])
        by_month[month] = heads
    return [
        PlanRow(
            department,
            tuple(
                PlanCellView(
                    month=month,
                    heads=by_month[month].get(department.pk, 0) if month <= current else None,
                    planned=planned.get(month, {}).get(department.pk),
                )
                for month in months
            ),
        )
        for department in departments
    ]


def headcount_now(*, scope: Scope, day: date) -> int:
    """Heads at close of the day of all the scope reaches."""
    if scope.is_company:
        return sum(heads_by_department(day).values())
    known = visible_departments(scope).values_list("pk", flat=True)
    return sum(heads_by_department(day, known).values())
