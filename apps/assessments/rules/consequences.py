"""What follows from grades over months (DOMAIN.md section 2): improvement plans, nominations, coefficients of pay."""

from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from apps.core.month import Month

MONTHS_LOOKED_AT = 6
"""Nominations look at so many months, the present one included."""
BEST_NEEDED = 3
FOLLOWS_FROM_MONTHS = 3
"""Grades further back call for nothing by themselves: what has been since says more. HR can still propose from them."""
FEWEST_GRADES = 3
"""With fewer grades the second lowest would be the best one: then it says nothing."""
USUAL_DAYS = (60, 90)
"""How long an improvement plan usually runs."""


class Trigger(StrEnum):
    """Why an improvement plan is proposed."""

    LOWEST_ONCE = "lowest_once"
    LOW_TWICE = "low_twice"


def plan_trigger(grades: Sequence[str | None], ladder: Sequence[str]) -> Trigger | None:
    """Whether a plan is proposed: the lowest grade once, or the second lowest twice in a row.

    GRADES: of this month and those before it, the newest first, None where a month has none (which ends a row). LADDER: the
    scheme's grades, the best first. A grade that the ladder does not know counts as none.
    """
    now, before = (*grades, None, None)[:2]
    if len(ladder) > 1 and now == ladder[-1]:
        return Trigger.LOWEST_ONCE
    is_low = len(ladder) >= FEWEST_GRADES and now == ladder[-2]
    return Trigger.LOW_TWICE if is_low and before == now else None


def is_nominated(grades: Sequence[str | None], best: str) -> bool:
    """Whether this month brings the third best grade within six months. True once: not again while three still stand.

    GRADES: the newest first, seven of them where there are as many; None where a month has none.
    """
    with_it = list(grades[:MONTHS_LOOKED_AT]).count(best)
    before = list(grades[1 : MONTHS_LOOKED_AT + 1]).count(best)
    return with_it >= BEST_NEEDED > before


def is_nominated_in(month: Month, best: Set[Month]) -> bool:
    """The same by months: whether MONTH brings the third of the BEST ones."""
    return is_nominated(["+" if month.plus(-back) in best else None for back in range(MONTHS_LOOKED_AT + 1)], "+")


def leading(totals: Mapping[int, tuple[Decimal, str]], best: str) -> frozenset[int]:
    """Who has the highest total among those with the BEST grade; all that share it. TOTALS: (points, grade) by key."""
    most = max((total for total, grade in totals.values() if grade == best), default=None)
    return frozenset(key for key, (total, grade) in totals.items() if grade == best and total == most)


def coefficient(table: Mapping[str, object], grade: str) -> Fraction | None:
    """What a grade is worth by a scheme's table; None for a grade that stands in no line of it."""
    found = table.get(grade)
    return None if found is None or not grade else Fraction(Decimal(str(found)))


def is_above(amount: Decimal, settles: Decimal, limit: Decimal | None) -> bool:
    """Whether a reward is larger than LIMIT, or moves more than LIMIT against what was decided before. None: no limit.

    Taking back a large amount leaves a small one: it is as large a matter as giving it.
    """
    return limit is not None and max(abs(amount), abs(amount - settles)) > limit


def usual_length(days: int) -> bool:
    """Whether a plan of so many days is as long as usual."""
    return USUAL_DAYS[0] <= days <= USUAL_DAYS[1]
