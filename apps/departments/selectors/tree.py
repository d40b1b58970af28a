"""The tree as it was, is or will be on a day."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, F, QuerySet, When

from apps.core.scope import Scope
from apps.departments.models import Department, DepartmentClosure, DepartmentQuerySet, DepartmentVersion
from apps.departments.selectors.finding import readable_departments, visible_departments


@dataclass(frozen=True, slots=True)
class TreeNode:
    """One line of the tree, in reading order. `level` counts from the topmost department the person sees."""

    pk: int
    code: str
    name: str
    parent: int | None
    level: int
    child_count: int
    """Direct children."""
    below_count: int
    """Everything below."""
    path: tuple[int, ...]
    """Keys from the top down to the parent."""


def subtree_ids(department: Department | int, day: date) -> list[int]:
    """The department and everything under it on the day."""
    return list(subtree_on(department, day).order_by("depth", "descendant").values_list("descendant", flat=True))


def subtree_on(department: Department | int, day: date) -> QuerySet[DepartmentClosure, Any]:
    """The same as a query of keys, for use inside another one."""
    pk = department if isinstance(department, int) else department.pk
    return DepartmentClosure.objects.filter(ancestor=pk, valid__contains=day).values("descendant")


def subtree_ids_by_day(department: Department | int, days: Sequence[date]) -> dict[date, frozenset[int]]:
    """For each of these days: the department and everything under it on that day. One query, however many days."""
    pk = department if isinstance(department, int) else department.pk
    rows = list(DepartmentClosure.objects.filter(ancestor=pk).values_list("descendant", "valid"))
    return {day: frozenset(below for below, valid in rows if day in valid) for day in days}


def path_on(department: Department, day: date, scope: Scope) -> list[tuple[int, str]]:
    """(key, name of the day) from the top down to the department's parent, as far as the person may see."""
    visible = readable_departments(scope)
    above = DepartmentClosure.objects.filter(descendant=department, depth__gt=0, valid__contains=day)
    keys = list(above.filter(ancestor__in=visible).order_by("-depth").values_list("ancestor", flat=True))
    names = dict(DepartmentVersion.objects.filter(department__in=keys).on(day).values_list("department", "name"))
    return [(key, names.get(key, "")) for key in keys]


def tree_on(day: date, scope: Scope) -> list[TreeNode]:
    """The tree of the day as lines in reading order: departments whose figures the person may see. One query."""
    return tree_of(visible_departments(scope), day)


def readable_tree_on(day: date, scope: Scope) -> list[TreeNode]:
    """The tree of the day as far as the person may know of it. One query."""
    return tree_of(readable_departments(scope), day)


def tree_of(departments: DepartmentQuerySet, day: date) -> list[TreeNode]:
    """The tree of the day over these departments; whoever belongs to none of them stands at the top."""
    rows = list(
        DepartmentVersion.objects.filter(department__in=departments)
        .on(day)
        .order_by("name", "department_id")
        .values_list("department_id", "department__code", "name", "parent_id")
    )
    here = {row[0] for row in rows}
    children: dict[int | None, list[tuple[int, str, str, int | None]]] = {}
    for row in rows:
        children.setdefault(row[3] if row[3] in here else None, []).append(row)
    nodes: list[TreeNode] = []
    place(None, (), children, nodes)
    return nodes


def place(
    parent: int | None,
    path: tuple[int, ...],
    children: dict[int | None, list[tuple[int, str, str, int | None]]],
    nodes: list[TreeNode],
) -> int:
    """Append the lines below PARENT to NODES; how many there are."""
    count = 0
    for pk, code, name, above in children.get(parent, []):
        index = len(nodes)
        nodes.append(TreeNode(pk, code, name, above, len(path), len(children.get(pk, [])), 0, path))
        below = place(pk, (*path, pk), children, nodes)
        node = nodes[index]
        nodes[index] = TreeNode(node.pk, code, name, above, node.level, node.child_count, below, path)
        count += below + 1
    return count


def ancestors_of(ids: set[int], day: date) -> dict[int, list[int]]:
    """For each of these departments: itself and what stands above it on the day, the nearest first. One query."""
    rows = DepartmentClosure.objects.filter(descendant__in=ids, valid__contains=day).order_by("depth")
    found: dict[int, list[int]] = {}
    for below, above in rows.values_list("descendant", "ancestor"):
        found.setdefault(below, []).append(above)
    return found


def ancestors_by_day(ids: Collection[int], days: Collection[date]) -> dict[date, dict[int, list[int]]]:
    """`ancestors_of` for each of these days. One query, however many days."""
    rows = DepartmentClosure.objects.filter(descendant__in=ids).order_by("depth")
    found: dict[date, dict[int, list[int]]] = {day: {} for day in days}
    for below, above, valid in rows.values_list("descendant", "ancestor", "valid"):
        for day, lines in found.items():
            if day in valid:
                lines.setdefault(below, []).append(above)
    return found


def nearest_above(departments: Iterable[int], *, among: Iterable[int], day: date) -> dict[int, int]:
    """For each department the nearest one of AMONG at or above it, by the tree of DAY (for those not there on that day: by
    the last tree they stood in). Without an entry: none. One query."""
    rows = DepartmentClosure.objects.filter(descendant__in=list(departments), ancestor__in=list(among))
    holds = Case(When(valid__contains=day, then=0), default=1)
    nearest = (
        rows.annotate(holds=holds)
        .order_by("descendant_id", "holds", F("valid").desc(), "depth")
        .distinct("descendant_id")
    )
    return dict(nearest.values_list("descendant", "ancestor"))


def ids_directly_below(ids: set[int], day: date) -> set[int]:
    """The departments that stand directly below one of these on the day. One query."""
    rows = DepartmentClosure.objects.filter(ancestor__in=ids, depth=1, valid__contains=day)
    return set(rows.values_list("descendant", flat=True))
