"""Writes of departments."""

from apps.departments.services.effects import effect_of
from apps.departments.services.records import add_alias, change_department, remove_alias
from apps.departments.services.timeline import refresh_today
from apps.departments.services.tree import (
    close_department,
    create_department,
    merge_departments,
    move_department,
    rename_department,
    reopen_department,
)

__all__ = [
    "add_alias",
    "change_department",
    "close_department",
    "create_department",
    "effect_of",
    "merge_departments",
    "move_department",
    "refresh_today",
    "remove_alias",
    "rename_department",
    "reopen_department",
]
