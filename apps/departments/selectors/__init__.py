"""Reads about departments. Those that take a scope give only what the person may see."""

from apps.departments.selectors.figures import NO_FIGURES, DepartmentFigures, countable_ids, figures_on
from apps.departments.selectors.finding import (
    department_for,
    find_by_code_or_alias,
    names_of,
    open_department_ids,
    open_spans,
    readable_department_for,
    readable_departments,
    search_departments,
    visible_departments,
)
from apps.departments.selectors.lives import (
    LifeLine,
    aliases_of,
    children_on,
    kept_versions,
    life_of,
    listed_departments,
    placeable_departments,
    state_of,
)
from apps.departments.selectors.tree import (
    TreeNode,
    ancestors_of,
    path_on,
    readable_tree_on,
    subtree_ids,
    subtree_ids_by_day,
    tree_on,
)

__all__ = [
    "NO_FIGURES",
    "DepartmentFigures",
    "LifeLine",
    "TreeNode",
    "aliases_of",
    "ancestors_of",
    "children_on",
    "countable_ids",
    "department_for",
    "figures_on",
    "find_by_code_or_alias",
    "kept_versions",
    "life_of",
    "listed_departments",
    "names_of",
    "open_department_ids",
    "open_spans",
    "path_on",
    "placeable_departments",
    "readable_department_for",
    "readable_departments",
    "readable_tree_on",
    "search_departments",
    "state_of",
    "subtree_ids",
    "subtree_ids_by_day",
    "tree_on",
    "visible_departments",
]
