"""Targets of many series and months at once, as KpiMonth would have them (kpis.services.summaries)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from apps.core.month import Month
from apps.forecasts.rules.series import YEAR, Floats


class Aim(NamedTuple):
    """What is aimed at, [n, 12 + horizon]: from eleven months before the issued one on; NaN for nothing. `upper`: the upper
    end where a range is aimed at."""

    target: Floats
    upper: Floats

    def or_else(self, other: "Aim") -> "Aim":
        """OTHER wherever there is no target of its own."""
        is_none = np.isnan(self.target)
        return Aim(np.where(is_none, other.target, self.target), np.where(is_none, other.upper, self.upper))

    def where(self, rows: np.ndarray, other: "Aim") -> "Aim":
        """This one in ROWS, OTHER elsewhere."""
        chosen = rows[:, None]
        return Aim(np.where(chosen, self.target, other.target), np.where(chosen, self.upper, other.upper))


@dataclass(frozen=True, slots=True)
class Aims:
    """Every target in force on the last day of some month that matters. keys: kpi, place (0: every department) and the row
    of `known` [keys + 1, 12 + horizon] that holds its targets; the last row holds none."""

    keys: pl.DataFrame
    known: Aim

    @property
    def months(self) -> int:
        """How many months matter."""
        return int(self.known.target.shape[1])

    def own(self, rows: pl.DataFrame) -> Aim:
        """Targets set for exactly these pairs of kpi and place, a row each."""
        return self._of(rows.select("kpi", "place"))

    def general(self, rows: pl.DataFrame) -> Aim:
        """Targets set for every department that reports the KPI."""
        return self._of(rows.select("kpi", pl.lit(0, dtype=pl.Int64).alias("place")))

    def each(self, rows: pl.DataFrame) -> Aim:
        """What holds for each department by itself: its own target, else the one for everybody."""
        return self.own(rows).or_else(self.general(rows))

    def nothing(self, count: int) -> Aim:
        """No targets for so many rows."""
        return Aim(np.full((count, self.months), np.nan), np.full((count, self.months), np.nan))

    def _of(self, pairs: pl.DataFrame) -> Aim:
        found = pairs.join(self.keys, on=["kpi", "place"], how="left", maintain_order="left")
        row = found["row"].fill_null(len(self.keys)).to_numpy()
        return Aim(self.known.target[row], self.known.upper[row])


def aims_of(targets: pl.DataFrame, month: Month, horizon: int) -> Aims:
    """TARGETS (kpis.selectors.kpi_histories) by the months that matter: the one in force on a month's last day counts."""
    days = [month.plus(step).last_day for step in range(1 - YEAR, horizon + 1)]
    columns = pl.DataFrame({"column": list(range(len(days))), "day": days}, schema={"column": pl.Int64, "day": pl.Date})
    in_force = (pl.col("first") <= pl.col("day")) & (pl.col("until").is_null() | (pl.col("day") < pl.col("until")))
    aimed = targets.join(columns, how="cross").filter(in_force)
    keys = aimed.select("kpi", "place").unique(maintain_order=True).with_row_index("row")
    places = aimed.join(keys, on=["kpi", "place"], maintain_order="left")
    shape = (len(keys) + 1, len(days))
    known = Aim(np.full(shape, np.nan), np.full(shape, np.nan))
    for side, name in zip(known, known._fields, strict=True):
        side[places["row"].to_numpy(), places["column"].to_numpy()] = places[name].to_numpy()
    return Aims(keys, known)
