"""The rules: every version of the scheme, one of them with its scorecards."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.approvals.models import Case
from apps.assessments import selectors
from apps.assessments.choices import SchemeState
from apps.assessments.models import Indicator, Scheme
from apps.assessments.selectors import Sheet
from apps.assessments.selectors.bases import public_inside_year
from apps.assessments.services import Problem, problems_of, start_problems, warnings_of
from apps.assessments.services.method_words import sentence_of
from apps.assessments.views.bases import scheme_basis
from apps.assessments.views.frame import EDIT, VIEW, months_words, scope_of, state_badge
from apps.assessments.views.words import limit_facts, missing_words, standing_facts, weight_text
from apps.core import clock
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.scope import Scope

NOT_YET_IN_FORCE = frozenset({SchemeState.DRAFT, SchemeState.SUBMITTED})
PAGES = {
    "veto_items": "assessments:edit_items",
    "reward_rules": "assessments:edit_people",
}
"""Where a fault of what stands beside the scorecards is mended, by its field; anything else on the page of the limits."""


def in_force_in(rows: Any, value: str) -> Any:
    """Of ROWS the approved one that is in force in the month, or those that are meant to be."""
    return rows.filter(valid__contains=Month.parse(value).last_day)


def inside_words(scheme: Any) -> str:
    """That a version leaves another one inside a running year; empty where it begins with a year."""
    return _now("changed inside a running year") if scheme.is_turn and public_inside_year(scheme.valid.lower) else ""


SCHEMES = ListSpec(
    name="schemes",
    title=_("Schemes"),
    subtitle=_("The rules by which months are assessed; one version is in force for each month."),
    columns=(
        Column("name", _("Scheme"), order_by="name", url=lambda row: row.get_absolute_url(), note=lambda row: row.note),
        Column("version", _("Version"), order_by="version", kind="number"),
        Column("months", _("Months"), value=months_words, order_by="valid", note=inside_words),
        Column("state", _("State"), value=state_badge, order_by="state", kind="badge"),
        Column("departments", _("Departments"), value="department_count", order_by="department_count", kind="number"),
        Column("indicators", _("Indicators"), value="indicator_count", order_by="indicator_count", kind="number"),
        Column("drafted_by", _("Drafted by"), value="drafted_by.name", order_by="drafted_by__name"),
        Column("approved_at", _("Approved"), order_by="approved_at", kind="moment", nulls_last=True),
    ),
    filters=(
        Filter("state", _("State"), choices=SchemeState.choices, apply=lambda rows, value: rows.filter(state=value)),
        Filter("month", _("Holds in"), kind="month", apply=in_force_in),
    ),
    search=("name__icontains", "note__icontains"),
    search_hint=_("Name or reason"),
    default_order="-version",
    empty_title=_("No scheme yet"),
    empty_text=_("Draft the rules: who is judged by what, and how points follow from figures."),
    empty_icon="scale",
)


@require_GET
@allow(VIEW)
def schemes_page(request: HttpRequest) -> HttpResponseBase:
    """Every version of the rules."""
    scope = scope_of(request)
    context = {"may_edit": scope.may(EDIT)}
    rows = selectors.listed_schemes(scope)
    return list_response(request, spec=SCHEMES, queryset=rows, template="assessments/schemes.html", context=context)


@require_GET
@allow(VIEW)
def scheme_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One version, with what is still to mend while it is a draft."""
    scope = scope_of(request)
    scheme = selectors.scheme_for(scope, pk)
    may_edit = scope.may(EDIT) and scheme.state == SchemeState.DRAFT
    others = selectors.visible_schemes(scope).exclude(pk=pk).exclude(state=SchemeState.DISCARDED)
    return render(
        request,
        "assessments/scheme.html",
        {
            "scheme": scheme,
            "title": scheme.name,
            "subtitle": subtitle_of(scheme),
            "state": state_badge(scheme),
            "crumbs": [(_("Schemes"), reverse("assessments:schemes")), (str(scheme), "")],
            "cards": [card_lines(sheet, scope) for sheet in selectors.sheets_of(scheme, scope)],
            "limits": limit_facts(scheme),
            "grades": scheme.grades,
            "standing": standing_facts(scheme),
            "problems": problem_lines(scheme) if may_edit else [],
            "warnings": [warning.text for warning in warnings_of(scheme)] if scheme.state in NOT_YET_IN_FORCE else [],
            "may_edit": may_edit,
            "may_copy": scope.may(EDIT),
            "case": ruling_of(scheme),
            "steps": steps_of(scheme.case),
            "others": list(others.order_by("-version")[:20]),
            "basis": scheme_basis(scheme, scope),
        },
    )


def subtitle_of(scheme: Scheme) -> str:
    """Version and months; of a draft that they are only meant."""
    words = {"version": scheme.version, "months": months_words(scheme)}
    if scheme.state == SchemeState.APPROVED:
        return _now("Version %(version)s, in force %(months)s") % words
    return _now("Version %(version)s, meant to hold %(months)s") % words


def card_lines(sheet: Sheet, scope: Scope) -> dict[str, Any]:
    """A scorecard as the page draws it."""
    return {
        "card": sheet.card,
        "weight": weight_text(sheet.weight),
        "is_whole": sheet.is_whole,
        "share": min(sheet.weight, 100),
        "lines": [indicator_line(row, scope) for row in sheet.indicators],
        "places": [
            {"name": place.department.name, "code": place.department.code, "difficulty": weight_text(place.coefficient)}
            for place in sheet.places
        ],
        "place_count": sheet.place_count,
        "unnamed_count": sheet.unnamed_count,
        "is_named": scope.is_company,
    }


def indicator_line(row: Indicator, scope: Scope) -> dict[str, Any]:
    """An indicator as the page draws it."""
    return {
        "row": row,
        "sentence": sentence_of(row.method, row.params, row.weight),
        "weight": weight_text(row.weight),
        "missing": missing_words(row),
        "url": row.kpi.get_absolute_url() if row.kpi and scope.is_company and scope.may("kpis.view") else "",
    }


def problem_lines(scheme: Scheme) -> list[dict[str, Any]]:
    """What is still to mend, each with the page where it is mended."""
    found = [*problems_of(scheme), *start_problems(scheme, at=clock.now())]
    return [{"where": one.where, "text": one.text, "url": place_of(one, scheme)} for one in found]


def place_of(problem: Problem, scheme: Scheme) -> str:
    """Where a problem is mended."""
    if problem.indicator is not None:
        return reverse("assessments:edit_indicator", args=[problem.indicator])
    if problem.card is not None:
        return f"#card-{problem.card}"
    if not scheme.scorecards.exists():
        return reverse("assessments:add_scorecard", args=[scheme.pk])
    return reverse(PAGES.get(problem.field, "assessments:edit_scheme"), args=[scheme.pk])


def ruling_of(scheme: Scheme) -> Case | None:
    """The case in which it is ruled on."""
    return scheme.case


def steps_of(case: Case | None) -> Sequence[dict[str, Any]]:
    """Who decides, in order, and what they said."""
    if case is None:
        return []
    at = clock.now()
    return [
        {
            "who": step.user.name if step.user else step.get_role_display(),
            "ask": step.get_ask_display(),
            "ruling": step.get_ruling_display() if step.ruling else "",
            "by": step.decided_by.name if step.decided_by else "",
            "at": step.decided_at,
            "reason": step.reason,
            "due": date_format(step.due_at, "j M Y") if step.due_at and not step.decided_at else "",
            "is_late": bool(step.due_at and not step.decided_at and step.due_at < at),
        }
        for step in case.steps.select_related("user", "decided_by").order_by("pk")
    ]
