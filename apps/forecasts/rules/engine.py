"""Forecasts of many monthly series at once: `forecast` is the one door of the engine.

Matrix of the last 60 months → cleaned → shrunken seasonal indices → averaged smoothing → small quantile net with shipped
weights → ranges widened by factors measured on series not trained on → back to the series' unit, its bounds and its sign.
Without weights the training-free blend (mean of smoothing and Theta) stands in. Sources of the methods: FORECAST.md,
docs/forecast-model.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apps.forecasts.rules.features import features
from apps.forecasts.rules.network import HORIZON, LEVELS, MIDDLE, WEIGHTS_FILE, Weights, load_weights, outputs
from apps.forecasts.rules.odd import constant_quantiles, single_quantiles
from apps.forecasts.rules.preparing import Prepared, prepared
from apps.forecasts.rules.series import MONTHS, Flags, Floats, Whole, arranged
from apps.forecasts.rules.widths import LARGEST_TOLD, Bonds, blend_offsets, bounded, usual_bonds, widened

Words = NDArray[np.str_]

LONGEST_HORIZON = 60
AT_ONCE = 1024
"""Rows worked on together: enough for numpy, little memory."""
FEWEST_FOR_NET = 13
FEWEST_FOR_CONSTANT = 6
FEWEST_FOR_SEASON = 24
KINDS = {"additive", "rate", "count", "", None}


@dataclass(frozen=True, slots=True)
class Forecast:
    """mean, lo80, hi80, lo95, hi95 [n, horizon]: lo95 <= lo80 <= mean <= hi80 <= hi95, NaN where there is no forecast.

    `mean` is the median of the quantiles. quantiles [n, horizon, len(LEVELS)]; model [n]: net, blend, last_value, constant
    or none; note [n]: codes of what is to be said about it, parted by a space ('' = nothing): no_history, one_value,
    short_history (under 13 months), no_season_yet (under 24), gaps_filled, spike_capped, level_shift_cut, constant.
    """

    mean: Floats
    lo80: Floats
    hi80: Floats
    lo95: Floats
    hi95: Floats
    quantiles: Floats
    bonds: Bonds
    lower: Floats
    upper: Floats
    model: Words
    note: Words


@cache
def shipped_weights(path: Path = WEIGHTS_FILE) -> Weights | None:
    """The weights beside the rules, read once; None when the file is absent."""
    return load_weights(path) if path.exists() else None


def forecast(
    values: object,
    *,
    horizon: int = HORIZON,
    lower: Floats | None = None,
    upper: Floats | None = None,
    kind: Sequence[str | None] | None = None,
    weights: Weights | None = None,
    is_trained: bool = True,
) -> Forecast:
    """Forecast HORIZON months after the last column of VALUES [n, months], oldest first; NaN where nothing is known.

    Only the last 60 months are looked at. LOWER and UPPER [n]: declared bounds, NaN for none; a series that was never
    negative (never positive) stays so. KIND: 'additive', 'rate' (both: season is added) or 'count', None for whatever fits.
    WEIGHTS: other than the shipped ones; IS_TRAINED False: without any. Refuses with ValueError what no caller may mean.
    """
    matrix = arranged(values)
    count = len(matrix)
    if not 1 <= horizon <= LONGEST_HORIZON:
        message = f"The horizon is {horizon} months: it must lie between 1 and {LONGEST_HORIZON}."
        raise ValueError(message)
    low, high = limits(matrix, lower, upper)
    additive = additive_rows(kind, count)
    used = (weights or shipped_weights()) if is_trained else None
    quantiles = np.full((count, horizon, len(LEVELS)), np.nan)
    model, note = np.full(count, "none", dtype="U12"), np.full(count, "no_history", dtype="U80")
    for rows in batches(count):
        found = forecast_batch(matrix[rows], horizon, additive[rows], used)
        quantiles[rows], model[rows], note[rows] = found
    quantiles = bounded(quantiles, low, high)
    bonds = usual_bonds() if used is None else Bonds(used.bonds, used.sums)
    mean, lo80, hi80, lo95, hi95 = (quantiles[:, :, LEVELS.index(level)] for level in (0.5, 0.1, 0.9, 0.025, 0.975))
    return Forecast(mean, lo80, hi80, lo95, hi95, quantiles, bonds, low, high, model, note)


def batches(count: int) -> Iterator[slice]:
    """Slices over so many rows."""
    return (slice(first, min(first + AT_ONCE, count)) for first in range(0, count, AT_ONCE))


def limits(matrix: Floats, lower: Floats | None, upper: Floats | None) -> tuple[Floats, Floats]:
    """Declared bounds and the observed sign together: (lowest, highest) of each row, infinite where there is none."""
    count = len(matrix)
    low = np.full(count, -np.inf) if lower is None else np.broadcast_to(np.asarray(lower, dtype=np.float64), (count,))
    high = np.full(count, np.inf) if upper is None else np.broadcast_to(np.asarray(upper, dtype=np.float64), (count,))
    low, high = np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)
    if (low > high).any():
        message = f"Row {int(np.argmax(low > high))}: the lower bound is above the upper one."
        raise ValueError(message)
    known = ~np.isnan(matrix)
    never_negative = known.any(axis=1) & (np.where(known, matrix, 0.0).min(axis=1) >= 0)
    never_positive = known.any(axis=1) & (np.where(known, matrix, 0.0).max(axis=1) <= 0)
    # A declared bound wins over the sign: a range from -5 to -1 has no zero in it.
    low = np.where(never_negative, np.minimum(np.maximum(low, 0.0), high), low)
    high = np.where(never_positive & ~never_negative, np.maximum(np.minimum(high, 0.0), low), high)
    return low, high


def additive_rows(kind: Sequence[str | None] | None, count: int) -> Flags:
    """Which rows have a season that is added."""
    if kind is None:
        return np.zeros(count, dtype=np.bool_)
    unknown = set(kind) - KINDS
    if unknown or len(kind) != count:
        message = (
            f"Kinds are additive, rate and count, one for each row; not {sorted(map(str, unknown))} in {len(kind)}."
        )
        raise ValueError(message)
    return np.array([word in {"additive", "rate"} for word in kind], dtype=np.bool_)


def forecast_batch(
    matrix: Floats, horizon: int, additive: Flags, weights: Weights | None
) -> tuple[Floats, Words, Words]:
    """(quantiles, model, note) of some rows."""
    of = prepared(matrix, additive=additive)
    numbers = (~np.isnan(matrix)).sum(axis=1)
    low, high = (
        np.nanmin(np.where(np.isnan(matrix), np.inf, matrix), axis=1),
        np.where(np.isnan(matrix), -np.inf, matrix).max(axis=1),
    )
    by_net = (numbers >= FEWEST_FOR_NET) & (MONTHS - of.start >= FEWEST_FOR_NET) & (weights is not None)
    same = (numbers > 1) & (low == high)
    alone = (numbers == 1) | (same & (numbers < FEWEST_FOR_CONSTANT))
    steady = same & ~alone
    model = np.select([numbers == 0, alone, steady, by_net], ["none", "last_value", "constant", "net"], "blend")
    quantiles = modelled(of, horizon, weights, by_net & ~steady)
    quantiles[numbers == 0] = np.nan
    last = np.where(np.isfinite(high), high, 0.0)
    quantiles[alone] = single_quantiles(last[alone], horizon)
    quantiles[steady] = constant_quantiles(last[steady], horizon)
    return quantiles, model, notes(of, numbers, steady)


def modelled(of: Prepared, horizon: int, weights: Weights | None, by_net: Flags) -> Floats:
    """Quantiles [n, horizon, levels] in the series' own unit: the net's where BY_NET, else the blend's."""
    within = min(horizon, HORIZON)
    length = MONTHS - of.start
    offsets = blend_offsets(length, within)
    if weights is not None and by_net.any():
        inputs = np.concatenate(features(of), axis=1)[by_net]
        told = widened(outputs(weights, inputs), weights.widths, length[by_net])
        offsets[by_net] = told[:, :within]
    base = of.blend(within)[:, :, None] + offsets * of.scale[:, None, None]
    found = of.with_season(extended(base, horizon))
    found = np.maximum.accumulate(found, axis=2) if not of.season.multiplies.all() else found
    with np.errstate(over="ignore"):
        scaled = np.sort(found, axis=2) * of.unit[:, None, None]
    return np.clip(scaled, -LARGEST_TOLD, LARGEST_TOLD)


def extended(base: Floats, horizon: int) -> Floats:
    """BASE beyond the months the net knows: the last level goes on, the range grows with the root of the distance."""
    known = base.shape[1]
    if horizon <= known:
        return base
    middle = base[:, -1:, MIDDLE : MIDDLE + 1]
    growth = np.sqrt(np.arange(known + 1, horizon + 1) / known)[None, :, None]
    return np.concatenate([base, middle + (base[:, -1:, :] - middle) * growth], axis=1)


def notes(of: Prepared, numbers: Whole, steady: Flags) -> Words:
    """What is to be said about each row, as codes."""
    length = MONTHS - of.start
    said = (
        ("no_history", numbers == 0),
        ("one_value", numbers == 1),
        ("constant", steady),
        ("short_history", (numbers > 1) & (length < FEWEST_FOR_NET)),
        ("no_season_yet", (length >= FEWEST_FOR_NET) & (length < FEWEST_FOR_SEASON) & ~steady),
        ("gaps_filled", (of.gap_share > 0) & (numbers > 1)),
        ("spike_capped", of.capped),
        ("level_shift_cut", of.shifted),
    )
    # Few combinations occur: put each into words once.
    code = sum(rows.astype(np.int64) << place for place, (_, rows) in enumerate(said))
    kinds, which = np.unique(code, return_inverse=True)
    words = [" ".join(word for place, (word, _) in enumerate(said) if kind >> place & 1) for kind in kinds.tolist()]
    return np.array(words, dtype="U80")[which]
