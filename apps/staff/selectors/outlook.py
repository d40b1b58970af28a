"""Heads and movements to carry forward: everybody's for the job (`staff_book` takes no scope, no page may show it), and what
is known to come in the departments a person may see.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count
from django.db.models.functions import TruncMonth

from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import ancestors_of, visible_departments
from apps.staff.choices import LeaveKind, MovementKind
from apps.staff.models import Movement
from apps.staff.selectors.numbers import Flow, Heads, flows, heads_by_department, plans_by_month


@dataclass(frozen=True, slots=True)
class StaffBook:
    """The company's own heads by department after a month, how they came about, and what is known to come."""

    heads: Heads
    """Own heads at close of the month's last day."""
    past: list[Flow]
    ahead: list[Flow]
    planned: dict[Month, Heads]


def staff_book(*, month: Month, back: int, ahead: int, known_by: datetime | None = None) -> StaffBook:
    """Heads after MONTH, movements of the BACK months up to it and of the AHEAD months after it, and their plan.

    KNOWN_BY: of the movements ahead only those recorded by then. Five queries, however many people and months.
    """
    first, last = month.plus(1), month.plus(ahead)
    return StaffBook(
        heads=heads_by_department(month.last_day),
        past=flows(month.plus(1 - back), month),
        ahead=flows(first, last) if known_by is None else flows_known(first, last, known_by),
        planned=plans_by_month(first, last),
    )


def flows_known(first: Month, last: Month, known_by: datetime) -> list[Flow]:
    """Movements of these months that had been recorded by then, as the history of rows tells. One query."""
    rows = (
        Movement.objects.filter(on__range=(first.first_day, last.last_day))
        .filter(events__pgh_label="insert", events__pgh_created_at__lte=known_by)
        .order_by()
        .annotate(month=TruncMonth("on"))
        .values_list("month", "kind", "leave_kind", "from_department", "to_department")
        .annotate(count=Count("pk", distinct=True))
    )
    return [Flow(Month.of(month), kind, leave, out, into, count) for month, kind, leave, out, into, count in rows]


@dataclass(frozen=True, slots=True)
class MovesDue:
    """People known to come to a department with everything below it, to leave it, or to move in or out."""

    joiners: int = 0
    leavers: int = 0
    retiring: int = 0
    """Of the leavers those who retire."""
    into: int = 0
    out: int = 0

    @property
    def is_any(self) -> bool:
        return bool(self.joiners or self.leavers or self.into or self.out)


def moves_due(scope: Scope, departments: Iterable[int], *, first: Month, last: Month) -> dict[int, MovesDue]:
    """What is recorded today for these months, by department with everything below it on the eve of FIRST.

    Only of departments the person may see, only those with any. Three queries, however many departments.
    """
    if not scope.may("staff.view_headcount"):
        return {}
    wanted = set(visible_departments(scope).filter(pk__in=set(departments)).values_list("pk", flat=True))
    due = flows(first, last)
    touched = {key for flow in due for key in (flow.from_department, flow.to_department) if key is not None}
    above = ancestors_of(touched, first.plus(-1).last_day)
    found: dict[int, MovesDue] = {}
    for flow in due:
        left, joined = (
            set() if key is None else wanted.intersection(above.get(key, (key,)))
            for key in (flow.from_department, flow.to_department)
        )
        for key in left ^ joined:
            found[key] = with_flow(found.get(key, MovesDue()), flow, is_in=key in joined)
    return found


def with_flow(due: MovesDue, flow: Flow, *, is_in: bool) -> MovesDue:
    """DUE with the people of one more flow."""
    if flow.kind == MovementKind.TRANSFER:
        return replace(due, into=due.into + flow.count) if is_in else replace(due, out=due.out + flow.count)
    if is_in:
        return replace(due, joiners=due.joiners + flow.count)
    retiring = flow.count if flow.leave_kind == LeaveKind.RETIREMENT else 0
    return replace(due, leavers=due.leavers + flow.count, retiring=due.retiring + retiring)
