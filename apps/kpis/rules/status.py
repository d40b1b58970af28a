"""The traffic light of one value against its target (DOMAIN.md section 9, group monitor/rag of the scoring examples)."""

from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeVar

Number = TypeVar("Number", Decimal, Fraction)
Light = Literal["green", "amber", "red", "grey"]


def shortfall(direction: str, actual: Number, target: Number, upper: Number | None) -> tuple[Number, Number]:
    """(how far ACTUAL is on the wrong side, the edge it is measured from), in the unit of the KPI; 0 or less is met.

    For a range TARGET is its lower and UPPER its upper end (none: open above).
    """
    if direction == "higher":
        return target - actual, target
    if direction == "lower":
        return actual - target, target
    if upper is not None and actual > upper:
        return actual - upper, upper
    return target - actual, target


def light(
    *,
    direction: str,
    actual: Decimal | None,
    target: Decimal | None,
    amber_pct: Decimal,
    upper: Decimal | None = None,
) -> Light:
    """Green when met; amber when the shortfall is at most AMBER_PCT percent of the target's size; else red.

    Grey without a value, without a target and for what is only watched. A target of 0 has no amber.
    """
    if actual is None or target is None or direction == "neutral":
        return "grey"
    missing, edge = shortfall(direction, actual, target, upper)
    if missing <= 0:
        return "green"
    return "amber" if edge != 0 and missing * 100 <= amber_pct * abs(edge) else "red"
