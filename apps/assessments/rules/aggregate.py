"""Scores of longer periods (DOMAIN.md section 2 "Aggregation", scoring_examples.README.md `aggregate`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.assessments.rules.methods.ratio import Ratio
from apps.assessments.rules.results import ConfigError, Result
from apps.assessments.rules.scorecard import Number
from apps.assessments.rules.scoring import ReadMethod, score
from apps.core.rounding import round_half_up


@dataclass(frozen=True, slots=True)
class MonthScore:
    """A month's published score (None: it has none) and how heavy it is among the others."""

    score: Number | None
    weight: Number = 1


@dataclass(frozen=True, slots=True)
class MeanScore:
    """A score of two places out of so many months."""

    score: Decimal | None
    months_counted: int


def mean_score(months: Sequence[MonthScore]) -> MeanScore:
    """Weighted mean of the months that have a score. A quarter and a year both come straight from months: a year is not the
    mean of its quarters."""
    known = [(Fraction(month.score), Fraction(month.weight)) for month in months if month.score is not None]
    heavy = sum((weight for _score, weight in known), Fraction(0))
    if not heavy:
        return MeanScore(None, len(known))
    total = sum((found * weight for found, weight in known), Fraction(0))
    return MeanScore(round_half_up(total / heavy, 2), len(known))


def mean_of(total: Number | None, count: int) -> MeanScore:
    """`mean_score` of COUNT months that weigh the same, of which only the exact sum is at hand. A month without a score is
    neither in the sum nor counted."""
    if total is None or not count:
        return MeanScore(None, 0)
    return MeanScore(round_half_up(Fraction(total) / count, 2), count)


@dataclass(frozen=True, slots=True)
class Flow:
    """A month's actual and target of a KPI that adds up over time."""

    actual: Number | None
    target: Number | None


def rescore(method: ReadMethod, flows: Sequence[Flow], weight: Number) -> Result:
    """The ratio scored on summed actuals and targets, which is not the mean of the months' capped points.

    A month without actual or target leaves the sum unknown: the method's rule for missing reports holds.
    """
    if not isinstance(method, Ratio | ConfigError):
        message = "Only the ratio method can be scored on sums: aggregate the months' scores instead."
        raise TypeError(message)
    return score(method, summed([flow.actual for flow in flows]), summed([flow.target for flow in flows]), weight)


def summed(numbers: Sequence[Number | None]) -> Fraction | None:
    """The sum; None when there is none or one of them is not known."""
    known = [Fraction(each) for each in numbers if each is not None]
    return sum(known, Fraction(0)) if known and len(known) == len(numbers) else None
