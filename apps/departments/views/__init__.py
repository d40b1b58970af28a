"""The pages of departments."""

from apps.departments.views.acts import (
    close_page,
    create_page,
    merge_page,
    move_page,
    rename_page,
    reopen_page,
)
from apps.departments.views.detail import (
    add_name,
    change_page,
    department_page,
    history_page,
    outlook_page,
    parts_page,
    people_page,
    remove_name,
    scores_page,
)
from apps.departments.views.tree import table_page, tree_page

__all__ = [
    "add_name",
    "change_page",
    "close_page",
    "create_page",
    "department_page",
    "history_page",
    "merge_page",
    "move_page",
    "outlook_page",
    "parts_page",
    "people_page",
    "remove_name",
    "rename_page",
    "reopen_page",
    "scores_page",
    "table_page",
    "tree_page",
]
