"""Reads of indicators. Those that take a scope give only what the person may see."""

from apps.kpis.selectors.finding import kpi_for, resolve_kpis, search_kpis, visible_kpis
from apps.kpis.selectors.records import (
    definition_on,
    listed_kpis,
    values_for,
    versions_of,
    visible_months,
    visible_targets,
    visible_values,
)

__all__ = [
    "definition_on",
    "kpi_for",
    "listed_kpis",
    "resolve_kpis",
    "search_kpis",
    "values_for",
    "versions_of",
    "visible_kpis",
    "visible_months",
    "visible_targets",
    "visible_values",
]
