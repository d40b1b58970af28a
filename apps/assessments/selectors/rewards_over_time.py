"""Rewards over a span of months: what each month, department or person was given, and what the year comes to so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, DecimalField, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from apps.assessments.choices import RewardState
from apps.assessments.models import Reward
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.periods.rules import fiscal_year_name, fiscal_year_start

OPEN = F("amount") - F("settles_amount")
IS_APPROVED = Q(state=RewardState.APPROVED)
GIVEN = IS_APPROVED & Q(amount__gte=F("settles_amount"))
TAKEN = IS_APPROVED & Q(amount__lt=F("settles_amount"))
KEYS = {
    "departments": ("department", "department__name", "department__code"),
    "people": ("person", "person__name", "person__number"),
}
"""What rewards are summed by: (key, name, short name)."""


@dataclass(frozen=True, slots=True)
class MonthSpan:
    """Months from FIRST to LAST. NotFound where they stand the wrong way round."""

    first: Month
    last: Month

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise NotFound(_("The first month lies after the last one. Choose an earlier first month."), field="from")

    @classmethod
    def up_to(cls, last: Month, *, first: Month | None = None) -> "MonthSpan":
        """From FIRST, else from the first month of LAST's fiscal year, to LAST."""
        return cls(first or year_of(last.first_day), last)

    @property
    def is_in(self) -> Q:
        """Rewards of these months."""
        return Q(month__gte=self.first.first_day, month__lte=self.last.first_day)

    @property
    def year_first(self) -> Month:
        """The first month of the fiscal year in which the span ends."""
        return year_of(self.last.first_day)


@dataclass(frozen=True, slots=True)
class RewardMonth:
    """One month's sums in the company's currency: WAITING for a decision, GIVEN, TAKEN back after corrections (not above 0),
    PAID = both together, and what was paid in the fiscal YEAR up to and with this month."""

    month: date
    count: int
    waiting: Decimal
    given: Decimal
    taken: Decimal
    paid: Decimal
    refused: int
    year: str
    year_paid: Decimal


def year_of(day: date) -> Month:
    """The first month of the fiscal year of DAY."""
    return Month.of(fiscal_year_start(day, settings.FISCAL_YEAR_FIRST_MONTH))


def money_sum(which: Q) -> Any:
    """What rewards come to, 0 for none."""
    money: DecimalField[Any, Any] = DecimalField(max_digits=18, decimal_places=2)
    return Coalesce(Sum(OPEN, filter=which), Value(Decimal("0.00")), output_field=money)


def sums(which: Q) -> dict[str, Any]:
    """The sums of rewards, of those WHICH only. Superseded proposals count nowhere."""
    return {
        "count": Count("pk", filter=which & ~Q(state=RewardState.SUPERSEDED)),
        "waiting": money_sum(which & Q(state=RewardState.PROPOSED)),
        "given": money_sum(which & GIVEN),
        "taken": money_sum(which & TAKEN),
        "paid": money_sum(which & IS_APPROVED),
        "refused": Count("pk", filter=which & Q(state=RewardState.REFUSED)),
    }


def reward_months(rows: QuerySet[Reward], span: MonthSpan) -> list[RewardMonth]:
    """The months of SPAN in which there are rewards among ROWS, the newest first. One query.

    The running total begins with the fiscal year, also where the span begins later.
    """
    asked = MonthSpan(year_of(span.first.first_day), span.last)
    grouped: Any = rows.filter(asked.is_in).order_by().values("month").annotate(**sums(Q()))
    found: list[RewardMonth] = []
    year, total = None, Decimal(0)
    for row in sorted(grouped, key=lambda row: row["month"]):
        start = year_of(row["month"])
        total = total + row["paid"] if start == year else row["paid"]
        year = start
        if row["count"] and row["month"] >= span.first.first_day:
            found.append(RewardMonth(**row, year=fiscal_year_name(start.first_day), year_paid=total))
    return found[::-1]


def rewards_by(rows: QuerySet[Reward], kind: str, span: MonthSpan) -> Any:
    """A row for each department or person (KIND of KEYS) with rewards among ROWS in SPAN: the sums of the span, and
    `year_paid`: what was paid in the fiscal year up to the last month of it. One query."""
    key, name, short = KEYS[kind]
    first = min(span.first, span.year_first)
    rows = rows.filter(MonthSpan(first, span.last).is_in).order_by()
    grouped: Any = rows.values(key=F(key), name=F(name), short=F(short)).annotate(
        **sums(span.is_in), year_paid=money_sum(IS_APPROVED & MonthSpan(span.year_first, span.last).is_in)
    )
    return grouped.filter(count__gt=0)


def total_of(rows: QuerySet[Reward], span: MonthSpan) -> dict[str, Any]:
    """The sums of ROWS over the whole span. One query."""
    return dict(rows.order_by().aggregate(**sums(span.is_in)))


def reward_departments(rows: QuerySet[Reward]) -> Sequence[tuple[int, str]]:
    """(key, name) of the departments in which there were rewards, by name. One query."""
    key, name, _short = KEYS["departments"]
    return list(rows.order_by(name, key).values_list(key, name).distinct())
