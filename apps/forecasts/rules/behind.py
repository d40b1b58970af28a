"""Months that should be known and are not, and what quarters and years count for them: a forecast where the last ones are
late, a straight line where one is missing between two others."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from apps.forecasts.rules.histories import Histories
from apps.forecasts.rules.network import LEVELS
from apps.forecasts.rules.series import MONTHS, Flags, Floats, Whole, interpolated


class Behind(NamedTuple):
    """What is foretold of months that are late, of the ROWS of a table that are: late [m], how many of its last columns;
    quantiles [m, columns, levels], NaN where a column is not late; denominator [m, columns] of ratios."""

    rows: Whole
    late: Whole
    quantiles: Floats
    denominator: Floats

    def of_months(self, count: int) -> Floats:
        """[m, COUNT, levels]: only the last so many."""
        return self.quantiles[:, self.quantiles.shape[1] - count :]


def nobody_late() -> Behind:
    """All that should be known is."""
    none = np.zeros(0, dtype=np.int64)
    return Behind(none, none, np.zeros((0, 0, len(LEVELS))), np.zeros((0, 0)))


def up_to_now(quantiles: Floats, late: Whole, columns: int) -> Floats:
    """[m, COLUMNS, levels]: the last columns of a history out of QUANTILES [m, any, levels] that begin after the last month
    known, LATE [m] months ago; NaN where they are known."""
    places = late[:, None] - np.arange(columns, 0, -1)[None, :]
    found = np.take_along_axis(quantiles, np.maximum(places, 0)[:, :, None], axis=1)
    return np.where(places[:, :, None] >= 0, found, np.nan)


def bridged(of: Histories, behind: Behind, columns: int) -> tuple[Histories, Flags]:
    """(the table with gaps among its last COLUMNS filled by a straight line between the months beside them, and with the
    denominators foretold of late months; which rows have a gap that counts).

    What was never known, before the first month or after the last, stays open; so does a month of a ratio in which there
    was nothing to measure, which weighs nothing.
    """
    first = MONTHS - columns
    is_gap = np.isnan(of.values[:, first:])
    found = np.zeros(len(of), dtype=np.bool_)
    rows = np.flatnonzero(is_gap.any(axis=1) & ~is_gap.all(axis=1)) if columns else np.zeros(0, dtype=np.int64)
    if not len(rows) and not len(behind.rows):
        return of, found
    values, denominator = of.values.copy(), of.denominator.copy()
    line, is_inner = lined(values[rows])
    weight, is_inner_weight = lined(denominator[rows])
    counts = is_inner[:, first:] & np.isnan(denominator[rows, first:])
    values[rows, first:] = np.where(is_inner, line, values[rows])[:, first:]
    denominator[rows, first:] = np.where(is_inner_weight, weight, denominator[rows])[:, first:]
    found[rows] = counts.any(axis=1)
    late, width = behind.rows, behind.denominator.shape[1]
    if width:
        known = denominator[late, MONTHS - width :]
        denominator[late, MONTHS - width :] = np.where(np.isnan(known), behind.denominator, known)
    return replace(of, values=values, denominator=denominator), found


def lined(matrix: Floats) -> tuple[Floats, Flags]:
    """(MATRIX with straight lines, which cells lie in a gap between two known ones)."""
    known = ~np.isnan(matrix)
    before = np.logical_or.accumulate(known, axis=1)
    after = np.logical_or.accumulate(known[:, ::-1], axis=1)[:, ::-1]
    return interpolated(np.where(known, matrix, 0.0), known), np.asarray(before & after & ~known)
