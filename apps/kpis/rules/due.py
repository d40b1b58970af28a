"""For which months an indicator is to be reported."""

from datetime import date

EVERY = {"month": 1, "quarter": 3, "year": 12}
"""Months from one value to the next."""


def is_due(frequency: str, month: date, *, fiscal_first_month: int) -> bool:
    """Whether a value of this FREQUENCY stands on MONTH: every month, or the last of the fiscal quarter or year."""
    every = EVERY[frequency]
    return (month.month - fiscal_first_month + 12) % every == every - 1


def is_expected(month: date, *, first: date, last: date | None) -> bool:
    """Whether MONTH lies between the first and the last month a department is to report."""
    return first <= month and (last is None or month <= last)
