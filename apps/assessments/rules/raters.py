"""Raters on one scale, for discussion only, never for publishing (scoring_examples.README.md, `rater/adjust`)."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import isqrt

from apps.assessments.rules.scorecard import Number
from apps.core.rounding import round_half_up

ROOT_PLACES = 40


def square_root(value: Fraction) -> Fraction:
    """The root of a number that is not negative: exact where it is rational, else cut at forty places."""
    inside = value.numerator * value.denominator
    whole = isqrt(inside)
    if whole * whole == inside:
        return Fraction(whole, value.denominator)
    scale = 10**ROOT_PLACES
    return Fraction(isqrt(inside * scale * scale), value.denominator * scale)


def adjusted(scores: Sequence[Number], *, target_mean: Number, target_sd: Number) -> list[Decimal]:
    """Scores of one rater moved to a common mean and spread: target mean + (x - mean) x target sd / sample sd.

    Fewer than two scores, or all the same, say nothing about the rater and stay as they are.
    """
    known = [Fraction(score) for score in scores]
    mean = sum(known, Fraction(0)) / len(known) if known else Fraction(0)
    squares = sum(((score - mean) ** 2 for score in known), Fraction(0))
    if len(known) < 2 or not squares:
        return [round_half_up(score, 2) for score in known]
    stretch = Fraction(target_sd) / square_root(squares / (len(known) - 1))
    return [round_half_up(Fraction(target_mean) + (score - mean) * stretch, 2) for score in known]
