"""Chances: of reaching a target in one month, or with a total or a mean of months (a quarter's, a year's end)."""

import math
from collections.abc import Sequence

import numpy as np

from apps.forecasts.rules.engine import Forecast
from apps.forecasts.rules.series import Floats, Whole
from apps.forecasts.rules.widths import normal_places, total_quantiles

NARROWEST_SHARE = 1e-9
FARTHEST = 9.0
"""normal_places tells nothing beyond."""
GRID = np.linspace(-FARTHEST, FARTHEST, 18_001)
TAILS = np.array([0.5 * math.erfc(place / math.sqrt(2)) for place in GRID.tolist()])


def chance_at_least(forecast: Forecast, month_index: int | Whole, target: float | Floats) -> Floats:
    """[n]: the chance that the value of month MONTH_INDEX (0 is the first forecast month; one for all or [n]) is TARGET
    (one for all or [n]) or more; NaN where there is no forecast. The chance of at most TARGET is one minus this, for
    anything that is measured and not counted."""
    count = len(forecast.mean)
    month = np.broadcast_to(np.asarray(month_index, dtype=np.int64), (count,))
    goal = np.broadcast_to(np.asarray(target, dtype=np.float64), (count,))
    found = chance_above(forecast.quantiles[np.arange(count), month], goal)
    found = np.where(goal <= forecast.lower, 1.0, np.where(goal > forecast.upper, 0.0, found))
    return np.where(np.isnan(forecast.mean[:, 0]), np.nan, found)


def chance_total_at_least(
    forecast: Forecast, months: Sequence[int], target: float | Floats, *, so_far: float | Floats = 0.0
) -> Floats:
    """[n]: the chance that SO_FAR plus the total of forecast MONTHS (0 is the first) is TARGET or more.

    Months' errors are bound by the correlations measured when the weights were trained (widths.total_quantiles).
    """
    count = len(forecast.mean)
    which = np.asarray(months, dtype=np.int64)
    goal = np.broadcast_to(np.asarray(target, dtype=np.float64) - np.asarray(so_far, dtype=np.float64), (count,))
    if not len(which):
        return np.where(goal <= 0, 1.0, 0.0)
    found = chance_above(total_quantiles(forecast.quantiles[:, which], forecast.bonds, which), goal)
    with np.errstate(invalid="ignore"):
        found = np.where(goal <= forecast.lower * len(which), 1.0, found)
        found = np.where(goal > forecast.upper * len(which), 0.0, found)
    return np.where(np.isnan(forecast.mean[:, 0]), np.nan, found)


def chance_mean_at_least(
    forecast: Forecast,
    months: Sequence[int],
    target: float | Floats,
    *,
    so_far: float | Floats = 0.0,
    known_months: int = 0,
) -> Floats:
    """[n]: the chance that the mean of KNOWN_MONTHS (their total is SO_FAR) and forecast MONTHS is TARGET or more."""
    all_months = known_months + len(months)
    return chance_total_at_least(forecast, months, np.asarray(target, dtype=np.float64) * all_months, so_far=so_far)


def chance_above(quantiles: Floats, target: Floats) -> Floats:
    """[n]: from QUANTILES [n, levels]; a range without width is certain."""
    safe = np.nan_to_num(quantiles)
    middle = safe[:, len(safe[0]) // 2]
    sure = (safe[:, -1] - safe[:, 0]) <= NARROWEST_SHARE * np.abs(middle)
    near = target - NARROWEST_SHARE * np.abs(middle)
    found = normal_tail(normal_places(safe, target)) if len(safe) else np.zeros(0)
    return np.where(sure, np.where(middle >= near, 1.0, 0.0), found)


def normal_tail(places: Floats) -> Floats:
    """Share of the normal distribution beyond PLACES (-9 to 9), from a table: off by less than 1e-7."""
    return np.asarray(np.interp(places, GRID, TAILS), dtype=np.float64)
