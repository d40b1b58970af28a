"""Reads of indicators. Those that take a scope give only what the person may see."""

from apps.kpis.selectors.baselines import baseline_on, visible_baselines
from apps.kpis.selectors.behind import reported_values, targets_of
from apps.kpis.selectors.board import board_kpis, give_cards, off_target, with_missing, with_status, words_of
from apps.kpis.selectors.finding import full_code, kpi_for, owned_kpis, resolve_kpis, search_kpis, visible_kpis
from apps.kpis.selectors.heat import heat_map, rows_below
from apps.kpis.selectors.histories import KpiHistories, kpi_histories
from apps.kpis.selectors.judging import (
    Behind,
    Fact,
    FactSheet,
    came_since,
    copied_table,
    definitions_of_all,
    hands_on,
    month_facts,
    targets_within,
    versions_behind,
)
from apps.kpis.selectors.months import calendar_on
from apps.kpis.selectors.page import dated_versions, picture_of
from apps.kpis.selectors.places import placed_kpi_for, placed_kpis, shown_department
from apps.kpis.selectors.records import (
    definition_on,
    listed_kpis,
    values_for,
    versions_of,
    visible_months,
    visible_targets,
    visible_values,
)
from apps.kpis.selectors.reported import MonthRead
from apps.kpis.selectors.timetable import MONTH_COLUMNS, Timetable, timetable, with_absences

__all__ = [
    "MONTH_COLUMNS",
    "Behind",
    "Fact",
    "FactSheet",
    "KpiHistories",
    "MonthRead",
    "Timetable",
    "baseline_on",
    "board_kpis",
    "calendar_on",
    "came_since",
    "copied_table",
    "dated_versions",
    "definition_on",
    "definitions_of_all",
    "full_code",
    "give_cards",
    "hands_on",
    "heat_map",
    "kpi_for",
    "kpi_histories",
    "listed_kpis",
    "month_facts",
    "off_target",
    "owned_kpis",
    "picture_of",
    "placed_kpi_for",
    "placed_kpis",
    "reported_values",
    "resolve_kpis",
    "rows_below",
    "search_kpis",
    "shown_department",
    "targets_of",
    "targets_within",
    "timetable",
    "values_for",
    "versions_behind",
    "versions_of",
    "visible_baselines",
    "visible_kpis",
    "visible_months",
    "visible_targets",
    "visible_values",
    "with_absences",
    "with_missing",
    "with_status",
    "words_of",
]
