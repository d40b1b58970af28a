"""Grades: the best band whose lower edge a rounded total reaches (scoring_examples.README.md, `grade/band`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.core.rounding import round_half_up


@dataclass(frozen=True, slots=True)
class GradeBand:
    """A grade and the total from which on it is given; the next better band's edge is its end."""

    grade: str
    least: Decimal | Fraction


def grade_of(total: Decimal | Fraction | None, bands: Sequence[GradeBand]) -> str | None:
    """The grade of a total, which is rounded to 2 places first; None without a total or below every band."""
    if total is None:
        return None
    rounded = round_half_up(total, 2)
    reached = [band for band in bands if Fraction(band.least) <= Fraction(rounded)]
    return max(reached, key=lambda band: band.least).grade if reached else None


def worse_of(grade: str | None, limit: str, bands: Sequence[GradeBand]) -> str | None:
    """GRADE, or LIMIT where that is worse; no grade stays none. ValueError for a LIMIT that is no band's."""
    edges = {band.grade: band.least for band in bands}
    if limit not in edges:
        message = f"The grade {limit!r} is none of {', '.join(edges) or 'no bands'}: name one of them."
        raise ValueError(message)
    return grade if grade is None or edges[grade] <= edges[limit] else limit
