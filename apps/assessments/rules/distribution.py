"""Recommended distribution: how many of a group may have a grade (scoring_examples.README.md, `distribution/quota`)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.assessments.rules.scorecard import Number

SMALLEST_GROUP = 5


BEST_GRADE_PCT = 20
"""Recommended where a scheme names no shares: no more than a fifth has the best grade (DOMAIN.md section 2)."""


def recommended(grades: Sequence[Mapping[str, object]]) -> dict[str, Fraction]:
    """By grade: the share in percent that at most should have it. GRADES: of a scheme, the best first.

    Those that the scheme names; a fifth for the best one where it names none.
    """
    named = {str(row["grade"]): Fraction(str(row["quota"])) for row in grades if row.get("quota") not in (None, "")}
    return named or {str(row["grade"]): Fraction(BEST_GRADE_PCT) for row in grades[:1]}


@dataclass(frozen=True, slots=True)
class Over:
    """A grade that more have than is recommended."""

    grade: str
    count: int
    most: int
    pct: str
    """The recommended share in percent, as text."""


def over_quota(counts: Mapping[str, int], shares: Mapping[str, Fraction], *, size: int) -> tuple[Over, ...]:
    """Where a group of SIZE lies above the recommended SHARES (percent by grade); nothing for a group too small for one.

    COUNTS: how many have each grade.
    """
    found = []
    for grade, pct in shares.items():
        allowed, count = quota(size, pct), counts.get(grade, 0)
        if allowed.most is not None and count > allowed.most:
            text = f"{Decimal(pct.numerator) / pct.denominator:f}"
            found.append(Over(grade, count, allowed.most, text))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Quota:
    """How many at most; None where the group is too small for a quota."""

    is_exempt: bool
    most: int | None


def quota(group_size: int, pct: Number, *, min_group: int = SMALLEST_GROUP) -> Quota:
    """PCT percent of the group, cut down to whole people. Shown as a warning, enforced only if the scheme says so."""
    if group_size < min_group:
        return Quota(is_exempt=True, most=None)
    return Quota(is_exempt=False, most=math.floor(Fraction(pct) * group_size / 100))
