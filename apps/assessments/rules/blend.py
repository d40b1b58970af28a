"""The score of a year that stands in part on cumulative values (DOMAIN.md section 2 "Aggregation"): 60 % mean of its months
and 40 % the scorecard on cumulative values, say. Quarters are never blended."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.assessments.rules.scorecard import Number
from apps.core.rounding import round_half_up

WHOLE, PLACES = 100, 2


@dataclass(frozen=True, slots=True)
class Blend:
    """What the rules say of it. SHARE: percent that stands on cumulative values, the rest on the mean of months. LEAST,
    MOST: the points no total leaves."""

    share: Decimal
    least: Number
    most: Number


@dataclass(frozen=True, slots=True)
class YearScore:
    """A score with what it is made of, points. SCORE None: a part that counts is not known.

    IS_HELD: the parts come to more, or to less, than any total may be.
    """

    months_mean: Decimal | None
    cumulative: Decimal | None
    score: Decimal | None
    is_held: bool = False


def blended_score(months_mean: Decimal | None, cumulative: Decimal | None, blend: Blend) -> YearScore:
    """Both parts by their shares, exact, rounded once. They are taken as they are shown, to two places, so that anybody can
    work the score out again. A part without any share is not needed; one that counts and is missing leaves no score: the
    other must not stand in for it."""
    share = Fraction(blend.share)
    parts = [(part, weight) for part, weight in ((months_mean, WHOLE - share), (cumulative, share)) if weight]
    known = [Fraction(part) * weight for part, weight in parts if part is not None]
    if len(known) < len(parts):
        return YearScore(months_mean, cumulative, None)
    exact = sum(known, Fraction(0)) / WHOLE
    held = min(max(exact, Fraction(blend.least)), Fraction(blend.most))
    return YearScore(months_mean, cumulative, round_half_up(held, PLACES), is_held=held != exact)


def plain_score(months_mean: Decimal | None) -> YearScore:
    """Where nothing is blended: the mean of the months."""
    return YearScore(months_mean, None, months_mean)
