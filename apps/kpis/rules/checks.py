"""What makes a typed value look wrong, before it is stored: warnings, never refusals (DOMAIN.md section 9)."""

import statistics
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from apps.core.rounding import round_half_up

ENOUGH = 4
"""Fewer earlier months say too little."""
ENOUGH_FOR_LIMITS = 12
"""Below twelve months limits are provisional (DOMAIN.md section 9): nobody is stopped by them."""
LIMIT_FACTOR = Decimal("2.66")
"""Natural process limits stand 2.66 mean moving ranges from the mean, as in monitoring.xmr."""
SLIP = (Decimal(1000), Decimal(100), Decimal(10))


def oddities(value: Decimal, earlier: Sequence[Decimal]) -> list[str]:
    """Codes of what is odd about VALUE after EARLIER months (oldest first).

    `sign`: the sign none of them had; `scale`: about 10, 100 or 1000 times the usual size, or that much smaller; `copied`:
    exactly the month before, in a series that never repeats itself; `outlier`: more than ten times the median; `limits`:
    none of these, and outside the usual range while the month before was inside (leaves_limits). Months of 0 have neither
    sign nor size: one of them among the earlier ones hides nothing.
    """
    if len(earlier) < ENOUGH:
        return []
    found: list[str] = []
    if value and value == earlier[-1] and all(before != after for before, after in pairwise(earlier)):
        found.append("copied")
    if (value < 0 <= min(earlier) and max(earlier) > 0) or (value > 0 >= max(earlier) and min(earlier) < 0):
        found.append("sign")
    if value and (size := odd_size(abs(value), [abs(former) for former in earlier])):
        found.append(size)
    if not found and leaves_limits(value, earlier):
        found.append("limits")
    return found


def leaves_limits(value: Decimal, earlier: Sequence[Decimal]) -> bool:
    """Whether VALUE lies outside the XmR limits of the EARLIER months and the last of these inside (DOMAIN.md section 9).

    The value has no part in its own limits, and a figure that has long been drifting away is not doubted every month: that
    is for its page to show. Needs ENOUGH_FOR_LIMITS months; a figure that never moved has no limits. Nothing is divided.
    """
    if len(earlier) < ENOUGH_FOR_LIMITS:
        return False
    total, moved = sum(earlier, Decimal(0)), moving(earlier)
    reach = moved * len(earlier) * LIMIT_FACTOR

    def lies_outside(one: Decimal) -> bool:
        return abs(one * len(earlier) - total) * (len(earlier) - 1) > reach

    return bool(moved) and lies_outside(value) and not lies_outside(earlier[-1])


def moving(earlier: Sequence[Decimal]) -> Decimal:
    """The sum of all changes from month to month, whichever way they go."""
    return sum((abs(after - before) for before, after in pairwise(earlier)), Decimal(0))


def usual_limits(earlier: Sequence[Decimal], *, places: int) -> tuple[Decimal, Decimal]:
    """The XmR limits of EARLIER months for people to read: mean less and plus 2.66 mean moving ranges, rounded to PLACES."""
    count = len(earlier)
    mean = Fraction(sum(earlier, Decimal(0))) / count
    reach = Fraction(moving(earlier)) / (count - 1) * Fraction(LIMIT_FACTOR)
    return round_half_up(mean - reach, places), round_half_up(mean + reach, places)


def odd_size(size: Decimal, earlier: Sequence[Decimal]) -> str:
    """`scale` or `outlier` for a size that does not fit the EARLIER ones, those of 0 left out; empty when it does, or where
    there are none."""
    sizes = [former for former in earlier if former]
    if not sizes:
        return ""
    usual = Decimal(statistics.median(sizes))
    is_larger = size > max(sizes) * 3 and any(is_near(size, usual * factor) for factor in SLIP)
    is_smaller = size * 3 < min(sizes) and any(is_near(size * factor, usual) for factor in SLIP)
    if is_larger or is_smaller:
        return "scale"
    return "outlier" if size > usual * 10 else ""


def is_near(one: Decimal, other: Decimal) -> bool:
    """Within a third of each other."""
    return other * 2 <= one * 3 <= other * 4 + other / 2


LOWER_IS_BETTER = (
    "time",
    "cost",
    "injur",
    "complaint",
    "accident",
    "delay",
    "defect",
    "error",
    "absence",
    "turnover rate",
)


def reads_like_lower(name: str) -> bool:
    """Whether a name speaks of something one wants less of, so that "higher is better" deserves a second look."""
    words = name.casefold()
    return any(word in words for word in LOWER_IS_BETTER) and "within" not in words and "on time" not in words
