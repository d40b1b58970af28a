"""All departments: as the tree of a day, and as a list."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow, may
from apps.core import clock
from apps.core.http.listing import Badge, Column, Filter, ListSpec, list_response
from apps.core.scope import Scope
from apps.departments import selectors
from apps.departments.choices import DepartmentState
from apps.departments.forms import DayForm

VIEW, MANAGE = "departments.view", "departments.manage"
SHOWN_OPEN = 300
"""Above this many departments only the upper two levels are drawn at first."""


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One line of the tree as the template draws it."""

    node: selectors.TreeNode
    figures: selectors.DepartmentFigures
    people_below: int | None
    is_open: bool
    is_unloaded: bool
    """What is below is fetched when it is unfolded."""


def page_tabs(current: str) -> list[dict[str, Any]]:
    """Tree and list."""
    return [
        {"label": _("Tree"), "url": reverse("departments:list"), "is_current": current == "tree", "icon": "sitemap"},
        {"label": _("List"), "url": reverse("departments:table"), "is_current": current == "table", "icon": "list"},
    ]


def tree_lines(scope: Scope, day: date) -> list[TreeLine]:
    """The tree of the day with its figures, rolled up."""
    nodes = selectors.readable_tree_on(day, scope)
    figures = selectors.figures_on([node.pk for node in nodes], day, scope)
    sums: dict[int, int] = {}
    for node in nodes:
        own = figures.get(node.pk, selectors.NO_FIGURES).people or 0
        for pk in (*node.path, node.pk):
            sums[pk] = sums.get(pk, 0) + own
    is_large = len(nodes) > SHOWN_OPEN
    lines = []
    for node in nodes:
        found = figures.get(node.pk, selectors.NO_FIGURES)
        below = sums[node.pk] if found.people is not None else None
        is_unloaded = is_large and node.level >= 1 and node.child_count > 0
        lines.append(TreeLine(node, found, below, not is_unloaded, is_unloaded))
    return lines


def drawn_lines(lines: list[TreeLine], below: str) -> list[TreeLine]:
    """What is drawn at once: all of a tree of common size, the upper two levels of a large one, or one fetched branch."""
    if below:
        return [line for line in lines if below.isdecimal() and line.node.parent == int(below)]
    return lines if len(lines) <= SHOWN_OPEN else [line for line in lines if line.node.level <= 1]


@require_GET
@allow(VIEW)
def tree_page(request: HttpRequest) -> HttpResponse:
    """The tree of departments on a day."""
    form = DayForm(request.GET)
    day = (form.cleaned_data["on"] if form.is_valid() else None) or clock.today()
    lines = tree_lines(request.scope, day)  # type: ignore[attr-defined]
    below = request.GET.get("below", "")
    context = {
        "title": _("Departments"),
        "drawn": drawn_lines(lines, below),
        "tabs": page_tabs("tree"),
        "day": day,
        "is_today": day == clock.today(),
        "day_problem": not form.is_valid(),
        "lines": lines,
        "is_large": len(lines) > SHOWN_OPEN,
        "has_people": any(line.figures.people is not None for line in lines),
        "people_total": sum(line.figures.people or 0 for line in lines),
        "level_count": max((line.node.level for line in lines), default=-1) + 1,
        "may_manage": may(request, MANAGE),
    }
    is_fragment = bool(getattr(request, "htmx", False))
    template = "departments/_branch.html" if below else "departments/_tree.html"
    template = template if is_fragment else "departments/tree.html"
    return render(request, template, context)


def state_badge(row: Any) -> Badge:
    """Open, to come or closed, as of today."""
    day = clock.today()
    if row.opened_on is None or (row.closed_on is not None and row.closed_on <= day):
        return Badge(DepartmentState.CLOSED.label, "neutral")
    if row.opened_on > day:
        return Badge(DepartmentState.PLANNED.label, "info")
    return Badge(DepartmentState.OPEN.label, "success")


def in_state(rows: Any, value: str) -> Any:
    """Departments that stand so today."""
    day = clock.today()
    if value == DepartmentState.OPEN:
        return rows.open_on(day)
    if value == DepartmentState.PLANNED:
        return rows.filter(opened_on__gt=day)
    return rows.filter(closed_on__lte=day)


def parent_url(row: Any) -> str | None:
    """The page of what it belongs to."""
    return reverse("departments:detail", args=[row.parent_id]) if row.parent_id else None


SPEC = ListSpec(
    name="departments",
    title=gettext_lazy("Departments"),
    columns=(
        Column("name", gettext_lazy("Name"), order_by="name", url=lambda row: row.get_absolute_url()),
        Column("code", gettext_lazy("Code"), order_by="code"),
        Column("parent", gettext_lazy("Belongs to"), value="parent_name", order_by="parent_name", nulls_last=True),
        Column("cost_center", gettext_lazy("Cost centre"), order_by="cost_center"),
        Column("state", gettext_lazy("State"), value=state_badge, kind="badge"),
        Column("opened_on", gettext_lazy("Open since"), kind="date", order_by="opened_on"),
        Column("closed_on", gettext_lazy("Closed from"), kind="date", order_by="closed_on", nulls_last=True),
        Column("purpose", gettext_lazy("What it is for"), is_export_only=True),
    ),
    filters=(
        Filter("state", gettext_lazy("State"), choices=DepartmentState.choices, apply=in_state),
        Filter(
            "level",
            gettext_lazy("Level"),
            choices=tuple((number, str(number + 1)) for number in range(6)),
            apply=lambda rows, value: rows.filter(level=int(value)),
        ),
    ),
    search=("name__icontains", "code__istartswith", "cost_center__istartswith"),
    default_order="name",
    empty_title=gettext_lazy("No departments yet"),
    empty_text=gettext_lazy("Create the first one, or import them from a file."),
    empty_icon="sitemap",
)


@require_GET
@allow(VIEW)
def table_page(request: HttpRequest) -> HttpResponseBase:
    """All departments as a list, for searching and exporting."""
    rows = selectors.listed_departments(request.scope, clock.today())  # type: ignore[attr-defined]
    context = {"tabs": page_tabs("table"), "may_manage": may(request, MANAGE)}
    return list_response(request, spec=SPEC, queryset=rows, template="departments/list.html", context=context)
