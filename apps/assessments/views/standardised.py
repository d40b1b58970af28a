"""Ratings and personal parts on one scale for all who gave them, beside what was given: to be talked about, no score."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.selectors.appraisers import standardised_parts_in
from apps.assessments.selectors.rating import StandardLine, standardised_in
from apps.assessments.views.entries import neighbours, require_begun
from apps.assessments.views.rating import COMPARE, checks_context, places
from apps.assessments.views.telling import scope_of
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.scope import Scope


def has_words(line: StandardLine, text: str) -> bool:
    """Whether the line names what is looked for."""
    return text.casefold() in f"{line.subject} {line.criterion} {line.rater}".casefold()


def on_scale(given: Any, moved_to: Any, mean_given: Any, mean: Any) -> tuple[Column, ...]:
    """The figures of a line, under these heads: as given, on one scale, how far it moved, and both means of all."""
    return (
        Column("raw", given, value=lambda row: places(row.found.opinion.pct), kind="number", order_by="raw"),
        Column("pct", moved_to, value="found.pct", kind="number", order_by="pct"),
        Column("moved", _("Moved by"), value="found.moved", kind="number", order_by="moved"),
        Column("raw_mean", mean_given, value="found.raw_mean", kind="number", order_by="raw_mean"),
        Column("mean", mean, value="found.mean", kind="number", order_by="mean"),
        Column("raters", _("Raters"), value="found.raters", is_export_only=True),
    )


ON_SCALE: dict[str, Any] = {
    "filters": (
        Filter("moved", _("Only what moves"), kind="flag",
               apply=lambda rows, value: [row for row in rows if row.found.moved]),
    ),
    "search": lambda rows, text: [row for row in rows if has_words(row, text)],
    "empty_icon": "users",
}  # fmt: skip
"""What the lists of ratings and of personal parts on one scale have alike."""
STANDARDISED = ListSpec(
    name="standardised",
    title=_("Ratings on one scale"),
    columns=(
        Column("department", _("Department"), value="subject", order_by="department"),
        Column("criterion", _("Criterion"), order_by="criterion"),
        Column("rater", _("Rater"), kind="user", order_by="rater"),
        Column("level", _("Level"), value="found.opinion.level", is_export_only=True),
        *on_scale(_("As given, %"), _("On one scale, %"), _("Mean as given, %"), _("Mean on one scale, %")),
    ),
    search_hint=_("Department, criterion or rater"),
    empty_title=_("No ratings yet"),
    empty_text=_("Nobody has rated a department in this month."),
    **ON_SCALE,
)  # fmt: skip


PARTS = ListSpec(
    name="standardised-parts",
    title=_("Personal parts on one scale"),
    columns=(
        Column("person", _("Person"), value="subject", order_by="person"),
        Column("rater", _("Given by"), kind="user", order_by="rater"),
        *on_scale(_("As given, points"), _("On one scale, points"), _("Mean as given"), _("Mean on one scale")),
    ),
    search_hint=_("Person, or who gave it"),
    empty_title=_("No personal parts yet"),
    empty_text=_("Nobody has given a personal part for this month, or its rules score no people."),
    **ON_SCALE,
)  # fmt: skip


@require_GET
@allow(COMPARE)
def standardised_page(request: HttpRequest, month: Month) -> HttpResponseBase:
    """What each rating would be if all raters were equally mild and equally bold, for the COO and HR. No score moves."""
    return on_scale_page(request, month, STANDARDISED, standardised_in, part="standardised", template="standardised")


@require_GET
@allow(COMPARE)
def standardised_parts_page(request: HttpRequest, month: Month) -> HttpResponseBase:
    """What each personal part would be if all who give them were equally mild and equally bold. No score moves."""
    return on_scale_page(request, month, PARTS, standardised_parts_in, part="parts", template="parts_on_scale")


def on_scale_page(
    request: HttpRequest,
    month: Month,
    spec: ListSpec,
    lines_in: Callable[[Scope, Month], list[StandardLine]],
    *,
    part: str,
    template: str,
) -> HttpResponseBase:
    """The list of SPEC for a month that has begun. PART: which of the tabs it is; its route has the name of the list."""
    require_begun(month)
    context: dict[str, Any] = checks_context(spec, month, part)
    context |= neighbours(f"assessments:{spec.name.replace('-', '_')}", month)
    return list_response(
        request,
        spec=replace(spec, name=f"{spec.name}-{month}"),
        queryset=lines_in(scope_of(request), month),
        template=f"assessments/{template}.html",
        context=context,
    )
