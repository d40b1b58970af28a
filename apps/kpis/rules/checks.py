"""What makes a typed value look wrong, before it is stored: warnings, never refusals (DOMAIN.md section 9)."""

import statistics
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

ENOUGH = 4
"""Fewer earlier months say too little."""
SLIP = (Decimal(1000), Decimal(100), Decimal(10))


def oddities(value: Decimal, earlier: Sequence[Decimal]) -> list[str]:
    """Codes of what is odd about VALUE after EARLIER months (oldest first).

    `sign`: the sign none of them had; `scale`: about 10, 100 or 1000 times the usual size, or that much smaller; `copied`:
    exactly the month before, in a series that never repeats itself; `outlier`: more than ten times the median.
    """
    if len(earlier) < ENOUGH or value == 0:
        return []
    found: list[str] = []
    if value == earlier[-1] and all(before != after for before, after in pairwise(earlier)):
        found.append("copied")
    if (value < 0 and min(earlier) > 0) or (value > 0 and max(earlier) < 0):
        found.append("sign")
    if size := odd_size(abs(value), [abs(former) for former in earlier]):
        found.append(size)
    return found


def odd_size(size: Decimal, earlier: Sequence[Decimal]) -> str:
    """`scale` or `outlier` for a size that does not fit the EARLIER ones; empty when it does."""
    usual = Decimal(statistics.median(earlier))
    if usual == 0:
        return ""
    is_larger = size > max(earlier) * 3 and any(is_near(size, usual * factor) for factor in SLIP)
    is_smaller = size * 3 < min(earlier) and any(is_near(size * factor, usual) for factor in SLIP)
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
