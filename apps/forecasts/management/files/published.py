"""Published figures of public bodies as monthly series: NHS A&E, New York's bridges and tunnels, three services of the OPG.

Where they come from, their licences and what is odd in them stands in the data set's own README.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from django.core.management.base import CommandError

from apps.forecasts.rules.series import YEAR, Floats

NHS = "kpi/nhs_ae_attendances_2016_2019.csv"
TUNNELS = "kpi/mta_bridges_tunnels_monthly.csv"
SERVICES = "kpi/opg_*.json"
NHS_MONTHS = 36


@dataclass(frozen=True, slots=True)
class Attendances:
    """names [n] of organisations that reported all 36 months; attendances and breaches of the 4-hour standard [n, 36]."""

    names: list[str]
    attendances: Floats
    breaches: Floats

    @property
    def within(self) -> Floats:
        """[n, 36]: attendances within four hours."""
        return self.attendances - self.breaches

    @property
    def rate(self) -> Floats:
        """[n, 36]: those of all, in percent; NaN in a month without any."""
        return rate_of(self.within, self.attendances)


def rate_of(part: Floats, whole: Floats) -> Floats:
    """PART of WHOLE in percent; NaN where there is none to divide by."""
    found: Floats = np.divide(100 * part, whole, out=np.full_like(whole, np.nan), where=whole > 0)
    return found


def read_attendances(folder: Path) -> Attendances:
    """Departments of all types added up, organisations without all 36 months left out."""
    table = read_table(folder / NHS).select(
        pl.col("org_code"), (pl.col("period").str.slice(0, 7)).alias("month"),
        *(pl.col(name).cast(pl.Float64) for name in ("attendances", "breaches")),
    )  # fmt: skip
    table = table.group_by("org_code", "month").agg(pl.col("attendances").sum(), pl.col("breaches").sum())
    whole = table.group_by("org_code").len().filter(pl.col("len") == NHS_MONTHS)["org_code"].sort()
    table = table.filter(pl.col("org_code").is_in(whole.implode())).sort("org_code", "month")
    attendances, breaches = (
        table[name].to_numpy().reshape(len(whole), NHS_MONTHS) for name in ("attendances", "breaches")
    )
    return Attendances(whole.to_list(), attendances, breaches)


def read_tunnels(folder: Path) -> dict[str, Floats]:
    """[months] by indicator: monthly actuals, NaN where nothing was published."""
    table = read_table(folder / TUNNELS).select(
        pl.col("INDICATOR_NAME"),
        (pl.col("PERIOD_YEAR").cast(pl.Int64) * YEAR + pl.col("PERIOD_MONTH").cast(pl.Int64) - 1).alias("month"),
        pl.col("MONTHLY_ACTUAL").cast(pl.Float64, strict=False),
    )
    return {
        str(name[0]): spread_out(part["month"].to_numpy(), part["MONTHLY_ACTUAL"].to_numpy())
        for name, part in table.group_by("INDICATOR_NAME", maintain_order=True)
    }


def read_services(folder: Path) -> dict[str, Floats]:
    """[months] by service and figure: those with at least two years."""
    found: dict[str, dict[int, float]] = {}
    for path in sorted(folder.glob(SERVICES)):
        for row in json.loads(path.read_text(encoding="utf-8")):
            when = int(row["_timestamp"][:4]) * YEAR + int(row["_timestamp"][5:7]) - 1
            found.setdefault(f"{row['service']}: {row['dataType']}", {})[when] = float(row["count"])
    if not found:
        message = f"{folder / SERVICES} matches no file: name the folder that holds kpi/."
        raise CommandError(message)
    return {
        name: spread_out(np.array(list(values)), np.array(list(values.values())))
        for name, values in found.items()
        if len(values) >= 2 * YEAR
    }


def spread_out(months: object, values: Floats) -> Floats:
    """Values by month, oldest first; months without one are NaN, empty ones at both ends are left out."""
    when = np.asarray(months, dtype=np.int64)
    kept = ~np.isnan(values)
    when, values = when[kept], values[kept]
    found = np.full(int(when.max() - when.min()) + 1, np.nan)
    found[when - when.min()] = values
    return found


def read_table(path: Path) -> pl.DataFrame:
    """A CSV file as text columns, or a clear refusal."""
    try:
        return pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        message = f"{path} cannot be read ({error}): name the folder that holds kpi/."
        raise CommandError(message) from error
