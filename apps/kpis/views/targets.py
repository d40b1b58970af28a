"""Set and remove targets, with what the departments below have been given beside them."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.http.access import acting_user, allow
from apps.core import clock
from apps.core.errors import Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.http.keys import sent_key
from apps.core.month import Month
from apps.departments.models import Department
from apps.departments.selectors import visible_departments
from apps.kpis import services
from apps.kpis.choices import Aggregation, Direction
from apps.kpis.forms.targets import RemoveForm, TargetForm
from apps.kpis.models import Kpi, KpiTarget
from apps.kpis.rules.typed import NumberProblem, read_number
from apps.kpis.selectors import kpi_for
from apps.kpis.selectors.defining import Shares, parent_on, shares_of, target_for, targets_held, version_on
from apps.kpis.views.definitions import MANAGE, crumbs_of, page_of
from apps.kpis.views.entry import scope_of


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def set_target_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Aim at something from a month on, for one department or for every one that reports."""
    scope = scope_of(request)
    kpi = kpi_for(scope, pk)
    version = version_on(kpi, clock.today())
    direction = version.direction if version else Direction.HIGHER
    start = {
        "first": sent_month(request.GET.get("month")).first_day,
        "department": request.GET.get("department") or None,
    }
    form = TargetForm(request.POST or None, initial=start, scope=scope, direction=direction)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.set_target(
                kpi=kpi,
                department=given["department"],
                aim=form.aim(),
                **form.days(),
                reason=given["reason"],
                by=acting_user(request),
                now=clock.now(),
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The target is set. Statuses were worked out anew."))
            return redirect(page_of(kpi))
    shares = {"shares": shares_shown(request, kpi)} if "part" in request.GET else {}
    if shares:
        return render(
            request, "kpis/_shares.html", {**shares, "kpi": kpi, "places": version.decimals if version else 2}
        )
    return target_response(request, kpi, form)


def target_response(request: HttpRequest, kpi: Kpi, form: TargetForm) -> HttpResponse:
    """The form, what is set already, and how a sum is shared out."""
    version = version_on(kpi, clock.today())
    title = _("Set a target for %(kpi)s") % {"kpi": kpi.name}
    return form_response(
        request,
        form=form,
        title=title,
        submit_label=_("Set the target"),
        back_url=page_of(kpi),
        template="kpis/target.html",
        context={
            "kpi": kpi,
            "unit": version.unit if version else "",
            "places": version.decimals if version else 2,
            "targets": [drawn_target(row) for row in targets_held(kpi, scope_of(request))],
            "remove_form": RemoveForm(),
            "shares": shares_shown(request, kpi),
            "crumbs": crumbs_of(kpi, title),
        },
    )


def drawn_target(row: KpiTarget) -> dict[str, Any]:
    """One target as plain values."""
    last = row.valid.upper
    return {
        "key": row.pk,
        "department": row.department.name if row.department else _("Every one that reports"),
        "target": row.target,
        "floor": row.floor,
        "stretch": row.stretch,
        "upper": row.upper,
        "first": row.valid.lower,
        "last": None if last is None else Month.of(last).plus(-1).first_day if last.day == 1 else last,
        "reason": row.reason,
        "address": reverse("kpis:remove_target", args=[row.pk]),
    }


def shares_shown(request: HttpRequest, kpi: Kpi) -> list[Shares]:
    """For a sum: the chosen department beside those below it, and inside the one above it; the typed target counts."""
    version = version_on(kpi, clock.today())
    if version is None or version.over_departments != Aggregation.SUM:
        return []
    scope, sent = scope_of(request), request.POST or request.GET
    chosen = (
        visible_departments(scope).filter(pk=key).first() if (key := sent_key(sent.get("department", ""))) else None
    )
    month = sent_month(sent.get("first", ""))
    typed = sent_number(sent.get("target", ""))
    asked: dict[int, Decimal] = {} if typed is None or chosen is None else {chosen.pk: typed}
    department: Department = chosen or kpi.department
    above = parent_on(department, month.last_day, scope) if department.pk != kpi.department_id else None
    found = [shares_of(kpi, place, month, scope, asked=asked) for place in (department, above) if place is not None]
    return [row for row in found if row.parts]


def sent_month(text: Any) -> Month:
    """A month from a field or an address, else the present one."""
    try:
        return Month.parse(str(text))
    except ValueError:
        return Month.of(clock.today())


def sent_number(text: Any) -> Decimal | None:
    """A number from a field; nothing while it cannot be read."""
    try:
        return read_number(str(text))
    except NumberProblem:
        return None


@require_POST
@allow(MANAGE)
def remove_target(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a target away."""
    target = target_for(scope_of(request), pk)
    form = RemoveForm(request.POST)
    if form.is_valid():
        try:
            services.remove_target(
                target=target, reason=form.cleaned_data["reason"], by=acting_user(request), now=clock.now()
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The target is removed. Statuses were worked out anew."))
            return redirect("kpis:set_target", target.kpi_id)
    title = _("Remove a target of %(kpi)s") % {"kpi": target.kpi.name}
    return form_response(
        request,
        form=form,
        title=title,
        submit_label=_("Remove it"),
        back_url=reverse("kpis:set_target", args=[target.kpi_id]),
        context={"tone": "danger", "crumbs": crumbs_of(target.kpi, title)},
    )
