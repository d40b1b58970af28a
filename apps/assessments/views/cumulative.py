"""Departments of a quarter or year on cumulative values: a page of its own, apart from the mean of months."""

from dataclasses import replace

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.selectors.cumulative import CumulativeScore, cumulative_scores
from apps.assessments.selectors.stretches import StretchLine, stretch_line
from apps.assessments.selectors.years import blend_of
from apps.assessments.services.scheme_words import weight_text
from apps.assessments.views.periods import head_context, named
from apps.assessments.views.telling import change_html, scope_of
from apps.core.http.listing import Column, ListSpec, list_response
from apps.core.month import Month


def summed_text(row: CumulativeScore) -> str:
    """How many indicators are judged by their sums."""
    return _now("%(n)s of %(all)s") % {"n": row.summed_count, "all": row.line_count}


CUMULATIVE = ListSpec(
    name="cumulative-scores",
    title=_("Departments on cumulative values"),
    columns=(
        Column("name", _("Department"), order_by="name", note="code",
               url=lambda row: reverse("assessments:department", args=[row.department])),
        Column("code", _("Code"), is_export_only=True),
        Column("score", _("On cumulative values"), order_by="score", kind="number", nulls_last=True),
        Column("months_mean", _("Mean of the months"), order_by="months_mean", kind="number", nulls_last=True),
        Column("shift", _("Difference"), value=lambda row: change_html(row.difference), order_by="difference",
               kind="number", nulls_last=True, is_page_only=True),
        Column("difference", _("Difference"), is_export_only=True),
        Column("summed", _("Indicators by their sum"), value=summed_text, kind="number", is_page_only=True),
        Column("summed_count", _("Indicators by their sum"), is_export_only=True),
        Column("line_count", _("Indicators"), is_export_only=True),
    ),
    search=named,
    search_hint=_("Department or code"),
    tie_break="",
    empty_title=_("No scores here"),
    empty_text=_("None of the departments you may see was assessed in the last published month of this period."),
    empty_icon="scale",
)  # fmt: skip


def use_words(line: StretchLine) -> str:
    """What the figures count for."""
    blend = blend_of(line)
    if blend is None:
        return _now("For comparison only: published scores and pay follow the months.")
    share = {"share": weight_text(blend.share)}
    return _now("They are %(share)s %% of the score of the year; published months and pay do not change.") % share


@require_GET
@allow("assessments.view")
def cumulative_page(request: HttpRequest, kind: str, month: Month) -> HttpResponseBase:
    """The scorecards of a quarter or year on cumulative values, beside the mean of the months' scorecards."""
    scope = scope_of(request)
    line = stretch_line(scope, kind, month)
    context = head_context(scope, line, "cumulative") | {
        "subtitle": _now(
            "Scorecards before difficulty, bonuses and deductions: what adds up over time is judged by its sum, the rest by "
            "its mean. %(use)s"
        )
        % {"use": use_words(line)}
    }
    spec = replace(CUMULATIVE, name=f"cumulative-{line.stretch.kind}-{month}")
    rows = cumulative_scores(scope, line)
    return list_response(request, spec=spec, queryset=rows, template="assessments/period.html", context=context)
