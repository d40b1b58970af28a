"""Months that are late in a whole and in some of its parts: what is told of them adds up, with the parts that are known."""

from typing import NamedTuple

import numpy as np

from apps.forecasts.rules.coherence import reconciled
from apps.forecasts.rules.histories import NO_PARENT
from apps.forecasts.rules.network import MIDDLE
from apps.forecasts.rules.series import MONTHS, Flags, Floats, Whole


class Family(NamedTuple):
    """Rows that may be late, and all that stand beside them in the same whole: their places in the table, [s]; which of
    these each is a part of; their last columns [s, columns]; bounds; whether anything is foretold of them at all."""

    rows: Whole
    parent: Whole
    known: Floats
    lower: Floats
    upper: Floats
    is_told: Flags


def family_of(
    late: Whole, matrix: Floats, parent: Whole, bounds: tuple[Floats, Floats], ahead: Floats, columns: int
) -> Family:
    """Of a table MATRIX [n, 60] with the PARENT of each row, its BOUNDS and the medians of the month AHEAD: the LATE rows
    and those beside them."""
    above = parent[late]
    is_inside = np.isin(parent, above[above != NO_PARENT])
    is_inside[late] = True
    rows = np.flatnonzero(is_inside)
    place = np.full(len(matrix) + 1, NO_PARENT, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    lower, upper = (bound[rows] for bound in bounds)
    return Family(rows, place[parent[rows]], matrix[rows, MONTHS - columns :], lower, upper, ~np.isnan(ahead[rows]))


def adding_up(quantiles: Floats, late: Whole, of: Family) -> Floats:
    """QUANTILES [m, columns, levels] of LATE rows, NaN where a column is known, with their medians moved so that in each
    column the parts of a late whole add up to it: those that are known stay as they are. A whole of which a part is neither
    known nor foretold there, though it is forecast, leaves its parts alone."""
    found = quantiles.copy()
    place = np.searchsorted(of.rows, late)
    is_late = ~np.isnan(quantiles[:, :, MIDDLE])
    for column in np.flatnonzero(is_late.any(axis=0)).tolist():
        is_open = is_late[:, column]
        known = of.known[:, column]
        is_known = ~np.isnan(known)
        told = np.repeat(known[:, None], quantiles.shape[2], axis=1)
        told[place[is_open]] = quantiles[is_open, column]
        is_gap = np.isnan(told[:, MIDDLE]) & of.is_told
        is_whole = ~is_known & ~np.isnan(told[:, MIDDLE])
        is_whole[of.parent[is_gap & (of.parent != NO_PARENT)]] = False
        above = np.where((of.parent != NO_PARENT) & is_whole[of.parent], of.parent, NO_PARENT)
        low, high = np.where(is_known, known, of.lower), np.where(is_known, known, of.upper)
        fitting, _moved = reconciled(told[:, None], above, low, high)
        found[is_open, column] = fitting[place[is_open], 0]
    return found
