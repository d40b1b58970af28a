"""What there is to foretell: every series with its history, its bounds and its targets, as one table of columns."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from apps.forecasts.rules.series import MONTHS, YEAR, Flags, Floats, Whole

Words = NDArray[np.str_]
NO_PARENT = -1


@dataclass(frozen=True, slots=True)
class Histories:
    """One row a series, n in all; matrices [n, 60] end with the month that is issued, NaN where nothing is known.

    kind, department, kpi (0: none), is_own: what the series is. numerator, denominator: of a ratio or weighted mean, which
    is SCALE x numerator / denominator; SCALE NaN: neither, the denominator is what a month weighs over months. lower,
    upper: declared bounds, NaN for none. season: the engine's word for the kind of figure. direction and over_time: the
    KPI's. step: how many months a figure stands for (1, 3 or 12); it lies in the last of them. is_cut: months measured
    otherwise are left out. parent: row of the whole this row is a part of, NO_PARENT for none; the parts add up to the
    whole. is_apart: made of figures of departments below that do not add up to it, and forecast apart from them.
    target, target_upper [n, 12 + horizon]: targets from eleven months before the issued month on; NaN for none.
    """

    kind: Words
    department: Whole
    kpi: Whole
    is_own: Flags
    values: Floats
    numerator: Floats
    denominator: Floats
    scale: Floats
    lower: Floats
    upper: Floats
    season: Words
    direction: Words
    over_time: Words
    step: Whole
    is_cut: Flags
    parent: Whole
    is_apart: Flags
    target: Floats
    target_upper: Floats

    def __len__(self) -> int:
        return len(self.department)

    def first(self, count: int) -> "Histories":
        """Only the first COUNT rows; their parents are among them."""
        return Histories(**{field.name: getattr(self, field.name)[:count] for field in fields(self)})

    def chosen(self, rows: Whole) -> "Histories":
        """Only these ROWS; what they point to as their parent is still a row of this table."""
        return Histories(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    @property
    def is_ratio(self) -> Flags:
        """[n]: rows that are forecast through numerator and denominator."""
        return ~np.isnan(self.scale)


def plain_histories(kind: str, department: Whole, values: Floats, *, horizon: int) -> Histories:
    """Rows that are nothing but a history: no KPI behind them, no bounds, no target, no parts."""
    count = len(department)
    nothing, flags = np.full(count, np.nan), np.zeros(count, dtype=np.bool_)
    gaps, no_target = np.full((count, MONTHS), np.nan), np.full((count, YEAR + horizon), np.nan)
    return Histories(
        kind=np.full(count, kind, dtype="U10"),
        department=department,
        kpi=np.zeros(count, dtype=np.int64),
        is_own=flags.copy(),
        values=values,
        numerator=gaps,
        denominator=gaps.copy(),
        scale=nothing.copy(),
        lower=nothing,
        upper=nothing.copy(),
        season=np.full(count, "rate", dtype="U8"),
        direction=np.full(count, "higher", dtype="U8"),
        over_time=np.full(count, "mean", dtype="U8"),
        step=np.ones(count, dtype=np.int64),
        is_cut=flags.copy(),
        parent=np.full(count, NO_PARENT, dtype=np.int64),
        is_apart=flags.copy(),
        target=no_target,
        target_upper=no_target.copy(),
    )


def joined(tables: Sequence[Histories], *, is_parent_joined: bool = False) -> Histories:
    """Several tables as one. Rows keep pointing at their own parents; IS_PARENT_JOINED: at rows of the table joined."""
    first_rows = np.cumsum([0, *map(len, tables)])
    columns = {field.name: np.concatenate([getattr(one, field.name) for one in tables]) for field in fields(Histories)}
    if not is_parent_joined:
        moved = np.repeat(first_rows[:-1], [len(one) for one in tables])
        columns["parent"] = np.where(columns["parent"] == NO_PARENT, NO_PARENT, columns["parent"] + moved)
    return Histories(**columns)
