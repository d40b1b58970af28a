"""Told against come: what forecasts of one month were off by, series by series and by how far ahead they looked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from apps.forecasts.rules.choosing import Past
from apps.forecasts.rules.series import YEAR, Flags, Floats, Whole

TOLD = ("mean", "own", "lo80", "hi80", "lo95", "hi95", "last_year")
"""Lines of what an issue told of one month: what it said, what the engine by itself would have said, its ranges, what the
same month a year before was."""
OFF = ("count", "error", "own", "plain_count", "naive", "seasonal", "in80", "in95", "who")
"""Lines of how the forecasts of one month turned out, added up over the issues that told of it. plain_count: how many can
be compared with “same as last month” and “same as last year”. who: which of the issues they are, a binary digit for each
number of months ahead."""
SAME_GROUND = 2.0
"""Usual steps by which a figure may be corrected and what was told from it is still judged."""
ROUNDING = 1e-9
STEPS = ("count", "scaled", "steps", "plain_scaled", "naive_steps", "seasonal_steps", "in80", "in95")
"""The same by kind and months ahead, errors in steps of each series; scaled: how many of them have a step."""
Horizons = dict[tuple[int, int], Floats]
"""STEPS by number of the kind and months ahead."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What holds of an issue's series in every month, [n]: department, KPI (0: none), number of the kind, 1 for a
    department's own part; the usual step of a month; the last value known."""

    department: Floats
    kpi: Floats
    kind: Floats
    is_own: Floats
    scale: Floats
    last_value: Floats

    @property
    def keys(self) -> Floats:
        """[4, n]: what a series is known by from issue to issue."""
        return np.array([self.department, self.kpi, self.kind, self.is_own])

    @property
    def block(self) -> Floats:
        """[6, n]: as it is stored."""
        return np.array([self.department, self.kpi, self.kind, self.is_own, self.scale, self.last_value])

    def __len__(self) -> int:
        return len(self.department)


@dataclass(slots=True)
class MonthRecord:
    """How all forecasts of one month turned out. truth [n]: what came, NaN for nothing; off [9, n]: lines OFF; horizons: of
    the same forecasts and of those of series that closed since: what was said of them was said; issues: who told of it."""

    truth: Floats
    off: Floats
    horizons: Horizons = field(default_factory=dict)
    issues: tuple[int, ...] = ()


def compared(told: Floats, truth: Floats, last_value: Floats, ahead: int) -> Floats:
    """[9, n]: lines OFF of one issue's TOLD [7, n] so many months AHEAD against TRUTH [n]; 0 where nothing was told or
    nothing came."""
    mean, own, lo80, hi80, lo95, hi95, last_year = told
    is_there = ~np.isnan(truth) & ~np.isnan(mean)
    is_plain = is_there & ~np.isnan(last_value)
    found = np.empty((len(OFF), len(truth)))
    found[0], found[3] = is_there, is_plain
    for line, said in ((1, mean), (2, own), (4, last_value), (5, last_year)):
        np.abs(np.subtract(truth, said, out=found[line]), out=found[line])
    found[6] = (truth >= lo80) & (truth <= hi80)
    found[7] = (truth >= lo95) & (truth <= hi95)
    np.multiply(is_there, 2.0**ahead, out=found[8])
    if not is_there.all():
        found[:, ~is_there] = 0.0
    if not is_plain.all():
        found[4:6, ~is_plain] = 0.0
    return found


def was_counted(off: Floats, ahead: int) -> Flags:
    """[n]: whether OFF [9, n] holds what was told so many months AHEAD."""
    return np.asarray(np.floor(off[8] / 2.0**ahead) % 2 == 1)


def still_known(year: Floats, scale: Floats, last_value: Floats) -> Flags:
    """[n]: whether the LAST_VALUE an issue knew still stands in the histories. YEAR [12, n]: its own month and those before
    it as they are known today.

    Where departments moved in the tree the whole history is another one, and what was told of the former is no forecast of
    it. A value stands within two of the series' usual steps (SCALE): a single figure that was corrected keeps its forecasts,
    for here (its own month may have been late, and the value be that of an earlier one) or a year before the month told of
    (`last_year_stands`) the history is the same. Where nothing is known to compare with, it stays.
    """
    is_near = np.abs(year - last_value) <= near_by(scale, last_value)
    return np.asarray(is_near.any(axis=0) | np.isnan(year).all(axis=0) | np.isnan(last_value))


def last_year_stands(last_year: Floats, told: Floats, scale: Floats, last_value: Floats) -> Flags:
    """[n]: whether what an issue TOLD [7, n] was LAST_YEAR (of the month it told of) still is so."""
    return np.asarray(np.abs(last_year - told[TOLD.index("last_year")]) <= near_by(scale, last_value))


def on_same_ground(
    scale: float | None, last_value: float | None, then: Sequence[float], now: Sequence[float], *, ahead: int, step: int
) -> bool:
    """The same of one series whose months are known as its issues stored them: whether what it knew so many months AHEAD of
    now, its LAST_VALUE and the months a year before those it foretold (THEN), still stands in the twelve months up to
    now (NOW, the oldest first). True where nothing is known to compare with; STEP: months a figure stands for."""
    shared = now[: max(YEAR - ahead, 0)]
    if last_value is None or len(shared) < step:
        return True
    near = SAME_GROUND * (scale or 0.0) + ROUNDING * abs(last_value)
    is_year_near = ahead < len(then) and abs(then[ahead] - shared[0]) <= near
    return is_year_near or any(abs(value - last_value) <= near for value in shared)


def near_by(scale: Floats, last_value: Floats) -> Floats:
    """[n]: how far a figure may lie from what it was and still count as the same."""
    return SAME_GROUND * np.nan_to_num(scale) + ROUNDING * np.abs(np.nan_to_num(last_value))


def by_kind(off: Floats, scale: Floats, kinds: Floats, members: Floats) -> dict[int, Floats]:
    """STEPS of one issue's OFF by number of the kind: MEMBERS [kinds, n] is 1 where a row counts for one of KINDS; SCALE
    [n]: its usual step."""
    is_scaled = (scale > 0).astype(np.float64)
    part = is_scaled / np.where(is_scaled > 0, scale, 1.0)
    lines = np.empty((len(STEPS), len(scale)))
    lines[0], lines[6], lines[7] = off[0], off[6], off[7]
    for line, which, times in ((1, 0, is_scaled), (2, 1, part), (3, 3, is_scaled), (4, 4, part), (5, 5, part)):
        np.multiply(off[which], times, out=lines[line])
    # Not by the matrix product: its many threads cost more than they save.
    sums = np.einsum("ln,kn->lk", lines, members)
    return {int(kind): sums[:, place] for place, kind in enumerate(kinds) if sums[0, place]}


def members_of(rows: Rows) -> tuple[Floats, Floats]:
    """(numbers of the kinds there are, [kinds, n] 1 where a row counts for one). A department's own part, whose whole is
    there too, counts for none."""
    kinds = np.unique(rows.kind)
    return kinds, ((rows.kind == kinds[:, None]) & (rows.is_own == 0)).astype(np.float64)


def added(horizons: Horizons, ahead: int, steps: Mapping[int, Floats], sign: int = 1) -> None:
    """Put STEPS of forecasts so many months AHEAD into HORIZONS, or take them out again (SIGN -1)."""
    for kind, sums in steps.items():
        horizons[kind, ahead] = horizons.get((kind, ahead), np.zeros(len(STEPS))) + sign * sums


def merged(records: list[Horizons]) -> Horizons:
    """The horizons of several months together."""
    found: Horizons = {}
    for one in records:
        for (kind, ahead), sums in one.items():
            added(found, ahead, {kind: sums})
    return found


def past_of(off: Floats) -> Past:
    """What all the months' OFF together say of each series."""
    count, error, own, plain, naive, seasonal, in80, in95, _who = off
    with np.errstate(invalid="ignore", divide="ignore"):
        return Past(whole(count), error / count, own / count, naive / plain, seasonal / plain, whole(in80), whole(in95))


def whole(counts: Floats) -> Whole:
    """Counts that were added up as floats."""
    return np.rint(counts).astype(np.int64)


def differing(truth: Floats, former: Floats) -> Flags:
    """Where what came is known otherwise than it was."""
    return np.asarray(~((truth == former) | (np.isnan(truth) & np.isnan(former))))


def taken(matrix: Floats, places: Whole | None, *, missing: float) -> Floats:
    """Columns of MATRIX [any, m] in PLACES [n], MISSING where there is none (-1); None: as they stand."""
    if places is None:
        return matrix
    found = matrix[:, places]
    found[:, places < 0] = missing
    return found
