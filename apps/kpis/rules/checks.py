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
YEARS_BACK = (12, 24)
"""Months ago in which the same month of the calendar lay."""


def oddities(value: Decimal, earlier: Sequence[Decimal], ago: Sequence[int] = ()) -> list[str]:
    """Codes of what is odd about VALUE after EARLIER months (oldest first); AGO: how many months ago each of them was.

    `sign`: the sign none of them had; `scale`: about 10, 100 or 1000 times the usual size, or that much smaller; `copied`:
    exactly the month before, in a series that never repeats itself; `outlier`: more than ten times the median; `limits`:
    none of these, and outside the usual range while the month before was inside (leaves_limits). Months of 0 have neither
    sign nor size: one of them among the earlier ones hides nothing. What the same month of earlier years was like is the
    season, neither `outlier` nor `limits`; the other codes cannot be had by it, for such a month had that sign and size.
    """
    if len(earlier) < ENOUGH:
        return []
    same = [former for former, back in zip(earlier, ago, strict=True) if back in YEARS_BACK] if ago else []
    found: list[str] = []
    if value and value == earlier[-1] and all(before != after for before, after in pairwise(earlier)):
        found.append("copied")
    if (value < 0 <= min(earlier) and max(earlier) > 0) or (value > 0 >= max(earlier) and min(earlier) < 0):
        found.append("sign")
    size = odd_size(abs(value), [abs(former) for former in earlier]) if value else ""
    if size and not (size == "outlier" and is_yearly_size(value, earlier, same)):
        found.append(size)
    if not found and leaves_limits(value, earlier) and not is_yearly(value, earlier, same):
        found.append("limits")
    return found


def leaves_limits(value: Decimal, earlier: Sequence[Decimal]) -> bool:
    """Whether VALUE lies outside the XmR limits of the EARLIER months and the last of these inside (DOMAIN.md section 9).

    The value has no part in its own limits, and a figure that has long been drifting away is not doubted every month: that
    is for its page to show. Needs ENOUGH_FOR_LIMITS months; a figure that never moved has no limits. Nothing is divided.
    """
    if len(earlier) < ENOUGH_FOR_LIMITS:
        return False
    return bool(moving(earlier)) and side_of(value, earlier) != 0 and side_of(earlier[-1], earlier) == 0


def side_of(one: Decimal, earlier: Sequence[Decimal]) -> int:
    """1 above the XmR limits of the EARLIER months, -1 below them, 0 between."""
    count = len(earlier)
    distance = (one * count - sum(earlier, Decimal(0))) * (count - 1)
    if abs(distance) <= moving(earlier) * count * LIMIT_FACTOR:
        return 0
    return 1 if distance > 0 else -1


def is_yearly(value: Decimal, earlier: Sequence[Decimal], same: Sequence[Decimal]) -> bool:
    """Whether one of the SAME months of earlier years lay outside the limits on the side of VALUE, and VALUE no further from
    it than months mostly move: each year does so (DOMAIN.md section 9: deseasonalise before XmR). Nothing is divided."""
    side, moved = side_of(value, earlier), moving(earlier)
    return any(
        side_of(former, earlier) == side and abs(value - former) * (len(earlier) - 1) <= moved for former in same
    )


def is_yearly_size(value: Decimal, earlier: Sequence[Decimal], same: Sequence[Decimal]) -> bool:
    """Whether one of the SAME months of earlier years was as much larger than usual as VALUE is, with its sign."""
    sizes = [abs(former) for former in earlier]
    return any(
        former * value > 0 and is_near(abs(value), abs(former)) and odd_size(abs(former), sizes) == "outlier"
        for former in same
    )


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
