"""Writes of forecasts and reports: keyword-only, each in a transaction of its own."""

from apps.forecasts.services.announcing import ISSUED_TOPIC, announce_issue, tell_issue
from apps.forecasts.services.assembling import (
    ASSEMBLE_KIND,
    Assembled,
    assemble_on_schedule,
    assemble_report,
    reassemble,
)
from apps.forecasts.services.following import follow_publication
from apps.forecasts.services.issuing import (
    ISSUE_KIND,
    Issued,
    issue_month,
    month_to_issue,
    request_issue,
    request_missing,
)
from apps.forecasts.services.overriding import (
    MonthNotAhead,
    NothingForetold,
    NothingToTakeBack,
    OutsideBounds,
    take_back_override,
    tell_override,
)
from apps.forecasts.services.printing import report_pdf
from apps.forecasts.services.refusals import (
    MonthNotOver,
    NothingKnown,
    ReasonMissing,
    ReasonWanted,
    ReportBusy,
    ReportChanged,
    WrongMonth,
    WrongReaders,
    WrongWords,
)
from apps.forecasts.services.reporting import (
    REPORT_TOPIC,
    approve_report,
    digest_of,
    issue_report,
    mark_report_read,
    name_readers,
    reopen_report,
    say,
    stamp_of,
    tell_report,
)
from apps.forecasts.services.scenarios import TooManyScenarios, WrongScenario, delete_scenario, save_scenario
from apps.forecasts.services.staffing import staff_series
from apps.forecasts.services.tabulating import report_xlsx

__all__ = [
    "ASSEMBLE_KIND",
    "ISSUED_TOPIC",
    "ISSUE_KIND",
    "REPORT_TOPIC",
    "Assembled",
    "Issued",
    "MonthNotAhead",
    "MonthNotOver",
    "NothingForetold",
    "NothingKnown",
    "NothingToTakeBack",
    "OutsideBounds",
    "ReasonMissing",
    "ReasonWanted",
    "ReportBusy",
    "ReportChanged",
    "TooManyScenarios",
    "WrongMonth",
    "WrongReaders",
    "WrongScenario",
    "WrongWords",
    "announce_issue",
    "approve_report",
    "assemble_on_schedule",
    "assemble_report",
    "delete_scenario",
    "digest_of",
    "follow_publication",
    "issue_month",
    "issue_report",
    "mark_report_read",
    "month_to_issue",
    "name_readers",
    "reassemble",
    "reopen_report",
    "report_pdf",
    "report_xlsx",
    "request_issue",
    "request_missing",
    "save_scenario",
    "say",
    "staff_series",
    "stamp_of",
    "take_back_override",
    "tell_issue",
    "tell_override",
    "tell_report",
]
