"""Writes of indicators: definitions, targets, values and what follows from them."""

from apps.kpis.services.baselines import freeze_baseline
from apps.kpis.services.deciding import approve_values, decline_values
from apps.kpis.services.definitions import (
    ALWAYS,
    Definition,
    Identity,
    change_definition,
    change_identity,
    define_kpi,
    doubts_about,
    point_all_to_today,
    retire_kpi,
)
from apps.kpis.services.entering import enter_values
from apps.kpis.services.previewing import Preview, preview_approval, preview_values
from apps.kpis.services.refusals import ChangedMeanwhile
from apps.kpis.services.remembering import keep_reported
from apps.kpis.services.staging import Entry
from apps.kpis.services.summaries import REFRESH_KIND, refresh_months, refresh_stale
from apps.kpis.services.targets import Aim, remove_target, set_target
from apps.kpis.services.undoing import restore_former
from apps.kpis.services.values import (
    Fault,
    Recorded,
    check_values,
    record_lines,
    record_values,
    refusal_of,
)

__all__ = [
    "ALWAYS",
    "REFRESH_KIND",
    "Aim",
    "ChangedMeanwhile",
    "Definition",
    "Entry",
    "Fault",
    "Identity",
    "Preview",
    "Recorded",
    "approve_values",
    "change_definition",
    "change_identity",
    "check_values",
    "decline_values",
    "define_kpi",
    "doubts_about",
    "enter_values",
    "freeze_baseline",
    "keep_reported",
    "point_all_to_today",
    "preview_approval",
    "preview_values",
    "record_lines",
    "record_values",
    "refresh_months",
    "refresh_stale",
    "refusal_of",
    "remove_target",
    "restore_former",
    "retire_kpi",
    "set_target",
]
