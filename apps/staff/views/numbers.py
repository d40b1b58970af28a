"""Movements, headcount and the headcount plan."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.core.charts import Series
from apps.core.clock import today
from apps.core.errors import NotFound, Refusal
from apps.core.http.listing import Badge, Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.departments.models import Department
from apps.departments.selectors import department_for, subtree_ids
from apps.staff import selectors, services
from apps.staff.choices import LeaveKind, MovementKind
from apps.staff.models import Movement
from apps.staff.selectors.numbers import PlanRow
from apps.staff.services import PlanCell
from apps.staff.views.people import department_choices, scope_of

TONES = {MovementKind.JOIN: "success", MovementKind.TRANSFER: "info", MovementKind.LEAVE: "warning"}
PLAN_ROWS = 25
CELL = re.compile(r"cell-(\d{1,18})-(\d{4}-\d{2})")


def in_month(rows: Any, value: str) -> Any:
    """Movements of the month written as YYYY-MM."""
    month = Month.parse(value)
    return rows.filter(on__range=(month.first_day, month.last_day))


def touching(rows: Any, value: str) -> Any:
    """Movements into, out of or within a department and what is below it."""
    return selectors.touching_departments(rows, subtree_ids(int(value), today()))


def kind_badge(movement: Movement) -> Badge:
    """The kind of a movement as a coloured word."""
    return Badge(movement.get_kind_display(), TONES[MovementKind(movement.kind)])


MOVEMENTS = ListSpec(
    name="movements",
    title=_("Movements"),
    subtitle=_("Who joined, moved and left, day by day."),
    columns=(
        Column("on", _("Day"), kind="date", order_by=("on", "pk")),
        Column(
            "person",
            _("Person"),
            value="person.name",
            kind="user",
            order_by="person__name",
            url=lambda row: row.person.get_absolute_url(),
            note="person.number",
        ),
        Column("number", _("Staff number"), value="person.number", is_export_only=True),
        Column("kind", _("Movement"), value=kind_badge, kind="badge", order_by="kind"),
        Column("from", _("From"), value="from_department.name", order_by="from_department__name"),
        Column("to", _("To"), value="to_department.name", order_by="to_department__name"),
        Column("leave_kind", _("How they left"), value=lambda row: row.get_leave_kind_display(), order_by="leave_kind"),
        Column("reason", _("Reason"), is_export_only=True),
        Column("recorded_by", _("Recorded by"), value="recorded_by.name", is_export_only=True),
    ),
    filters=(
        Filter("department", _("Department"), choices=department_choices, apply=touching),
        Filter("kind", _("Movement"), choices=MovementKind.choices, apply=lambda rows, value: rows.filter(kind=value)),
        Filter(
            "leave_kind",
            _("How they left"),
            choices=LeaveKind.choices,
            apply=lambda rows, value: rows.filter(leave_kind=value),
        ),
        Filter("month", _("Month"), kind="month", apply=in_month),
    ),
    search=("person__name__icontains", "person__number__icontains"),
    search_hint=_("Name or staff number"),
    default_order=("-on", "-pk"),
    tie_break="",
    empty_title=_("No movements here"),
    empty_text=_("Clear the filters to see all of them."),
    empty_icon="arrows-exchange",
)


@require_GET
@allow("staff.view_movements")
def movements_page(request: HttpRequest) -> HttpResponseBase:
    """Movements that touch the departments of the scope."""
    return list_response(request, spec=MOVEMENTS, queryset=selectors.visible_movements(scope_of(request)))


def asked_department(request: HttpRequest) -> Department | None:
    """The department the address asks for, if any; outside the scope is 404."""
    text = request.GET.get("department", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound(_("There is no such department, or it lies outside what you may see."))
    return department_for(scope_of(request), int(text))


def asked_month(request: HttpRequest) -> Month:
    """The month the address asks for, else the present one."""
    current = Month.of(today())
    try:
        month = Month.parse(request.GET.get("month", ""))
    except ValueError:
        return current
    return month if Month(1990, 1) <= month <= current.plus(24) else current


@require_GET
@allow("staff.view_headcount")
def headcount_page(request: HttpRequest) -> HttpResponse:
    """Twelve months of headcount: where it came from, where it went, how it stands against the plan."""
    scope, department, month = scope_of(request), asked_department(request), asked_month(request)
    choices = department_choices(request)
    found = selectors.statement(scope=scope, first=month.plus(-11), last=month, department=department)
    counts = [row.count for row in found.months]
    has_plan = any(row.planned is not None for row in found.months)
    context = {
        "title": _("Headcount"),
        "subtitle": department.name if department else _("All departments you see"),
        "statement": found,
        "month": month,
        "department": department,
        "departments": choices,
        "labels": [month_label(row.month) for row in found.months],
        "series": [
            Series(_("Heads"), [count.closing for count in counts], kind="area"),
            *([Series(_("Plan"), [row.planned for row in found.months], kind="target")] if has_plan else []),
        ],
        "has_plan": has_plan,
        "gap": found.months[-1].gap,
        "change": counts[-1].closing - counts[0].opening,
        "may_plan": scope.may("staff.plan_headcount"),
    }
    return render(request, "staff/headcount.html", context)


def month_label(month: Month) -> str:
    """A month below a chart: Mar 26."""
    return date_format(month.first_day, "M y")


def asked_year(request: HttpRequest) -> Month:
    """The first month of the fiscal year the address asks for, else of the present one."""
    start, day = settings.FISCAL_YEAR_FIRST_MONTH, today()
    text = request.GET.get("year", "")
    present = day.year if day.month >= start else day.year - 1
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 and 1990 <= int(text) <= 2200 else present
    return Month(year, start)


def sent_cells(request: HttpRequest) -> list[PlanCell]:
    """The cells of the sent grid that differ from what the page showed, so that nobody's change is overwritten unseen."""
    cells = []
    for name, text in request.POST.items():
        match = CELL.fullmatch(name)
        if (
            match is None
            or not isinstance(text, str)
            or text.strip() == request.POST.get(f"was-{match[1]}-{match[2]}", "")
        ):
            continue
        cells.append(PlanCell(int(match[1]), Month.parse(match[2]), planned_number(text.strip())))
    return cells


def planned_number(text: str) -> int | None:
    """What was typed into a cell; empty takes the plan away, anything but a whole number is refused by the service."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1


@require_http_methods(["GET", "POST"])
@allow("staff.plan_headcount")
def plan_page(request: HttpRequest) -> HttpResponse:
    """The grid of planned heads: departments down, months across."""
    first, problem = asked_year(request), ""
    if request.method == "POST":
        try:
            done = services.plan_headcount(
                cells=sent_cells(request),
                scope=scope_of(request),
                by=acting_user(request),
                reason=request.POST.get("reason", "").strip()[:500],
            )
        except Refusal as refusal:
            problem = str(refusal)
        else:
            count = done.created + done.changed + done.removed
            words = ngettext("%(count)s cell was saved.", "%(count)s cells were saved.", count)
            messages.success(request, words % {"count": count})
            return redirect(request.get_full_path())
    context = plan_context(request, first) | {"problem": problem}
    return render(request, "staff/plan.html", context, status=422 if problem else 200)


def plan_context(request: HttpRequest, first: Month) -> dict[str, Any]:
    """What the grid draws; after a refusal what was typed stands in the cells."""
    current = Month.of(today())
    page = int(request.GET["page"]) if request.GET.get("page", "").isdigit() and len(request.GET["page"]) < 5 else 1
    rows = selectors.headcount_table(scope=scope_of(request), first=first, last=first.plus(11), current=current)
    shown = rows[(page - 1) * PLAN_ROWS : page * PLAN_ROWS]
    start = date(first.year, first.number, 1)
    return {
        "title": _("Headcount plan"),
        "subtitle": _("Heads at the end of each month; own heads, not those of departments below."),
        "crumbs": [(_("Headcount"), reverse("staff:headcount")), (_("Plan"), "")],
        "months": first.until(first.plus(11)),
        "lines": [plan_line(row, request.POST) for row in shown],
        "year": first.year,
        "year_label": first.year if start.month == 1 else f"{first.year}/{first.year + 1}",
        "previous_year": first.year - 1,
        "next_year": first.year + 1,
        "reason": request.POST.get("reason", ""),
        "page": page,
        "previous_page": page - 1,
        "next_page": page + 1,
        "has_more": len(rows) > page * PLAN_ROWS,
    }


def plan_line(row: PlanRow, typed: Mapping[str, Any]) -> dict[str, Any]:
    """One department of the grid, with what was typed where something was."""
    keys = [f"{row.department.pk}-{cell.month}" for cell in row.cells]
    return {
        "department": row.department,
        "cells": [
            {
                "name": f"cell-{key}",
                "was": f"was-{key}",
                "month": cell.month,
                "heads": cell.heads,
                "planned": cell.planned,
                "typed": typed.get(f"cell-{key}", cell.planned),
                "gap": cell.gap,
            }
            for key, cell in zip(keys, row.cells, strict=True)
        ],
    }
