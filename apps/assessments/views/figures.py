"""Numbers as a receipt writes them."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.core.rounding import round_half_up
from apps.kpis.models import KpiVersion
from apps.kpis.rules.showing import figure

PLACES = 6
MINUS = "\u2212"
Numbers = Mapping[str, Any]


def said(value: Any) -> str:
    """A number as it was reckoned with: all its places, or six and ≈ where it has no end."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    exact = Fraction(value)
    rounded = round_half_up(exact, PLACES)
    text = f"{rounded:,f}".rstrip("0").rstrip(".")
    text = text.replace("-", MINUS)
    return text if Fraction(rounded) == exact else f"≈{text}"


def filled(text: str, numbers: Numbers) -> str:
    """TEXT with the numbers in it. What is only nearly equal is not written as equal as well."""
    told = text % {name: said(value) for name, value in numbers.items()}
    return told.replace("= ≈", "≈ ")


def in_unit(value: Decimal | None, definition: KpiVersion | None, *, is_rounded: bool = False) -> str:
    """A figure in the unit of its definition; empty for none.

    With the definition's places where that says all of it, or where IS_ROUNDED (its parts stand beside it).
    """
    if value is None:
        return ""
    places, unit = (definition.decimals, definition.unit) if definition else (2, "")
    if is_rounded or round_half_up(value, places) == value:
        return figure(value, decimals=places, unit=unit)
    return f"{said(value)}\u00a0{unit}" if unit else said(value)
