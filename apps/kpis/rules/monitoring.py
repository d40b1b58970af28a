"""Signal and noise (DOMAIN.md section 9, groups monitor/xmr and monitor/compare of the scoring examples)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

LIMIT_FACTOR = Fraction(266, 100)
"""Natural process limits stand 2.66 mean moving ranges from the mean (an XmR chart)."""


@dataclass(frozen=True, slots=True)
class Xmr:
    """Limits of an XmR chart and the indexes (from 0) of the points that are signals."""

    mean: Fraction
    moving_range: Fraction
    upper: Fraction
    lower: Fraction
    outside: tuple[int, ...]
    run: tuple[int, ...]
    trend: tuple[int, ...]
    pair: tuple[int, ...] = ()
    """Two of three in a row beyond two thirds of the way to the same limit."""


def xmr(
    values: Sequence[Decimal],
    *,
    run_length: int = 8,
    trend_length: int = 7,
    baseline_n: int | None = None,
    floor_zero: bool = False,
) -> Xmr | None:
    """Mean and limits from the first BASELINE_N points (None: all), and which points tell of a change.

    Signals: outside the limits; RUN_LENGTH in a row on one side of the mean; TREND_LENGTH in a row strictly rising or
    falling; two of three in a row beyond two thirds of a limit. FLOOR_ZERO lifts the lower limit to 0. None without two
    points.
    """
    points = [Fraction(value) for value in values]
    base = points[: baseline_n or len(points)]
    if len(base) < 2:
        return None
    mean = sum(base, Fraction(0)) / len(base)
    moving_range = sum((abs(after - before) for before, after in pairwise(base)), Fraction(0)) / (len(base) - 1)
    upper, lower = mean + LIMIT_FACTOR * moving_range, mean - LIMIT_FACTOR * moving_range
    if floor_zero:
        lower = max(lower, Fraction(0))
    sides = [(point > mean) - (point < mean) for point in points]
    return Xmr(
        mean=mean,
        moving_range=moving_range,
        upper=upper,
        lower=lower,
        outside=tuple(index for index, point in enumerate(points) if point > upper or point < lower),
        run=tuple(index for first, count in stretches(sides, run_length) for index in range(first, first + count)),
        trend=tuple(sorted(trending(points, trend_length))),
        pair=tuple(sorted(paired(points, mean, LIMIT_FACTOR * moving_range * 2 / 3))),
    )


def paired(points: Sequence[Fraction], mean: Fraction, reach: Fraction) -> set[int]:
    """Indexes of points farther than REACH from the MEAN of which two lie in three in a row, on the same side."""
    sides = [(point > mean + reach) - (point < mean - reach) for point in points]
    far = [index for index, side in enumerate(sides) if side]
    return {
        index
        for before, after in pairwise(far)
        if after - before <= 2 and sides[before] == sides[after]
        for index in (before, after)
    } | {
        index
        for first, _between, last in zip(far, far[1:], far[2:], strict=False)
        if last - first == 2 and sides[first] == sides[last]
        for index in (first, last)
    }


def trending(points: Sequence[Fraction], length: int) -> set[int]:
    """Indexes of every point in LENGTH or more that strictly rise or fall."""
    steps = [(after > before) - (after < before) for before, after in pairwise(points)]
    return {index for first, count in stretches(steps, length - 1) for index in range(first, first + count + 1)}


def stretches(signs: Sequence[int], length: int) -> list[tuple[int, int]]:
    """(first index, count) of each unbroken stretch of the same sign, not 0, of at least LENGTH."""
    found: list[tuple[int, int]] = []
    first = 0
    for index in range(len(signs) + 1):
        if index == len(signs) or signs[index] != signs[first]:
            if signs and first < len(signs) and signs[first] != 0 and index - first >= length:
                found.append((first, index - first))
            first = index
    return found


@dataclass(frozen=True, slots=True)
class Comparison:
    """A change in percent: as it stands, without the season, against a year before; what counts, and the verdict."""

    raw_pct: Fraction | None
    adjusted_pct: Fraction | None
    yearly_pct: Fraction | None
    basis: str
    verdict: str


def change_pct(current: Fraction | None, former: Fraction | None) -> Fraction | None:
    """Change from FORMER to CURRENT in percent of FORMER's size; None without both or from 0."""
    return None if current is None or not former else (current - former) * 100 / abs(former)


def compare(
    *,
    direction: str,
    current: Decimal | Fraction,
    previous: Decimal | Fraction | None,
    same_last_year: Decimal | None = None,
    index_current: Decimal | None = None,
    index_previous: Decimal | None = None,
    noise_pct: Decimal = Decimal(0),
) -> Comparison:
    """Is CURRENT a change? By the seasonally adjusted change if there are indexes, else by last year, else as it stands.

    Smaller than NOISE_PCT is no clear change; a base of 0 is no base.
    """
    now = Fraction(current)
    before = None if previous is None else Fraction(previous)
    adjusted = None
    if index_current and index_previous and before is not None:
        adjusted = change_pct(now / Fraction(index_current), before / Fraction(index_previous))
    raw = change_pct(now, before)
    yearly = change_pct(now, None if same_last_year is None else Fraction(same_last_year))
    basis, change = next(
        ((name, pct) for name, pct in (("seasonal_index", adjusted), ("yoy", yearly), ("raw", raw)) if pct is not None),
        ("none", None),
    )
    if change is None:
        return Comparison(raw, adjusted, yearly, basis, "no_base")
    if abs(change) < Fraction(noise_pct):
        return Comparison(raw, adjusted, yearly, basis, "no_clear_change")
    is_better = change > 0 if direction == "higher" else change < 0
    verdict = "no_clear_change" if change == 0 else "improved" if is_better else "worsened"
    return Comparison(raw, adjusted, yearly, basis, verdict)
