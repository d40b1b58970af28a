"""Several values of an indicator become one (DOMAIN.md section 1, group aggregate/kpi of the scoring examples)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Part:
    """One value: its number, and numerator and denominator (or weight) where it has them."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


def quotient(numerator: Fraction, denominator: Fraction) -> Fraction | None:
    """NUMERATOR / DENOMINATOR; None, never an error, where nothing is there to divide by."""
    return numerator / denominator if denominator else None


def values_of(parts: Sequence[Part]) -> list[Fraction]:
    """The numbers that are known."""
    return [Fraction(part.value) for part in parts if part.value is not None]


def summed(parts: Sequence[Part], _scale: Fraction) -> Fraction | None:
    """Sum of the known values; None when none is known."""
    known = values_of(parts)
    return sum(known, Fraction(0)) if known else None


def averaged(parts: Sequence[Part], _scale: Fraction) -> Fraction | None:
    """Plain mean of the known values."""
    known = values_of(parts)
    return quotient(sum(known, Fraction(0)), Fraction(len(known)))


def last_known(parts: Sequence[Part], _scale: Fraction) -> Fraction | None:
    """The last known value: what a stock is worth."""
    known = values_of(parts)
    return known[-1] if known else None


def highest(parts: Sequence[Part], _scale: Fraction) -> Fraction | None:
    """The highest known value."""
    return max(values_of(parts), default=None)


def lowest(parts: Sequence[Part], _scale: Fraction) -> Fraction | None:
    """The lowest known value."""
    return min(values_of(parts), default=None)


def ratio_of_sums(parts: Sequence[Part], scale: Fraction) -> Fraction | None:
    """Sum of numerators x SCALE / sum of denominators: never the mean of the ratios."""
    known = [part for part in parts if part.numerator is not None and part.denominator is not None]
    top = sum((Fraction(part.numerator or 0) for part in known), Fraction(0))
    bottom = sum((Fraction(part.denominator or 0) for part in known), Fraction(0))
    found = quotient(top, bottom)
    return None if found is None else found * scale


def weighted(parts: Sequence[Part], _scale: Fraction) -> Fraction | None:
    """Mean of the values, each as heavy as its denominator."""
    known = [part for part in parts if part.value is not None and part.denominator is not None]
    top = sum((Fraction(part.value or 0) * Fraction(part.denominator or 0) for part in known), Fraction(0))
    bottom = sum((Fraction(part.denominator or 0) for part in known), Fraction(0))
    return quotient(top, bottom)


METHODS: dict[str, Callable[[Sequence[Part], Fraction], Fraction | None]] = {
    "sum": summed,
    "mean": averaged,
    "last": last_known,
    "max": highest,
    "min": lowest,
    "weighted": weighted,
    "ratio": ratio_of_sums,
}


def aggregate(method: str, parts: Sequence[Part], *, scale: Decimal | int = 1) -> Fraction | None:
    """One exact value out of PARTS (in order of time) by METHOD; None when nothing is known or nothing divides.

    `given` and `none` have no arithmetic: they are None.
    """
    reckon = METHODS.get(method)
    return reckon(parts, Fraction(scale)) if reckon else None
