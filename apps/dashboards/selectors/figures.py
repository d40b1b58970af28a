"""The headcount block of the home page: heads, plan, movements, turnover, what is off. Four queries, whatever the size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from apps.core.charts import Series
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.dashboards import rules
from apps.dashboards.rules import Gap, Place, Shift
from apps.departments.selectors import tree_on
from apps.staff.choices import LeaveKind, MovementKind
from apps.staff.rules.turnover import Turnover, turnover_rate
from apps.staff.selectors import heads_by_department
from apps.staff.selectors.numbers import flows_around, plans_by_month

MONTHS_BACK = 12
MONTHS_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of everything the person leads (or of the company), as of one day."""

    day: date
    heads: int
    change: int
    """Since the end of last month."""
    planned: int | None
    """Of the departments that have a plan for this month."""
    planned_heads: int
    """Heads of the same departments."""
    planned_count: int
    joined: int
    left: int
    resigned: int
    coming: int
    leaving: int
    turnover: Turnover
    months: tuple[Month, ...]
    closing: tuple[int, ...]
    plans: tuple[int | None, ...]
    """Of `months` and the months ahead."""
    gaps: tuple[Gap, ...]
    branches: tuple[dict[str, Any], ...]
    places: tuple[Place, ...]

    @property
    def gap(self) -> int | None:
        return None if self.planned is None else self.planned_heads - self.planned

    @property
    def has_plan(self) -> bool:
        return any(plan is not None for plan in self.plans)


def figures_for(*, scope: Scope, day: date) -> Figures | None:
    """The block, or None for those who may see no headcount but their own."""
    if scope.reach is Reach.SELF or not scope.may("staff.view_headcount"):
        return None
    places = led_places(scope, day)
    inside = None if scope.is_company else frozenset(place.pk for place in places)
    current = Month.of(day)
    months = current.plus(-MONTHS_BACK).until(current)
    shifts = shifts_around(day, first=months[0], last=current.plus(MONTHS_AHEAD))
    past = [shift for shift in shifts if not shift.is_ahead]
    closing = rules.closings(heads_by_department(day, inside), past, months)
    planned = plans_by_month(months[0], current.plus(MONTHS_AHEAD))
    return composed(day, places, inside, months, shifts, closing, planned)


def composed(
    day: date,
    places: tuple[Place, ...],
    inside: frozenset[int] | None,
    months: list[Month],
    shifts: list[Shift],
    closing: dict[Month, rules.Heads],
    planned: dict[Month, rules.Heads],
) -> Figures:
    """Put the block together from what was read."""
    current, counts = months[-1], [rules.total(closing[month], inside) for month in months]
    leavers = {month: counted(shifts, MovementKind.LEAVE, inside, months=[month]) for month in months}
    matched, plan, count = rules.compared(closing[current], planned.get(current, {}), inside)
    year = list(zip(months[1:], counts, counts[1:], strict=False))
    return Figures(
        day=day,
        heads=counts[-1],
        change=counts[-1] - counts[-2],
        planned=plan if count else None,
        planned_heads=matched,
        planned_count=count,
        joined=counted(shifts, MovementKind.JOIN, inside, months=months[1:]),
        left=sum(leavers[month] for month in months[1:]),
        resigned=counted(shifts, MovementKind.LEAVE, inside, months=months[1:], leave_kind=LeaveKind.VOLUNTARY),
        coming=counted(shifts, MovementKind.JOIN, inside, is_ahead=True),
        leaving=counted(shifts, MovementKind.LEAVE, inside, is_ahead=True),
        turnover=turnover_rate([(opening, close, leavers[month]) for month, opening, close in year]),
        months=tuple(months),
        closing=tuple(counts),
        plans=tuple(plan_of(planned.get(month, {}), inside) for month in months[0].until(current.plus(MONTHS_AHEAD))),
        gaps=tuple(rules.gaps(places, closing, planned, current)),
        branches=tuple(rules.rolled_up(places, closing[current], planned.get(current, {}))),
        places=places,
    )


def led_places(scope: Scope, day: date) -> tuple[Place, ...]:
    """Departments whose figures the person may see, in the tree of the day. (The own department may stand in the visible
    tree too; its figures do not belong here unless the person leads it.)"""
    nodes = tree_on(day, scope)
    led = frozenset(scope.department_ids)
    kept = [node for node in nodes if scope.is_company or node.pk in led or led.intersection(node.path)]
    known = {node.pk for node in kept}
    return tuple(Place(node.pk, node.name, tuple(pk for pk in node.path if pk in known)) for node in kept)


def shifts_around(day: date, *, first: Month, last: Month) -> list[Shift]:
    """Movements of these months; what lies after the day is marked as ahead. Counts only, of the whole company: what is
    shown of them is cut to the departments the person leads. One query."""
    past, ahead = flows_around(day, first=first, last=last)
    return [
        Shift(flow.month, flow.kind, flow.leave_kind, flow.from_department, flow.to_department, flow.count, is_ahead)
        for flows, is_ahead in ((past, False), (ahead, True))
        for flow in flows
    ]


def counted(
    shifts: Sequence[Shift],
    kind: str,
    inside: frozenset[int] | None,
    *,
    months: Sequence[Month] | None = None,
    leave_kind: str = "",
    is_ahead: bool = False,
) -> int:
    """How many joined or left the departments inside."""
    found = 0
    for shift in shifts:
        place = shift.to_department if kind == MovementKind.JOIN else shift.from_department
        is_here = inside is None or place in inside
        is_then = (months is None or shift.month in months) and shift.is_ahead == is_ahead
        if shift.kind == kind and is_here and is_then and leave_kind in ("", shift.leave_kind):
            found += shift.count
    return found


def plan_of(planned: rules.Heads, inside: frozenset[int] | None) -> int | None:
    """The sum of the plans inside; None where there is none."""
    known = [count for pk, count in planned.items() if inside is None or pk in inside]
    return sum(known) if known else None


def chart_of(figures: Figures, *, heads: Any, plan: Any) -> dict[str, Any]:
    """Labels and series of the headcount chart; HEADS and PLAN name the lines."""
    months = figures.months[0].until(figures.months[-1].plus(MONTHS_AHEAD))
    ahead: tuple[Decimal | int | None, ...] = (None,) * MONTHS_AHEAD
    series = [Series(heads, (*figures.closing, *ahead))]
    if figures.has_plan:
        series.append(Series(plan, figures.plans, "target", tone=5))
    return {"labels": [f"{month.first_day:%b %y}" for month in months], "series": series}
