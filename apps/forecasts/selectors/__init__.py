"""Reads of forecasts and reports. Those that take a scope give only what the person may see."""

from apps.forecasts.selectors.issues import (
    Subject,
    current_issue,
    current_issues,
    series_for,
    visible_issues,
    visible_series,
)

__all__ = [
    "Subject",
    "current_issue",
    "current_issues",
    "series_for",
    "visible_issues",
    "visible_series",
]
