"""Monthly histories as one matrix: a row a series, a column a month, the last month on the right."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

MONTHS = 60
"""How many months back the engine looks. A multiple of 12, so that a column's place in the year is its number mod 12."""
YEAR = 12
LARGEST = 1e300
"""Beyond this nothing can be reckoned with in binary floats; such a value counts as a gap."""


def arranged(values: object) -> Floats:
    """VALUES [n, any number of months] as [n, 60]: older months cut off, missing ones on the left NaN, infinities NaN."""
    given = np.atleast_2d(np.asarray(values, dtype=np.float64))
    matrix = np.full((given.shape[0], MONTHS), np.nan)
    kept = given[:, -MONTHS:] if given.shape[1] else given
    if kept.shape[1]:
        matrix[:, MONTHS - kept.shape[1] :] = kept
    matrix[~(np.abs(matrix) <= LARGEST)] = np.nan
    return matrix


def right_aligned(histories: Sequence[Sequence[float]]) -> Floats:
    """Histories of any length as one matrix [n, longest]: each ends in the last column, NaN before it."""
    matrix = np.full((len(histories), max(map(len, histories), default=0)), np.nan)
    for row, history in enumerate(histories):
        if len(history):
            matrix[row, -len(history) :] = history
    return matrix


def first_months(known: Flags) -> Whole:
    """The column of each row's first known month; 60 where there is none."""
    return np.asarray(np.where(known.any(axis=1), known.argmax(axis=1), known.shape[1]))


def span(start: Whole) -> Flags:
    """[n, 60]: which columns lie inside the history, gaps included."""
    return np.asarray(np.arange(MONTHS)[None, :] >= start[:, None])


def filled(matrix: Floats) -> Floats:
    """Gaps by a straight line between their neighbours; before the first known month its value, after the last one its.

    A row without any number becomes zeros.
    """
    known = ~np.isnan(matrix)
    start = first_months(known)
    found = np.where(known, matrix, 0.0)
    opening = np.take_along_axis(found, np.minimum(start, matrix.shape[1] - 1)[:, None], axis=1)
    found = np.where(np.arange(matrix.shape[1])[None, :] < start[:, None], opening, found)
    holed = known.sum(axis=1) < matrix.shape[1] - start
    if holed.any():
        found[holed] = interpolated(found[holed], known[holed])
    return found


def interpolated(matrix: Floats, known: Flags) -> Floats:
    """MATRIX with what is not KNOWN drawn as straight lines; the nearest known value beyond the first and the last."""
    months = matrix.shape[1]
    place = np.arange(months)[None, :]
    before = np.maximum.accumulate(np.where(known, place, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, place, months)[:, ::-1], axis=1)[:, ::-1]
    left = np.where(before < 0, np.minimum(after, months - 1), before)
    right = np.where(after >= months, left, after)
    low, high = np.take_along_axis(matrix, left, axis=1), np.take_along_axis(matrix, right, axis=1)
    share = (place - left) / np.maximum(right - left, 1)
    return np.where(known, matrix, low + (high - low) * share)


def last_years(matrix: NDArray[Any]) -> NDArray[Any]:
    """[n, 60] as [n, 5 years, 12 months]; the last month is [:, -1, -1]."""
    return matrix.reshape(matrix.shape[0], MONTHS // YEAR, YEAR)


def ahead(by_month: Floats, horizon: int) -> Floats:
    """[n, 12] by place in the year as [n, HORIZON] for the months that come."""
    return by_month[:, np.arange(horizon) % YEAR]
