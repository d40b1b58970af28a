"""How good forecasts were: the measures of the M4 competition, coverage, and whether chances kept their word."""

from typing import NamedTuple

import numpy as np

from apps.forecasts.rules.series import Flags, Floats

BINS = 10


class Outcome(NamedTuple):
    """What came, [n, horizon], and what is needed to judge it, [n]: scale (mean absolute change over a year in the whole
    known history), naive2_smape and naive2_mase of the plain seasonal method."""

    truth: Floats
    scale: Floats
    naive2_smape: Floats
    naive2_mase: Floats

    def chosen(self, rows: Flags) -> "Outcome":
        """Only these series."""
        return Outcome(*(part[rows] for part in self))


class Bin(NamedTuple):
    """Chances told between LOW and HIGH: how many (number), their mean, and how often it came true."""

    low: float
    high: float
    number: int
    told: float
    came: float


def smape(truth: Floats, mean: Floats) -> Floats:
    """[n]: symmetric mean absolute percentage error, 0 to 200; 0 where both are nothing."""
    size = np.abs(truth) + np.abs(mean)
    return np.asarray((200 * np.abs(truth - mean) / np.where(size == 0, 1.0, size)).mean(axis=1))


def owa(of: Outcome, mean: Floats) -> float:
    """Half of sMAPE and half of MASE, each averaged over all series and divided by Naive2's average."""
    mase = np.abs(of.truth - mean).mean(axis=1) / of.scale
    return float(smape(of.truth, mean).mean() / of.naive2_smape.mean() / 2 + mase.mean() / of.naive2_mase.mean() / 2)


def coverage(truth: Floats, low: Floats, high: Floats) -> float:
    """Share of true values inside their range."""
    return float(((truth >= low) & (truth <= high)).mean())


def msis95(of: Outcome, low: Floats, high: Floats) -> float:
    """Mean scaled interval score of the 95 % range: its width plus 40 times what lies outside."""
    outside = np.maximum(low - of.truth, 0) + np.maximum(of.truth - high, 0)
    return float((((high - low) + 40 * outside).mean(axis=1) / of.scale).mean())


def brier(chance: Floats, came: Flags) -> float:
    """Mean squared difference between the chance told and what came (1 or 0)."""
    return float(((chance - came) ** 2).mean())


def base_brier(came: Flags) -> float:
    """Brier score of always telling the share that came."""
    return float(came.mean() * (1 - came.mean()))


def reliability(chance: Floats, came: Flags) -> list[Bin]:
    """Chances in ten bins of equal width, with how often they came true; empty bins are left out."""
    place = np.minimum((chance * BINS).astype(np.int64), BINS - 1)
    found = []
    for number in range(BINS):
        rows = place == number
        if rows.any():
            found.append(
                Bin(
                    number / BINS,
                    (number + 1) / BINS,
                    int(rows.sum()),
                    float(chance[rows].mean()),
                    float(came[rows].mean()),
                )
            )
    return found
