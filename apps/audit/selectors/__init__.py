"""What changed, when, by whom and why. Other apps import from here."""

from apps.audit.selectors.entries import FieldChange, HistoryEntry, event_model_of, history_of
from apps.audit.selectors.recent import (
    HistoryFilter,
    HistoryLine,
    HistoryPage,
    all_lines,
    kinds_of_history,
    recent_history,
)
from apps.audit.selectors.sources import Source

__all__ = [
    "FieldChange",
    "HistoryEntry",
    "HistoryFilter",
    "HistoryLine",
    "HistoryPage",
    "Source",
    "all_lines",
    "event_model_of",
    "history_of",
    "kinds_of_history",
    "recent_history",
]
