"""Reads of indicators. Those that take a scope give only what the person may see."""

from apps.kpis.selectors.finding import kpi_for, resolve_kpis, search_kpis, visible_kpis

__all__ = ["kpi_for", "resolve_kpis", "search_kpis", "visible_kpis"]
