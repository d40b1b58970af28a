"""A scorecard on cumulative values (DOMAIN.md section 2 "Aggregation"): what adds up is judged by its sum, not by months.

Kept apart from the mean of months: over- and under-achievement even out here before the cap, there after it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.assessments.rules.aggregate import Flow, rescore
from apps.assessments.rules.scorecard import Number
from apps.assessments.rules.scoring import ReadMethod
from apps.core.rounding import round_half_up

PLACES = 2


@dataclass(frozen=True, slots=True)
class Sums:
    """What one indicator came to in the months of a period, those in which it was left out not among them.

    ACTUAL, TARGET: sums in the KPI's unit; None where a month lacks one. POINTS of WEIGHT: sums of the months with points.
    """

    actual: Number | None
    target: Number | None
    points: Number | None
    weight: Number


@dataclass(frozen=True, slots=True)
class CumulativeLine:
    """Points of one indicator out of its weight; None: nothing can be said. IS_SUMMED: judged by the sum of its values."""

    weight: Decimal
    points: Decimal | None
    is_summed: bool


def summed_line(method: ReadMethod, sums: Sums, weight: Decimal) -> CumulativeLine:
    """An indicator of the ratio method whose KPI adds up over time: the ratio of the sums."""
    return CumulativeLine(weight, rescore(method, [Flow(sums.actual, sums.target)], weight).points, is_summed=True)


def mean_line(sums: Sums, weight: Decimal) -> CumulativeLine:
    """Any other indicator: the share of the weight it earned on average, whatever it weighed in each month."""
    if sums.points is None or not sums.weight:
        return CumulativeLine(weight, None, is_summed=False)
    share = Fraction(sums.points) / Fraction(sums.weight)
    return CumulativeLine(weight, round_half_up(share * Fraction(weight), PLACES), is_summed=False)


def cumulative_score(lines: Iterable[CumulativeLine]) -> Decimal | None:
    """The sum of the points out of a hundred of the weights that have any: a scorecard before difficulty, bonuses and
    deductions. None where nothing has points."""
    known = [(Fraction(line.points), Fraction(line.weight)) for line in lines if line.points is not None]
    heavy = sum((weight for _points, weight in known), Fraction(0))
    return (
        round_half_up(sum((points for points, _weight in known), Fraction(0)) * 100 / heavy, PLACES) if heavy else None
    )
