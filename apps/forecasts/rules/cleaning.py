"""What is done to a history before it is learnt from: isolated spikes are capped, a clean level shift is taken out."""

from dataclasses import dataclass

import numpy as np

from apps.forecasts.rules.series import MONTHS, YEAR, Flags, Floats, Whole, filled

SPIKE_TIMES = 7.0
"""A month is a spike when it stands this many usual deviations off the median of its neighbours."""
NEWEST_TIMES = 1.5
BESIDE_TIMES = 1.5
SMALLEST_SHARE = 1e-3
REPEATED = 0.4
"""…unless the month a year before or after stands off to the same side by this share: then it is season."""
FEWEST_FOR_SPIKES = 8
SHIFT_TIMES = 8.0
"""A level shift is clean when the step is this many times the spread inside either part."""
SHIFT_SHARE = 0.35
"""…and at least this share of the larger level."""
FEWEST_BESIDE_SHIFT = 6


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Histories ready to be learnt from.

    values [n, 60]: NaN in gaps and before the history; gap_share [n]: of the months inside the history; capped [n] and
    shifted [n]: what was done; trailing [n]: months at the end without a number.
    """

    values: Floats
    capped: Flags
    shifted: Flags


def cleaned(matrix: Floats, start: Whole) -> Cleaned:
    """MATRIX [n, 60] with spikes capped and everything before a clean level shift cut off."""
    values = np.where(spikes(filled(matrix), start), np.nan, matrix)
    capped = np.asarray((np.isnan(values) & ~np.isnan(matrix)).any(axis=1))
    values, shifted = without_shift(values, start)
    return Cleaned(values, capped, shifted)


def middle_of_neighbours(line: Floats) -> Floats:
    """[n, 60]: for each month the median of the two months before and the two after, fewer at the ends."""
    padded = np.pad(line, ((0, 0), (2, 2)), mode="reflect")
    a, b, c, d = padded[:, :-4], padded[:, 1:-3], padded[:, 3:-1], padded[:, 4:]
    low = np.maximum(np.minimum(a, b), np.minimum(c, d))
    high = np.minimum(np.maximum(a, b), np.maximum(c, d))
    return (low + high) / 2


def usual_step(line: Floats, start: Whole) -> Floats:
    """[n]: the median absolute change from month to month, not below a tiny share of the level."""
    steps = np.abs(np.diff(line, axis=1))
    steps[np.arange(MONTHS - 1)[None, :] < start[:, None]] = np.nan
    order = np.sort(steps, axis=1)
    count = np.maximum(MONTHS - 1 - start, 1)
    middle = np.take_along_axis(order, ((count - 1) // 2)[:, None], axis=1)[:, 0]
    return np.asarray(np.nan_to_num(middle))


def spikes(line: Floats, start: Whole, *, newest: float = NEWEST_TIMES) -> Flags:
    """[n, 60]: which months of LINE (no gaps) are isolated spikes, not repeated twelve months apart.

    The newest two months may be the beginning of something: they must stand off NEWEST times as far.
    """
    place = np.arange(MONTHS)[None, :]
    inside = place >= start[:, None]
    off = np.where(inside, line - middle_of_neighbours(line), 0.0)
    # The usual size of what stands off, from the row's own months: most of them lie below it.
    ordinary = np.sort(np.where(inside, np.abs(off), np.inf), axis=1)
    count = np.maximum(MONTHS - start, 1)
    usual = np.take_along_axis(ordinary, ((count - 1) * 3 // 5)[:, None], axis=1)[:, 0]
    usual = np.maximum(np.where(np.isfinite(usual), usual, 0.0), usual_step(line, start) * 0.7)
    usual = np.maximum(usual, SMALLEST_SHARE * np.abs(line).max(axis=1))
    edge = usual[:, None] * SPIKE_TIMES * np.where(place >= MONTHS - 2, newest, 1.0)
    wild = (np.abs(off) > edge) & inside & (count >= FEWEST_FOR_SPIKES)[:, None]
    return np.asarray(wild & isolated(wild, np.abs(off)) & ~repeated(off))


def isolated(wild: Flags, size: Floats) -> Flags:
    """Which wild months stand alone: a neighbour is wild only because of them."""
    before, after = np.zeros_like(size), np.zeros_like(size)
    before[:, 1:], after[:, :-1] = np.where(wild, size, 0.0)[:, :-1], np.where(wild, size, 0.0)[:, 1:]
    return size > BESIDE_TIMES * np.maximum(before, after)


def repeated(off: Floats) -> Flags:
    """Which months stand off to the same side as the month a year before or after: season, no spike."""
    same = np.zeros(off.shape, dtype=np.bool_)
    later, earlier = off[:, YEAR:], off[:, :-YEAR]
    alike = np.sign(later) == np.sign(earlier)
    same[:, YEAR:] |= alike & (np.abs(earlier) > REPEATED * np.abs(later))
    same[:, :-YEAR] |= alike & (np.abs(later) > REPEATED * np.abs(earlier))
    return same


def without_shift(matrix: Floats, start: Whole) -> tuple[Floats, Flags]:
    """Months before the latest clean level shift become NaN: (values, which rows)."""
    line = filled(matrix)
    inside = np.arange(MONTHS)[None, :] >= start[:, None]
    level = np.where(inside, line, 0.0)
    top = np.maximum(np.abs(level).max(axis=1, keepdims=True), 1e-300)
    level = level / top
    sums, squares = np.cumsum(level, axis=1), np.cumsum(level**2, axis=1)
    left = np.maximum(np.arange(1, MONTHS)[None, :] - start[:, None], 1)
    right = np.arange(MONTHS - 1, 0, -1)[None, :]
    mean_left, mean_right = sums[:, :-1] / left, (sums[:, -1:] - sums[:, :-1]) / right
    spread_left = np.sqrt(np.maximum(squares[:, :-1] / left - mean_left**2, 0))
    spread_right = np.sqrt(np.maximum((squares[:, -1:] - squares[:, :-1]) / right - mean_right**2, 0))
    jump, gap = np.abs(np.diff(level, axis=1)), np.abs(mean_right - mean_left)
    clean = (gap > SHIFT_TIMES * np.maximum(np.maximum(spread_left, spread_right), 1e-12)) & (jump > 0.5 * gap)
    clean &= gap > SHIFT_SHARE * np.maximum(np.abs(mean_left), np.abs(mean_right))
    clean &= (np.arange(1, MONTHS)[None, :] - start[:, None] >= FEWEST_BESIDE_SHIFT) & (right >= FEWEST_BESIDE_SHIFT)
    found = clean.any(axis=1)
    place = MONTHS - 1 - np.argmax(clean[:, ::-1], axis=1)  # the first month of the new level
    cut = found[:, None] & (np.arange(MONTHS)[None, :] < place[:, None])
    return np.where(cut, np.nan, matrix), found
