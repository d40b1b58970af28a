"""The lines of a month as one table: judged by columns, summed by department, written by COPY.

Figures stay the text of the database; points are whole hundredths and rates parts of quick.UNIT until
they are written.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import polars as pl

from apps.assessments.services.copying import NOTHING
from apps.core.month import Month
from apps.kpis.selectors import Fact

WITH_DATA = ("number", "reported")
FIGURES = ("value", "numerator", "denominator", "scale", "target", "floor", "stretch")


class LineRow(NamedTuple):
    """One indicator of one department: what was there, and what it is worth (None: no points)."""

    department_id: int
    indicator_id: int
    presence: str
    value: str | None
    numerator: str | None
    denominator: str | None
    scale: str | None
    target: str | None
    """The one it was judged against; it may differ from the fact's (Indicator.target_policy)."""
    floor: str | None
    stretch: str | None
    weight: int
    rate: int | None
    points: int | None
    status: str
    reported: str | None
    """JSON: what there was beside KPI values, as the method takes it."""


KEYS, NUMBERS = ("department_id", "indicator_id"), ("weight", "rate", "points")
SCHEMA = dict.fromkeys(LineRow._fields, pl.String) | dict.fromkeys(KEYS, pl.Int64) | dict.fromkeys(NUMBERS, pl.Int128)
LINE_COLUMNS = ("run_id", "month", *LineRow._fields)


class LineSums(NamedTuple):
    """What the lines of a department come to; weights and points in hundredths. FIRST, HEIGHT: which rows of the table."""

    first: int = 0
    height: int = 0
    weight: int = 0
    scored_weight: int = 0
    kept_weight: int = 0
    """Of the lines that are not left out."""
    points: int = 0
    lost: int = 0
    """Lines that are not left out and have no points."""


def row_of(indicator: int, weight: int, fact: Fact, **found: Any) -> LineRow:
    """A fact with what was FOUND of it: status, points, rate, a target other than its own, what was reported."""
    known = {name: getattr(fact, name) for name in ("presence", *FIGURES)} | {"points": None, "rate": None} | found
    reported = known.pop("reported", None)
    told = None if reported is None else json.dumps(reported)
    return LineRow(department_id=fact.department, indicator_id=indicator, weight=weight, reported=told, **known)


def table_of(rows: Iterable[LineRow]) -> pl.DataFrame:
    """Lines as a table, in their order."""
    return pl.DataFrame(list(rows), schema=SCHEMA, orient="row")


def sums_of(lines: pl.DataFrame) -> dict[int, LineSums]:
    """What the lines come to, by department. Those of a department follow one another."""
    weight, is_kept = pl.col("weight"), pl.col("status") != "excluded"
    sums = (
        lines.with_row_index("first")
        .group_by("department_id")
        .agg(
            pl.col("first").first(),
            pl.len(),
            weight.sum().alias("all"),
            weight.filter(pl.col("status") == "scored").sum().alias("scored"),
            weight.filter(is_kept).sum().alias("kept"),
            pl.col("points").filter(is_kept).sum(),
            pl.col("points").filter(is_kept).null_count().alias("lost"),
        )
    )
    return {place: LineSums(*row) for place, *row in sums.iter_rows()}


def with_data(lines: pl.DataFrame) -> int:
    """How many of the lines rest on something that was reported."""
    return int(lines["presence"].is_in(WITH_DATA).sum())


def copy_of(lines: pl.DataFrame, run: int, month: Month) -> str:
    """Every line as COPY wants it, in the order of LINE_COLUMNS."""
    return lines.select(
        pl.lit(run).alias("run_id"),
        pl.lit(month.first_day.isoformat()).alias("month"),
        *(column_of(name) for name in LineRow._fields),
    ).write_csv(separator="\t", include_header=False, null_value=NOTHING, quote_style="never")


def column_of(name: str) -> pl.Expr:
    """A column as COPY reads it: whole numbers with their place, text with what is written escaped."""
    places = {"weight": "e-2", "points": "e-2", "rate": "e-14"}
    if name in places:
        return pl.col(name).cast(pl.String) + pl.lit(places[name])
    return pl.col(name).str.replace_all("\\", "\\\\", literal=True) if name == "reported" else pl.col(name)
