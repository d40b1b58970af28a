"""Exponential smoothing averaged over many speeds, and Theta on top: what can be said without any training."""

from dataclasses import dataclass

import numpy as np

from apps.forecasts.rules.series import MONTHS, Floats, Whole

ALPHAS = np.array([0.03, 0.06, 0.1, 0.15, 0.2, 0.27, 0.35, 0.45, 0.55, 0.65, 0.76, 0.88, 1.0])
TEMPER = 0.6
"""Likelihoods of the speeds are raised to this power: their errors are neither independent nor of a known form."""
FIRST_MONTHS = 4
DRIFT_SHARE = 0.25
"""Mean of plain smoothing (no drift) and Theta (half the slope of the straight line)."""
FULL_DRIFT_MONTHS = 36
"""A shorter history's slope is trusted in proportion to its months."""


@dataclass(frozen=True, slots=True)
class Smoothed:
    """levels [n, 13]: where each speed ends; weights [n, 13]: their shares; level [n]: the average; error [n]: mean
    absolute error one month ahead; slope [n]: of the straight line through the history, a month; lead [n]: months the
    level lags behind a straight line."""

    levels: Floats
    weights: Floats
    level: Floats
    error: Floats
    slope: Floats
    lead: Floats

    def ahead(self, horizon: int) -> Floats:
        """[n, HORIZON]: mean of smoothing and Theta."""
        steps = np.arange(horizon)[None, :] + self.lead[:, None]
        return np.asarray(self.level[:, None] + DRIFT_SHARE * self.slope[:, None] * steps)


def smoothed(line: Floats, start: Whole) -> Smoothed:
    """Smooth LINE [n, 60], which has no gaps and no season."""
    length = np.maximum(MONTHS - start, 1)
    place = np.arange(MONTHS)[None, :]
    opening = (place >= start[:, None]) & (place < (start + FIRST_MONTHS)[:, None])
    begin = np.where(opening, line, 0.0).sum(axis=1) / np.maximum(opening.sum(axis=1), 1)
    # Before the history stands the level it begins with: its error is nothing, so no row needs a mask.
    padded = np.where(place >= start[:, None], line, begin[:, None])
    levels = np.repeat(begin[None, :], len(ALPHAS), axis=0)
    total = np.zeros_like(levels)
    speeds = ALPHAS[:, None]
    for month in padded.T:
        error = month[None, :] - levels
        total += np.abs(error)
        levels += speeds * error
    mean = (total / length[None, :]).T
    weights = likely(mean, length)
    level = (levels.T * weights).sum(axis=1)
    error = (mean * weights).sum(axis=1)
    lead = (weights * ((1 - (1 - ALPHAS) ** length[:, None]) / ALPHAS)).sum(axis=1)
    slope = slopes(line, start) * np.minimum(length / FULL_DRIFT_MONTHS, 1)
    return Smoothed(levels.T, weights, level, error, slope, lead)


def likely(mean: Floats, length: Whole) -> Floats:
    """[n, 13]: tempered likelihood weights from mean absolute errors (Laplace errors: likelihood is MAE ** -length)."""
    floor = np.maximum(mean.max(axis=1, keepdims=True) * 1e-6, 1e-300)
    log = np.log(np.maximum(mean, floor))
    weights = np.exp(-TEMPER * length[:, None] * (log - log.min(axis=1, keepdims=True)))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def slopes(line: Floats, start: Whole, months: int = MONTHS) -> Floats:
    """[n]: least squares slope through the last MONTHS months of each history."""
    first = np.maximum(start, MONTHS - months)
    place = np.arange(MONTHS)[None, :]
    count = MONTHS - first
    middle = (first + MONTHS - 1) / 2
    away = np.where(place >= first[:, None], place - middle[:, None], 0.0)
    spread = np.maximum((count.astype(np.float64) ** 3 - count) / 12, 1e-9)
    return np.asarray((away * line).sum(axis=1) / spread)
