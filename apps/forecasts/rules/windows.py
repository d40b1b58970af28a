"""Training examples cut from long series: a history of 13 to 60 months, the 18 months after it, and its weight."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from apps.forecasts.rules.network import HORIZON
from apps.forecasts.rules.series import MONTHS, YEAR, Floats, Whole

SHORTEST = 13
USUAL_MASE, USUAL_SMAPE = 1.1, 15.0
"""Errors of a plain seasonal method on such series: they bring the two halves of OWA to one scale."""
MOST_WEIGHT = 4.0


@dataclass(frozen=True, slots=True)
class Windows:
    """history [n, 60], NaN before it; future [n, 18]; series [n]: which one it was cut from; weight [n, 18]: what an
    error of one unit of the series costs in OWA."""

    history: Floats
    future: Floats
    series: Whole
    weight: Floats

    def chosen(self, rows: Floats | Whole) -> "Windows":
        """Only these rows."""
        return Windows(self.history[rows], self.future[rows], self.series[rows], self.weight[rows])


def cut_windows(pool: list[Floats], ends: Whole, lengths: Whole, series: Whole) -> Windows:
    """One window for each of ENDS [n]: the history is the LENGTHS months before that place of SERIES."""
    count = len(series)
    history, future = np.full((count, MONTHS), np.nan), np.empty((count, HORIZON))
    mase = np.empty(count)
    for row in range(count):
        values, end, length = pool[series[row]], ends[row], lengths[row]
        history[row, MONTHS - length :] = values[end - length : end]
        future[row] = values[end : end + HORIZON]
        known = values[:end]
        mase[row] = np.abs(known[YEAR:] - known[:-YEAR]).mean() if end > YEAR else np.abs(np.diff(known)).mean()
    return Windows(history, future, series, owa_weights(history, future, mase))


def owa_weights(history: Floats, future: Floats, mase: Floats) -> Floats:
    """[n, 18]: half of MASE and half of sMAPE, an error of one unit; no month counts for more than a few others."""
    size = np.maximum(np.abs(future), np.nanmean(np.abs(history), axis=1)[:, None] * 0.2)
    floor = np.maximum(np.nanmean(np.abs(history), axis=1) * 1e-3, 1e-12)
    found = 0.5 / np.maximum(mase, floor)[:, None] / USUAL_MASE + 0.5 * 100 / np.maximum(size, 1e-12) / USUAL_SMAPE
    return np.asarray(found)


def drawn_windows(pool: list[Floats], chances: Floats, count: int, random: Generator) -> Windows:
    """COUNT windows: the series by CHANCES, the place anywhere, the length anything from 13 to 60 months."""
    series = random.choice(len(pool), size=count, p=chances / chances.sum())
    sizes = np.array([len(values) for values in pool])[series]
    ends = random.integers(SHORTEST, sizes - HORIZON + 1)
    lengths = random.integers(SHORTEST, np.minimum(ends, MONTHS) + 1)
    return cut_windows(pool, ends, lengths, series)


def last_windows(pool: list[Floats], series: Whole, random: Generator) -> Windows:
    """The last 18 months of each of SERIES as the future, a history of random length before: as it is measured."""
    sizes = np.array([len(pool[number]) for number in series])
    ends = sizes - HORIZON
    lengths = random.integers(SHORTEST, np.minimum(ends, MONTHS) + 1)
    return cut_windows(pool, ends, lengths, series)


def roughened(windows: Windows, random: Generator) -> Windows:
    """Every second history with what happens to real ones: a gap, a spike, a level shift long ago."""
    history = windows.history.copy()
    rows = np.arange(len(history))
    length = (~np.isnan(history)).sum(axis=1)
    start = MONTHS - length
    spread = np.nanmean(np.abs(history - np.nanmean(history, axis=1, keepdims=True)), axis=1)
    level = np.nanmean(np.abs(history), axis=1)
    kind = random.random(len(rows))
    spiked = rows[kind < 0.12]
    place = start[spiked] + (random.random(len(spiked)) * length[spiked]).astype(np.int64)
    size = random.choice([-1.0, 1.0], len(spiked)) * random.uniform(1.0, 8.0, len(spiked))
    amount = size * np.maximum(spread[spiked], 0.05 * level[spiked])
    positive = np.nanmin(history[spiked], axis=1) > 0
    hit = history[spiked, place] + amount
    history[spiked, place] = np.where(positive & (hit <= 0), history[spiked, place] * 0.1, hit)
    holed = (kind > 0.08) & (kind < 0.24)
    holes = (random.random(history.shape) < random.uniform(0.03, 0.25, len(rows))[:, None]) & holed[:, None]
    holes[:, -1] = False
    history[holes] = np.nan
    shifted = rows[(kind > 0.9) & (length >= 24)]
    for row in shifted:
        cut = random.integers(start[row] + 6, MONTHS - 6)
        history[row, :cut] *= random.uniform(0.4, 1.8)
    return Windows(history, windows.future, windows.series, windows.weight)
