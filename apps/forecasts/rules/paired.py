"""Which rates are told through numerator and denominator: those whose parts are known as long and as lately as they are."""

from typing import NamedTuple

import numpy as np

from apps.forecasts.rules.histories import Histories
from apps.forecasts.rules.series import MONTHS, Flags

MONTHS_ASKED = 10
PAIRS_ASKED = 9
"""Of so many known months of a rate so many need both parts. All but one in ten: a gap a year is bridged and hardly moves
the level or the season of the parts; with more of them parts and rate tell two different histories."""


class Pairing(NamedTuple):
    """[n]: ratios that are told through their parts; ratios that cannot be, though some of their months have both."""

    is_whole: Flags
    is_partial: Flags


def pairing(of: Histories) -> Pairing:
    """By the months in which a ratio is known itself: the last of them has both parts, and so have nearly all.

    Entries may give a rate alone. Parts that stopped, or have only just begun, say where the parts stood once, or no
    season at all; a quotient of them is not what is to be expected of the rate.
    """
    is_whole, is_partial = np.zeros((2, len(of)), dtype=np.bool_)
    rows = np.flatnonzero(of.is_ratio)
    known = ~np.isnan(of.values[rows])
    pairs = known & ~np.isnan(of.numerator[rows]) & ~np.isnan(of.denominator[rows])
    last = MONTHS - 1 - known[:, ::-1].argmax(axis=1)
    count = pairs.sum(axis=1)
    is_enough = MONTHS_ASKED * count >= PAIRS_ASKED * known.sum(axis=1)
    is_whole[rows] = pairs[np.arange(len(rows)), last] & is_enough
    is_partial[rows] = (count > 0) & ~is_whole[rows]
    return Pairing(is_whole, is_partial)
