"""KPIs as histories: what was reported is placed in today's tree and rolled up as far as the KPI's owning department."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from apps.core.month import Month
from apps.departments.selectors import Lines
from apps.forecasts.choices import SubjectKind
from apps.forecasts.rules.histories import NO_PARENT, Histories, joined
from apps.forecasts.rules.rolling import Parts, Reported, Rolled, rolled_up
from apps.forecasts.rules.series import MONTHS, YEAR, Flags, Floats, Whole
from apps.forecasts.services.aims import Aim, Aims, aims_of
from apps.kpis.choices import Aggregation, Frequency
from apps.kpis.selectors import KpiHistories

BY_PARTS = [Aggregation.RATIO, Aggregation.WEIGHTED]
"""Over departments: quotients whose two parts add up; a weighted mean is values times weights over weights."""
ADDS_UP = pl.col("over_departments").is_in([Aggregation.SUM, *BY_PARTS]) & ~pl.col("is_formula")
STANDS_ALONE = {Aggregation.GIVEN, Aggregation.NONE}
"""Over departments: a figure that is not made of theirs at all."""
STEPS = {Frequency.MONTH: 1, Frequency.QUARTER: 3, Frequency.YEAR: 12}
EPOCH = 1970
"""The year from which numpy counts months."""
MEASURED = {Aggregation.RATIO, Aggregation.MEAN, Aggregation.WEIGHTED}
"""Over months: figures whose season is added, not multiplied."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Reporters (kpi, place, …) in the tree. wholes: kpi and place of every department that has a figure, with the KPI's
    definition; parts: which reporters make up which, former ones with what they once said; counts: how many still report;
    own: (reporter, whole) of those that report themselves while others below them report too."""

    reporters: pl.DataFrame
    wholes: pl.DataFrame
    parts: Parts
    counts: Whole
    parent: Whole
    own: pl.DataFrame


def kpi_rows(
    of: KpiHistories, lines: Lines, homes: Mapping[int, int], *, month: Month, horizon: int
) -> list[Histories]:
    """All KPIs of departments that are open: those that add up as wholes and parts, the others as they were worked out.

    HOMES: for closed departments the nearest open one above, where what they reported goes on to count.
    """
    tree = pl.DataFrame({"place": lines.below, "above": lines.above, "depth": lines.depth})
    is_open = tree.filter(depth=0).select("place")
    aims = aims_of(of.targets, month, horizon)
    reporters = housed(of.reporters, homes).join(is_open, on="place", how="semi")
    reporters = reporters.join(of.kpis, on="kpi", maintain_order="left")
    added, found = reporters.filter(ADDS_UP), []
    if len(added):
        found.append(added_rows(placed(added, tree), of.reported, aims, month))
    others = of.kpis.filter(~ADDS_UP)
    rolled = of.rolled.join(is_open, on="place", how="semi")
    current = reporters.filter(~ADDS_UP & pl.col("is_current"))
    pairs = pl.concat([current.select("kpi", "place"), rolled.select("kpi", "place")])
    rows = pairs.unique().join(others, on="kpi").sort("kpi", "place")
    if len(rows):
        found.append(given_rows(rows, rolled, tree, aims, month))
    return found


def housed(reporters: pl.DataFrame, homes: Mapping[int, int]) -> pl.DataFrame:
    """Former reporters of closed departments under the one that has their place now; `origin`: who it was that said it."""
    shape = {"place": pl.Int64, "home": pl.Int64}
    moved = pl.DataFrame({"place": list(homes), "home": list(homes.values())}, schema=shape)
    found = reporters.join(moved, on="place", how="left", maintain_order="left")
    return found.with_columns(
        origin="place",
        place=pl.coalesce("home", "place"),
        is_current=pl.col("is_current") & pl.col("home").is_null(),
    ).drop("home")


def placed(reporters: pl.DataFrame, tree: pl.DataFrame) -> Placed:
    """Each reporter under itself and under everything above it up to the KPI's owner; one outside the owner's branch has
    its own figure only."""
    reporters = reporters.with_columns(reporter=pl.int_range(pl.len(), dtype=pl.Int64))
    branch = tree.select(pl.col("place").alias("above"), pl.col("above").alias("owner"), is_inside=pl.lit(value=True))
    pairs = reporters.select("reporter", "kpi", "owner", "place", "is_current").join(tree, on="place")
    pairs = pairs.join(branch, on=["above", "owner"], how="left")
    pairs = pairs.filter((pl.col("depth") == 0) | pl.col("is_inside")).sort("kpi", "above", "reporter")
    pairs = pairs.filter(pl.col("is_current").any().over("kpi", "above"))
    wholes = pairs.select("kpi", "owner", pl.col("above").alias("place"), "is_inside").unique(["kpi", "place"])
    wholes = wholes.sort("kpi", "place").with_columns(whole=pl.int_range(pl.len(), dtype=pl.Int64))
    key = wholes.select("kpi", pl.col("place").alias("above"), "whole")
    pairs = pairs.join(key, on=["kpi", "above"], maintain_order="left")
    pairs = pairs.with_columns(size=pl.col("is_current").sum().over("whole"))
    definition = reporters.drop("place", "origin", "is_current", "series", "first", "reporter", "owner").unique("kpi")
    rows = wholes.join(definition, on="kpi", maintain_order="left")
    steps = tree.filter(depth=1).select("place", "above")
    above = wholes.filter(pl.col("is_inside") & (pl.col("place") != pl.col("owner"))).join(steps, on="place")
    above = above.join(key.rename({"whole": "parent"}), on=["kpi", "above"])
    parent = np.full(len(wholes), NO_PARENT, dtype=np.int64)
    parent[above["whole"].to_numpy()] = above["parent"].to_numpy()
    current = pairs.filter("is_current")
    own = current.filter((pl.col("depth") == 0) & (pl.col("size") > 1)).select("reporter", "whole")
    parts = Parts(pairs["reporter"].to_numpy(), pairs["whole"].to_numpy())
    return Placed(reporters, rows, parts, np.bincount(current["whole"].to_numpy(), minlength=len(rows)), parent, own)


def added_rows(of: Placed, values: pl.DataFrame, aims: Aims, month: Month) -> Histories:
    """A row for every department with a figure, and one for what a department reports itself while others below it do."""
    reported = reported_matrices(of.reporters, values, month)
    wholes = table(
        of.wholes,
        rolled_up(reported, of.parts, scale_of(of.wholes)),
        aim=whole_aims(of, aims, reported.known),
        counts=of.counts,
        parent=of.parent,
        month=month,
    )
    if not len(of.own):
        return wholes
    alone, rows = Parts(of.own["reporter"].to_numpy(), np.arange(len(of.own))), of.wholes[of.own["whole"].to_numpy()]
    own = table(
        rows,
        rolled_up(reported, alone, scale_of(rows)),
        aim=aims.nothing(len(rows)),
        parent=of.own["whole"].to_numpy(),
        is_own=True,
        month=month,
    )
    return joined([wholes, own], is_parent_joined=True)


def whole_aims(of: Placed, aims: Aims, known: Flags) -> Aim:
    """A sum over departments has the sum of their targets, unless it has its own; a ratio has its own or everybody's. Former
    reporters' targets count in the months for which they reported (KNOWN)."""
    members = aims.each(of.reporters.with_columns(place="origin"))
    is_over = np.pad(~known[:, -YEAR:], ((0, 0), (0, aims.months - YEAR)), constant_values=True)
    is_over &= ~of.reporters["is_current"].to_numpy()[:, None]
    members = Aim(*(np.where(is_over, 0.0, side) for side in members))
    summed = aims.own(of.wholes).or_else(Aim(of.parts.sums(members.target), of.parts.sums(members.upper)))
    is_summed = np.isnan(scale_of(of.wholes))
    return summed if is_summed.all() else summed.where(is_summed, aims.each(of.wholes))


def given_rows(rows: pl.DataFrame, rolled: pl.DataFrame, tree: pl.DataFrame, aims: Aims, month: Month) -> Histories:
    """KPIs that do not add up, a row for each pair of kpi and place."""
    numbered = rows.select("kpi", "place").with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))
    lines = rolled.join(numbered, on=["kpi", "place"])
    values, weights = (matrix_of(lines, name, month, count=len(rows)) for name in ("value", "denominator"))
    found = table(rows, Rolled(values, np.full_like(values, np.nan), weights), aim=aims.each(rows), month=month)
    found.is_apart[:] = apart_flags(rows, tree)
    return found


def apart_flags(rows: pl.DataFrame, tree: pl.DataFrame) -> Flags:
    """[n]: rows that are made of figures of departments below them which do not add up to it: means, extremes, formulas."""
    below = rows.select("kpi", "place").join(tree.filter(pl.col("depth") > 0), on="place")
    wholes = below.select("kpi", pl.col("above").alias("place"), is_whole=pl.lit(value=True)).unique()
    is_made = pl.col("is_formula") | ~pl.col("over_departments").is_in(STANDS_ALONE)
    found = rows.join(wholes, on=["kpi", "place"], how="left", maintain_order="left")
    return found.select(pl.col("is_whole").fill_null(value=False) & is_made).to_series().to_numpy()


def reported_matrices(reporters: pl.DataFrame, values: pl.DataFrame, month: Month) -> Reported:
    """What each of REPORTERS said, a row each in their order. Former ones were expected until they last said something.

    Of a weighted mean the weight is the denominator, and value x weight the numerator; a weight of 0 weighs nothing.
    """
    row = rows_among(values["series"], reporters["series"])
    lines, row = (values, row) if (row >= 0).all() else (values.filter(row >= 0), row[row >= 0])
    count, places = len(reporters), (row, columns_of(lines["month"], month))
    value, numerator, denominator = (
        spread(lines[name], places, count=count) for name in ("value", "numerator", "denominator")
    )
    lacks = lacking(reporters, value, numerator, denominator, month)
    is_weighted = (reporters["over_departments"] == Aggregation.WEIGHTED.value).to_numpy()[:, None]
    denominator = np.where(is_weighted & (denominator == 0), np.nan, denominator)
    numerator = np.where(is_weighted, value * denominator, numerator)
    known = np.zeros((count, MONTHS), dtype=np.bool_)
    known[places] = True
    first = columns_of(reporters["first"], month)
    expected = np.arange(MONTHS)[None, :] >= first[:, None]
    is_over = ~reporters["is_current"].to_numpy()[:, None] & ~np.logical_or.accumulate(known[:, ::-1], axis=1)[:, ::-1]
    return Reported(value, numerator, denominator, known, expected & ~is_over, lacks)


def lacking(reporters: pl.DataFrame, value: Floats, numerator: Floats, denominator: Floats, month: Month) -> Flags:
    """[reporters, 60]: a quotient that came alone from one of REPORTERS that gives its parts (a weight) in other months, as
    the KPI is measured today. A weight of 0 is given."""
    found = np.zeros(value.shape, dtype=np.bool_)
    rows = np.flatnonzero(reporters["over_departments"].is_in(BY_PARTS).to_numpy())
    if not len(rows):
        return found
    some = reporters[rows]
    is_weighted = (some["over_departments"] == Aggregation.WEIGHTED.value).to_numpy()[:, None]
    is_given = ~np.isnan(denominator[rows]) & (is_weighted | ~np.isnan(numerator[rows]))
    is_new = np.arange(MONTHS)[None, :] >= cut_columns(some, month)[:, None]
    gives = (is_given & is_new).any(axis=1, keepdims=True)
    found[rows] = gives & ~is_given & ~np.isnan(value[rows])
    return found


def rows_among(series: pl.Series, known: pl.Series) -> Whole:
    """Where each of SERIES stands among the KNOWN ones, -1 for nowhere. Of a million a search costs less than a join."""
    keys, sought = known.to_numpy(), series.to_numpy()
    if not len(keys):
        return np.full(len(sought), -1)
    order = np.argsort(keys)
    found = order[np.minimum(np.searchsorted(keys, sought, sorter=order), len(keys) - 1)]
    return np.where(keys[found] == sought, found, -1)


def columns_of(days: pl.Series, month: Month) -> Whole:
    """The column of a history that ends with MONTH each day lies in; below 0: before it."""
    numbers = days.to_physical().to_numpy()
    if not len(numbers):
        return np.zeros(0, dtype=np.int64)
    # A million days are a few dozen months: each day of the calendar between them is looked up once.
    first = int(numbers.min())
    calendar = np.arange(first, int(numbers.max()) + 1).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    newest = (month.year - EPOCH) * YEAR + month.number - 1
    return np.asarray((MONTHS - 1 - newest + calendar)[numbers - first])


def matrix_of(lines: pl.DataFrame, name: str, month: Month, *, count: int) -> Floats:
    """[COUNT, 60]: the column NAME of LINES (row, month, …); NaN where there is no line."""
    return spread(lines[name], (lines["row"].to_numpy(), columns_of(lines["month"], month)), count=count)


def spread(figures: pl.Series, places: tuple[Whole, Whole], *, count: int) -> Floats:
    """[COUNT, 60]: FIGURES in their PLACES (rows, columns)."""
    found, told = np.full((count, MONTHS), np.nan), figures.to_numpy()
    if not np.isnan(told).all():
        found[places] = told
    return found


def scale_of(rows: pl.DataFrame) -> Floats:
    """[n]: the scale of quotients that add up by their parts, 1 for weighted means; NaN for everything else."""
    way = pl.when(pl.col("is_formula")).then(pl.lit("")).otherwise(pl.col("over_departments"))
    scale = pl.when(way == Aggregation.RATIO).then("scale").when(way == Aggregation.WEIGHTED).then(1.0)
    return rows.select(scale).to_series().cast(pl.Float64).fill_null(np.nan).to_numpy()


def season_words(rows: pl.DataFrame) -> pl.Series:
    """The engine's word for each: a rate where months are averaged, a count where whole things are added up."""
    is_rate = pl.col("over_time").is_in(MEASURED) | pl.col("over_departments").is_in(BY_PARTS)
    is_count = (pl.col("over_departments") == Aggregation.SUM) & (pl.col("decimals") == 0)
    return rows.select(
        pl.when(is_rate).then(pl.lit("rate")).when(is_count).then(pl.lit("count")).otherwise(pl.lit(""))
    ).to_series()


def table(
    rows: pl.DataFrame,
    rolled: Rolled,
    *,
    aim: Aim,
    month: Month,
    counts: Whole | None = None,
    parent: Whole | None = None,
    is_own: bool = False,
) -> Histories:
    """ROWS (kpi, place and the definition) with their figures. COUNTS: how many departments add up to each: declared bounds
    are those of one entry."""
    count = len(rows)
    scale = scale_of(rows)
    times = np.where(np.isnan(scale), np.ones(count) if counts is None else counts, 1)
    cut = cut_columns(rows, month)
    is_old = np.arange(MONTHS)[None, :] < cut[:, None]
    return Histories(
        kind=np.full(count, SubjectKind.KPI.value, dtype="U10"),
        department=rows["place"].to_numpy(),
        kpi=rows["kpi"].to_numpy(),
        is_own=np.full(count, is_own),
        values=np.where(is_old, np.nan, rolled.value),
        numerator=np.where(is_old, np.nan, rolled.numerator),
        denominator=np.where(is_old, np.nan, rolled.denominator),
        scale=scale,
        lower=rows["minimum"].fill_null(np.nan).to_numpy() * times,
        upper=rows["maximum"].fill_null(np.nan).to_numpy() * times,
        season=words(season_words(rows)),
        direction=words(rows["direction"]),
        over_time=words(rows["over_time"]),
        step=rows["frequency"].replace_strict(STEPS, return_dtype=pl.Int64).to_numpy(),
        is_cut=np.asarray((is_old & ~np.isnan(rolled.value)).any(axis=1)),
        parent=np.full(count, NO_PARENT, dtype=np.int64) if parent is None else parent,
        is_apart=np.zeros(count, dtype=np.bool_),
        target=aim.target,
        target_upper=aim.upper,
    )


def cut_columns(rows: pl.DataFrame, month: Month) -> Whole:
    """[n]: the first column measured as today."""
    return np.where(rows["cut"].is_null().to_numpy(), 0, columns_of(rows["cut"].fill_null(month.first_day), month))


def words(column: pl.Series) -> np.ndarray:
    """Short words as numpy has them."""
    return np.array(column.to_list(), dtype="U8")
