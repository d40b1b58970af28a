"""Writes of forecasts and reports: keyword-only, each in a transaction of its own."""

from apps.forecasts.services.announcing import ISSUED_TOPIC, announce_issue, tell_issue
from apps.forecasts.services.issuing import (
    ISSUE_KIND,
    Issued,
    issue_month,
    month_to_issue,
    request_issue,
)
from apps.forecasts.services.overriding import (
    MonthNotAhead,
    NothingForetold,
    NothingToTakeBack,
    OutsideBounds,
    ReasonMissing,
    take_back_override,
    tell_override,
)
from apps.forecasts.services.refusals import MonthNotOver, NothingKnown, ReasonWanted
from apps.forecasts.services.scenarios import TooManyScenarios, WrongScenario, delete_scenario, save_scenario
from apps.forecasts.services.staffing import staff_series

__all__ = [
    "ISSUED_TOPIC",
    "ISSUE_KIND",
    "Issued",
    "MonthNotAhead",
    "MonthNotOver",
    "NothingForetold",
    "NothingKnown",
    "NothingToTakeBack",
    "OutsideBounds",
    "ReasonMissing",
    "ReasonWanted",
    "TooManyScenarios",
    "WrongScenario",
    "announce_issue",
    "delete_scenario",
    "issue_month",
    "month_to_issue",
    "request_issue",
    "save_scenario",
    "staff_series",
    "take_back_override",
    "tell_issue",
    "tell_override",
]
