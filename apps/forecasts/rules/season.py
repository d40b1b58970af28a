"""Seasonal indices of short histories: classical decomposition, shrunk towards "no season" by how sure they are.

Classical multiplicative (or additive) indices about a centred moving average of 2 x 12 months whose line is extended at
both ends; then the empirical-Bayes factor max(0, 1 - K * sampling variance / variance of the indices). A test for
seasonality would call nearly every history under five years non-seasonal; shrinking keeps what little there is.
"""

from dataclasses import dataclass

import numpy as np

from apps.forecasts.rules.series import MONTHS, YEAR, Flags, Floats, Whole, last_years

HALF = YEAR // 2
SHRINK = 1.0
"""How many sampling variances of an index are taken off (FORECAST.md: 12, of the variance of one month over all months)."""
ONE_YEAR_SHARE = 0.5
"""What is kept of indices seen only once (13 to 23 months)."""
LOWEST, HIGHEST = 0.02, 12.0


@dataclass(frozen=True, slots=True)
class Season:
    """index, raw [n, 12]: by place in the year, column 0 the month after the last one; factors about 1 where
    `multiplies` [n], else differences about 0. raw: before shrinking. kept [n]: the share kept, 0 to 1."""

    index: Floats
    raw: Floats
    kept: Floats
    multiplies: Flags

    def take_out(self, values: Floats) -> Floats:
        """VALUES [n, 60] without their season."""
        index = np.tile(self.index, MONTHS // YEAR)
        return np.where(self.multiplies[:, None], values / np.where(index == 0, 1.0, index), values - index)

    def replaced(self, rows: Flags, by: "Season") -> "Season":
        """The same with other indices for ROWS."""
        index, raw, kept = self.index.copy(), self.raw.copy(), self.kept.copy()
        index[rows], raw[rows], kept[rows] = by.index, by.raw, by.kept
        return Season(index, raw, kept, self.multiplies)


def seasons(line: Floats, start: Whole, multiplies: Flags) -> Season:
    """The indices of histories LINE [n, 60] without gaps."""
    inside = np.arange(MONTHS)[None, :] >= start[:, None]
    trend = trends(line, start, multiplies)
    parts = np.where(multiplies[:, None], line / np.where(trend == 0, 1.0, trend), line - trend)
    years, there = last_years(parts), last_years(inside)
    count = there.sum(axis=1)
    raw = np.where(there, years, 0.0).sum(axis=1) / np.maximum(count, 1)
    neutral = np.where(multiplies, 1.0, 0.0)[:, None]
    raw = np.where(count > 0, raw, neutral)
    middle = raw.mean(axis=1, keepdims=True)
    raw = np.where(multiplies[:, None], raw / np.where(middle == 0, 1.0, middle), raw - middle)
    kept = shares_kept(years, there, raw, MONTHS - start)
    index = neutral + (raw - neutral) * kept[:, None]
    index = np.where(multiplies[:, None], np.clip(index, LOWEST, HIGHEST), index)
    return Season(index, raw, kept, multiplies)


def shares_kept(years: Floats, there: Flags, raw: Floats, length: Whole) -> Floats:
    """The empirical-Bayes factor of each row."""
    rest = np.where(there, years - raw[:, None, :], 0.0)
    free = np.maximum(there.sum(axis=(1, 2)) - YEAR, 1)
    noise = (rest**2).sum(axis=(1, 2)) / free
    sampling = noise * YEAR / np.maximum(length, 1)
    variance = raw.var(axis=1) * YEAR / (YEAR - 1)
    kept = np.clip(1 - SHRINK * sampling / np.maximum(variance, 1e-30), 0, 1)
    kept = np.where(length >= 2 * YEAR, kept, ONE_YEAR_SHARE * (length > YEAR))
    return np.where(variance > 1e-20, kept, 0.0)


def trends(line: Floats, start: Whole, multiplies: Flags) -> Floats:
    """Centred moving averages [n, 60], extended by their own slope at both ends; the mean where a year is not there."""
    sums = np.cumsum(np.pad(line, ((0, 0), (1, 0))), axis=1)
    whole = sums[:, YEAR:] - sums[:, :-YEAR]  # of the months t .. t + 11
    centre = np.zeros_like(line)
    centre[:, HALF : MONTHS - HALF] = (whole[:, :-1] + whole[:, 1:]) / (2 * YEAR)
    last = MONTHS - 1 - HALF
    first = np.minimum(start + HALF, last)
    reach = np.minimum(HALF, last - first)
    rows = np.arange(line.shape[0])
    span = np.maximum(reach, 1)
    right = np.where(reach > 0, (centre[:, last] - centre[rows, last - reach]) / span, 0.0)
    left = np.where(reach > 0, (centre[rows, first + reach] - centre[rows, first]) / span, 0.0)
    place = np.arange(MONTHS)[None, :]
    after = centre[:, last][:, None] + right[:, None] * (place - last)
    before = centre[rows, first][:, None] + left[:, None] * (place - first[:, None])
    trend = np.where(place > last, after, np.where(place < first[:, None], before, centre))
    # Too short for a year's average: the mean of what is there.
    short = (MONTHS - start) <= YEAR
    inside = place >= start[:, None]
    mean = np.where(inside, line, 0.0).sum(axis=1) / np.maximum(MONTHS - start, 1)
    trend = np.where(short[:, None], mean[:, None], trend)
    floor = np.where(short, mean, np.minimum(centre[:, last], centre[rows, first])) * 0.3
    return np.where(multiplies[:, None], np.maximum(trend, np.maximum(floor, 1e-12)[:, None]), trend)
