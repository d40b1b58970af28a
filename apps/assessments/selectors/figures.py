"""Figures of the database as the exact numbers that rules reckon with."""

from decimal import Decimal
from fractions import Fraction

import polars as pl

from apps.assessments.rules.quick import LARGEST, PLACE
from apps.kpis.selectors import Fact

SHORTER = 10**6
"""Most counts have at most four of their ten places: without the others the products stay small."""


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
        return int(fact.value.replace(".", "")), PLACE
    top = int(fact.scale.replace(".", "")) * int(fact.numerator.replace(".", ""))
    bottom = int(fact.denominator.replace(".", "")) * 10 ** len(fact.scale.partition(".")[2])
    return (top, bottom) if bottom > 0 else (-top, -bottom)


def digits_of(name: str) -> pl.Expr:
    """A column of figures with ten places as whole numbers."""
    return pl.col(name).str.replace(".", "", literal=True).cast(pl.Int128)


def with_whole_numbers(facts: pl.DataFrame) -> pl.DataFrame:
    """Facts with the columns that `rules.quick` reckons with; empty where there is no figure, or too large a one."""
    top, bottom, scale = (digits_of(name) for name in ("numerator", "denominator", "scale"))
    part = (
        pl.when((top % PLACE == 0) & (bottom % PLACE == 0))
        .then(PLACE)
        .when((top % SHORTER == 0) & (bottom % SHORTER == 0))
        .then(SHORTER)
        .otherwise(1)
    )
    short = top // part
    is_small = short.abs() <= LARGEST // scale.abs()
    quotient = pl.when(is_small).then(short * scale * bottom.sign())
    is_quotient = pl.all_horizontal(pl.col("numerator", "denominator", "scale").is_not_null())
    return facts.with_columns(
        pl.when(is_quotient & pl.col("value").is_not_null())
        .then(quotient)
        .otherwise(digits_of("value"))
        .alias("actual"),
        pl.when(is_quotient).then(bottom.abs() // part).otherwise(1).cast(pl.Int128).alias("times"),
        digits_of("target").alias("aim"),
    )
