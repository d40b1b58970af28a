"""Tables of forecasts: issues with their series, what people put beside them, the monthly report."""

from apps.forecasts.models.issues import (
    ForecastIssue,
    ForecastMonth,
    HorizonAccuracy,
    JudgedMonth,
    PeriodAccuracy,
    SeriesForecast,
    ToldMonth,
)
from apps.forecasts.models.judgements import Override, Scenario
from apps.forecasts.models.reports import ReportReader, SituationReport

__all__ = [
    "ForecastIssue",
    "ForecastMonth",
    "HorizonAccuracy",
    "JudgedMonth",
    "Override",
    "PeriodAccuracy",
    "ReportReader",
    "Scenario",
    "SeriesForecast",
    "SituationReport",
    "ToldMonth",
]
