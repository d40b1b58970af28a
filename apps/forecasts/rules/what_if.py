"""What would be if something changed: a forecast bent by plain arithmetic, never mixed with the forecast itself."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

WEIGHED = ("ratio", "weighted")
"""Over time: figures that count as much as their denominators."""
OUTERMOST = 1.281552
"""Standard deviations from the middle to either end of an 80 % range."""


@dataclass(frozen=True, slots=True)
class Change:
    """What changes from a month on. All nought is "if nothing changes": the forecast as it is."""

    level_pct: Decimal = Decimal(0)
    """Every month from then on lies so many percent higher (lower, if negative)."""
    growth_pct: Decimal = Decimal(0)
    """Each month, the first included, adds so many percent to the month before."""
    one_off: Decimal = Decimal(0)
    """Added to the first month only, in the unit of the series."""

    @property
    def is_nothing(self) -> bool:
        return not (self.level_pct or self.growth_pct or self.one_off)


def bent(
    mean: Sequence[float], change: Change, *, start: int, lower: float | None = None, upper: float | None = None
) -> list[float]:
    """MEAN with the change from place START on (0 is the first month), kept between LOWER and UPPER.

    Percentages are of the size of the figure, so that more is more below nought too. Months before START stay as they are.
    """
    level, growth = 1 + float(change.level_pct) / 100, 1 + float(change.growth_pct) / 100
    found = list(mean[:start])
    for place, value in enumerate(mean[start:]):
        factor = level * growth ** (place + 1)
        moved = value + abs(value) * (factor - 1) + (float(change.one_off) if place == 0 else 0.0)
        found.append(within(moved, lower, upper))
    return found


def within(value: float, lower: float | None, upper: float | None) -> float:
    """VALUE, or the end it passed."""
    low = value if lower is None else max(value, lower)
    return low if upper is None else min(low, upper)


class Bounds(NamedTuple):
    """Between what a figure must lie; None: that side is open."""

    lower: float | None = None
    upper: float | None = None

    def holding(self, value: float) -> float:
        """VALUE, or the bound it passed."""
        return within(value, self.lower, self.upper)


OPEN = Bounds()


@dataclass(frozen=True, slots=True)
class Aim:
    """Between what a figure is on target; None: that side is open."""

    low: float | None
    high: float | None

    def of_counts(self) -> "Aim":
        """The same for counts of whole things, of which half a one beyond the last on target still counts."""
        return Aim(
            None if self.low is None else math.ceil(self.low) - 0.5,
            None if self.high is None else math.floor(self.high) + 0.5,
        )


def aim_of(direction: str, target: float | None, upper: float | None) -> Aim | None:
    """What is aimed at; None where nothing is."""
    if target is None:
        return None
    if direction == "range":
        return None if upper is None else Aim(target, upper)
    return {"higher": Aim(target, None), "lower": Aim(None, target)}.get(direction)


def chance_of(aim: Aim, mean: float, lo80: float, hi80: float, bounds: Bounds = OPEN) -> float:
    """The chance of being on target: normal errors on either side of MEAN, as wide there as the 80 % range says. What lies
    outside the BOUNDS of the figure is never reached, and what lies at them never passed."""

    def below(value: float) -> float:
        width = (hi80 - mean if value > mean else mean - lo80) / OUTERMOST
        if width <= 0:
            return 1.0 if value > mean else 0.0
        return 0.5 * math.erfc(-(value - mean) / width / math.sqrt(2))

    is_met = aim.high is not None and aim.high == mean == hi80
    return chance_within(Aim(aim.low, None) if is_met else aim, below, bounds)


def chance_within(aim: Aim, below: Callable[[float], float], bounds: Bounds) -> float:
    """The chance of AIM, from 0 to 1, where BELOW says the chance of less than a figure if it were not for the BOUNDS."""
    short, at_most = 0.0, 1.0
    if aim.low is not None and (bounds.lower is None or aim.low > bounds.lower):
        short = 1.0 if bounds.upper is not None and aim.low > bounds.upper else below(aim.low)
    if aim.high is not None and (bounds.upper is None or aim.high < bounds.upper):
        at_most = 0.0 if bounds.lower is not None and aim.high < bounds.lower else below(aim.high)
    return min(max(at_most - short, 0.0), 1.0)


def parts_of(over_time: str, count: int, *, whole: int, shares: Sequence[float] = ()) -> list[float] | None:
    """What each of COUNT figures ahead counts in the figure of a quarter or year of so many as WHOLE: all of it in a sum,
    its part in a mean, the last alone where it stands for all; of quotients of sums and weighted means its SHARES of all
    denominators. None where those are not known, and where months are put together in a way they do not tell alone."""
    if over_time in WEIGHED:
        return list(shares) if len(shares) == count else None
    if over_time in {"last", "none"}:
        return [float(place == count - 1) for place in range(count)]
    one = {"sum": 1.0, "mean": 1 / whole}.get(over_time)
    return None if one is None else [one] * count


def end_change(plain: Sequence[float], changed: Sequence[float], parts: Sequence[float]) -> float:
    """By how much the figure of a quarter or year changes where the figures left in it are CHANGED instead of PLAIN, each
    counting PARTS of it. Of a ratio: the sum of share x change, for its figure is that of its months by their shares."""
    return sum(part * (after - before) for before, after, part in zip(plain, changed, parts, strict=True))


def end_bounds(mean: float, ahead: Sequence[float], parts: Sequence[float], bounds: Bounds) -> Bounds:
    """Between what the figure of a quarter or year must lie, of which MEAN is expected and AHEAD of the figures left in it,
    each within BOUNDS and counting PARTS of it: what is known of it counts as it is."""
    known = mean - sum(part * value for part, value in zip(parts, ahead, strict=True))
    return Bounds(*(None if bound is None else known + sum(parts) * bound for bound in bounds))


def end_gap(over_time: str) -> str:
    """Why a change of months does not tell that of their quarter or year, by the way OVER_TIME they are put together: it is
    the highest or lowest of them, or what they weigh is not known."""
    return {"max": "highest", "min": "lowest"}.get(over_time, "unweighed")
