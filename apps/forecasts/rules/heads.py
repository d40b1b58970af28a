"""What fewer or more people do to a figure that adds up, if the figure per head stays: proportion, no proof."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.core.rounding import round_half_up
from apps.forecasts.rules.ranges import PLACES
from apps.forecasts.rules.what_if import OPEN, Aim, Bounds, chance_within

LEVELS = (PLACES["lo95"], PLACES["lo80"], 0.0, PLACES["hi80"], PLACES["hi95"])
"""Normal places of the five figures a forecast stores of a month: lo95, lo80, mean, hi80, hi95."""


@dataclass(frozen=True, slots=True)
class PerHead:
    """A month's figure if the figure per head stays: by how many percent it changes, what it comes to instead of what is
    expected, and the chance of the month's target then (None without a target)."""

    change_pct: Decimal
    then: float
    expected: float
    chance: float | None


def per_head(
    figures: Sequence[float],
    *,
    now: float | None,
    then: float,
    low: float = -math.inf,
    high: float = math.inf,
    bounds: Bounds = OPEN,
) -> PerHead | None:
    """FIGURES of the month (lo95, lo80, mean, hi80, hi95) with THEN heads in place of NOW; on target from LOW to HIGH,
    never outside BOUNDS.

    None where nobody is there now, or as many then: the forecast says it already. Percent are rounded to a tenth, as a
    what-if takes them.
    """
    if not now or now < 0:
        return None
    change = round_half_up(Decimal(repr((then / now - 1) * 100)), 1)
    if not change:
        return None
    factor = 1 + float(change) / 100
    moved = [figure * factor for figure in figures]
    has_target = math.isfinite(low) or math.isfinite(high)
    chance = chance_within(Aim(low, high), lambda edge: below(moved, edge), bounds) if has_target else None
    return PerHead(change, bounds.holding(moved[2]), figures[2], chance)


def below(figures: Sequence[float], edge: float) -> float:
    """Chance of a figure below EDGE, straight lines between the FIGURES on the scale of the normal distribution."""
    if not math.isfinite(edge):
        return 1.0 if edge > 0 else 0.0
    rising = sorted(figures)
    if rising[-1] - rising[0] <= 1e-9 * abs(rising[2]):
        return 0.0 if rising[2] >= edge else 1.0
    at = next((place for place in range(1, len(rising) - 1) if edge < rising[place]), len(rising) - 1)
    start, end = rising[at - 1], rising[at]
    if end <= start:
        place = LEVELS[at - 1] if edge < start else LEVELS[at]
    else:
        place = LEVELS[at - 1] + (edge - start) / (end - start) * (LEVELS[at] - LEVELS[at - 1])
    return 0.5 * math.erfc(-place / math.sqrt(2))
