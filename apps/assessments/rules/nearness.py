"""How far a total is from the next better grade, and what could still have been earned. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.assessments.rules.grades import GradeBand
from apps.core.rounding import round_half_up


@dataclass(frozen=True, slots=True)
class StepUp:
    """The next better grade and how many points are missing for it."""

    grade: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Room:
    """What one line left on the table: up to how many points of the total its whole weight would have brought more."""

    key: int
    points: Decimal


def step_up(total: Decimal | None, bands: Sequence[GradeBand], *, most: Decimal | None = None) -> StepUp | None:
    """The nearest grade above TOTAL; None without a total, in the best grade, or where the MOST there is lies below it."""
    if total is None:
        return None
    above = [band for band in bands if Fraction(band.least) > Fraction(total)]
    if not above:
        return None
    nearest = min(above, key=lambda band: band.least)
    if most is not None and Fraction(nearest.least) > Fraction(most):
        return None
    return StepUp(nearest.grade, round_half_up(Fraction(nearest.least) - Fraction(total), 2))


def rooms(
    lines: Sequence[tuple[int, Decimal, Decimal | None]], *, kept_weight: Decimal | None, coefficient: Decimal
) -> list[Room]:
    """What each of (key, weight, points) would add to the total at its whole weight, the largest first.

    A point of a line is worth 100 / KEPT_WEIGHT x COEFFICIENT of the total: lines that were left out do not count.
    """
    if not kept_weight:
        return []
    worth = Fraction(100) / Fraction(kept_weight) * Fraction(coefficient)
    found = [
        Room(key, round_half_up((Fraction(weight) - Fraction(points)) * worth, 2))
        for key, weight, points in lines
        if points is not None and points < weight
    ]
    return sorted(found, key=lambda room: (-room.points, room.key))
