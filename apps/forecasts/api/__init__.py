"""Forecasts for other systems: the views that ops_portal/api.py mounts."""

# issues, series, accuracy, own figures, what-ifs
from apps.forecasts.api.judgements import OverrideApi, ScenarioApi
from apps.forecasts.api.series import ForecastAccuracyApi, ForecastIssueApi, SeriesApi
from apps.forecasts.api.staff import StaffOutlookApi

__all__ = ["ForecastAccuracyApi", "ForecastIssueApi", "OverrideApi", "ScenarioApi", "SeriesApi", "StaffOutlookApi"]
