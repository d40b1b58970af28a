"""Writes of forecasts and reports: keyword-only, each in a transaction of its own."""

from apps.forecasts.services.announcing import ISSUED_TOPIC, announce_issue, tell_issue
from apps.forecasts.services.issuing import (
    ISSUE_KIND,
    Issued,
    issue_month,
    month_to_issue,
    request_issue,
)
from apps.forecasts.services.refusals import MonthNotOver, NothingKnown, ReasonWanted
from apps.forecasts.services.staffing import staff_series

__all__ = [
    "ISSUED_TOPIC",
    "ISSUE_KIND",
    "Issued",
    "MonthNotOver",
    "NothingKnown",
    "ReasonWanted",
    "announce_issue",
    "issue_month",
    "month_to_issue",
    "request_issue",
    "staff_series",
    "tell_issue",
]
