"""Departments add up to the whole: what a parent's forecast says is handed down, and its parts are moved to fit.

From the top down, so that the whole keeps the forecast (and the error) it has by itself. Parts that are never negative are
moved in proportion to their size, others in proportion to how unsure they are; their ranges move along.
"""

import numpy as np

from apps.forecasts.rules.histories import NO_PARENT
from apps.forecasts.rules.network import LEVELS, MIDDLE
from apps.forecasts.rules.series import Flags, Floats, Whole

LOW, HIGH = LEVELS.index(0.1), LEVELS.index(0.9)
WORTH_SAYING = 1e-6
"""A part that moved by less than this share of its size was not adjusted."""


def reconciled(quantiles: Floats, parent: Whole, lower: Floats, upper: Floats) -> tuple[Floats, Flags]:
    """QUANTILES [n, horizon, levels] with the medians of each row's parts adding up to the row's, and which rows moved.

    PARENT [n]: the row each is a part of. LOWER, UPPER [n]: bounds no row leaves, infinite for none. A part without a
    forecast has no part in the sum; a whole without one leaves its parts as they are.
    """
    found, moved = quantiles.copy(), np.zeros(len(parent), dtype=np.bool_)
    level = levels_of(parent)
    for depth in range(1, int(level.max(initial=0)) + 1):
        rows = np.flatnonzero((level == depth) & ~np.isnan(found[:, 0, MIDDLE]))
        rows = rows[~np.isnan(found[parent[rows], 0, MIDDLE])]
        rows = rows[np.argsort(parent[rows], kind="stable")]
        if len(rows):
            found[rows], moved[rows] = fitted(
                found[rows], found[parent[rows], :, MIDDLE], parent[rows], lower[rows], upper[rows]
            )
    return found, moved


def levels_of(parent: Whole) -> Whole:
    """[n]: how many rows stand above each."""
    level = np.zeros(len(parent), dtype=np.int64)
    above = parent.copy()
    while (has_more := above != NO_PARENT).any():
        level += has_more
        above = np.where(has_more, parent[above], NO_PARENT)
    return level


def fitted(parts: Floats, whole: Floats, group: Whole, lower: Floats, upper: Floats) -> tuple[Floats, Flags]:
    """PARTS [n, horizon, levels], those of one GROUP side by side, their medians moved to add up to WHOLE [n, horizon]."""
    starts = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    sizes = np.diff(starts, append=len(group))

    def each(per_group: Floats) -> Floats:
        return np.asarray(np.repeat(per_group, sizes, axis=0))

    def lacking(middle: Floats) -> Floats:
        return whole - each(np.add.reduceat(middle, starts, axis=0))

    def shares(weight: Floats) -> Floats:
        total = each(np.add.reduceat(weight, starts, axis=0))
        even = np.broadcast_to((1.0 / each(sizes))[:, None], weight.shape)
        return np.where(total > 0, weight / np.where(total > 0, total, 1.0), even)

    middle, low, high = parts[:, :, MIDDLE], lower[:, None], upper[:, None]
    is_sized = each(np.minimum.reduceat(lower, starts) >= 0)[:, None]
    weight = np.where(is_sized, middle, parts[:, :, HIGH] - parts[:, :, LOW])
    placed = np.clip(middle + lacking(middle) * shares(weight), low, high)
    # What a bound kept back goes to the parts that have room for it.
    left = lacking(placed)
    room = np.where(left > 0, high - placed, placed - low)
    is_free = each(np.maximum.reduceat(np.isinf(room), starts, axis=0))
    room = np.where(is_free, np.where(np.isinf(room), 1.0 + np.abs(placed), 0.0), np.where(np.isinf(room), 0.0, room))
    placed = np.clip(placed + left * shares(room), low, high)
    moved = (np.abs(placed - middle) > WORTH_SAYING * np.abs(middle)).any(axis=1)
    return carried(parts, placed, is_sized, lower, upper), moved


def carried(parts: Floats, placed: Floats, is_sized: Flags, lower: Floats, upper: Floats) -> Floats:
    """PARTS with their medians at PLACED: ranges of sized ones grow and shrink with them, others are shifted."""
    middle = parts[:, :, MIDDLE]
    grows = is_sized & (middle > 0)
    factor = np.where(grows, placed / np.where(grows, middle, 1.0), 1.0)
    shift = np.where(grows, 0.0, placed - middle)
    found = np.clip(parts * factor[:, :, None] + shift[:, :, None], lower[:, None, None], upper[:, None, None])
    # The median is what adds up: it is put back to the digit.
    found[:, :, MIDDLE] = placed
    return np.concatenate(
        [np.minimum(found[:, :, :MIDDLE], placed[:, :, None]), found[:, :, MIDDLE : MIDDLE + 1],
         np.maximum(found[:, :, MIDDLE + 1 :], placed[:, :, None])], axis=2,
    )  # fmt: skip
