"""The scores of a month as a list: searched, filtered, sorted, exported."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.choices import ScoreStatus
from apps.assessments.models import ScoreRun
from apps.assessments.selectors.calibrations import WORKED_ON
from apps.assessments.selectors.scores import (
    below,
    branch_choices,
    former_runs,
    run_for,
    scores_in,
    sees_drafts,
    with_gaps,
)
from apps.assessments.views.telling import (
    asked_version,
    change_html,
    grade_html,
    month_name,
    percent_text,
    run_badge,
    scope_of,
    score_url,
    status_badge,
    total_html,
)
from apps.core.errors import NotFound
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.scope import Scope

COLUMNS = (
    Column("department", _("Department"), value="department.name", order_by="department__name", url=score_url,
           note="department.code"),
    Column("code", _("Code"), value="department.code", is_export_only=True),
    Column("scorecard", _("Scorecard"), value="scorecard.name", order_by="scorecard__name"),
    Column("state", _("State"), value=status_badge, kind="badge", order_by="status"),
    Column("shown", _("Score"), value=total_html, kind="number", order_by="total", nulls_last=True, is_page_only=True),
    Column("total", _("Score"), is_export_only=True),
    Column("move", _("Change"), value=lambda row: change_html(row.change), kind="number", order_by="change",
           nulls_last=True, is_page_only=True),
    Column("change", _("Change"), is_export_only=True),
    Column("shield", _("Grade"), value=lambda row: grade_html(row.grade), is_page_only=True),
    Column("grade", _("Grade"), is_export_only=True),
    Column("rank", _("Rank"), kind="number", order_by="rank", nulls_last=True),
    Column("covered", _("Coverage"), value=lambda row: percent_text(row.coverage_pct), kind="number",
           order_by="coverage_pct", is_page_only=True),
    Column("coverage_pct", _("Weight with data, %"), is_export_only=True),
    Column("base", _("Sum of points"), is_export_only=True),
    Column("coefficient", _("Difficulty"), is_export_only=True),
    Column("bonus", _("Bonus"), is_export_only=True),
    Column("deduction", _("Deduction"), is_export_only=True),
)  # fmt: skip

SCORES = ListSpec(
    name="scores",
    title=_("Scores"),
    columns=COLUMNS,
    search=("department__name__icontains", "department__code__istartswith"),
    search_hint=_("Department or code"),
    default_order=("rank", "department__name"),
    empty_title=_("No scores here"),
    empty_text=_("None of the departments you may see was assessed in this month."),
    empty_icon="scale",
    keep=("version",),
)


def score_filters(scope: Scope, run: ScoreRun) -> tuple[Filter, ...]:
    """What the list may be narrowed by."""
    month = Month.of(run.month)
    grades = [(row["grade"], row["grade"]) for row in run.scheme.grades]
    cards = [(card.pk, card.name) for card in run.scheme.scorecards.all()]
    return (
        Filter("grade", _("Grade"), choices=grades, apply=lambda rows, value: rows.filter(grade=value)),
        Filter("state", _("State"), choices=ScoreStatus.choices, apply=lambda rows, value: rows.filter(status=value)),
        Filter("scorecard", _("Scorecard"), choices=cards, apply=lambda rows, value: rows.filter(scorecard=value)),
        Filter(
            "branch",
            _("Branch"),
            choices=branch_choices(scope, month.last_day),
            apply=lambda rows, value: below(rows, int(value), month.last_day),
        ),
        Filter("missing", _("Reports missing"), kind="flag", apply=lambda rows, value: with_gaps(rows)),
    )


@require_GET
@allow("assessments.view")
def scores_page(request: HttpRequest, month: Month) -> HttpResponseBase:
    """The scores of a month, as far as the person may read them."""
    scope, version = scope_of(request), asked_version(request)
    run = run_for(scope, month, version)
    if run is None:
        raise NotFound(
            gettext_now("%(month)s has not been worked out yet. Work it out first, or choose another month.")
            % {"month": month_name(month)}
        )
    spec = replace(
        SCORES,
        name=f"scores-{month}",
        filters=score_filters(scope, run),
        columns=COLUMNS if version is None else with_version(version),
    )
    rows = scores_in(scope, run, former_runs(scope, month))
    return list_response(
        request, spec=spec, queryset=rows, template="assessments/scores.html", context=list_context(scope, run, month)
    )


def with_version(version: int | None) -> tuple[Column, ...]:
    """The columns; links keep to the version that is looked at."""
    first, *others = COLUMNS
    return (replace(first, url=lambda row: score_url(row, version)), *others)


def list_context(scope: Scope, run: ScoreRun, month: Month) -> dict[str, Any]:
    """Heading and way back."""
    return {
        "title": gettext_now("Scores of %(month)s") % {"month": month_name(month)},
        "subtitle": gettext_now("By %(scheme)s.") % {"scheme": run.scheme},
        "state": run_badge(run),
        "crumbs": [(_("Assessments"), reverse("assessments:list")), (month_name(month), "")],
        "tabs": month_tabs(month, "scores", run) if sees_drafts(scope) else [],
        "people_url": "" if sees_drafts(scope) else reverse("assessments:people", args=[month]),
    }


def month_tabs(month: Month, current: str, run: ScoreRun | None) -> list[dict[str, Any]]:
    """Board, scores of departments and of people in a month, for those who work on it."""
    tabs = [{"label": _("Board"), "url": reverse("assessments:month", args=[month]), "is_current": current == "board"}]
    if run is not None:
        tabs.append(
            {
                "label": _("Scores"),
                "url": reverse("assessments:scores", args=[month]),
                "is_current": current == "scores",
                "count": run.score_count,
            }
        )
        tabs.append(
            {
                "label": _("People"),
                "url": reverse("assessments:people", args=[month]),
                "is_current": current == "people",
                "count": run.person_count,
            }
        )
    if run is not None:
        # Of a draft the scores that can be moved, and from there what was moved; of a published month only the latter.
        name = "calibrations" if run.state in WORKED_ON else "calibrated"
        address = reverse(f"assessments:{name}", args=[month])
        tabs.append(
            {"label": _("Calibration"), "url": address, "is_current": current in {"calibrations", "calibrated"}}
        )
    return tabs
