"""Pages of forecasts, by what they show."""

from apps.forecasts.views.honesty import accuracy_by_department_page, accuracy_by_kpi_page, honesty_page
from apps.forecasts.views.issuing import issue_page
from apps.forecasts.views.lists import list_page
from apps.forecasts.views.overrides import override_page, take_back_page
from apps.forecasts.views.parts import department_page, kpi_part
from apps.forecasts.views.report_acts import (
    approve_report,
    assemble_report,
    begin_report_page,
    edit_report_page,
    issue_report_page,
    reopen_report_page,
)
from apps.forecasts.views.reports import compare_page, report_file, report_page, reports_page
from apps.forecasts.views.scenarios import delete_scenario, scenario_page
from apps.forecasts.views.series import series_page
from apps.forecasts.views.staff import staff_page

__all__ = [
    "accuracy_by_department_page",
    "accuracy_by_kpi_page",
    "approve_report",
    "assemble_report",
    "begin_report_page",
    "compare_page",
    "delete_scenario",
    "department_page",
    "edit_report_page",
    "honesty_page",
    "issue_page",
    "issue_report_page",
    "kpi_part",
    "list_page",
    "override_page",
    "reopen_report_page",
    "report_file",
    "report_page",
    "reports_page",
    "scenario_page",
    "series_page",
    "staff_page",
    "take_back_page",
]
