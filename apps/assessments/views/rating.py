"""Rating departments for a month in one grid, and how the raters of a month rated."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments.models import Indicator
from apps.assessments.rules.raters import Flag, RaterCheck, is_correctable
from apps.assessments.selectors.appraising import public_lines_under_appeal
from apps.assessments.selectors.assessed import public_standing
from apps.assessments.selectors.rating import (
    RATE,
    ToRate,
    checks_in,
    departments_to_rate,
    grids_of,
    levels_of,
)
from apps.assessments.services.entries import RESTATE
from apps.assessments.services.rating import Said, rate_departments
from apps.assessments.services.registers import WrongRating
from apps.assessments.views.entries import neighbours, require_begun
from apps.assessments.views.telling import month_name, scope_of
from apps.core import clock
from apps.core.errors import Refusal
from apps.core.http.cells import badge_html, joined
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.rounding import round_half_up

COMPARE = "assessments.compute"
"""Raters are compared by those who work the month out: the COO and HR."""
AT_ONCE = 40
LONGEST_LEVEL = 40
FLAGS = {
    Flag.LENIENT: gettext_lazy("Milder than the others"),
    Flag.SEVERE: gettext_lazy("Stricter than the others"),
    Flag.CENTRAL: gettext_lazy("Rates all alike"),
    Flag.HALO: gettext_lazy("Does not tell criteria apart"),
    Flag.ONE_LEVEL: gettext_lazy("Nearly always the same level"),
    Flag.RECIPROCAL: gettext_lazy("Favours and is favoured back"),
    Flag.GENEROUS: gettext_lazy("Gives much"),
    Flag.SPARING: gettext_lazy("Gives little"),
}


@require_GET
@allow(RATE)
def ratings_now(request: HttpRequest) -> HttpResponse:
    """What is to be rated of the month before: it is over, so it can be judged."""
    return redirect("assessments:ratings", Month.of(clock.today()).plus(-1))


@require_http_methods(["GET", "POST"])
@allow(RATE)
def ratings_page(request: HttpRequest, month: Month) -> HttpResponse:
    """Everything the person is to rate in the month: departments down, indicators across, saved together."""
    require_begun(month)
    rows = departments_to_rate(acting_user(request), month, today=clock.today())
    if request.method != "POST":
        return grid_response(request, month, rows)
    try:
        return saved(request, month, rows)
    except Refusal as refusal:
        return grid_response(request, month, rows, problem=refusal)


def saved(request: HttpRequest, month: Month, rows: Sequence[ToRate]) -> HttpResponse:
    """Store what was chosen; fields left open are not rated."""
    given = [
        Said(row.place.department, indicator, level)
        for row in rows
        for indicator in row.indicators
        if (level := level_sent(request.POST, row, indicator))
    ]
    if not given:
        raise WrongRating(_("Nothing was chosen yet. Choose a level for at least one department."))
    done = rate_departments(
        month=month,
        ratings=given,
        note=request.POST.get("note", "").strip(),
        scope=scope_of(request),
        by=acting_user(request),
        now=clock.now(),
    )
    words = ngettext("One rating was saved.", "%(count)s ratings were saved.", done.new) % {"count": done.new}
    messages.success(request, words if done.new else _("That is what you said already: nothing was changed."))
    if done.needs_revision:
        text = _("%(month)s is published: its scores change only by a revision.")
        messages.warning(request, text % {"month": month_name(month)})
    return redirect(request.get_full_path())


def level_sent(data: Mapping[str, str], row: ToRate, indicator: Indicator) -> str:
    """What was chosen for one cell; empty for nothing."""
    return str(data.get(cell_name(row, indicator), "")).replace("\x00", "").strip()[:LONGEST_LEVEL]


def cell_name(row: ToRate, indicator: Indicator) -> str:
    """The field of one department and indicator."""
    return f"level-{indicator.pk}-{row.place.department_id}"


def grid_response(
    request: HttpRequest, month: Month, rows: Sequence[ToRate], *, problem: Refusal | None = None
) -> HttpResponse:
    """The grid; after a refusal with what was typed and only the rows that were sent."""
    is_all = "all" in request.GET
    needs_note = public_standing(month).is_handed_in
    is_bound = needs_note and not scope_of(request).may(RESTATE)
    taken = public_lines_under_appeal(month) if is_bound else None
    if problem is not None:
        shown = [row for row in rows if any(cell_name(row, one) in request.POST for one in row.indicators)]
    else:
        shown = [row for row in rows if is_all or row.is_open or is_bound]
    page = Paginator(shown, AT_ONCE if problem is None else max(len(shown), 1)).get_page(request.GET.get("page"))
    data = request.POST if problem is not None else {}
    context = {
        "title": _("To rate"),
        "subtitle": month_name(month),
        "month": month,
        "grids": [grid_of(grid, data, taken) for grid in grids_of(list(page.object_list))],
        "is_bound": is_bound,
        "is_shut": is_bound
        and not any(is_correctable(row.place.department_id, one.pk, taken) for row in rows for one in row.indicators),
        "page": page,
        "is_all": is_all,
        "count": len(rows),
        "open_count": sum(row.is_open for row in rows),
        "needs_note": needs_note,
        "note": data.get("note", ""),
        "problem": str(problem) if problem else "",
        "crumbs": crumbs_of(month, _("To rate")),
        **neighbours("assessments:ratings", month),
    }
    return render(request, "assessments/ratings.html", context, status=problem.status if problem else 200)


def grid_of(grid: Any, data: Mapping[str, str], taken: Collection[tuple[int, int | None]] | None) -> dict[str, Any]:
    """One grid as plain values; TAKEN as `is_correctable` wants it."""
    return {
        "name": grid.cards[0].name if len(grid.cards) == 1 else _("Departments"),
        "indicators": [{"name": one.name, "clause": one.clause, "levels": level_words(one)} for one in grid.indicators],
        "rows": [
            {"department": row.place.department, "cells": [cell_of(row, one, data, taken) for one in row.indicators]}
            for row in grid.rows
        ],
    }


def cell_of(
    row: ToRate, indicator: Indicator, data: Mapping[str, str], taken: Collection[tuple[int, int | None]] | None
) -> dict[str, Any]:
    """One field: its levels, what is chosen, and whether it can be changed."""
    said = row.said.get(indicator.pk)
    name = cell_name(row, indicator)
    return {
        "name": name,
        "indicator": indicator.name,
        "levels": [(level, f"{level} ({pct} %)") for level, pct in levels_of(indicator).items()],
        "value": data.get(name, said.level if said else ""),
        "said_at": said.said_at if said else None,
        "version": said.version if said else 0,
        "is_restated": bool(said and said.is_restated),
        "is_shut": not is_correctable(row.place.department_id, indicator.pk, taken),
    }


def level_words(indicator: Indicator) -> str:
    """The levels with what they are worth."""
    return " · ".join(f"{level} {pct} %" for level, pct in levels_of(indicator).items()) or _("0 to 100 %")


def crumbs_of(month: Month, title: Any) -> list[tuple[Any, str]]:
    """The way to a page of a month."""
    return [
        (_("Assessments"), reverse("assessments:list")),
        (month_name(month), reverse("assessments:month", args=[month])),
        (title, ""),
    ]


@dataclass(frozen=True, slots=True)
class RaterLine:
    """One rater as the list shows them."""

    name: str
    check: RaterCheck
    partners: str
    """Names of those with whom favours are returned."""


def places(number: Any, count: int = 2) -> Any:
    """A figure rounded for display; None for what cannot be said."""
    return None if number is None else round_half_up(number, count)


def flags_html(row: RaterLine) -> Any:
    """What is odd, or that nothing is."""
    if not row.check.flags:
        return badge_html(_("Nothing odd"))
    return joined(badge_html(FLAGS[flag], "warning") for flag in row.check.flags)


def flag_words(row: RaterLine) -> str:
    """The same for a file."""
    return ", ".join(str(FLAGS[flag]) for flag in row.check.flags)


ODD = (
    Column("odd", gettext_lazy("What is odd"), value=flags_html, note="partners", is_page_only=True),
    Column("flags", gettext_lazy("What is odd"), value=flag_words, is_export_only=True),
)
OF_CHECKS: dict[str, Any] = {
    "filters": (
        Filter("odd", gettext_lazy("Only odd ones"), kind="flag",
               apply=lambda rows, value: [row for row in rows if row.check.flags]),
    ),
    "search": lambda rows, text: [row for row in rows if text.casefold() in row.name.casefold()],
    "empty_icon": "users",
}  # fmt: skip
"""What the lists of raters and of those who give personal parts have alike."""
RATERS = ListSpec(
    name="raters",
    title=gettext_lazy("How raters rated"),
    columns=(
        Column("name", gettext_lazy("Rater"), kind="user", order_by="name"),
        *ODD,
        Column("partners", gettext_lazy("Favours returned by"), is_export_only=True),
        Column("count", gettext_lazy("Ratings"), value="check.count", kind="number", order_by="count"),
        Column("mean", gettext_lazy("Mean, %"), value=lambda row: places(row.check.mean), kind="number", order_by="mean"),
        Column("leniency", gettext_lazy("Above the others"), value=lambda row: places(row.check.leniency), kind="number",
               order_by="leniency"),
        Column("shared", gettext_lazy("Rated by others too"), value="check.shared", is_export_only=True),
        Column("spread", gettext_lazy("Spread"), value=lambda row: places(row.check.spread), kind="number",
               order_by="spread"),
        Column("halo", gettext_lazy("Criteria alike"), value=lambda row: places(row.check.halo), kind="number",
               order_by="halo"),
        Column("level", gettext_lazy("Most used level"), value="check.top_level",
               note=lambda row: f"{places(row.check.top_share * 100, 0)} %"),
    ),
    search_hint=gettext_lazy("Name of a rater"),
    empty_title=gettext_lazy("No ratings yet"),
    empty_text=gettext_lazy("Nobody has rated a department in this month."),
    **OF_CHECKS,
)  # fmt: skip


def raters_tabs(month: Month, current: str) -> list[dict[str, Any]]:
    """The raters of departments with their ratings on one scale, those who give people their part with what they gave."""
    names = {
        "departments": (_("Departments"), "raters"),
        "standardised": (_("Ratings on one scale"), "standardised"),
        "people": (_("People"), "appraisers"),
        "parts": (_("Personal parts on one scale"), "standardised_parts"),
    }
    return [
        {"label": label, "url": reverse(f"assessments:{name}", args=[month]), "is_current": key == current}
        for key, (label, name) in names.items()
    ]


@require_GET
@allow(COMPARE)
def raters_page(request: HttpRequest, month: Month) -> HttpResponseBase:
    """Signs that somebody rates otherwise than the others, for the COO and HR. Nothing follows from them by itself."""
    require_begun(month)
    lines = rater_lines(*checks_in(scope_of(request), month))
    context = checks_context(RATERS, month, "departments") | neighbours("assessments:raters", month)
    spec = replace(RATERS, name=f"raters-{month}")
    return list_response(request, spec=spec, queryset=lines, template="assessments/raters.html", context=context)


def rater_lines(checks: Sequence[RaterCheck], names: Mapping[str, str]) -> list[RaterLine]:
    """A line for each check, what is odd first, then by name."""
    rows = [
        RaterLine(names[check.rater], check, ", ".join(sorted(names[key] for key in check.partners)))
        for check in checks
    ]
    return sorted(rows, key=lambda row: (not row.check.flags, row.name))


def checks_context(spec: ListSpec, month: Month, current: str) -> dict[str, Any]:
    """Head and tabs of a list of checks."""
    return {
        "title": spec.title,
        "subtitle": month_name(month),
        "month": month,
        "crumbs": crumbs_of(month, spec.title),
        "tabs": raters_tabs(month, current),
    }
