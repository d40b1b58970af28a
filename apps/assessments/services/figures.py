"""Figures of the database as the exact numbers that rules reckon with."""

from decimal import Decimal
from fractions import Fraction

from apps.kpis.selectors import Fact

VALUE_UNIT = 10**10
"""A value has ten places in the database, and so has a target."""


def as_number(text: str | None) -> Fraction | None:
    """A number of the database, exactly."""
    return None if text is None else Fraction(text)


def text_of(number: Decimal | None) -> str | None:
    """A stored number as the facts carry it, and as it is kept in JSON."""
    return None if number is None else f"{number:f}"


def figure_of(fact: Fact) -> Fraction | None:
    """What was reported, exactly: the quotient where there is one, not its ten places. None: no figure."""
    quotient = quotient_of(fact)
    return Fraction(*quotient) if quotient else None


def quotient_of(fact: Fact) -> tuple[int, int] | None:
    """What was reported as two whole numbers, the second positive. None: no figure."""
    if fact.value is None or fact.presence != "number":
        return None
    if fact.scale is None or fact.numerator is None or fact.denominator is None:
        return int(fact.value.replace(".", "")), VALUE_UNIT
    top = int(fact.scale.replace(".", "")) * int(fact.numerator.replace(".", ""))
    bottom = int(fact.denominator.replace(".", "")) * 10 ** len(fact.scale.partition(".")[2])
    return (top, bottom) if bottom > 0 else (-top, -bottom)
