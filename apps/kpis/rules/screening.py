"""Which of very many values deserve the exact look of `checks.oddities`: whole columns at once, never missing one."""

import numpy as np
from numpy.typing import NDArray

from apps.kpis.rules.checks import ENOUGH, ENOUGH_FOR_LIMITS, LIMIT_FACTOR

MONTHS_BACK = 24
"""Enough earlier values to know the usual size of a quarterly indicator as well."""
SLACK = 1e-9
"""Sizes are compared as floats here: what lies this near a bound is looked at."""


def suspects(
    places: NDArray[np.int64], months: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which values could be odd after those of the MONTHS_BACK months before, and how many of those there are.

    All sorted by place and month (months counted through, one value each). Every value for which `checks.oddities` finds
    something is among them: a scale slip is three times larger or smaller than all before that are not 0, an outlier ten
    times their median and so ten times at least half of them; whether the month before lay inside its limits, and
    whether the same month of earlier years did alike, is left to the exact look.
    """
    count = len(values)
    sizes = np.abs(values)
    known, above, below, outlying = (np.zeros(count, dtype=np.int64) for _ in range(4))
    positive, negative = (np.zeros(count, dtype=np.int64) for _ in range(2))
    is_last, has_repeat = (np.zeros(count, dtype=bool) for _ in range(2))
    total, moved = (np.zeros(count) for _ in range(2))
    for back in range(1, min(MONTHS_BACK, count - 1) + 1):
        is_near = (places[back:] == places[:-back]) & (months[back:] - months[:-back] <= MONTHS_BACK)
        if not is_near.any():
            break
        former, size = values[:-back], sizes[:-back]
        known[back:] += is_near
        above[back:] += is_near & (size * 3 <= sizes[back:] * (1 + SLACK))
        below[back:] += is_near & (sizes[back:] * 3 <= size * (1 + SLACK))
        outlying[back:] += is_near & (size * 10 <= sizes[back:] * (1 + SLACK))
        positive[back:] += is_near & (former > 0)
        negative[back:] += is_near & (former < 0)
        total[back:] += np.where(is_near, former, 0.0)
        if back == 1:
            is_last[back:] = is_near & (values[back:] == former)
        else:
            later = values[1 : count - back + 1]
            has_repeat[back:] |= is_near & (former == later)
            moved[back:] += np.where(is_near, np.abs(later - former), 0.0)
    nonzero = positive + negative
    zeros = known - nonzero  # every size is ten times theirs
    is_signed = np.where(values < 0, negative == 0, positive == 0)
    is_sized = (above == known) | (below == nonzero) | ((outlying - zeros) * 2 >= nonzero)
    is_odd = (values != 0) & (((nonzero > 0) & (is_signed | is_sized)) | (is_last & ~has_repeat))
    return (known >= ENOUGH) & (is_odd | is_outside(values, known, total, moved)), known


def is_outside(
    values: NDArray[np.float64], known: NDArray[np.int64], total: NDArray[np.float64], moved: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which values lie outside the limits of the months before, their sum TOTAL and the sum of their changes MOVED, or so
    near a limit that floats cannot tell."""
    reach = moved * known * float(LIMIT_FACTOR)
    distance = np.abs(values * known - total) * (known - 1)
    size = (np.abs(values) * known + np.abs(total)) * known
    return (known >= ENOUGH_FOR_LIMITS) & (moved > 0) & (distance + size * SLACK > reach * (1 - SLACK))
