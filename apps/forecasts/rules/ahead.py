"""Places among the months ahead, and how a judged forecast did against the two plain ones."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from apps.core.month import Month

BETTER, WORSE_THAN_NAIVE, WORSE_THAN_SEASONAL, TOO_FEW = "better", "naive", "seasonal", "few"
FEWEST = 3
"""Fewer forecasts that came due say nothing."""
FEWEST_PERIODS = 2
"""All series share what happened in one quarter or year: a single one says nothing of the next."""


class PeriodSums(Protocol):
    """Forecasts of a quarter's or year's end, told so many months before it: how many, of how many periods, mean errors."""

    count: int
    period_count: int
    error: float
    naive_error: float
    seasonal_error: float
    in80_count: int


@dataclass(frozen=True, slots=True)
class Record:
    """How earlier forecasts did: mean errors of the forecast and of the two plain ones, and how often ranges held."""

    count: int
    error: float | None
    naive: float | None
    seasonal: float | None
    in80: int
    in95: int

    @property
    def share80(self) -> float | None:
        """Percent that came inside the 80 % range."""
        return self.in80 * 100 / self.count if self.count else None

    @property
    def share95(self) -> float | None:
        """Percent that came inside the 95 % range."""
        return self.in95 * 100 / self.count if self.count else None

    @property
    def verdict(self) -> str:
        """`better`, or which plain forecast came closer; `few` where there is too little to judge by."""
        if self.count < FEWEST or self.error is None:
            return TOO_FEW
        plain = {WORSE_THAN_NAIVE: self.naive, WORSE_THAN_SEASONAL: self.seasonal}
        closer = {word: error for word, error in plain.items() if error is not None and error < self.error}
        return min(closer, key=closer.__getitem__) if closer else BETTER


def period_record(rows: Sequence[PeriodSums]) -> Record:
    """The record of forecasts of a quarter's or year's end, told at several distances before it (ROWS). Of too few periods
    it holds no errors: they say nothing."""
    count = sum(row.count for row in rows)
    if not count or max(row.period_count for row in rows) < FEWEST_PERIODS:
        return Record(count, None, None, None, sum(row.in80_count for row in rows), 0)
    error, naive, seasonal = (
        sum(getattr(row, name) * row.count for row in rows) / count
        for name in ("error", "naive_error", "seasonal_error")
    )
    return Record(count, error, naive, seasonal, sum(row.in80_count for row in rows), 0)


def record_of(row: Mapping[str, Any]) -> Record:
    """Sums of a group (judged, error, naive, seasonal, in80, in95) as a record."""
    return Record(row["judged"], row["error"], row["naive"], row["seasonal"], row["in80"], row["in95"])


def months_left_in_year(number: int, first: int) -> int:
    """How many months a business year that begins in month FIRST still has after month NUMBER (both 1 to 12): 0 to 11."""
    return (first - number - 1) % 12


def due_places(step: int, number: int, first: int, count: int) -> list[int]:
    """Of COUNT months after month NUMBER (1 to 12) those, from 0, in which a figure for STEP months is due, where the
    business year begins in month FIRST."""
    return [place for place in range(count) if (number + place + 2 - first) % step == 0]


def months_left_in_quarter(number: int, first: int) -> int:
    """The same for the quarter of that business year: 0 to 2."""
    return months_left_in_year(number, first) % 3


def aimed_from(start: Month, last: Month, *, aimed: Container[Month], known: Container[Month]) -> Month | None:
    """From which month on there is a target, of a business year that began with START and of which LAST is the last month
    known; later ones have one. AIMED: months that have a target; KNOWN: months of which that is known.

    None where every month has one, where months before have one too, or where that is not known.
    """
    months = start.until(last) if start <= last else []
    first = next((month for month in reversed(months) if month not in aimed), None)
    if first is None or any(month in aimed or month not in known for month in start.until(first)):
        return None
    return first.plus(1)
