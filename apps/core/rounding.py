"""The one rounding function: half up, ties away from zero, never a negative zero (DOMAIN.md section 2)."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

GUARD_PLACES = 40


def round_half_up(value: Decimal | Fraction | int, places: int) -> Decimal:
    """VALUE rounded once to PLACES decimals, ties away from zero. Exact for fractions: nothing is divided first."""
    if isinstance(value, Fraction):
        scaled = abs(value) * 10**places
        whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
        rounded = Decimal(-whole if value < 0 else whole).scaleb(-places)
    else:
        rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded
