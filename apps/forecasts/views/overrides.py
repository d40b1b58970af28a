"""Own figures: told and taken back, each on a form that keeps what was typed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.forms.judgements import OverrideForm, TakeBackForm
from apps.forecasts.selectors.honesty import adjustable, in_force, overrides_of
from apps.forecasts.selectors.series import due_ahead
from apps.forecasts.views.series import Seen, seen_series
from apps.forecasts.views.trying import open_months
from apps.forecasts.views.words import month_name, name_of, shown, span_text, without_unit

BOTH = ["GET", "POST"]
ADJUST = "forecasts.adjust"


def adjusted(request: HttpRequest, kind: str, department: int, kpi: int | None) -> Seen:
    """The series, where the person answers for its department; else it does not exist for this page."""
    seen = seen_series(request, kind, department, kpi)
    if not adjustable(seen.scope, seen.subject):
        raise NotFound(_("There is no such department, or it lies outside what you answer for."))
    return seen


def form_context(seen: Seen, title: str) -> dict[str, Any]:
    """The way here, and what is expected beside the form."""
    measure = without_unit(seen.measure)
    rows = [
        {
            "month": month_name(month),
            "mean": shown(seen.row.mean[place], measure),
            "span": span_text(seen.row.lo80[place], seen.row.hi80[place], measure),
        }
        for place, month in due_ahead(seen.row, Month.of(seen.issue.month))
    ]
    return {
        "subtitle": f"{name_of(seen.subject)}, {seen.subject.department.name}",
        "crumbs": [(_("Forecasts"), reverse("forecasts:list")), (name_of(seen.subject), seen.address), (title, "")],
        "aside_template": "forecasts/_expected.html",
        "expected": rows[:12],
        "unit": seen.measure.unit,
    }


def answered(request: HttpRequest, form: Any, seen: Seen, *, title: str, submit_label: str) -> HttpResponse:
    """The form; 409 where somebody was faster."""
    response = form_response(
        request,
        form=form,
        title=title,
        submit_label=submit_label,
        back_url=seen.address,
        context=form_context(seen, title),
    )
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response


def refused(form: Any, refusal: Refusal) -> None:
    """A refusal beside its field, with its status."""
    add_refusal(form, refusal)
    form.refused_with = refusal.status


@require_http_methods(BOTH)
@allow(ADJUST)
def override_page(request: HttpRequest, kind: str, department: int, kpi: int | None = None) -> HttpResponse:
    """Put an own figure beside the forecast."""
    seen = adjusted(request, kind, department, kpi)
    months = open_months(seen)
    given = request.POST if request.method == "POST" else None
    form = OverrideForm(given, months=months, unit=seen.measure.unit, initial={"month": request.GET.get("for", "")})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            services.tell_override(
                subject=seen.subject,
                month=told["month"],
                value=float(told["value"]),
                reason=told["reason"],
                scope=seen.scope,
                by=acting_user(request),
                now=clock.now(),
            )
        except Refusal as refusal:
            refused(form, refusal)
        else:
            messages.success(request, _("Your figure stands beside the forecast. It will be judged by what comes."))
            return redirect(f"{seen.address}#own-figures")
    return answered(request, form, seen, title=_("Own figure"), submit_label=_("Put it beside the forecast"))


@require_http_methods(BOTH)
@allow(ADJUST)
def take_back_page(request: HttpRequest, kind: str, department: int, kpi: int | None = None) -> HttpResponse:
    """Let the forecast count again."""
    seen = adjusted(request, kind, department, kpi)
    own = in_force(overrides_of(seen.scope, seen.subject)).values()
    months = sorted((Month.of(one.month) for one in own), reverse=True)
    given = request.POST if request.method == "POST" else None
    form = TakeBackForm(given, months=months, initial={"month": request.GET.get("for", "")})
    if request.method == "POST" and form.is_valid():
        try:
            services.take_back_override(
                subject=seen.subject,
                month=form.cleaned_data["month"],
                reason=form.cleaned_data["reason"],
                scope=seen.scope,
                by=acting_user(request),
                now=clock.now(),
            )
        except Refusal as refusal:
            refused(form, refusal)
        else:
            messages.success(request, _("Taken back: the forecast counts again."))
            return redirect(f"{seen.address}#own-figures")
    return answered(request, form, seen, title=_("Take an own figure back"), submit_label=_("Take it back"))
