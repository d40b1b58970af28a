"""How often a figure comes. A quarter's (or year's) figure is forecast in its own periods and told by the month it ends in.

For the engine and for what follows from a forecast the periods stand side by side like months; afterwards each month ahead
says what is expected of the period it lies in.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apps.forecasts.rules.histories import NO_PARENT, Histories
from apps.forecasts.rules.series import MONTHS, YEAR, Floats, Whole


class Period(NamedTuple):
    """A quarter or year that is under way or begins: periods of it that are known, and periods of it ahead."""

    known: int
    ahead: int


@dataclass(frozen=True, slots=True)
class Pace:
    """A figure for every STEP months (1, 3 or 12); SINCE: months since the last such period ended."""

    step: int = 1
    since: int = 0

    @property
    def year(self) -> int:
        """How many periods a year has."""
        return YEAR // self.step

    @property
    def most_late(self) -> int:
        """A history that ended more periods ago than a year has tells nothing about those ahead."""
        return self.year

    @property
    def columns(self) -> Whole:
        """The columns of a history in which periods end, the oldest first."""
        return np.arange(MONTHS - 1 - self.since, -1, -self.step)[::-1]

    def periods(self, horizon: int) -> int:
        """How many periods the months ahead lie in."""
        return (self.since + horizon - 1) // self.step + 1

    def end_of(self, period: Whole) -> Whole:
        """The month ahead (0: the next) in which the period so many ahead (0: the running one) ends."""
        return (period + 1) * self.step - self.since - 1

    def by_month(self, figures: NDArray[np.float64], horizon: int) -> NDArray[np.float64]:
        """FIGURES [n, periods, any] for each of the months ahead: those of the period it lies in."""
        return figures[:, (self.since + np.arange(horizon)) // self.step]


def pace_of(step: int, *, month_number: int, fiscal_first_month: int) -> Pace:
    """The pace of figures for STEP months after a month (1 to 12): quarters and years are those of the fiscal year."""
    return Pace(step, (month_number + 1 - fiscal_first_month) % step)


def paces(of: Histories, *, month_number: int, fiscal_first_month: int) -> Iterator[tuple[Whole, Pace]]:
    """(rows, their pace) for each pace there is among the rows."""
    for step in np.unique(of.step).tolist():
        pace = pace_of(step, month_number=month_number, fiscal_first_month=fiscal_first_month)
        yield np.flatnonzero(of.step == step), pace


def quarter_and_year(pace: Pace, *, month_number: int, fiscal_first_month: int) -> tuple[Period, Period]:
    """The quarter and the year the month after MONTH_NUMBER (1 to 12) lies in, in periods. A figure of a whole year has no
    quarter: the period is empty."""
    place = (month_number + 1 - fiscal_first_month) % YEAR
    quarter = YEAR // 4
    known = place // pace.step
    if pace.step == 1:
        return Period(place % quarter, quarter - place % quarter), Period(known, pace.year - known)
    return Period(0, 1 if pace.step == quarter else 0), Period(known, pace.year - known)


def in_periods(of: Histories, rows: Whole, pace: Pace, horizon: int) -> Histories:
    """ROWS of a table with their periods side by side, the last one on the right; parents are among them."""
    place = np.full(len(of) + 1, NO_PARENT, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    some = of.chosen(rows)
    some = replace(some, parent=np.where(some.parent == NO_PARENT, NO_PARENT, place[some.parent]))
    if pace.step == 1:
        return some
    return replace(
        some,
        values=columns_of(some.values, pace),
        numerator=columns_of(some.numerator, pace),
        denominator=columns_of(some.denominator, pace),
        target=targets_of(some.target, pace, horizon),
        target_upper=targets_of(some.target_upper, pace, horizon),
    )


def columns_of(matrix: Floats, pace: Pace) -> Floats:
    """[n, 60]: the columns in which periods end, on the right."""
    found = np.full_like(matrix, np.nan)
    kept = matrix[:, pace.columns]
    found[:, MONTHS - kept.shape[1] :] = kept
    return found


def targets_of(matrix: Floats, pace: Pace, horizon: int) -> Floats:
    """[n, 12 + periods]: the targets of the months in which periods end, the last known one at the twelfth place."""
    count = pace.periods(horizon)
    found = np.full((len(matrix), YEAR + count), np.nan)
    ahead = YEAR + pace.end_of(np.arange(count))
    is_told = ahead < matrix.shape[1]
    found[:, YEAR:][:, is_told] = matrix[:, ahead[is_told]]
    behind = np.arange(YEAR - 1 - pace.since, -1, -pace.step)
    found[:, YEAR - 1 - np.arange(len(behind))] = matrix[:, behind]
    return found
