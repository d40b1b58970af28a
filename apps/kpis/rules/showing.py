"""Figures as people read them: rounded half up for display only, thousands grouped, the unit behind, a true minus."""

from decimal import Decimal
from fractions import Fraction

from apps.core.rounding import round_half_up

MINUS = "\u2212"
SPACE = "\u00a0"


def figure(value: Decimal | Fraction | None, *, decimals: int = 2, unit: str = "") -> str:
    """1234.5 with 2 decimals and % → "1,234.50 %"; empty for None."""
    if value is None:
        return ""
    shown = f"{round_half_up(value, decimals):,f}".replace("-", MINUS)
    return f"{shown}{SPACE}{unit}" if unit else shown


def change(value: Decimal | Fraction, *, decimals: int = 1, unit: str = "%") -> str:
    """A change with its sign: "+3.2 %", "−0.4 %", "±0 %"."""
    rounded = round_half_up(value, decimals)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else "±"
    shown = f"{abs(rounded):,f}" if rounded else "0"
    return f"{sign}{shown}{SPACE}{unit}" if unit else f"{sign}{shown}"
