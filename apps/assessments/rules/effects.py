"""By how much a score moves where one reported figure is another: the published rule of the line, asked twice."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.assessments.rules.results import Status
from apps.assessments.rules.scorecard import ALL_WEIGHTS
from apps.assessments.rules.scoring import ReadMethod, score
from apps.core.rounding import round_half_up


@dataclass(frozen=True, slots=True)
class LineRule:
    """How one line is judged, and what a point of it is worth: COEFFICIENT is how hard the department's year is, KEPT_WEIGHT
    the weight of all lines that count in the month."""

    method: ReadMethod
    target: Fraction | None
    weight: Decimal
    coefficient: Decimal = Decimal(1)
    kept_weight: Decimal = Decimal(ALL_WEIGHTS)

    def points_moved(self, before: Decimal, after: Decimal) -> Decimal | None:
        """By how many points of the score, two places, the line moves it where AFTER is reported in place of BEFORE and all
        else stays as it is. None where the rule gives no points for one of them. Bonuses, vetoes, limits of the total and
        a gate stand outside the line: the whole score may move by less."""
        found = [score(self.method, figure, self.target, self.weight) for figure in (before, after)]
        first, last = (one.points if one.status == Status.SCORED else None for one in found)
        if first is None or last is None or self.kept_weight <= 0:
            return None
        worth = Fraction(ALL_WEIGHTS) / Fraction(self.kept_weight) * Fraction(self.coefficient)
        return round_half_up(Fraction(last - first) * worth, 2)
