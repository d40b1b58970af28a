"""What would be if something changed: a forecast bent by plain arithmetic, never mixed with the forecast itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


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
