"""Writes of departments."""

from apps.departments.services.tree import (
    close_department,
    create_department,
    merge_departments,
    move_department,
    rename_department,
    reopen_department,
)

__all__ = [
    "close_department",
    "create_department",
    "merge_departments",
    "move_department",
    "rename_department",
    "reopen_department",
]
