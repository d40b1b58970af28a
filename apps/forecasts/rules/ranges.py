"""Ranges and chances from a mean, a variance and a third moment: counts of people are skew where they are few."""

import math
from collections.abc import Mapping

import numpy as np

from apps.forecasts.rules.series import Floats

PLACES = {"lo95": -1.959964, "lo80": -1.281552, "hi80": 1.281552, "hi95": 1.959964}
"""Quantiles of the normal distribution at 2.5, 10, 90 and 97.5 %."""
MOST_SKEW = 1.0
FARTHEST = 3.0
_below = np.vectorize(lambda place: 0.5 * math.erfc(-place / math.sqrt(2)), otypes=[np.float64])


def skewness(variance: Floats, third: Floats) -> Floats:
    """Third moment over the deviation cubed, kept to where the expansion below still rises."""
    safe = np.where(variance > 0, variance, 1.0)
    return np.where(variance > 0, np.clip(third / safe**1.5, -MOST_SKEW, MOST_SKEW), 0.0)


def ranges_around(mean: Floats, variance: Floats, third: Floats, *, lowest: Floats | float = 0.0) -> dict[str, Floats]:
    """lo95 <= lo80 <= MEAN <= hi80 <= hi95, none below LOWEST. Quantiles by Cornish and Fisher's expansion."""
    width, skew = np.sqrt(variance), skewness(variance, third)
    found = {name: mean + width * (place + skew * (place**2 - 1) / 6) for name, place in PLACES.items()}
    floor = np.minimum(mean, lowest)
    lo80 = np.clip(found["lo80"], floor, mean)
    hi80 = np.maximum(found["hi80"], mean)
    return {
        "lo95": np.clip(found["lo95"], floor, lo80),
        "lo80": lo80,
        "hi80": hi80,
        "hi95": np.maximum(found["hi95"], hi80),
    }


def whole_ranges(mean: Floats, variance: Floats, third: Floats, factors: Mapping[str, Floats]) -> dict[str, Floats]:
    """Ranges of heads, in whole heads, with each bound's distance from the mean multiplied by its FACTORS [ahead]."""
    wide = ranges_around(mean, variance, third)
    found = {name: np.floor(mean + (values - mean) * factors[name] + 0.5) for name, values in wide.items()}
    lo80, hi80 = np.clip(found["lo80"], 0.0, mean), np.maximum(found["hi80"], mean)
    return {
        "lo95": np.clip(found["lo95"], 0.0, lo80),
        "lo80": lo80,
        "hi80": hi80,
        "hi95": np.maximum(found["hi95"], hi80),
    }


def chance_of_whole(mean: Floats, variance: Floats, third: Floats, wanted: Floats) -> Floats:
    """The chance of WANTED or more people; NaN where WANTED is. People come whole, so half a head below counts."""
    width = np.sqrt(variance)
    is_sure = width < 1e-9
    place = np.clip((wanted - 0.5 - mean) / np.where(is_sure, 1.0, width), -1e3, 1e3)
    near = np.clip(place, -FARTHEST, FARTHEST)
    straight = place - skewness(variance, third) * (near**2 - 1) / 6
    found = 1 - _below(np.nan_to_num(straight)) if straight.size else np.zeros_like(straight)
    found = np.where(is_sure, np.where(mean >= wanted - 0.5, 1.0, 0.0), found)
    return np.where(np.isnan(wanted), np.nan, np.where(wanted <= 0, 1.0, found))
