"""Published scoring algorithms, kept apart from the assessment (DOMAIN.md section 3, scoring_examples.README.md)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Literal, TypeVar

from apps.assessments.rules.reading import Direction, sign_of
from apps.assessments.rules.scorecard import Number
from apps.core.rounding import round_half_up

Key = TypeVar("Key", str, int)
SMALLEST_SHARE = Fraction(1, 10_000)
LOGARITHMS = Context(prec=50)
GREEN_FROM, YELLOW_FROM = Decimal("0.7"), Decimal("0.4")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of a CityScore."""

    actual: Number | None
    target: Number | None
    direction: Direction = "higher"

    def ratio(self) -> Fraction | None:
        """A/T, or T/A where less is better; None without data or with nothing to divide by."""
        if self.actual is None or self.target is None:
            return None
        top, bottom = (self.actual, self.target) if self.direction == "higher" else (self.target, self.actual)
        return Fraction(top) / Fraction(bottom) if bottom else None


def city_score(metrics: Sequence[Metric]) -> Decimal | None:
    """Plain mean of the metrics that have a ratio: 1.00 is on target. None when none has."""
    known = [ratio for metric in metrics if (ratio := metric.ratio()) is not None]
    return round_half_up(sum(known, Fraction(0)) / len(known), 2) if known else None


@dataclass(frozen=True, slots=True)
class KeyResult:
    """A key result: where it began, where it is to end, where it stands (None: not reported)."""

    start: Number
    target: Number
    actual: Number | None
    weight: Number = 1

    def score(self) -> Decimal | None:
        """The share of the way that was gone, from 0.00 to 1.00."""
        if self.actual is None:
            return None
        if self.start == self.target:
            return Decimal("1.00" if self.actual >= self.target else "0.00")
        way = Fraction(self.target) - Fraction(self.start)
        share = (Fraction(self.actual) - Fraction(self.start)) / way
        return round_half_up(min(max(share, Fraction(0)), Fraction(1)), 2)


@dataclass(frozen=True, slots=True)
class ObjectiveScore:
    """Scores of the key results, of the objective, and its colour."""

    key_results: tuple[Decimal | None, ...]
    objective: Decimal | None
    colour: Literal["green", "yellow", "red"] | None


def okr(key_results: Sequence[KeyResult]) -> ObjectiveScore:
    """Weighted mean of the rounded key results that were reported, rounded; the colour looks at one place of it."""
    scores = tuple(each.score() for each in key_results)
    known = [
        (Fraction(score), Fraction(each.weight))
        for each, score in zip(key_results, scores, strict=True)
        if score is not None
    ]
    heavy = sum((weight for _score, weight in known), Fraction(0))
    if not heavy:
        return ObjectiveScore(scores, None, None)
    objective = round_half_up(sum((score * weight for score, weight in known), Fraction(0)) / heavy, 2)
    tenths = round_half_up(objective, 1)
    return ObjectiveScore(
        scores, objective, "green" if tenths >= GREEN_FROM else "yellow" if tenths >= YELLOW_FROM else "red"
    )


def rank_1_4(values: Mapping[Key, Number | None], direction: Direction) -> dict[Key, Decimal]:
    """1.00 (best) to 4.00 by rank among those that have a value; equal values share the mean of their ranks."""
    sign = sign_of(direction)
    known = {key: Fraction(value) * sign for key, value in values.items() if value is not None}
    if len(known) == 1:
        return dict.fromkeys(known, Decimal("1.00"))
    ranks, better = {}, 0
    for value, equals in sorted(Counter(known.values()).items(), reverse=True):
        ranks[value] = Fraction(2 * better + equals + 1, 2)
        better += equals
    return {key: round_half_up(1 + 3 * (ranks[value] - 1) / (len(known) - 1), 2) for key, value in known.items()}


def stability_index(expected_counts: Sequence[Number], actual_counts: Sequence[Number]) -> Decimal | None:
    """PSI: sum of (a - e) ln(a / e) over shares, none of them below 0.0001. Four places; None where a side is empty.

    Under 0.1 a distribution is stable, over 0.25 it has moved. ValueError for lists of different length.
    """
    if len(expected_counts) != len(actual_counts):
        message = "Expected and actual counts must name the same classes: give as many of one as of the other."
        raise ValueError(message)
    expected, actual = shares(expected_counts), shares(actual_counts)
    if not expected or not actual:
        return None
    terms = [LOGARITHMS.multiply(*drift(a, e)) for a, e in zip(actual, expected, strict=True)]
    return round_half_up(sum(terms, Decimal(0)), 4)


def drift(actual: Fraction, expected: Fraction) -> tuple[Decimal, Decimal]:
    """(a - e) and ln(a / e), to fifty digits."""
    apart, ratio = actual - expected, actual / expected
    return (
        LOGARITHMS.divide(Decimal(apart.numerator), Decimal(apart.denominator)),
        LOGARITHMS.ln(LOGARITHMS.divide(Decimal(ratio.numerator), Decimal(ratio.denominator))),
    )


def shares(counts: Sequence[Number]) -> list[Fraction]:
    """Each count as a share of all, at least the smallest share; empty when all are 0."""
    whole = sum((Fraction(each) for each in counts), Fraction(0))
    return [max(SMALLEST_SHARE, Fraction(each) / whole) for each in counts] if whole else []
