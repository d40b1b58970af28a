"""How a stored line came about: worked out again by the rules from what the line itself keeps, never from today's values."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from apps.assessments.choices import LineStatus, Presence
from apps.assessments.models import ScoreLine
from apps.assessments.rules.results import Explained, Result, Status
from apps.assessments.rules.scoring import parse_method, score
from apps.assessments.services.judging import FROM_TARGET

UNEXPLAINED = frozenset({LineStatus.EXCLUDED, LineStatus.PENDING, LineStatus.INVALID_CONFIG})


def retold_line(line: ScoreLine) -> Result:
    """The line once more, with the steps of its formula and the numbers in them.

    What has no points (left out, awaited) has one step that says so. LINE comes with its `indicator`.
    """
    if line.status in UNEXPLAINED:
        step = Explained(f"missing.{line.status}", {"weight": Fraction(line.weight), "rate": None})
        return Result(Status(line.status), steps=(step,))
    method = parse_method(line.indicator.method, params_of(line))
    rate = None if line.rate is None else Fraction(line.rate)
    target = None if line.target is None else Fraction(line.target)
    return score(method, figure_of(line), target, line.weight, previous_rate=rate)


def params_of(line: ScoreLine) -> Mapping[str, Any]:
    """The scheme's parameters with what came from the KPI's target; what is missing is worth what the line says it was."""
    params = dict(line.indicator.params)
    if line.indicator.method == "linear":
        given = {name: getattr(line, name) for name in FROM_TARGET if params.get(name) is None}
        params |= {name: number for name, number in given.items() if number is not None}
    if line.status == LineStatus.MISSING_ZERO:
        params["missing"] = {"policy": "zero"}
    elif line.status == LineStatus.CARRIED:
        params["missing"] = {"policy": "carry"}
    return params


def figure_of(line: ScoreLine) -> Fraction | None:
    """The exact figure: the quotient where there is one."""
    if line.presence != Presence.NUMBER or line.value is None:
        return None
    if line.scale is None or line.numerator is None or not line.denominator:
        return Fraction(line.value)
    return Fraction(line.scale) * Fraction(line.numerator) / Fraction(line.denominator)
