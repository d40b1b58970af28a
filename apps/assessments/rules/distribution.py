"""Recommended distribution: how many of a group may have a grade (scoring_examples.README.md, `distribution/quota`)."""

import math
from dataclasses import dataclass
from fractions import Fraction

from apps.assessments.rules.scorecard import Number

SMALLEST_GROUP = 5


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
