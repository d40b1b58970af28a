"""Numbers as a receipt writes them."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from apps.core.rounding import round_half_up

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
