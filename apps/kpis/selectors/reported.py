"""What was reported in years of months: the months that are as they were when they were last read come as blocks.

A million values one by one cost the database a third of a second and us as much again; as blocks a tenth of it. Whether a
month is as it was, its versions say: each has a number of its own and never changes, so that those that count are told by
their numbers alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from apps.core.blocks import copied_blocks
from apps.core.frames import copied
from apps.core.month import Month
from apps.kpis.choices import ValueKind

FIGURES = ("value", "numerator", "denominator")
# Every change makes another version count, or none: another sum of hashes.
STAMPS = """
    SELECT n.month, n.stamp, r.id AS block
    FROM (SELECT v.month, count(*) || ' ' || sum(hashint8extended(v.id, 0)) AS stamp FROM kpis_kpivalue v
          WHERE v.month BETWEEN %(first)s::date AND %(last)s::date AND v.state = 'current' GROUP BY v.month) n
    LEFT JOIN LATERAL (SELECT max(m.id) AS id FROM kpis_reportedmonth m
                       WHERE m.month = n.month AND m.stamp = n.stamp) r ON true
    ORDER BY n.month
"""
BLOCKS = """
    SELECT r.month - %(first)s::date, r.row_count, r.figures FROM kpis_reportedmonth r
    WHERE r.id = ANY(%(blocks)s::bigint[]) ORDER BY r.month
"""
# Figures as they are written, months as days after the first one: a million of them cost least this way.
VALUES = """
    SELECT v.series_id AS series, v.month - %(first)s::date AS day, v.value, v.numerator, v.denominator
    FROM kpis_kpivalue v
    WHERE v.month = ANY(%(months)s::date[]) AND v.state = 'current' AND v.kind = ANY(%(kinds)s)
"""
STAMP_SHAPE = {"month": pl.Date, "stamp": pl.String, "block": pl.Int64}
SHAPE = {"series": pl.Int64, "day": pl.Int32, **dict.fromkeys(FIGURES, pl.Float64)}
KINDS = [ValueKind.NUMBER.value, ValueKind.NO_DATA.value]


@dataclass(frozen=True, slots=True)
class MonthRead:
    """A month whose values were read one by one: to be laid down as a block (services.keep_reported).."""

    month: date
    stamp: str
    figures: np.ndarray
    """[2 or 4, n]: as in ReportedMonth."""


def reported_frame(first: Month, last: Month, *, is_again: bool = True) -> tuple[pl.DataFrame, list[MonthRead]]:
    """(series, month, value, numerator, denominator) of the values that count of the months FIRST to LAST, NaN for nothing
    given, in no order; and those months that were not read as blocks. Three statements at most.

    Not IS_AGAIN: nobody read them before, so there are no blocks; nor is any to be laid down, for whoever reads but once
    would pay for nothing. One statement.
    """
    given: dict[str, Any] = {"first": first.first_day, "last": last.first_day}
    if not is_again:
        months = [month.first_day for month in first.until(last)]
        return with_months([values_of(months, given)], given["first"]), []
    stamps = copied(STAMPS, given, STAMP_SHAPE)
    known = stamps.filter(pl.col("block").is_not_null())["block"].to_list()
    parts = [frame_of(day, block) for day, block in blocks_of(known, given)] if known else []
    new = stamps.filter(pl.col("block").is_null())
    if not len(new):
        return with_months(parts, given["first"]), []
    read = values_of(new["month"].to_list(), given)
    return with_months([*parts, read], given["first"]), months_read(new, read, given["first"])


def values_of(months: Sequence[date], given: dict[str, Any]) -> pl.DataFrame:
    """The lines of SHAPE of these months, read one by one."""
    read = copied(VALUES, {**given, "months": list(months), "kinds": KINDS}, SHAPE)
    return read.with_columns(pl.col(name).fill_null(np.nan) for name in FIGURES)


def blocks_of(keys: Sequence[int], given: dict[str, Any]) -> list[tuple[int, np.ndarray]]:
    """(day after the first one, figures [2 or 4, n]) of these blocks."""
    found = copied_blocks(BLOCKS, {**given, "blocks": list(keys)})
    return [(day, block.reshape(rows, -1)) for (day, rows), block in found]


def frame_of(day: int, figures: np.ndarray) -> pl.DataFrame:
    """A block as lines of SHAPE."""
    nothing = np.full(figures.shape[1], np.nan)
    columns = dict(zip(FIGURES, [*figures[1:], nothing, nothing], strict=False))
    return pl.DataFrame({"series": figures[0].astype(np.int64), "day": np.full(len(nothing), day, np.int32), **columns})


def months_read(new: pl.DataFrame, read: pl.DataFrame, first: date) -> list[MonthRead]:
    """Each of the months that are NEW with its lines of what was READ."""
    days, columns = read["day"].to_numpy(), [read[name].to_numpy() for name in ("series", *FIGURES)]
    order = np.argsort(days, kind="stable")
    sides = [np.searchsorted(days[order], [(month - first).days + more for month in new["month"]]) for more in (0, 1)]
    found = []
    for month, stamp, begin, end in zip(new["month"], new["stamp"], *sides, strict=True):
        rows = order[begin:end]
        figures = [column[rows].astype(np.float64) for column in columns]
        is_plain = all(np.isnan(column).all() for column in figures[2:])
        found.append(MonthRead(month, stamp, np.array(figures[:2] if is_plain else figures)))
    return found


def with_months(parts: Sequence[pl.DataFrame], first: date) -> pl.DataFrame:
    """All PARTS together, with the month instead of how many days after FIRST it begins."""
    lines = pl.concat(parts) if parts else pl.DataFrame(schema=SHAPE)
    day = (pl.col("day") + (first - date(1970, 1, 1)).days).cast(pl.Date).alias("month")
    return lines.select("series", day, *FIGURES)
