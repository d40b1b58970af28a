"""What a quarter or a year came to once its last month is known, put together the way its forecast is."""

from typing import NamedTuple

import numpy as np

from apps.forecasts.rules.endings import WEIGHED, added_by_shares
from apps.forecasts.rules.histories import Histories
from apps.forecasts.rules.outlook import ADDED, AT_THE_END
from apps.forecasts.rules.pace import Pace, in_periods, paces
from apps.forecasts.rules.series import MONTHS, YEAR, Floats


class Came(NamedTuple):
    """[n] each, NaN where not known: what the period that ends with the issued month came to; the period before it; the same
    one a year before; the usual change from one such period to the next, as known before it."""

    value: Floats
    last_period: Floats
    last_year: Floats
    usual: Floats


def is_complete(step: int, *, month_number: int, fiscal_first_month: int) -> bool:
    """Whether a period of STEP months (3: a quarter, 12: a year) of the fiscal year ends with this month (1 to 12)."""
    return (month_number + 1 - fiscal_first_month) % step == 0


def came_to(of: Histories, step: int, *, month_number: int, fiscal_first_month: int) -> Came:
    """What a period of STEP months that ends with the issued month came to. A figure of whole years has no quarters."""
    found = Came(*(np.full(len(of), np.nan) for _name in Came._fields))
    for rows, pace in paces(of, month_number=month_number, fiscal_first_month=fiscal_first_month):
        if pace.step <= step and not pace.since:
            some = in_periods(of, rows, pace, of.target.shape[1] - YEAR)
            for column, figures in zip(found, came_in_columns(some, step // pace.step, pace), strict=True):
                column[rows] = figures
    return found


def came_in_columns(of: Histories, length: int, pace: Pace) -> Came:
    """The same for periods of so many columns of one PACE."""
    figures = figures_of(of, length)
    with np.errstate(invalid="ignore"):
        changes = np.abs(figures[:, 1:-1] - figures[:, 2:])
    known = ~np.isnan(changes)
    number = known.sum(axis=1)
    usual = np.where(known, changes, 0.0).sum(axis=1) / np.maximum(number, 1)
    return Came(figures[:, 0], figures[:, 1], figures[:, pace.year // length], np.where(number > 0, usual, np.nan))


def figures_of(of: Histories, length: int) -> Floats:
    """[n, periods]: the figure of each period of LENGTH columns, the last one first; NaN where a column is not known."""
    shape = (len(of), MONTHS // length, length)
    values, weights = (matrix.reshape(shape)[:, ::-1] for matrix in (of.values, of.denominator))
    found = np.full(shape[:2], np.nan)
    for way in np.unique(of.over_time).tolist():
        rows = np.flatnonzero(of.over_time == way)
        found[rows] = figures_by(way, values[rows], weights[rows])
    return found


def figures_by(way: str, values: Floats, weights: Floats) -> Floats:
    """[n, periods]: what VALUES [n, periods, columns] come to, put together in one WAY over time; NaN for no such way."""
    if way == "sum":
        return np.asarray(values.sum(axis=2))
    if way in AT_THE_END:
        return values[:, :, -1]
    if way in {"max", "min"}:
        return np.asarray(values.max(axis=2) if way == "max" else values.min(axis=2))
    if way not in ADDED:
        return np.full(values.shape[:2], np.nan)
    return added_by_shares(values, shares_by_weight(weights) if way in WEIGHED else 1 / values.shape[2])


def shares_by_weight(weights: Floats) -> Floats:
    """WEIGHTS [n, periods, columns] as shares of their period's; NaN where a period has none, or one of them is negative."""
    total = weights.sum(axis=2, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((total > 0) & (weights >= 0).all(axis=2, keepdims=True), weights / total, np.nan)
