"""Everybody's heads and movements, for jobs that carry them forward. It takes no scope: no page may show it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.db.models.functions import TruncMonth

from apps.core.month import Month
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
