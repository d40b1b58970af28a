"""Where the engine's forecasts of a series lost against simply repeating what was, what was is repeated."""

from typing import NamedTuple

import numpy as np

from apps.forecasts.rules.network import MIDDLE
from apps.forecasts.rules.series import MONTHS, YEAR, Flags, Floats, Whole

FEWEST_JUDGED = 6
CLEARLY = 0.95
"""Another way has to be closer by more than 5 %."""
FARTHEST = 2.5
"""So many of its usual errors away from the newest month, “same as last year” no longer holds: two standard deviations."""


class Past(NamedTuple):
    """How earlier forecasts of each series turned out, [n]: how many can be judged; the mean absolute error of what was
    told, of the engine by itself, of “same as last month” and of “same as last year”, NaN for none; how many came inside
    their ranges."""

    judged: Whole
    error: Floats
    own: Floats
    naive: Floats
    seasonal: Floats
    in80: Whole
    in95: Whole

    def first(self, count: int) -> "Past":
        """Only the first COUNT rows."""
        return Past(*(column[:count] for column in self))  # type: ignore[arg-type]

    def chosen(self, rows: Whole) -> "Past":
        """Only these ROWS."""
        return Past(*(column[rows] for column in self))  # type: ignore[arg-type]


class Choice(NamedTuple):
    """[n]: rows for which “same as last month” is used, and those for which “same as last year” is."""

    naive: Flags
    seasonal: Flags


def no_past(count: int) -> Past:
    """Nothing to judge by."""
    none, unknown = np.zeros(count, dtype=np.int64), np.full(count, np.nan)
    return Past(none, unknown, unknown, unknown, unknown, none, none)


def choice(past: Past, values: Floats) -> Choice:
    """The better of the two plain ways where it was clearly closer than the engine by itself, of at least six forecasts.

    The engine's own errors go on being counted while a plain way is told, so that it comes back once it is as good.
    VALUES [n, 60]: a series that has just left the way of last year is not told to be back on it.
    """
    with np.errstate(invalid="ignore"):
        is_judged = past.judged >= FEWEST_JUDGED
        has_left = np.abs(values[:, -1] - values[:, -1 - YEAR]) > FARTHEST * past.seasonal
        naive = is_judged & (past.naive < CLEARLY * past.own)
        seasonal = is_judged & (past.seasonal < CLEARLY * past.own) & ~has_left
        return Choice(
            naive & ~(seasonal & (past.seasonal < past.naive)), seasonal & ~(naive & (past.naive <= past.seasonal))
        )


def last_values(matrix: Floats) -> Floats:
    """[n]: the last known value; NaN where there is none."""
    known = ~np.isnan(matrix)
    last = MONTHS - 1 - known[:, ::-1].argmax(axis=1)
    return np.asarray(matrix[np.arange(len(matrix)), last])


def values_of_last_year(matrix: Floats, horizon: int, year: int = YEAR) -> Floats:
    """[n, HORIZON]: the value a year (so many columns) before each one ahead; the last known one where there is none."""
    found = matrix[:, MONTHS - year + np.arange(horizon) % year]
    return np.where(np.isnan(found), last_values(matrix)[:, None], found)


def moved_to(quantiles: Floats, middle: Floats, rows: Flags) -> Floats:
    """QUANTILES [n, horizon, levels] of ROWS about another MIDDLE [n, horizon]: the range keeps its width."""
    found, moved = quantiles.copy(), np.flatnonzero(rows)
    shift = middle[moved] - quantiles[moved, :, MIDDLE]
    found[moved] += np.where(np.isnan(middle[moved]), 0.0, shift)[:, :, None]
    return found
