"""How wide the ranges are: factors measured on series that were not trained on, and the bond between months."""

from typing import NamedTuple

import numpy as np

from apps.forecasts.rules.network import HORIZON, LEVELS, MIDDLE
from apps.forecasts.rules.series import MONTHS, Floats, Whole

GROUPS = (13, 19, 25, 37)
"""Where the groups by length of history begin; shorter ones belong to the first."""
SMOOTHED_OVER = 5
NARROWEST, WIDEST = 0.5, 3.0
SMALLEST = 1e-300
LARGEST_TOLD = 1e307
NORMAL = np.array([-1.959964, -1.281552, -0.674490, 0.0, 0.674490, 1.281552, 1.959964])
"""The normal distribution's place of each of LEVELS."""


class Bonds(NamedTuple):
    """months [horizon, horizon]: correlation of two months' errors; sums [horizon]: factor on the width of a total of
    so many months, the first entry for one."""

    months: Floats
    sums: Floats


def length_groups(length: Whole) -> Whole:
    """[n]: which of GROUPS each length belongs to."""
    return np.maximum(np.searchsorted(GROUPS, length, side="right") - 1, 0)


def widened(quantiles: Floats, factors: Floats, length: Whole) -> Floats:
    """QUANTILES [n, horizon, levels] with their distance from the median multiplied by FACTORS [groups, horizon, levels]."""
    middle = quantiles[:, :, MIDDLE : MIDDLE + 1]
    return np.asarray(middle + (quantiles - middle) * factors[length_groups(length)][:, : quantiles.shape[1]])


def measured_factors(quantiles: Floats, truth: Floats, length: Whole, share: Floats) -> Floats:
    """[groups, horizon, levels]: what brings each quantile to its own share of true values below it.

    QUANTILES [n, horizon, levels] and TRUTH [n, horizon] in any unit; SHARE [n]: how much each series counts.
    """
    group = length_groups(length)
    found = np.ones((len(GROUPS), HORIZON, len(LEVELS)))
    middle = quantiles[:, :, MIDDLE]
    for place, level in enumerate(LEVELS):
        if place == MIDDLE:
            continue
        distance = quantiles[:, :, place] - middle
        ratio = (truth - middle) / np.where(distance == 0, np.sign(level - 0.5) * 1e-9, distance)
        for number in range(len(GROUPS)):
            rows = group == number
            for month in range(HORIZON):
                found[number, month, place] = weighted_quantile(ratio[rows, month], share[rows], max(level, 1 - level))
    return np.clip(smoothed_along(found), NARROWEST, WIDEST)


def smoothed_along(factors: Floats) -> Floats:
    """Averages over neighbouring months: one month's factor is noisy."""
    reach = SMOOTHED_OVER // 2
    padded = np.pad(factors, ((0, 0), (reach, reach), (0, 0)), mode="edge")
    return np.asarray(np.mean([padded[:, shift : shift + HORIZON] for shift in range(SMOOTHED_OVER)], axis=0))


def weighted_quantile(values: Floats, share: Floats, level: float) -> float:
    """The value below which LEVEL of the SHAREs lie."""
    if not len(values):
        return 1.0
    order = np.argsort(values)
    reached = np.cumsum(share[order]) - share[order] / 2
    return float(np.interp(level * share.sum(), reached, values[order]))


def normal_places(quantiles: Floats, values: Floats) -> Floats:
    """Where VALUES [...] stand in QUANTILES [..., levels], as places of the normal distribution.

    Straight lines between the quantiles, going on beyond the outer ones. Without any width: 0, or far out.
    """
    is_rising = (quantiles[..., 1:] >= quantiles[..., :-1]).all()
    rising = quantiles if is_rising else np.maximum.accumulate(quantiles, axis=-1)
    inner = (values[..., None] >= rising[..., 1:-1]).sum(axis=-1)
    low = np.take_along_axis(rising, inner[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(rising, inner[..., None] + 1, axis=-1)[..., 0]
    width, off = high - low, values - low
    step = NORMAL[inner + 1] - NORMAL[inner]
    flat = width <= 0
    with np.errstate(over="ignore"):
        inside = NORMAL[inner] + step * off / np.where(flat, 1.0, width)
    beyond = np.where(values > high, 9.0, np.where(values < low, -9.0, (NORMAL[inner] + NORMAL[inner + 1]) / 2))
    return np.where(flat, beyond, np.clip(inside, -9, 9))


def measured_bonds(quantiles: Floats, truth: Floats, share: Floats) -> Bonds:
    """Correlation of months out of errors of series not trained on, and what totals of 1..18 months lack in width."""
    places = np.clip(normal_places(quantiles, truth), -3, 3)
    weight = share / share.sum()
    off = places - (places * weight[:, None]).sum(axis=0)
    cover = (off * weight[:, None]).T @ off
    spread = np.sqrt(np.diag(cover))
    months = cover / np.outer(spread, spread)
    factors = np.ones(HORIZON)
    for count in range(1, HORIZON + 1):
        total = total_quantiles(quantiles[:, :count], Bonds(months, np.ones(HORIZON)))
        wide = np.abs(normal_places(total, truth[:, :count].sum(axis=1)))
        factors[count - 1] = np.clip(weighted_quantile(wide, share, 0.8) / NORMAL[-2], NARROWEST, WIDEST)
    return Bonds(months, factors)


def total_quantiles(quantiles: Floats, bonds: Bonds, months: Whole | None = None) -> Floats:
    """[n, levels]: quantiles of the total of the months of QUANTILES [n, some months, levels].

    Assumption: months' errors are bound by the correlations BONDS.months, the same for all series, and each side's
    distance from the median adds up like standard deviations do: sqrt(d' R d). MONTHS: which months of the horizon
    these are; the first ones when not given.
    """
    count = quantiles.shape[1]
    which = np.arange(count) if months is None else months
    within = np.minimum(which, len(bonds.months) - 1)
    tie = bonds.months[np.ix_(within, within)]
    # In shares of the largest value: squares of very large or very small numbers have no place in a float.
    unit = np.maximum(np.abs(quantiles).max(axis=(1, 2)), SMALLEST)[:, None, None]
    shares = quantiles / unit
    middle = shares[:, :, MIDDLE]
    total = middle.sum(axis=1)
    factor = bonds.sums[min(count, len(bonds.sums)) - 1]
    found = np.empty((len(quantiles), len(LEVELS)))
    for place in range(len(LEVELS)):
        off = shares[:, :, place] - middle
        size = np.sqrt(np.maximum(((off @ tie) * off).sum(axis=1), 0.0))
        found[:, place] = total + np.sign(place - MIDDLE) * size * factor
    with np.errstate(over="ignore"):
        return np.asarray(np.clip(found * unit[:, :, 0], -LARGEST_TOLD, LARGEST_TOLD))


def bounded(values: Floats, lower: Floats, upper: Floats) -> Floats:
    """VALUES [n, ...] inside LOWER and UPPER [n]."""
    shape = (-1,) + (1,) * (values.ndim - 1)
    return np.clip(values, lower.reshape(shape), upper.reshape(shape))


def usual_bonds() -> Bonds:
    """Without measured ones: half of an error stays, the other half fades by a fifth a month."""
    apart = np.abs(np.subtract.outer(np.arange(HORIZON), np.arange(HORIZON)))
    return Bonds(0.4 + 0.6 * 0.8**apart, np.ones(HORIZON))


BLEND_SPREAD = (
    (4, 2.9, 0.45, 2.3),
    (13, 1.5, 0.42, 1.2),
    (19, 2.3, 0.38, 1.2),
    (25, 1.9, 0.40, 1.2),
    (37, 1.55, 0.43, 1.2),
    (MONTHS + 1, 1.35, 0.47, 1.2),
)
"""Below so many months: the blend's error one month ahead as a multiple of the history's own; the power of the distance it
grows by; how much further than normal the outermost quantiles lie one month ahead. Measured on the pool (80 % and 95 % of
errors, 3,000 windows a row)."""
TAIL_GROWTH = 0.03
"""…and what the outermost gain with each further month."""


def blend_offsets(length: Whole, horizon: int) -> Floats:
    """[n, HORIZON, levels]: the training-free range, in errors of the history off the blend."""
    below, first, power, tail = (np.array(column) for column in zip(*BLEND_SPREAD, strict=True))
    place = np.searchsorted(below, length, side="right")
    months = np.arange(1, horizon + 1)[None, :]
    spread = first[place][:, None] * months ** power[place][:, None]
    offsets = spread[:, :, None] * NORMAL[None, None, :]
    offsets[:, :, [0, -1]] *= (tail[place][:, None] + TAIL_GROWTH * months)[:, :, None]
    return np.asarray(offsets)
