"""The numbers of the figures: trend, season and noise, the same for the same figure, department and month of the story."""

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from apps.core.month import Month
from apps.kpis.choices import Aggregation, Frequency
from ops_portal.demo.figures import Curve, Figure
from ops_portal.demo.figures_turns import MEASURED_OTHERWISE

MONTHS = 30
SEASONS: dict[str, tuple[float, ...]] = {
    "even": (1.0,) * 12,
    "sales": (0.95, 0.97, 1.03, 1.02, 1.0, 1.03, 0.96, 0.94, 1.03, 1.04, 1.05, 0.98),
    "works": (1.0, 1.01, 1.05, 1.02, 1.0, 1.02, 0.97, 0.91, 1.03, 1.04, 1.03, 0.92),
    "cold": (1.11, 1.1, 1.06, 1.0, 0.95, 0.92, 0.9, 0.89, 0.94, 1.0, 1.05, 1.08),
    "school": (1.05, 1.08, 1.06, 1.0, 0.98, 0.95, 0.84, 0.82, 1.05, 1.1, 1.09, 0.98),
}
CALM = 0.25
"""What is left of the noise in the months of a story that is being told."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a department reports: a value, or a numerator and denominator, or a value and its weight."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None

    def times(self, factor: float, decimals: int) -> "Reading":
        """The reading after a correction by a factor."""
        if self.value is None and self.numerator is not None:
            return Reading(None, rounded(float(self.numerator) * factor, 0), self.denominator)
        return Reading(rounded(float(self.value or 0) * factor, decimals), self.numerator, self.denominator)


def rounded(number: float, decimals: int) -> Decimal:
    """A decimal of so many places."""
    return Decimal(str(number)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def level(curve: Curve, *, month: Month, ago: int, rng: Random) -> float:
    """Where a curve stands AGO months before the present one."""
    noise = curve.noise * rng.uniform(-1, 1)
    if ago <= len(curve.lately):
        return curve.lately[-ago] * (1 + noise * CALM)
    passed = (MONTHS - ago) / (MONTHS - 1)
    return (curve.start + (curve.end - curve.start) * passed) * SEASONS[curve.season][month.number - 1] * (1 + noise)


def reading(figure: Figure, unit: str, share: float, *, month: Month, ago: int) -> Reading:
    """What a department with SHARE of the whole reports of a figure."""
    if figure.curve is None:
        raise ValueError(figure.code)
    rng = Random(f"{figure.code}/{unit}/{ago}")  # noqa: S311 - a story, not a secret
    number = level(figure.curve, month=month, ago=ago, rng=rng) * former_level(figure, ago)
    if figure.over_departments == Aggregation.SUM:
        return Reading(
            counted(number * share, rng) if figure.decimals == 0 else rounded(number * share, figure.decimals)
        )
    number *= standing(figure, unit)
    if figure.maximum:
        number = min(number, float(figure.maximum))
    if figure.volume is None:
        return Reading(counted(number, rng) if figure.decimals == 0 else rounded(number, figure.decimals))
    volume = max(rounded(level(figure.volume, month=month, ago=ago, rng=rng) * share, 0), Decimal(5))
    if figure.over_departments == Aggregation.RATIO:
        return Reading(None, rounded(float(volume) * number / float(figure.scale), 0), volume)
    return Reading(rounded(number, figure.decimals), None, volume)


def former_level(figure: Figure, ago: int) -> float:
    """How much more a figure came to while it was measured otherwise."""
    is_former = figure.code == MEASURED_OTHERWISE.code and ago > MEASURED_OTHERWISE.ago
    return MEASURED_OTHERWISE.former_level if is_former else 1.0


def standing(figure: Figure, unit: str) -> float:
    """By how much a department lies beside the whole in this figure, always."""
    if len(figure.reports) == 1:
        return 1.0
    spread = 0.12 if figure.code == "ABS" else 0.015
    return 1 + spread * Random(f"{figure.code}/{unit}").uniform(-1, 1)  # noqa: S311 - a story, not a secret


def counted(number: float, rng: Random) -> Decimal:
    """A whole number near NUMBER, so that 0.3 is mostly none and at times one."""
    return Decimal(math.floor(number + rng.random()))


def is_reported(frequency: str, month: Month, fiscal_first: int) -> bool:
    """Whether a figure stands on this month: every one, the last of a quarter, the last of a fiscal year."""
    steps = {Frequency.MONTH.value: 1, Frequency.QUARTER.value: 3, Frequency.YEAR.value: 12}[frequency]
    return (month.number - fiscal_first + 1) % steps == 0
