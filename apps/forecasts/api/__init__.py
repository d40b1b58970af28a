"""Forecasts for other systems: the views that ops_portal/api.py mounts."""

from apps.forecasts.api.accuracy import DepartmentAccuracyApi, KpiAccuracyApi
from apps.forecasts.api.judgements import OverrideApi, ScenarioApi
from apps.forecasts.api.reports import SituationReportApi
from apps.forecasts.api.series import ForecastAccuracyApi, ForecastIssueApi, SeriesApi
from apps.forecasts.api.staff import StaffOutlookApi

__all__ = [
    "DepartmentAccuracyApi",
    "ForecastAccuracyApi",
    "ForecastIssueApi",
    "KpiAccuracyApi",
    "OverrideApi",
    "ScenarioApi",
    "SeriesApi",
    "SituationReportApi",
    "StaffOutlookApi",
]
