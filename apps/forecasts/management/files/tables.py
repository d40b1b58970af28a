"""CSV files of monthly series as matrices, and forecasts as CSV files."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from django.core.management.base import CommandError

from apps.forecasts.management.files.reading import (
    Noted,
    far_in,
    left_out_in,
    month_text,
    reasons_of,
    repeated_in,
    unread_in,
)
from apps.forecasts.rules.engine import Forecast
from apps.forecasts.rules.series import LARGEST, MONTHS, YEAR, Floats, Whole

NEEDED = ("series_id", "period", "value")
NOTED = {"series_id": pl.String, "note": pl.String}
NO_HISTORY = "no_history"
LINES = ("mean", "lo80", "hi80", "lo95", "hi95")
BOUNDS = ("lower", "upper")
TWIN = re.compile(r"_duplicated_\d+$")
"""What polars puts behind a name that comes again."""
KINDS = ("additive", "rate", "count")
EARLIEST_YEAR, LATEST_YEAR = 1, 9000


@dataclass(frozen=True, slots=True)
class SeriesTable:
    """names [n] in the order of their first line; values [n, 60] up to each series' own last month with a number;
    last [n]: that month, as year * 12 + month - 1; lower, upper [n]: bounds, NaN for none; kinds [n]: None for any;
    noted: what else was found in the file."""

    names: pl.Series
    values: Floats
    last: Whole
    lower: Floats
    upper: Floats
    kinds: list[str | None]
    noted: Noted


def read_series(path: Path) -> SeriesTable:
    """The series of a CSV file with series_id, period (YYYY-MM) and value, in any order; lower, upper and kind may follow.

    A blank or unreadable value is a gap, a line without a readable month says nothing; of a month given twice the last line
    counts. A series without any number is left out.
    """
    table = with_numbers(read_columns(path))
    is_sound = pl.col("series_id").is_not_null() & pl.col("when").is_not_null() & pl.col("number").is_not_null()
    reasons = reasons_of(table.filter(~is_sound))
    table = table.drop("period", "value").filter(is_sound)
    names = table["series_id"].unique(maintain_order=True)
    places = pl.DataFrame({"series_id": names, "row": np.arange(len(names), dtype=np.int64)})
    table = table.join(places, on="series_id", how="left", maintain_order="left")
    row, when = table["row"].to_numpy(), table["when"].to_numpy()
    last = np.full(len(names), -1, dtype=np.int64)
    np.maximum.at(last, row, when)
    column = MONTHS - 1 - (last[row] - when)
    kept = column >= 0
    values = np.full((len(names), MONTHS), np.nan)
    values[row[kept], column[kept]] = table["number"].to_numpy()[kept]
    lower, upper = (declared(table, names, name) for name in BOUNDS)
    noted = Noted(
        unread_in(reasons),
        left_out_in(reasons, names),
        repeated_in(names, row[kept], values),
        far_in(names, row, when, last),
        not_finite_in(table, names),
    )
    return SeriesTable(names, values, last, lower, upper, declared_kinds(table, names), noted)


def with_numbers(table: pl.DataFrame) -> pl.DataFrame:
    """The file's TABLE with `number` and `when` (the month as year * 12 + month - 1); nothing where they cannot be read."""
    month = pl.col("period").str.strip_chars()
    table = table.with_columns(
        as_number("value").alias("number"),
        (month.str.slice(0, 4).cast(pl.Int64, strict=False) * YEAR - 1).alias("year"),
        month.str.slice(5, 2).cast(pl.Int64, strict=False).alias("month"),
        (month.str.slice(4, 1) == "-").alias("has_dash"),
    )
    is_month = (
        pl.col("has_dash")
        & pl.col("month").is_between(1, YEAR)
        & pl.col("year").is_between(EARLIEST_YEAR * YEAR - 1, LATEST_YEAR * YEAR)
    )
    when = pl.when(is_month).then(pl.col("year") + pl.col("month"))
    return table.with_columns(when.alias("when")).drop("year", "month", "has_dash")


def as_number(column: str) -> pl.Expr:
    """The numbers in a COLUMN of text; nothing for what is none, is not finite, or is too large to reckon with."""
    number = pl.col(column).str.strip_chars().cast(pl.Float64, strict=False)
    return pl.when(number.is_finite() & (number.abs() <= LARGEST)).then(number)


def read_columns(path: Path) -> pl.DataFrame:
    """The file as text columns, or a clear refusal."""
    try:
        table = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True)
    except FileNotFoundError as error:
        raise CommandError(f"{path} is not there: name a CSV file with series_id,period,value.") from error
    except pl.exceptions.NoDataError:
        table = pl.DataFrame(schema=dict.fromkeys(NEEDED, pl.String))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise CommandError(
            f"{path} cannot be read as CSV ({error}): save it as UTF-8 CSV with series_id,period,value."
        ) from error
    table = with_plain_names(path, table)
    if missing := [name for name in NEEDED if name not in table.columns]:
        raise CommandError(
            f"{path} has no column {', '.join(missing)}: its first line must name series_id,period,value."
        )
    return table


def with_plain_names(path: Path, table: pl.DataFrame) -> pl.DataFrame:
    """The columns of TABLE that are read, whatever capitals and spaces around them; refuses one that comes twice so."""
    given = [(name, TWIN.sub("", name).removeprefix("\ufeff").strip().lower()) for name in table.columns]
    read = {wanted: [name for name, plain in given if plain == wanted] for wanted in (*NEEDED, *BOUNDS, "kind")}
    for wanted, names in read.items():
        if len(names) > 1:
            spelt = ", ".join(f"“{TWIN.sub('', name)}”" for name in names)
            raise CommandError(
                f"{path} has the column {wanted} {len(names)} times ({spelt}): capitals and spaces around a name do not "
                "count. Leave one of them."
            )
    return table.select(pl.col(names[0]).alias(wanted) for wanted, names in read.items() if names)


def declared(table: pl.DataFrame, names: pl.Series, column: str) -> Floats:
    """[n]: the first number in COLUMN of each series; NaN where there is none."""
    found = np.full(len(names), np.nan)
    if column in table.columns:
        given = table.select("row", as_number(column)).drop_nulls().unique("row", keep="first", maintain_order=True)
        found[given["row"].to_numpy()] = given[column].to_numpy()
    return found


def not_finite_in(table: pl.DataFrame, names: pl.Series) -> list[str]:
    """Names with a bound that is no finite number."""
    rows: set[int] = set()
    for column in (name for name in BOUNDS if name in table.columns):
        is_odd = (pl.col(column).str.strip_chars() != "") & as_number(column).is_null()
        rows |= set(table.filter(is_odd)["row"].unique().to_list())
    return [names[row] for row in sorted(rows)]


def declared_kinds(table: pl.DataFrame, names: pl.Series) -> list[str | None]:
    """The first kind each series names; anything but the engine's words counts as none."""
    found: list[str | None] = [None] * len(names)
    if "kind" in table.columns:
        given = table.select("row", pl.col("kind").str.strip_chars().str.to_lowercase())
        for row, word in given.filter(pl.col("kind").is_in(KINDS)).unique("row", keep="first").iter_rows():
            found[row] = word
    return found


def write_forecasts(path: Path, names: pl.Series, last: Whole, found: Forecast) -> None:
    """One line for each series and month, in the order of the input."""
    count, horizon = found.mean.shape
    when = (last[:, None] + np.arange(1, horizon + 1)[None, :]).ravel()
    months = np.unique(when)
    words = pl.Series([month_text(month) for month in months.tolist()], dtype=pl.String)
    rows = np.repeat(np.arange(count), horizon)
    table = pl.DataFrame(
        {
            "series_id": names.gather(rows),
            "period": words.gather(np.searchsorted(months, when)),
            **{line: getattr(found, line).ravel() for line in LINES},
            "model": pl.Series(found.model.tolist(), dtype=pl.String).gather(rows),
        }
    )
    write_table(path, table)


def write_notes(path: Path, names: pl.Series, notes: Sequence[str], left_out: Iterable[str]) -> None:
    """series_id,note: the engine's codes, parted by a space, of each series, then the series LEFT_OUT."""
    without = list(left_out)
    told = [*notes, *(NO_HISTORY for _name in without)]
    write_table(path, pl.DataFrame({"series_id": [*names.to_list(), *without], "note": told}, schema=NOTED))


def write_table(path: Path, table: pl.DataFrame) -> None:
    """TABLE as CSV, or a clear refusal."""
    try:
        table.write_csv(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error}): name another file.") from error
