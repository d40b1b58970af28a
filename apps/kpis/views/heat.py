"""The heat map: departments down, indicators across, one month."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.core import clock
from apps.core.errors import NotFound
from apps.kpis import selectors
from apps.kpis.choices import Absence, Status
from apps.kpis.selectors.heat import Cell, HeatMap
from apps.kpis.views.words import ABSENCE_ICONS, STATUS_ICONS, asked_month, scope_of


@require_GET
@allow("kpis.view")
def heat_map_page(request: HttpRequest) -> HttpResponse:
    """Departments one level below the chosen one against up to twenty indicators."""
    scope, asked = scope_of(request), asked_month(request)
    calendar = selectors.calendar_on(clock.now(), [asked] if asked else [])
    month = asked or calendar.closed
    words = selectors.words_of(scope)
    family, tag = asked_word(request, "family", words), asked_word(request, "tag", words)
    text = request.GET.get("department", "")
    root = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
    found = selectors.heat_map(scope, root=root, month=month, calendar=calendar, family=family, tag=tag)
    if text and (found.root is None or str(found.root.pk) != text):
        raise NotFound(_("There is no such department, or it lies outside what you may see."))
    context = {
        "title": _("Heat map"),
        "subtitle": _("Departments against KPIs in %(month)s") % {"month": date_format(month.first_day, "F Y")},
        "month": month,
        "previous_month": month.plus(-1),
        "next_month": month.plus(1) if month < calendar.current else None,
        "heat": found,
        "families": words["family"],
        "tags": words["tag"],
        "family": family,
        "tag": tag,
        "rows": drawn_rows(found, month),
        "columns": [{"kpi": kpi, "url": f"{kpi.get_absolute_url()}?month={month}"} for kpi in found.kpis],
        "legend": legend(),
    }
    return render(request, "kpis/heat_map.html", context)


def asked_word(request: HttpRequest, name: str, words: dict[str, list[str]]) -> str:
    """A family or tag of the address; NotFound for one the person's indicators do not have."""
    text = request.GET.get(name, "").replace("\x00", "").strip()
    if text and text not in words[name]:
        raise NotFound(
            _("“%(value)s” cannot be chosen here. Choose another or show all.") % {"value": text}, field=name
        )
    return text


def drawn_rows(found: HeatMap, month: Any) -> list[dict[str, Any]]:
    """Rows as the template writes them down."""
    return [
        {
            "name": row.name,
            "pk": row.pk,
            "is_chosen": row.is_chosen,
            "has_below": row.has_below and not row.is_chosen,
            "cells": [drawn_cell(cell, month) for cell in row.cells],
        }
        for row in found.rows
    ]


def drawn_cell(cell: Cell, month: Any) -> dict[str, Any]:
    """One cell: colour class, sign, figure or kind of nothing, and the whole of it in words for those who hear it."""
    status = Status(cell.line.status) if cell.line and not cell.absence else None
    if cell.absence:
        known = Absence(cell.absence)
        css, glyph, figure, words = known.value.replace("_", "-"), ABSENCE_ICONS[known], "", str(known.label)
    else:
        assert cell.line is not None
        assert status is not None
        css, glyph = status.value, STATUS_ICONS[status]
        figure = cell.facts.shown(cell.line.value)
        words = f"{figure}, {status.label}"
        if cell.line.target is None:
            words = f"{figure}, {_('no target')}"
    return {
        "css": css,
        "glyph": glyph,
        "figure": figure,
        "words": words,
        "is_empty": cell.absence == Absence.UNEXPECTED,
        "title": f"{cell.facts.place_name}, {cell.kpi.name}: {words}",
        "url": f"{reverse('kpis:detail', args=[cell.kpi.pk])}?month={month}&department={cell.facts.place}",
    }


def legend() -> list[dict[str, Any]]:
    """What the signs mean."""
    lights = [{"css": one.value, "glyph": STATUS_ICONS[one], "label": one.label} for one in Status]
    nothing = [
        {"css": one.value.replace("_", "-"), "glyph": ABSENCE_ICONS[one], "label": one.label}
        for one in Absence
        if one != Absence.UNEXPECTED
    ]
    return lights + nothing
