"""Published headcounts by department and year, told by the rules of staff numbers with years for months."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from apps.forecasts.rules.proving import as_theory, changes, proven_factors, proven_swing, proven_way, trials, year_of
from apps.forecasts.rules.ranges import whole_ranges
from apps.forecasts.rules.series import Floats

HEADCOUNTS = "hr/gc_headcount_by_department.csv"
LEAVING = 0.06
"""Assumption: 6 in 100 leave in a year and are replaced. The flows behind these headcounts are not published."""
RECENT, AHEAD, FEWEST = 3, 3, 6


class HeadsTold(NamedTuple):
    """departments, and by years ahead [AHEAD]: error over that of "same as last year"; shares inside the ranges; inside the
    95 % range of chance alone."""

    departments: int
    error: Floats
    in80: Floats
    in95: Floats
    by_chance: Floats


def read_headcounts(folder: Path) -> Floats | None:
    """[departments, years] of those that were there in all years; None where the file is not there."""
    path = folder / HEADCOUNTS
    if not path.exists():
        return None
    table = pl.read_csv(path, infer_schema=False)
    heads = table.select(
        pl.col("Department or agency").alias("department"),
        pl.col("Year").cast(pl.Int64).alias("year"),
        pl.col("Number of employees").str.replace_all(",", "").cast(pl.Float64, strict=False).alias("heads"),
    )
    wide = heads.pivot(on="year", index="department", values="heads", aggregate_function="sum").drop_nulls()
    years = sorted((name for name in wide.columns if name != "department"), key=int)
    found = wide.select(years).to_numpy()
    return np.asarray(found[(found > 0).all(axis=1)], dtype=np.float64)


def heads_told(heads: Floats) -> HeadsTold:
    """Every year from the seventh on, one to three years ahead, by what was known then."""
    rows = [told_after(heads, year) for year in range(FEWEST, heads.shape[1] - 1)]
    error, naive, in80, in95, chance = (np.nanmean(np.vstack(part), axis=0) for part in zip(*rows, strict=True))
    return HeadsTold(len(heads), error / naive, in80, in95, chance)


def told_after(heads: Floats, year: int) -> tuple[Floats, ...]:
    """[departments, AHEAD] after YEAR: errors in roots of heads, those of staying, and what was inside; NaN beyond now."""
    known = heads[:, : year + 1]
    gained = np.diff(known, axis=1)
    turned = 2 * LEAVING * known[:, :-1] + np.abs(gained)
    trial = trials(known, turned, gained, AHEAD, recent=RECENT, every=1)
    way = proven_way(trial)
    unit = np.tile(2 * LEAVING * np.arange(1, AHEAD + 1), (len(known), 1))
    swing = proven_swing(trial, way, unit)
    factors = proven_factors(trial, way, unit, swing)
    now = known[:, -1:]
    mean = now + changes(year_of(known[:, -RECENT - 1 :], turned[:, -RECENT:], gained[:, -RECENT:]), way, AHEAD)
    none = np.zeros_like(mean)
    told = whole_ranges(mean, unit * now + swing * now**2, none, factors)
    chance = whole_ranges(mean, unit * now, none, as_theory(AHEAD))
    truth = np.full_like(mean, np.nan)
    came = heads[:, year + 1 : year + 1 + AHEAD]
    truth[:, : came.shape[1]] = came

    def inside(low: Floats, high: Floats) -> Floats:
        return np.where(np.isnan(truth), np.nan, (truth >= low) & (truth <= high))

    return (
        np.abs(truth - mean) / np.sqrt(now),
        np.abs(truth - now) / np.sqrt(now),
        inside(told["lo80"], told["hi80"]),
        inside(told["lo95"], told["hi95"]),
        inside(chance["lo95"], chance["hi95"]),
    )
