"""Every calibration that was made in a month: from what to what, why, who and when. Of a published month as of a draft."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.models import Calibration
from apps.assessments.selectors.calibrations import WORKED_ON, calibrations_made, calibrators
from apps.assessments.selectors.scores import run_for
from apps.assessments.views.calibrating import VIEW, month_crumbs
from apps.assessments.views.lists import month_tabs
from apps.assessments.views.telling import month_name, run_badge, scope_of, score_url_of, shown
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.http.cells import Badge
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.templatetags.ui import signed


def state_badge(row: Any) -> Badge:
    """Whether the score is moved by it."""
    if row.is_replaced:
        return Badge(_("Replaced"), "neutral")
    return Badge(_("Counts"), "success") if row.points else Badge(_("Taken back"), "neutral")


def receipt_url(row: Calibration) -> str:
    """The receipt of the department's month as it stands now."""
    return score_url_of(Month.of(row.month), row.department_id)


MADE = ListSpec(
    name="calibrations-made",
    title=_("Calibrations"),
    columns=(
        Column("department", _("Department"), value="department.name", order_by="department__name", url=receipt_url,
               note="department.code"),
        Column("code", _("Code"), value="department.code", is_export_only=True),
        Column("state", _("State"), value=state_badge, kind="badge", order_by="is_replaced"),
        Column("original", _("Computed"), value=lambda row: shown(row.computed), kind="number", order_by="computed",
               nulls_last=True, is_page_only=True),
        Column("computed", _("Computed"), is_export_only=True),
        Column("moved", _("Calibration"), value=lambda row: signed(row.points), kind="number", order_by="points",
               is_page_only=True),
        Column("points", _("Calibration"), is_export_only=True),
        Column("result", _("Calibrated"), value=lambda row: shown(row.moved_to), kind="number", order_by="moved_to",
               nulls_last=True, is_page_only=True),
        Column("moved_to", _("Calibrated"), is_export_only=True),
        Column("reason", _("Reason"), order_by="reason"),
        Column("made_by", _("By"), value="made_by.name", kind="user", order_by="made_by__name"),
        Column("made_at", _("At"), kind="moment", order_by="made_at"),
    ),
    search=("department__name__icontains", "department__code__istartswith", "reason__icontains"),
    search_hint=_("Department, code or reason"),
    default_order=("-made_at", "-pk"),
    empty_title=_("No score was calibrated"),
    empty_text=_("Every score of this month stands as it was computed."),
    empty_icon="adjustments",
)  # fmt: skip


def counting(rows: Any, value: str) -> Any:
    """ROWS by which scores are moved, or those that are not any more."""
    counts = rows.filter(is_replaced=False).exclude(points=0)
    return counts if value == "counts" else rows.exclude(pk__in=counts.values("pk"))


def filters(scope: Scope, month: Month) -> tuple[Filter, ...]:
    """What the list may be narrowed by."""
    states = [("counts", _("Counts")), ("former", _("Replaced or taken back"))]
    people = calibrators(scope, month)
    return (
        Filter("state", _("State"), choices=states, apply=counting),
        Filter("by", _("By"), choices=people, apply=lambda rows, value: rows.filter(made_by=value)),
        Filter("up", _("Upwards only"), kind="flag", apply=lambda rows, value: rows.filter(points__gt=0)),
    )


@require_GET
@allow(VIEW)
def calibrated_page(request: HttpRequest, month: Month) -> HttpResponseBase:
    """The calibrations of a month, for those who have its board."""
    scope = scope_of(request)
    if month > Month.of(clock.today()):
        raise NotFound(gettext_now("%(month)s has not begun. Choose a month that has.") % {"month": month_name(month)})
    run = run_for(scope, month)
    context = {
        "title": gettext_now("Calibrations of %(month)s") % {"month": month_name(month)},
        "subtitle": gettext_now("What moved a score, the newest first. The computed score is kept beside it for good."),
        "state": run_badge(run) if run else None,
        "crumbs": month_crumbs(month, gettext_now("Calibrations")),
        "tabs": month_tabs(month, "calibrated", run),
        "draft_url": reverse("assessments:calibrations", args=[month]) if run and run.state in WORKED_ON else "",
    }
    spec = replace(MADE, name=f"calibrations-made-{month}", filters=filters(scope, month))
    rows = calibrations_made(scope, month)
    return list_response(request, spec=spec, queryset=rows, template="assessments/calibrated.html", context=context)
