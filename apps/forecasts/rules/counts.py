"""Counts of people who leave: the negative binomial distribution, which is Poisson's where the spread is even.

A Poisson count whose rate is itself only estimated, or differs from month to month, is negative binomial when the rate is
gamma distributed: mean m, variance v > m. Large counts take the normal distribution with their skewness instead.
"""

import numpy as np

from apps.forecasts.rules.ranges import PLACES, skewness
from apps.forecasts.rules.series import Floats

MANY = 40.0
"""From this mean on a count is as good as continuous."""
MOST_COUNTED = 400
LOWER = {"lo95": 0.025, "lo80": 0.1, "mean": 0.5}
UPPER = {"hi95": ("lo95", 0.95), "hi80": ("lo80", 0.8)}
"""The lower bound each belongs to, and what both have to hold."""


def count_quantiles(mean: Floats, variance: Floats) -> dict[str, Floats]:
    """lo95 <= lo80 <= mean (the median) <= hi80 <= hi95: whole numbers below a mean of 40.

    MEAN, VARIANCE of one shape. Nobody comes in halves, so a range of whole numbers holds at least as often as it says: from
    the first number that reaches the lower level to the first with which the range holds its share. What no count lies below
    of (there is none below zero) is therefore not given away twice.
    """
    variance = np.maximum(variance, mean)
    few = mean < MANY
    small = small_quantiles(np.where(few, mean, 0.0), np.where(few, variance, 0.0))
    width, skew = np.sqrt(variance), skewness(variance, third_moment(mean, variance))
    places = {**PLACES, "mean": 0.0}
    return {
        name: np.where(few, small[name], np.maximum(mean + width * (place + skew * (place**2 - 1) / 6), 0.0))
        for name, place in places.items()
    }


def third_moment(mean: Floats, variance: Floats) -> Floats:
    """Third central moment of a negative binomial count: v (2 v - m) / m."""
    found: Floats = variance * (2 * variance - mean) / np.where(mean > 0, mean, 1.0)
    return found


def small_quantiles(mean: Floats, variance: Floats) -> dict[str, Floats]:
    """The same for small means, by adding up the chances of 0, 1, 2, …"""
    chance = np.exp(-zero_exponent(mean, variance))
    over, safe = variance - mean, np.where(variance > 0, variance, 1.0)
    reached = {name: np.full(mean.shape, np.nan) for name in (*LOWER, *UPPER)}
    under = {name: np.zeros(mean.shape) for name in LOWER}
    upto = np.zeros(mean.shape)
    for number in range(MOST_COUNTED):
        before, upto = upto, upto + chance
        for name, level in LOWER.items():
            now = np.isnan(reached[name]) & (upto >= level)
            reached[name][now], under[name][now] = number, before[now]
        for name, (lower, share) in UPPER.items():
            is_begun = ~np.isnan(reached[lower])
            reached[name][np.isnan(reached[name]) & is_begun & (upto - under[lower] >= share)] = number
        if not np.isnan(reached["hi95"]).any():
            break
        chance = chance * (number * over + mean**2) / safe / (number + 1)
    found = {name: np.nan_to_num(values, nan=float(MOST_COUNTED)) for name, values in reached.items()}
    return found | {
        "hi80": np.maximum(found["hi80"], found["mean"]),
        "hi95": np.maximum(found["hi95"], np.maximum(found["hi80"], found["mean"])),
    }


def zero_exponent(mean: Floats, variance: Floats) -> Floats:
    """Minus the logarithm of the chance of none: m log(1 + x) / x with x = v / m - 1, m where x is nothing."""
    excess = np.where(mean > 0, variance / np.where(mean > 0, mean, 1.0) - 1, 0.0)
    is_even = excess < 1e-9
    found: Floats = mean * np.where(is_even, 1.0, np.log1p(excess) / np.where(is_even, 1.0, excess))
    return found
