"""Headcount and turnover of every department, carried forward from what the staff records say. Reads only."""

from datetime import datetime

from apps.core.month import Month
from apps.forecasts.rules.staffing import StaffSeries


def staff_series(*, month: Month, horizon: int, known_by: datetime | None = None) -> list[StaffSeries]:
    """Headcount (rolled up, and the own heads of departments with others below) and turnover after MONTH.

    Every department that stands in the tree of the month's last day and had people in the last 60 months, by key.
    KNOWN_BY: moves ahead count only where they had been recorded by then (an issue made afterwards for an earlier month
    must not know what came); None: all that is recorded. A number of queries that does not grow with the company.
    """
    raise NotImplementedError
