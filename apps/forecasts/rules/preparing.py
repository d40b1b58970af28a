"""From histories as they came to what the models look at: cleaned, scaled, without season, smoothed."""

from dataclasses import dataclass

import numpy as np

from apps.forecasts.rules.cleaning import cleaned, spikes
from apps.forecasts.rules.season import Season, seasons
from apps.forecasts.rules.series import MONTHS, Flags, Floats, Whole, ahead, filled, first_months
from apps.forecasts.rules.smoothing import Smoothed, smoothed

STEP_SHARE = 0.1
"""A history that follows its season to the digit still has an error: this share of its usual step, spikes included, but no
more than MOST_STEP of its largest value."""
MOST_STEP = 0.05
SMALLEST_ERROR = 1e-9


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything is in units of `unit` [n], the largest absolute value of the row.

    start [n]: column of the first month used; line [n, 60]: cleaned, gaps filled; level_line: the same without season;
    scale [n]: the history's own error one month ahead; gap_share [n]; capped, shifted [n]: what cleaning did.
    """

    unit: Floats
    start: Whole
    line: Floats
    level_line: Floats
    season: Season
    smooth: Smoothed
    scale: Floats
    gap_share: Floats
    capped: Flags
    shifted: Flags

    def blend(self, horizon: int) -> Floats:
        """[n, HORIZON]: the training-free forecast without season, in units."""
        return self.smooth.ahead(horizon)

    def with_season(self, values: Floats) -> Floats:
        """VALUES [n, horizon] or [n, horizon, any] in units, season put back on."""
        index = ahead(self.season.index, values.shape[1])
        multiplies = self.season.multiplies.reshape((-1,) + (1,) * (values.ndim - 1))
        index = index if values.ndim == 2 else index[:, :, None]
        return np.where(multiplies, values * index, values + index)


def prepared(matrix: Floats, *, additive: Flags | None = None) -> Prepared:
    """MATRIX [n, 60] as `series.arranged` gives it. ADDITIVE [n]: rows whose season is added, whatever their sign."""
    start = first_months(~np.isnan(matrix))
    clean = cleaned(matrix, start)
    unit = np.nan_to_num(np.nanmax(np.abs(np.where(np.isnan(clean.values), 0.0, clean.values)), axis=1))
    unit = np.where(unit > 0, unit, 1.0)
    values = clean.values / unit[:, None]
    start = first_months(~np.isnan(values))
    inside = np.arange(MONTHS)[None, :] >= start[:, None]
    gaps = (np.isnan(matrix) & inside).sum(axis=1) / np.maximum(MONTHS - start, 1)
    multiplies = np.where(np.isnan(values), 1.0, values).min(axis=1) > 0
    if additive is not None:
        multiplies &= ~additive
    season = seasons(filled(values), start, multiplies)
    wild = spikes(filled(season.take_out(values)), start) & ~np.isnan(values)
    again = np.asarray(wild.any(axis=1))
    if again.any():
        values = np.where(wild, np.nan, values)
        season = season.replaced(again, seasons(filled(values[again]), start[again], multiplies[again]))
    # Gaps are filled along the line without season, so that a missing December is a December.
    level_line = filled(season.take_out(values))
    smooth = smoothed(level_line, start)
    raw = np.clip(filled(matrix) / unit[:, None], -2, 2)
    steps = np.where(inside[:, 1:], np.abs(np.diff(raw, axis=1)), 0.0).sum(axis=1)
    floor = np.clip(STEP_SHARE * steps / np.maximum(MONTHS - 1 - start, 1), SMALLEST_ERROR, MOST_STEP)
    scale = np.maximum(smooth.error, floor)
    return Prepared(unit, start, values, level_line, season, smooth, scale, gaps, clean.capped | again, clean.shifted)
