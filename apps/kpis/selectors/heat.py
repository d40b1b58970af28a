"""Departments against indicators for one month, and the departments below one for one indicator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from apps.core.clock import today
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import ancestors_of, tree_on
from apps.departments.selectors.tree import TreeNode
from apps.kpis.models import Kpi, KpiMonth, KpiSeries
from apps.kpis.selectors.board import board_kpis
from apps.kpis.selectors.months import Calendar, Facts, Line, Pair, facts_of, lines_of

COLUMN_LIMIT = 20
ROW_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """One indicator in one department: its month, or the kind of nothing."""

    kpi: Kpi
    line: Line | None
    facts: Facts
    absence: str


@dataclass(frozen=True, slots=True)
class Row:
    """A department with its cells, in the order of the columns. The chosen department itself comes first."""

    pk: int
    name: str
    is_chosen: bool
    has_below: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The whole map."""

    root: TreeNode | None
    nodes: tuple[TreeNode, ...]
    """Every department that can be chosen, in reading order."""
    kpis: tuple[Kpi, ...]
    rows: tuple[Row, ...]
    has_more_kpis: bool
    has_more_rows: bool


def heat_map(
    scope: Scope, *, root: int | None, month: Month, calendar: Calendar, family: str = "", tag: str = ""
) -> HeatMap:
    """Departments one level below ROOT (None: the topmost the person sees) against at most twenty indicators. The tree is
    that of the month's last day. Five queries at most."""
    nodes = tuple(tree_on(month.last_day, scope))
    chosen = next((node for node in nodes if node.pk == root), None) if root is not None else first_of(nodes)
    below = [node for node in nodes if chosen is not None and node.parent == chosen.pk]
    shown = ([chosen] if chosen else []) + below[:ROW_LIMIT]
    found = columns_of(scope, chosen, family=family, tag=tag) if chosen else []
    kpis = tuple(found[:COLUMN_LIMIT])
    places = {(kpi.pk, node.pk): place_in(kpi, node, nodes) for kpi in kpis for node in shown}
    cells = cells_of([(kpi, places[kpi.pk, node.pk]) for kpi in kpis for node in shown], month, calendar)
    rows = tuple(
        Row(
            pk=node.pk,
            name=node.name,
            is_chosen=node is chosen,
            has_below=node.child_count > 0,
            cells=tuple(cells[kpi.pk, places[kpi.pk, node.pk]] for kpi in kpis),
        )
        for node in shown
    )
    return HeatMap(chosen, nodes, kpis, rows, len(found) > COLUMN_LIMIT, len(below) > ROW_LIMIT)


def place_in(kpi: Kpi, row: TreeNode, nodes: Sequence[TreeNode]) -> int:
    """Whose figure stands in a row: the owner's where that lies below the row's department, else the department's own."""
    owner = next((node for node in nodes if node.pk == kpi.department_id), None)
    return owner.pk if owner is not None and row.pk in owner.path else row.pk


def first_of(nodes: Sequence[TreeNode]) -> TreeNode | None:
    """The topmost department; of several the one with most below it."""
    tops = [node for node in nodes if node.level == 0]
    return max(tops, key=lambda node: node.below_count, default=None)


def columns_of(scope: Scope, chosen: TreeNode, *, family: str, tag: str) -> list[Kpi]:
    """Indicators for the columns, one more than fit: those of the department and of what stands above it first, since every
    row may have them, then those that only some departments below have. Three queries at most."""
    above = ancestors_of({chosen.pk}, today()).get(chosen.pk, [chosen.pk])
    rows = board_kpis(scope).select_related("definition")
    rows = rows.filter(family=family) if family else rows
    rows = rows.filter(tags__contains=[tag]) if tag else rows
    below = {
        "department__closure_up__ancestor": chosen.pk,
        "department__closure_up__valid__contains": today(),
    }
    reported = Exists(KpiSeries.objects.filter(kpi=OuterRef("pk"), **below))
    reckoned = ~Q(definition__formula="") & Exists(KpiMonth.objects.filter(kpi=OuterRef("pk"), department=chosen.pk))
    # One's own first: the database then need not list who reports what below.
    rows = rows.filter(Q(department=chosen.pk) | reported | reckoned).order_by("name", "pk")
    found = list(rows.filter(department__in=above)[: COLUMN_LIMIT + 1])
    if len(found) <= COLUMN_LIMIT:
        found += list(rows.exclude(department__in=above)[: COLUMN_LIMIT + 1 - len(found)])
    return found


def cells_of(wanted: Sequence[tuple[Kpi, int]], month: Month, calendar: Calendar) -> dict[Pair, Cell]:
    """A cell for every indicator and department wanted. Two queries."""
    pairs = {(kpi.pk, place): kpi for kpi, place in wanted}
    lines = lines_of(pairs, first=month, last=month)
    facts = facts_of(pairs, month)
    is_past = calendar.is_past_cut_off(month)
    return {
        pair: cell_of(kpi, lines.get(pair, {}), facts[pair], month, is_past_cut_off=is_past)
        for pair, kpi in pairs.items()
    }


def cell_of(kpi: Kpi, lines: Mapping[Month, Line], facts: Facts, month: Month, *, is_past_cut_off: bool) -> Cell:
    """One cell."""
    line = lines.get(month)
    return Cell(kpi, line, facts, facts.absence(month, line, is_past_cut_off=is_past_cut_off))


def rows_below(
    kpi: Kpi, department: Department, *, scope: Scope, month: Month, calendar: Calendar
) -> tuple[list[Row], list[TreeNode]]:
    """(the department and those directly below it with their cell for KPI, the way down to it). Three queries."""
    nodes = {node.pk: node for node in tree_on(month.last_day, scope)}
    here = nodes.get(department.pk)
    if here is None:
        return [], []
    shown = [here, *(node for node in nodes.values() if node.parent == here.pk)]
    cells = cells_of([(kpi, node.pk) for node in shown], month, calendar)
    rows = [
        Row(node.pk, node.name, node is here, node.child_count > 0, (cells[kpi.pk, node.pk],))
        for node in shown
        if node is here or cells[kpi.pk, node.pk].absence != "unexpected"
    ]
    return rows, [nodes[pk] for pk in here.path if pk in nodes]
