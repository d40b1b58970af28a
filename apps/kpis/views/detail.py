"""One indicator in one department: overview, values, definitions, targets, departments below, history."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.audit.selectors import history_of
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.http.listing import list_response
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.kpis import selectors
from apps.kpis.choices import Direction
from apps.kpis.selectors.heat import Row
from apps.kpis.selectors.months import Calendar
from apps.kpis.selectors.page import THEN, TODAY
from apps.kpis.views.picture import overview_context
from apps.kpis.views.records import VALUES, definition_lines, target_lines
from apps.kpis.views.words import (
    absence_html,
    asked_month,
    light_html,
    no_target_html,
    reverse_or_nothing,
    scope_of,
)

OVERVIEW = "overview"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the page asks for, all of it checked against what the person may see."""

    request: HttpRequest
    scope: Scope
    kpi: Any
    department: Department
    month: Month
    calendar: Calendar
    tree: str
    tab: str

    def address(self, **changes: Any) -> str:
        """This page with some of it changed."""
        given = {"department": self.department.pk, "month": self.month, "tree": self.tree, "tab": self.tab, **changes}
        kept = {
            name: value
            for name, value in given.items()
            if value is not None and (name, value) not in {("tree", THEN), ("tab", OVERVIEW)}
        }
        query = "&".join(f"{name}={value}" for name, value in kept.items())
        return f"{reverse('kpis:detail', args=[self.kpi.pk])}?{query}"


def asked_page(request: HttpRequest, pk: int) -> Asked:
    """Read the address. NotFound for an indicator, department or tab that is not theirs or is none."""
    scope = scope_of(request)
    kpi = selectors.placed_kpi_for(scope, pk)
    department = selectors.shown_department(scope, kpi, request.GET.get("department", ""))
    month = asked_month(request)
    calendar = selectors.calendar_on(clock.now(), [month] if month else [])
    tree, tab = request.GET.get("tree", THEN), request.GET.get("tab", OVERVIEW)
    if tree not in {THEN, TODAY} or tab not in TABS or not may_open(tab, scope):
        raise NotFound(_("There is no such page."))
    return Asked(request, scope, kpi, department, month or calendar.closed, calendar, tree, tab)


def may_open(tab: str, scope: Scope) -> bool:
    """Whether the person has this tab."""
    return tab != "history" or scope.may("audit.view_object")


@require_GET
@allow("kpis.view")
def detail_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The page of an indicator; its tabs are told apart by ?tab=."""
    asked = asked_page(request, pk)
    return TABS[asked.tab][1](asked)


def head_context(asked: Asked) -> dict[str, Any]:
    """What every tab shows: name, way here, tabs, acts."""
    kpi, scope = asked.kpi, asked.scope
    return {
        "title": kpi.name,
        "kpi": kpi,
        "department": asked.department,
        "month": asked.month,
        "direction": Direction(kpi.definition.direction).label,
        "is_owner": kpi.department_id == asked.department.pk,
        "crumbs": [(_("KPIs"), f"{reverse('kpis:list')}?month={asked.month}"), (kpi.name, "")],
        "tabs": [
            {"label": label(), "url": asked.address(tab=name), "is_current": name == asked.tab}
            for name, (label, _view) in TABS.items()
            if may_open(name, scope)
        ],
        "acts": acts_of(asked),
    }


def acts_of(asked: Asked) -> list[dict[str, Any]]:
    """What the person may do with the indicator, as far as this installation has the pages."""
    pk, scope = asked.kpi.pk, asked.scope
    retire = _("Retire") if asked.kpi.retired_from is None else _("Bring back")
    found = []
    if scope.may("kpis.manage"):
        found += [
            (_("Change the definition"), "edit", reverse_or_nothing("kpis:definition", pk)),
            (_("Set a target"), "target", reverse_or_nothing("kpis:set_target", pk)),
            (_("Name, tags, owner"), "pencil", reverse_or_nothing("kpis:edit", pk)),
            (retire, "archive", reverse_or_nothing("kpis:retire", pk)),
        ]
    return [{"label": label, "icon": icon, "url": url} for label, icon, url in found if url]


def overview_tab(asked: Asked) -> HttpResponseBase:
    """Figures, chart, comparisons, usual range."""
    versions = selectors.dated_versions(asked.kpi)
    picture = selectors.picture_of(
        asked.kpi,
        asked.department,
        month=asked.month,
        calendar=asked.calendar,
        tree=asked.tree,
        versions=versions,
    )
    span = asked.request.GET.get("span", "13")
    if span not in {"13", "25", "all"}:
        raise NotFound(_("There is no such page."))
    entry = reverse_or_nothing("kpis:entry") if asked.scope.may("kpis.record") else ""
    context = {
        **head_context(asked),
        **overview_context(picture, span=None if span == "all" else int(span)),
        "spans": [
            {"label": label, "url": asked.address(span=value), "is_current": value == span}
            for value, label in (("13", _("13 months")), ("25", _("25 months")), ("all", _("All")))
        ],
        "trees": [
            {"label": label, "url": asked.address(tree=value, span=span), "is_current": value == picture.tree}
            for value, label in ((THEN, _("Departments as they were")), (TODAY, _("As they are today")))
        ],
        "previous_url": asked.address(month=asked.month.plus(-1)),
        "next_url": asked.address(month=asked.month.plus(1)) if asked.month < asked.calendar.current else "",
        "entry_url": f"{entry}?department={asked.department.pk}&month={asked.month}" if entry else "",
        "below_url": asked.address(tab="below"),
        "baseline_url": baseline_address(asked),
        "forecast_url": forecast_url(asked),
    }
    return render(asked.request, "kpis/detail.html", context)


def baseline_address(asked: Asked) -> str:
    """Where the months behind the usual range are frozen, for whoever may."""
    if not asked.scope.may("kpis.manage"):
        return ""
    return f"{reverse('kpis:baseline', args=[asked.kpi.pk])}?department={asked.department.pk}"


def forecast_url(asked: Asked) -> str:
    """Where the block of its forecast comes from; empty for those who see none, and where nothing is foretold at all."""
    if not asked.scope.may("forecasts.view"):
        return ""
    return reverse_or_nothing("forecasts:of_kpi", asked.department.pk, asked.kpi.pk)


def values_tab(asked: Asked) -> HttpResponseBase:
    """Every version of every value behind the figures."""
    rows = selectors.reported_values(asked.kpi, asked.department)
    spec = replace(VALUES, name=f"kpi-{asked.kpi.pk}-values")
    return list_response(
        asked.request, spec=spec, queryset=rows, template="kpis/values.html", context=head_context(asked)
    )


def definitions_tab(asked: Asked) -> HttpResponseBase:
    """What was measured, from when on, and why it changed."""
    lines = definition_lines(selectors.dated_versions(asked.kpi, with_inputs=True), clock.today())
    return render(asked.request, "kpis/definitions.html", {**head_context(asked), "lines": lines})


def targets_tab(asked: Asked) -> HttpResponseBase:
    """What is to be reached, by whom, from when until when."""
    lines = target_lines(asked.kpi, selectors.targets_of(asked.kpi, asked.scope), clock.today())
    may_manage = asked.scope.may("kpis.manage")
    context = {
        **head_context(asked),
        "lines": lines,
        "set_url": reverse_or_nothing("kpis:set_target", asked.kpi.pk) if may_manage else "",
        "may_manage": may_manage,
    }
    return render(asked.request, "kpis/targets.html", context)


def below_tab(asked: Asked) -> HttpResponseBase:
    """The department and those directly below it, each with its figure of the month."""
    rows, way = selectors.rows_below(
        asked.kpi, asked.department, scope=asked.scope, month=asked.month, calendar=asked.calendar
    )
    lines = [below_line(asked, row) for row in rows]
    context = {
        **head_context(asked),
        "lines": lines,
        "way": [{"name": node.name, "url": asked.address(department=node.pk)} for node in way],
        "month_name": date_format(asked.month.first_day, "F Y"),
        "previous_url": asked.address(month=asked.month.plus(-1)),
        "next_url": asked.address(month=asked.month.plus(1)) if asked.month < asked.calendar.current else "",
    }
    return render(asked.request, "kpis/below.html", context)


def below_line(asked: Asked, row: Row) -> dict[str, Any]:
    """One department of the roll-up table."""
    cell = row.cells[0]
    facts, line = cell.facts, cell.line
    target = facts.shown(line.target if line else facts.aim)
    return {
        "name": row.name,
        "url": asked.address(department=row.pk, tab="below" if row.has_below else OVERVIEW),
        "is_chosen": row.is_chosen,
        "value": absence_html(cell.absence) if cell.absence or line is None else facts.shown(line.value),
        "target": target or (no_target_html() if line else ""),
        "status": light_html(line.status) if line and not cell.absence else "",
        "reported": facts.reported,
        "expected": facts.expected,
    }


def history_tab(asked: Asked) -> HttpResponseBase:
    """Who changed what about the indicator, when and why."""
    related = [*selectors.dated_versions(asked.kpi), *selectors.targets_of(asked.kpi, asked.scope)]
    entries = history_of(asked.kpi, scope=asked.scope, related=related)
    return render(asked.request, "kpis/history.html", {**head_context(asked), "entries": entries})


Tab = Callable[[Asked], HttpResponseBase]
TABS: dict[str, tuple[Callable[[], str], Tab]] = {
    OVERVIEW: (lambda: _("Overview"), overview_tab),
    "values": (lambda: _("Values"), values_tab),
    "below": (lambda: _("Departments below"), below_tab),
    "targets": (lambda: _("Targets"), targets_tab),
    "definitions": (lambda: _("Definitions"), definitions_tab),
    "history": (lambda: _("History"), history_tab),
}
