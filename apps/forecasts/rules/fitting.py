"""From a pool of long series to shipped weights: four folds, two nets each, ranges measured on what each fold left out."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from apps.forecasts.rules.features import Single, features
from apps.forecasts.rules.network import HORIZON, LEVELS, MIDDLE, Weights, outputs
from apps.forecasts.rules.preparing import prepared
from apps.forecasts.rules.series import MONTHS, Floats, Whole
from apps.forecasts.rules.training import examples, standardisation, trained
from apps.forecasts.rules.widths import GROUPS, Bonds, measured_bonds, measured_factors, widened
from apps.forecasts.rules.windows import MOST_WEIGHT, SHORTEST, Windows, drawn_windows, roughened

SEED = 20261127
FOLDS, NETS_EACH = 4, 2
WINDOWS = 80_000
CHECKED_SHARE = 0.3
"""Windows of left-out series on which the ranges are measured, for each training window."""
FEWEST_SERIES = 40


class Pool(NamedTuple):
    """values: whole histories, oldest month first, no gaps; share [n]: how much each counts, 1 in all."""

    values: list[Floats]
    share: Floats


class Judged(NamedTuple):
    """Forecasts of left-out series with what came: quantiles before widening and truth in the history's errors."""

    quantiles: Floats
    truth: Floats
    length: Whole
    share: Floats


def pool_of(values: Sequence[Floats], sources: Sequence[str]) -> Pool:
    """Series long enough to be learnt from. Each source counts by the square root of how many series it has."""
    long = [number for number, series in enumerate(values) if len(series) >= SHORTEST + HORIZON]
    if len(long) < FEWEST_SERIES:
        message = f"{len(long)} series have {SHORTEST + HORIZON} months or more: at least {FEWEST_SERIES} are needed."
        raise ValueError(message)
    names = np.array([sources[number] for number in long])
    _, place, count = np.unique(names, return_inverse=True, return_counts=True)
    share = 1 / np.sqrt(count[place])
    return Pool([values[number] for number in long], share / share.sum())


def fitted(pool: Pool, *, seed: int = SEED, windows: int = WINDOWS, said: Callable[[str], object] = str) -> Weights:
    """Train, measure the ranges, and put everything together. The same POOL and SEED give the same weights."""
    random = np.random.default_rng(seed)
    fold = random.permutation(np.arange(len(pool.values)) % FOLDS)
    drawn = roughened(drawn_windows(pool.values, pool.share, windows, random), random)
    given = examples(drawn)
    standard = standardisation(given)
    checked = drawn_windows(pool.values, pool.share, int(windows * CHECKED_SHARE), random)
    nets: list[list[Single]] = []
    judged: list[Judged] = []
    for left_out in range(FOLDS):
        rows = np.flatnonzero(fold[drawn.series] != left_out)
        kept = type(given)(*(part[rows] for part in given))
        pair = [trained(kept, standard, np.random.default_rng((seed, left_out, net))) for net in range(NETS_EACH)]
        aside = checked.chosen(np.flatnonzero(fold[checked.series] == left_out))
        judged.append(judge(assembled(pair, standard), aside))
        nets += pair
        net, blend = left_out_costs(judged[-1], aside)
        said(
            f"Fold {left_out + 1} of {FOLDS}: cost on left-out series {net:.4f}, of the training-free blend {blend:.4f}."
        )
    return measured(assembled(nets, standard), judged)


def assembled(nets: list[list[Single]], standard: tuple[Single, Single]) -> Weights:
    """Nets as one set of weights whose ranges are not measured yet."""
    layers = tuple(
        (np.stack([net[place] for net in nets]), np.stack([net[place + 1] for net in nets])) for place in (0, 2, 4)
    )
    plain = np.ones((len(GROUPS), HORIZON, len(LEVELS)))
    return Weights(layers, *standard, plain, np.eye(HORIZON), np.ones(HORIZON))


def judge(weights: Weights, windows: Windows) -> Judged:
    """What WEIGHTS say about WINDOWS, beside what came."""
    of = prepared(windows.history)
    told = (
        outputs(weights, np.concatenate(features(of), axis=1)) + of.blend(HORIZON)[:, :, None] / of.scale[:, None, None]
    )
    found = of.with_season(told * of.scale[:, None, None]) / of.scale[:, None, None]
    truth = windows.future / (of.unit * of.scale)[:, None]
    return Judged(np.sort(found, axis=2), truth, MONTHS - of.start, np.ones(len(truth)))


def left_out_costs(judged: Judged, windows: Windows) -> tuple[float, float]:
    """(of the median, of the blend): mean error in units near OWA's, on series not trained on."""
    of = prepared(windows.history)
    truth = windows.future
    median = judged.quantiles[:, :, MIDDLE] * (of.unit * of.scale)[:, None]
    blend = of.with_season(of.blend(HORIZON)) * of.unit[:, None]
    cost = np.minimum(windows.weight, MOST_WEIGHT * np.median(windows.weight * of.unit[:, None]) / of.unit[:, None])
    return float((cost * np.abs(truth - median)).mean()), float((cost * np.abs(truth - blend)).mean())


def measured(weights: Weights, judged: list[Judged]) -> Weights:
    """WEIGHTS with ranges and bonds measured on left-out series."""
    quantiles, truth, length, share = (np.concatenate(parts) for parts in zip(*judged, strict=True))
    factors = measured_factors(quantiles, truth, length, share)
    bonds: Bonds = measured_bonds(widened(quantiles, factors, length), truth, share)
    return Weights(weights.layers, weights.centre, weights.spread, factors, bonds.months, bonds.sums)
