"""What departments reported becomes what they and everything above them have: sums over the tree as it stands today."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from apps.forecasts.rules.series import Flags, Floats, Whole


class Reported(NamedTuple):
    """What each reporting department said, [reporters, 60], NaN for no number. known: it said something, be it that there
    was nothing to measure; expected: it was to say something; lacks: it gave a ratio alone, and in other months its parts
    as well."""

    value: Floats
    numerator: Floats
    denominator: Floats
    known: Flags
    expected: Flags
    lacks: Flags


@dataclass(frozen=True, slots=True)
class Parts:
    """Which reporters make up which whole: pairs in order of `whole`, every whole from 0 on at least once."""

    reporter: Whole
    whole: Whole

    @property
    def starts(self) -> Whole:
        """The first pair of each whole."""
        return np.flatnonzero(np.diff(self.whole, prepend=-1))

    @property
    def counts(self) -> Whole:
        """How many reporters each whole has."""
        return np.bincount(self.whole)

    def sums(self, figures: Floats) -> Floats:
        """FIGURES [reporters, any] added up for each whole."""
        return np.asarray(np.add.reduceat(figures[self.reporter], self.starts, axis=0))

    def any(self, flags: Flags) -> Flags:
        """Whether FLAGS [reporters, any] hold for one of each whole."""
        if not flags.any():
            return np.zeros((len(self.starts), flags.shape[1]), dtype=np.bool_)
        return np.asarray(np.logical_or.reduceat(flags[self.reporter], self.starts, axis=0))


class Rolled(NamedTuple):
    """The wholes, [wholes, 60]: NaN in a month in which an expected reporter is missing. A numerator that is NaN beside a
    denominator: not of all who give theirs in other months; the denominator says what the ratio weighs all the same."""

    value: Floats
    numerator: Floats
    denominator: Floats


def rolled_up(reported: Reported, parts: Parts, scale: Floats) -> Rolled:
    """Sums over the parts; SCALE [wholes] not NaN: the value is SCALE x sum of numerators / sum of denominators.

    A ratio's only reporter may have given the ratio alone: then that counts, and nothing is known of its parts.
    """
    missing = parts.any(reported.expected & ~reported.known)
    total = whole_sums(reported.value, parts, missing)
    is_ratio = ~np.isnan(scale)
    if not is_ratio.any():
        nothing = np.full_like(total, np.nan)
        return Rolled(total, nothing, nothing)
    is_pair = ~np.isnan(reported.numerator) & ~np.isnan(reported.denominator)
    upper, lower = (
        np.where(is_ratio[:, None], whole_sums(np.where(is_pair, figures, np.nan), parts, missing), np.nan)
        for figures in (reported.numerator, reported.denominator)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(lower == 0, np.nan, scale[:, None] * upper / lower)
    alone = np.isnan(upper) & (parts.counts == 1)[:, None]
    value = np.where(is_ratio[:, None], np.where(alone, total, ratio), total)
    return Rolled(value, without_lacking(upper, reported.lacks, parts), lower)


def without_lacking(numerator: Floats, lacks: Flags, parts: Parts) -> Floats:
    """NUMERATOR of the wholes without the months in which one of their parts LACKS its own: from such a month to the next
    the sum moves by who gave the parts, not by what happened. Who never gives them is missing in all months alike."""
    pairs = np.flatnonzero(np.asarray(lacks.any(axis=1))[parts.reporter])
    if not len(pairs):
        return numerator
    found = numerator.copy()
    pair, column = np.nonzero(lacks[parts.reporter[pairs]])
    found[parts.whole[pairs][pair], column] = np.nan
    return found


def whole_sums(figures: Floats, parts: Parts, missing: Flags) -> Floats:
    """Sums of the numbers there are; NaN where there is none, or somebody is missing."""
    is_number = ~np.isnan(figures)
    total = parts.sums(np.where(is_number, figures, 0.0))
    return np.where(missing | ~parts.any(is_number), np.nan, total)
