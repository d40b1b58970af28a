"""Departments add up to the whole: what a parent's forecast says is handed down, and its parts are moved to fit.

From the top down, so that the whole keeps the forecast (and the error) it has by itself. Parts that are never negative are
moved in proportion to their size, others in proportion to how unsure they are; their ranges move along.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.forecasts.rules.histories import NO_PARENT
from apps.forecasts.rules.network import LEVELS, MIDDLE
from apps.forecasts.rules.series import Flags, Floats, Whole

LOW, HIGH = LEVELS.index(0.1), LEVELS.index(0.9)
WORTH_SAYING = 1e-6
"""A part that moved by less than this share of its size was not adjusted."""
SMALLEST_GROWN = 1e-3
"""What was next to nothing has no range worth growing: it is shifted."""


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


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows that are parts of the same whole, side by side."""

    starts: Whole
    sizes: Whole

    def totals(self, figures: Floats) -> Floats:
        """FIGURES [n, any] added up over each group, given to each of its rows."""
        return self.each(np.add.reduceat(figures, self.starts, axis=0))

    def each(self, by_group: NDArray[Any]) -> NDArray[Any]:
        """One entry a group as one a row."""
        return np.repeat(by_group, self.sizes, axis=0)

    def shares(self, weight: Floats) -> Floats:
        """WEIGHT [n, any] as shares of its group's; even ones where a group has none."""
        total = self.totals(weight)
        even = 1.0 / self.each(self.sizes)[:, None]
        return np.where(total > 0, weight / np.where(total > 0, total, 1.0), even)


def grouped(group: Whole) -> Groups:
    """The groups of rows whose GROUP numbers stand side by side."""
    starts = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    return Groups(starts, np.diff(starts, append=len(group)))


def fitted(parts: Floats, whole: Floats, group: Whole, lower: Floats, upper: Floats) -> tuple[Floats, Flags]:
    """PARTS [n, horizon, levels], of one GROUP side by side, with medians that add up to WHOLE [n, horizon]; which moved."""
    groups, low, high = grouped(group), lower[:, None], upper[:, None]
    middle = parts[:, :, MIDDLE]
    is_sized = groups.each(np.minimum.reduceat(lower, groups.starts)) >= 0
    weight = np.where(is_sized[:, None], middle, parts[:, :, HIGH] - parts[:, :, LOW])
    placed = np.clip(middle + (whole - groups.totals(middle)) * groups.shares(weight), low, high)
    # What a bound kept back goes to the parts that have room for it; the sum comes out to the last digit this way, too.
    left = whole - groups.totals(placed)
    room = np.where(left > 0, high - placed, placed - low)
    is_free = np.isinf(room)
    has_free = groups.totals(is_free.astype(np.float64)) > 0
    room = np.where(has_free, np.where(is_free, 1.0 + np.abs(placed), 0.0), np.where(is_free, 0.0, room))
    placed = np.clip(placed + left * groups.shares(room), low, high)
    moved = (np.abs(placed - middle) > WORTH_SAYING * np.abs(middle)).any(axis=1)
    return carried(parts, placed, is_sized[:, None], lower, upper), np.asarray(moved)


def carried(parts: Floats, placed: Floats, is_sized: Flags, lower: Floats, upper: Floats) -> Floats:
    """PARTS with their medians at PLACED: ranges of sized ones grow and shrink with them, others are shifted. They are
    changed where they are: a copy of all would be the dearest of it."""
    middle = parts[:, :, MIDDLE]
    grows = is_sized & (middle > placed * SMALLEST_GROWN) & (middle > 0)
    factor = np.where(grows, placed / np.where(grows, middle, 1.0), 1.0)
    shift = np.where(grows, 0.0, placed - middle)
    parts *= factor[:, :, None]
    parts += shift[:, :, None]
    np.clip(parts, lower[:, None, None], upper[:, None, None], out=parts)
    # The median is what adds up: it is put in to the digit, and nothing below it may lie above it.
    parts[:, :, MIDDLE] = placed
    np.minimum(parts[:, :, :MIDDLE], placed[:, :, None], out=parts[:, :, :MIDDLE])
    np.maximum(parts[:, :, MIDDLE + 1 :], placed[:, :, None], out=parts[:, :, MIDDLE + 1 :])
    return parts
