"""Calibration: the scores of a draft with what they are moved by, and the form that moves one."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments import services
from apps.assessments.forms.appeals import CalibrateForm
from apps.assessments.models import Score, ScoreRun
from apps.assessments.rules.appeals import is_too_low
from apps.assessments.selectors.calibrations import (
    WORKED_ON,
    draft_run,
    history_of,
    movable_score,
    movable_scores,
    published_total,
)
from apps.assessments.selectors.scores import lines_of
from apps.assessments.views.appeal_acts import answer
from apps.assessments.views.frame import is_done, sent
from apps.assessments.views.lists import month_tabs
from apps.assessments.views.telling import grade_html, month_name, run_badge, scope_of, shown, status_badge
from apps.core import clock
from apps.core.errors import NotAllowed
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.templatetags.ui import signed

CALIBRATE = "assessments.calibrate"
VIEW = "assessments.view_drafts"
MOST_SIGNS = 12
CENT = Decimal("0.01")


def form_url(score: Score) -> str:
    """Where a score is moved, and how it was moved so far."""
    return reverse("assessments:calibrate", args=[Month.of(score.run.month), score.department_id])


COLUMNS = (
    Column("department", _("Department"), value="department.name", order_by="department__name", url=form_url,
           note="department.code"),
    Column("code", _("Code"), value="department.code", is_export_only=True),
    Column("scorecard", _("Scorecard"), value="scorecard.name", order_by="scorecard__name"),
    Column("computed", _("Computed"), value=lambda row: shown(row.uncalibrated), kind="number", order_by="uncalibrated",
           nulls_last=True, is_page_only=True),
    Column("uncalibrated", _("Computed"), is_export_only=True),
    Column("moved", _("Calibration"), value=lambda row: signed(row.calibration) if row.calibration else "",
           kind="number", order_by="calibration", is_page_only=True),
    Column("calibration", _("Calibration"), is_export_only=True),
    Column("shown", _("Score"), value=lambda row: shown(row.total), kind="number", order_by="total", nulls_last=True,
           is_page_only=True),
    Column("total", _("Score"), is_export_only=True),
    Column("shield", _("Grade"), value=lambda row: grade_html(row.grade), is_page_only=True),
    Column("grade", _("Grade"), is_export_only=True),
    Column("moved_by", _("Calibrated by"), value="moved_by", note="moved_why", is_page_only=True),
    Column("calibrated_by", _("Calibrated by"), value="moved_by", is_export_only=True),
    Column("reason", _("Reason"), value="moved_why", is_export_only=True),
)  # fmt: skip

SCORES = ListSpec(
    name="calibrations",
    title=_("Calibration"),
    columns=COLUMNS,
    filters=(
        Filter(
            "moved",
            _("Calibrated only"),
            kind="flag",
            apply=lambda rows, value: rows.exclude(calibration=0),
        ),
    ),
    search=("department__name__icontains", "department__code__istartswith"),
    search_hint=_("Department or code"),
    default_order=("rank", "department__name"),
    empty_title=_("No scores here"),
    empty_text=_("None of the scores of this draft is like that."),
    empty_icon="adjustments",
)


@require_GET
@allow(VIEW)
def calibrations_page(request: HttpRequest, month: Month) -> HttpResponseBase:
    """The scores of the draft with their calibrations; moved from here by those who may."""
    scope = scope_of(request)
    run = draft_run(scope, month)
    context = {
        "title": gettext_now("Calibration of %(month)s") % {"month": month_name(month)},
        "subtitle": band_words(run),
        "state": run_badge(run),
        "crumbs": month_crumbs(month, gettext_now("Calibration")),
        "tabs": month_tabs(month, "calibrations", run),
        "made_url": reverse("assessments:calibrated", args=[month]),
    }
    rows = movable_scores(scope, run)
    return list_response(request, spec=SCORES, queryset=rows, template="assessments/scores.html", context=context)


def band_words(run: ScoreRun) -> str:
    """How far a score may be moved, in a sentence."""
    band = run.scheme.calibration_band
    if not band:
        return gettext_now("The scheme allows no calibration.")
    return gettext_now(
        "Up to %(band)s points either way, each with a reason. The computed score is kept beside it."
    ) % {"band": shown(band)}


def month_crumbs(month: Month, title: str) -> list[tuple[Any, str]]:
    """The way to a page of a month."""
    return [
        (_("Assessments"), reverse("assessments:list")),
        (month_name(month), reverse("assessments:month", args=[month])),
        (title, ""),
    ]


@require_http_methods(["GET", "POST"])
@allow(VIEW)
def calibrate_page(request: HttpRequest, month: Month, department: int) -> HttpResponse:
    """How a score of the draft was moved so far; the form that moves it, for those who may."""
    scope = scope_of(request)
    if request.method == "POST" and not scope.may(CALIBRATE):
        raise NotAllowed(
            gettext_now(
                "Only the COO moves scores; on the COO's own line the general manager. Tell them what should move, and why."
            )
        )
    run = draft_run(scope, month)
    score = movable_score(scope, run, department)
    why_not = hindrance(request, scope, score, month)
    form = CalibrateForm(sent(request), initial={"points": score.calibration, "seen": run.version})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if is_done(
            form,
            lambda: services.calibrate_score(
                month=month,
                department=score.department,
                points=given["points"],
                reason=given["reason"],
                version=given["seen"],
                by=acting_user(request),
                now=clock.now(),
            ),
        ):
            messages.success(request, gettext_now("Calibrated. The computed score is kept beside it."))
            return redirect("assessments:calibrations", month)
    return calibrate_form(request, form, score, why_not=why_not, scope=scope)


def hindrance(request: HttpRequest, scope: Scope, score: Score, month: Month) -> str:
    """Why the person may not move this score now; empty where they may."""
    if not scope.may(CALIBRATE):
        return gettext_now(
            "Only the COO moves scores; on the COO's own line the general manager. Tell them what should move, and why."
        )
    if score.run.state not in WORKED_ON:
        return gettext_now("These scores are approved. Send them back first, then they can be moved.")
    if score.uncalibrated is None:
        return gettext_now("This department has no score that could be moved.")
    if not score.run.scheme.calibration_band:
        return gettext_now("The scheme allows no calibration.")
    return services.may_calibrate(score.department_id, month=month, by=acting_user(request), now=clock.now())


def calibrate_form(
    request: HttpRequest, form: CalibrateForm, score: Score, *, why_not: str, scope: Scope
) -> HttpResponse:
    """The page: score, form or why there is none, history."""
    month = Month.of(score.run.month)
    field: Any = form.fields["points"].widget
    field.attrs |= {
        "inputmode": "decimal",
        "hx-get": reverse("assessments:calibration_preview", args=[month, score.department_id]),
        "hx-trigger": "input changed delay:250ms",
        "hx-target": "#calibration-preview",
    }
    typed = form.data.get("points", "") if form.is_bound else ""
    return answer(
        request,
        form,
        title=score.department.name,
        submit_label=_("Calibrate"),
        back_url=reverse("assessments:calibrations", args=[month]),
        template="assessments/calibrate.html",
        context={
            "subtitle": f"{month_name(month)} · {band_words(score.run)}",
            "score": score,
            "state": status_badge(score),
            "why_not": why_not,
            "preview": preview_of(score, points_of(typed) if typed else score.calibration),
            "history": history_of(scope, month, score.department_id),
            "receipt_url": reverse("assessments:score", args=[month, score.department_id]),
            "crumbs": [
                *month_crumbs(month, "")[:2],
                (_("Calibration"), reverse("assessments:calibrations", args=[month])),
                (score.department.name, ""),
            ],
        },
    )


@require_GET
@allow(CALIBRATE)
def calibration_preview(request: HttpRequest, month: Month, department: int) -> HttpResponse:
    """What comes of the points that are being typed; nothing is stored."""
    scope = scope_of(request)
    score = movable_score(scope, draft_run(scope, month), department)
    preview = preview_of(score, points_of(request.GET.get("points", "")))
    return render(request, "assessments/_calibration.html", {"preview": preview})


def points_of(text: str) -> Decimal | None:
    """Points that were typed; None for what is no number with two places at most."""
    if len(text) > MOST_SIGNS:
        return None
    try:
        points = Decimal(text.strip().replace(",", ".").replace("\u2212", "-") or "0")
    except InvalidOperation:
        return None
    return points if points.is_finite() and points == points.quantize(CENT) else None


def preview_of(score: Score, points: Decimal | None) -> dict[str, Any] | None:
    """Computed score, calibration, result and grade; None where there is no score or the points are none."""
    if points is None or score.uncalibrated is None:
        return None
    moved = services.moved_by(score, lines_of(score), points)
    band, published = score.run.scheme.calibration_band, published_total(score)
    return {
        "computed": shown(score.uncalibrated),
        "points": signed(points.quantize(CENT)) if points else shown(points),
        "total": shown(moved.total),
        "grade": moved.grade,
        "was": shown(score.total),
        "was_grade": score.grade,
        "published": None if published is None else shown(published),
        "is_below": is_too_low(moved.total, now=score.total, published=published),
        "is_beyond": abs(points) > band,
        "band": shown(band),
        "is_held": moved.total is not None and moved.total != score.uncalibrated + points,
    }
