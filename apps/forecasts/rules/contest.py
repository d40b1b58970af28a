"""The engine against "same as last month" and "same as last year" on histories cut at several months."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.forecasts.rules.accuracy import coverage, smape
from apps.forecasts.rules.engine import Forecast
from apps.forecasts.rules.series import MONTHS, YEAR, Floats


@dataclass(frozen=True, slots=True)
class Cuts:
    """Histories [n, months] and what came after each, [n, horizon]; NaN: not known."""

    known: Floats
    truth: Floats


@dataclass(frozen=True, slots=True)
class Standing:
    """Mean MASE and sMAPE of one way of forecasting, and how often its ranges held (None: it has none)."""

    mase: float
    smape: float
    in80: float | None = None
    in95: float | None = None


def cuts_of(series: Sequence[Floats], *, horizon: int, shortest: int, step: int) -> Cuts:
    """Each series cut every STEP months, the last cut HORIZON months before its end, none before SHORTEST months.

    Cuts whose future is not wholly known, or in whose last two years there is a gap, are left out: nothing could be said
    of them by the naive ways.
    """
    known, truth = [], []
    for one in series:
        for cut in range(len(one) - horizon, shortest - 1, -step):
            past, future = one[max(cut - MONTHS, 0) : cut], one[cut : cut + horizon]
            if np.isnan(future).any() or np.isnan(past[-2 * YEAR :]).any():
                continue
            row = np.full(MONTHS, np.nan)
            row[MONTHS - len(past) :] = past
            known.append(row)
            truth.append(future)
    return Cuts(np.array(known).reshape(-1, MONTHS), np.array(truth).reshape(-1, horizon))


def scale_of(known: Floats) -> Floats:
    """[n]: mean absolute change over a year within the history, of a month where a year gives none; NaN if nothing moves."""
    with np.errstate(invalid="ignore"):
        yearly, monthly = (np.nanmean(np.abs(known[:, lag:] - known[:, :-lag]), axis=1) for lag in (YEAR, 1))
    found = np.where(np.isnan(yearly) | (yearly == 0), monthly, yearly)
    return np.where(found > 0, found, np.nan)


def same_as_last_month(known: Floats, horizon: int) -> Floats:
    """[n, horizon]: the last value goes on."""
    return np.repeat(known[:, -1:], horizon, axis=1)


def same_as_last_year(known: Floats, horizon: int) -> Floats:
    """[n, horizon]: each month as a year before."""
    last = known[:, -YEAR:]
    return last[:, np.arange(horizon) % YEAR]


def standing(cuts: Cuts, mean: Floats, ranges: Forecast | None = None) -> Standing:
    """How MEAN [n, horizon] did; series that never moved have no scale and do not count in the MASE."""
    errors = np.abs(cuts.truth - mean).mean(axis=1) / scale_of(cuts.known)
    in80 = None if ranges is None else coverage(cuts.truth, ranges.lo80, ranges.hi80)
    in95 = None if ranges is None else coverage(cuts.truth, ranges.lo95, ranges.hi95)
    moving = ~np.isnan(errors)
    mase = float(errors[moving].mean()) if moving.any() else float("nan")
    return Standing(mase, float(smape(cuts.truth, mean).mean()), in80, in95)
