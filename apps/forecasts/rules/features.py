"""What the net is told about a history: everything divided by the history's own error, so that size and unit are gone."""

import numpy as np
from numpy.typing import NDArray

from apps.forecasts.rules.preparing import Prepared
from apps.forecasts.rules.series import MONTHS, YEAR, Floats
from apps.forecasts.rules.smoothing import slopes

Single = NDArray[np.float32]

LAGS = 13
AVERAGES = (2, 3, 6, 9, 12, 18, 24, 36, 60)
SLOPES = (4, 6, 12, 24, 36, 60)
SPEEDS = (0, 2, 4, 6, 8, 10)
FAR = 5.0


def squeezed(values: Floats) -> Floats:
    """Nearly straight up to about FAR errors, a logarithm beyond: no single month may drown the rest."""
    return np.arcsinh(values / FAR) * FAR


def signed_features(of: Prepared) -> Floats:
    """[n, about 60]: those that change their sign when the history is turned upside down."""
    length = MONTHS - of.start
    scale, level = of.scale[:, None], of.smooth.level[:, None]
    place = np.arange(MONTHS)[None, :]
    inside = place >= of.start[:, None]
    off = np.where(inside, (of.level_line - level) / scale, 0.0)
    parts = [squeezed(off[:, -LAGS:])]
    for months in AVERAGES:
        count = np.minimum(months, length)
        parts.append(squeezed(off[:, -months:].sum(axis=1) / np.maximum(count, 1))[:, None])
    for months in SLOPES:
        count = np.minimum(months, length)[:, None]
        slope = slopes(of.level_line, of.start, months)[:, None] / scale
        parts.append(squeezed(slope * np.sqrt(count) * 2))
    parts.append(squeezed((of.smooth.levels[:, SPEEDS] - level) / scale))
    # The year before: the same months twelve earlier, against the average then.
    parts.append(squeezed(off[:, -2 * YEAR : -YEAR]))
    parts.append(squeezed(season_in_errors(of, of.season.index)))
    parts.append(squeezed(season_in_errors(of, of.season.raw) - season_in_errors(of, of.season.index)))
    return np.concatenate(parts, axis=1)


def season_in_errors(of: Prepared, index: Floats) -> Floats:
    """[n, 12]: seasonal indices in errors of the history."""
    level = of.smooth.level[:, None]
    return np.where(of.season.multiplies[:, None], (index - 1) * level, index) / of.scale[:, None]


def plain_features(of: Prepared) -> Floats:
    """[n, about 20]: those that do not care which way is up."""
    length = (MONTHS - of.start).astype(np.float64)
    place = np.arange(MONTHS)[None, :]
    inside = place[:, 1:] > of.start[:, None]
    steps = np.where(inside, np.diff(of.level_line, axis=1), 0.0) / of.scale[:, None]
    count = np.maximum(length - 1, 1)
    size = np.abs(steps).sum(axis=1) / count
    turning = (steps[:, 1:] * steps[:, :-1]).sum(axis=1) / np.maximum((steps**2).sum(axis=1), 1e-12)
    recent = np.abs(steps[:, -6:]).mean(axis=1) / np.maximum(size, 1e-9)
    year = np.abs(steps[:, -YEAR:]).mean(axis=1) / np.maximum(size, 1e-9)
    level = np.maximum(np.abs(of.smooth.level), 1e-9)
    amplitude = np.abs(season_in_errors(of, of.season.index)).mean(axis=1)
    unsure = np.abs(season_in_errors(of, of.season.raw)).mean(axis=1)
    yearly = np.abs(of.line[:, YEAR:] - of.line[:, :-YEAR])
    both = np.isfinite(yearly) & (place[:, YEAR:] - YEAR >= of.start[:, None])
    change = np.where(both, np.nan_to_num(yearly), 0.0).sum(axis=1) / np.maximum(both.sum(axis=1), 1) / of.scale
    largest = np.abs(steps).max(axis=1)
    return np.stack(
        [
            length / MONTHS, np.sqrt(length) / 8, length < 13, length < 19, length < 25, length < 37,
            np.log(of.scale / level) / 2, squeezed(size), turning, np.log(recent + 0.1), np.log(year + 0.1),
            np.log1p(amplitude), np.log1p(unsure), of.season.kept, of.season.multiplies, np.log1p(change),
            np.log1p(largest), of.smooth.lead / 10, np.log(of.smooth.weights.max(axis=1)), of.gap_share, of.capped,
        ],
        axis=1,
    ).astype(np.float64)  # fmt: skip


def features(of: Prepared) -> tuple[Single, Single]:
    """(signed, plain), each [n, some], finite, in single precision."""
    return tidy(signed_features(of)), tidy(plain_features(of))


def tidy(values: Floats) -> Single:
    """Finite and within reach of single precision."""
    return np.clip(np.nan_to_num(values, nan=0.0, posinf=50.0, neginf=-50.0), -50, 50).astype(np.float32)
