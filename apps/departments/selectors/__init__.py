"""Reads about departments. Those that take a scope give only what the person may see."""

from apps.departments.selectors.finding import (
    department_for,
    find_by_code_or_alias,
    open_department_ids,
    readable_department_for,
    readable_departments,
    search_departments,
    visible_departments,
)
from apps.departments.selectors.tree import (
    TreeNode,
    path_on,
    readable_tree_on,
    subtree_ids,
    subtree_ids_by_day,
    tree_on,
)

__all__ = [
    "TreeNode",
    "department_for",
    "find_by_code_or_alias",
    "open_department_ids",
    "path_on",
    "readable_department_for",
    "readable_departments",
    "readable_tree_on",
    "search_departments",
    "subtree_ids",
    "subtree_ids_by_day",
    "tree_on",
    "visible_departments",
]
