"""Ratings of departments on one scale for all raters, beside what was given: for discussion, never for a score."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.selectors.rating import StandardLine, standardised_in
from apps.assessments.views.entries import neighbours, require_begun
from apps.assessments.views.rating import COMPARE, checks_context, places
from apps.assessments.views.telling import scope_of
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month


def has_words(line: StandardLine, text: str) -> bool:
    """Whether the line names what is looked for."""
    return text.casefold() in f"{line.department} {line.criterion} {line.rater}".casefold()


STANDARDISED = ListSpec(
    name="standardised",
    title=_("Ratings on one scale"),
    columns=(
        Column("department", _("Department"), order_by="department"),
        Column("criterion", _("Criterion"), order_by="criterion"),
        Column("rater", _("Rater"), kind="user", order_by="rater"),
        Column("level", _("Level"), value="found.opinion.level", is_export_only=True),
        Column("raw", _("As given, %"), value=lambda row: places(row.found.opinion.pct), kind="number", order_by="raw"),
        Column("pct", _("On one scale, %"), value="found.pct", kind="number", order_by="pct"),
        Column("moved", _("Moved by"), value="found.moved", kind="number", order_by="moved"),
        Column("raw_mean", _("Mean as given, %"), value="found.raw_mean", kind="number", order_by="raw_mean"),
        Column("mean", _("Mean on one scale, %"), value="found.mean", kind="number", order_by="mean"),
        Column("raters", _("Raters"), value="found.raters", is_export_only=True),
    ),
    filters=(
        Filter("moved", _("Only what moves"), kind="flag",
               apply=lambda rows, value: [row for row in rows if row.found.moved]),
    ),
    search=lambda rows, text: [row for row in rows if has_words(row, text)],
    search_hint=_("Department, criterion or rater"),
    empty_icon="users",
    empty_title=_("No ratings yet"),
    empty_text=_("Nobody has rated a department in this month."),
)  # fmt: skip


@require_GET
@allow(COMPARE)
def standardised_page(request: HttpRequest, month: Month) -> HttpResponseBase:
    """What each rating would be if all raters were equally mild and equally bold, for the COO and HR. No score moves."""
    require_begun(month)
    lines = standardised_in(scope_of(request), month)
    context: dict[str, Any] = checks_context(STANDARDISED, month, "standardised")
    context |= neighbours("assessments:standardised", month)
    spec = replace(STANDARDISED, name=f"standardised-{month}")
    return list_response(request, spec=spec, queryset=lines, template="assessments/standardised.html", context=context)
