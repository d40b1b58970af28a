"""The register of bonus claims, deductions, vetoes and exemptions: its list, and the page of one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import acting_user, allow
from apps.assessments.choices import AdjustmentKind, AdjustmentState, VetoAction, VetoScope
from apps.assessments.models import Adjustment
from apps.assessments.selectors.adjustments import (
    adjustment_for,
    head_hit,
    item_of,
    liftings_of,
    months_to_revise,
    visible_adjustments,
    with_items,
)
from apps.assessments.services.adjusting import UNCOUNTED, points_of
from apps.assessments.services.confirming import bar_to_confirming
from apps.assessments.views.lifted import lifting_rows, may_lift
from apps.assessments.views.telling import month_name, scope_of, shown
from apps.audit.selectors import history_of
from apps.core import clock
from apps.core.http.cells import Badge
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.wording import day_text
from apps.departments.selectors import visible_departments

VIEW = "assessments.view_schemes"
TONES = {
    AdjustmentState.PROPOSED: "warning",
    AdjustmentState.CONFIRMED: "success",
    AdjustmentState.REFUSED: "danger",
    AdjustmentState.WITHDRAWN: "neutral",
}
KIND_TONES = {
    AdjustmentKind.BONUS: "success",
    AdjustmentKind.PENALTY: "warning",
    AdjustmentKind.VETO: "danger",
    AdjustmentKind.EXEMPTION: "neutral",
}


def state_badge(row: Any) -> Badge:
    """Where it stands; of what was lifted, from when on."""
    if row.lifted_from is not None:
        words = _now("Lifted")
        if row.lifted_from > row.month:
            words = _now("Lifted from %(month)s on") % {"month": date_format(row.lifted_from, "M Y")}
        return Badge(words, "neutral")
    return Badge(row.get_state_display(), TONES[AdjustmentState(row.state)])


def kind_badge(row: Adjustment) -> Badge:
    """What it is."""
    return Badge(row.get_kind_display(), KIND_TONES[AdjustmentKind(row.kind)])


def effect_words(row: Adjustment, item: Mapping[str, Any]) -> str:
    """What it does to the score, or would do by its ITEM once it is confirmed: points, or the veto's effect."""
    if row.kind == AdjustmentKind.EXEMPTION:
        return exemption_words(row)
    if row.state != AdjustmentState.PROPOSED:
        return "–" if row.kind != AdjustmentKind.VETO and row.points is None else effect_of(row, row.points)
    if not item:
        return _now("The scheme in force names no such item.")
    return _now("%(effect)s if confirmed") % {"effect": effect_of(row, points_of(row.kind, item, row.count))}


def exemption_words(row: Adjustment) -> str:
    """What becomes of the line."""
    if row.state == AdjustmentState.CONFIRMED:
        return _now("Left out")
    return _now("Left out if confirmed") if row.state == AdjustmentState.PROPOSED else "–"


def listed_effect(row: Any) -> str:
    """The same for a row of the list, which carries the items it may fall under."""
    item: Mapping[str, Any] = next((one for one in row.items or () if str(one["code"]) == row.code), {})
    return effect_words(row, item)


def effect_of(row: Adjustment, points: Decimal | None) -> str:
    """POINTS with their sign, or what the veto does."""
    if points is not None:
        moved = points if row.kind == AdjustmentKind.BONUS else -points
        return f"+{shown(moved)}" if moved > 0 else shown(moved)
    words = {
        VetoAction.ZERO: _now("Takes every point"),
        VetoAction.CAP: _now("At most %(points)s points") % {"points": shown(row.value)},
        VetoAction.GRADE_CAP: _now("At most grade %(grade)s") % {"grade": row.grade},
    }
    if not row.action:
        return "–"
    is_usual = row.scope in {"", VetoScope.DEPARTMENT}
    said = str(words.get(VetoAction(row.action), "–"))
    return said if is_usual else f"{said} · {row.get_scope_display()}"


def months_words(row: Adjustment) -> str:
    """The month it hits, or from which to which."""
    first = date_format(row.month, "M Y")
    return first if row.last_month == row.month else f"{first} – {date_format(row.last_month, 'M Y')}"


def hits_month(rows: Any, value: str) -> Any:
    """ROWS that count in the month, or did before they were lifted."""
    day = Month.parse(value).first_day
    return rows.filter(month__lte=day, last_month__gte=day)


def is_lifted(rows: Any, value: str) -> Any:
    """ROWS that were lifted, or those that were not."""
    return rows.filter(lifted_from__isnull=value == "no")


def department_choices(request: HttpRequest) -> list[tuple[int, str]]:
    """Departments of which something stands in the register the person may read."""
    scope = scope_of(request)
    rows = visible_departments(scope).filter(pk__in=visible_adjustments(scope).values("department"))
    return list(rows.order_by("name", "pk").values_list("pk", "name"))


REGISTER = ListSpec(
    name="register",
    title=_("Bonuses, deductions, vetoes, exemptions"),
    subtitle=_("What stands beside the hundred points. One person proposes it with evidence, another confirms it."),
    columns=(
        Column("name", _("What happened"), order_by="name", url=lambda row: row.get_absolute_url(), note="code"),
        Column("kind", _("Kind"), value=kind_badge, kind="badge", order_by="kind"),
        Column("department", _("Department"), value="department.name", order_by="department__name"),
        Column("month", _("Month"), value=months_words, order_by="month"),
        Column("happened_on", _("Day"), kind="date", order_by="happened_on"),
        Column("state", _("State"), value=state_badge, kind="badge", order_by="state"),
        Column("effect", _("Effect"), value=listed_effect, kind="number", is_page_only=True),
        Column("scope", _("Whom the veto hits"), value="get_scope_display", is_export_only=True),
        Column("points", _("Points"), is_export_only=True),
        Column("count", _("How often"), is_export_only=True),
        Column("evidence", _("Evidence"), is_export_only=True),
        Column("proposed_by", _("Proposed by"), value="proposed_by.name", order_by="proposed_by__name"),
        Column("decided_by", _("Decided by"), value="decided_by.name", order_by="decided_by__name", nulls_last=True),
        Column("ruling", _("Reason of the decision"), is_export_only=True),
        Column("lifted_from", _("Lifted from"), kind="date", is_export_only=True),
    ),
    filters=(
        Filter("kind", _("Kind"), choices=AdjustmentKind.choices, apply=lambda rows, value: rows.filter(kind=value)),
        Filter("state", _("State"), choices=AdjustmentState.choices, apply=lambda rows, value: rows.filter(state=value)),
        Filter("lifted", _("Lifted"), choices=[("yes", _("Lifted")), ("no", _("Not lifted"))], apply=is_lifted),
        Filter("month", _("Hits"), kind="month", apply=hits_month),
        Filter("department", _("Department"), choices=department_choices,
               apply=lambda rows, value: rows.filter(department=value)),
    ),
    search=("name__icontains", "code__icontains", "evidence__icontains", "department__name__icontains"),
    search_hint=_("What happened, evidence, department"),
    default_order=("-month", "-pk"),
    empty_title=_("The register is empty"),
    empty_text=_("No bonus, deduction, veto or exemption was proposed for what you may see."),
    empty_icon="gavel",
)  # fmt: skip


@require_GET
@allow(VIEW)
def adjustments_page(request: HttpRequest) -> HttpResponseBase:
    """The register, as far as the person may read it."""
    scope = scope_of(request)
    context = {
        "may_propose": scope.may("assessments.propose"),
        "raters_url": raters_url() if scope.may("assessments.compute") else "",
        "crumbs": [(_("Assessments"), reverse("assessments:list")), (_("Register"), "")],
    }
    rows = with_items(visible_adjustments(scope))
    return list_response(
        request, spec=REGISTER, queryset=rows, template="assessments/adjustments.html", context=context
    )


def raters_url() -> str:
    """How the raters rated in the month before the present one."""
    return reverse("assessments:raters", args=[Month.of(clock.today()).plus(-1)])


@require_GET
@allow(VIEW)
def adjustment_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One event with its evidence, what became of it, and its history."""
    scope, user = scope_of(request), acting_user(request)
    row = adjustment_for(scope, pk)
    is_history = request.GET.get("tab") == "history"
    is_open = row.state == AdjustmentState.PROPOSED
    bar = bar_to_confirming(adjustment=row, user=user, now=clock.now()) if is_open else None
    months = months_to_revise(row) if row.state in {AdjustmentState.PROPOSED, AdjustmentState.CONFIRMED} else []
    context = {
        "row": row,
        "title": row.name,
        "subtitle": f"{row.department.name} · {months_words(row)}",
        "kind": kind_badge(row),
        "state": state_badge(row),
        "crumbs": register_crumbs(row.name),
        "tabs": tabs_of(row, is_history=is_history),
        "facts": facts_of(row),
        "is_history": is_history,
        "entries": history_of(row, scope=scope) if is_history else [],
        "may_decide": is_open and bar is None,
        "bar": str(bar) if bar is not None and scope.may("assessments.confirm") else "",
        "may_withdraw": is_open and row.proposed_by_id == user.pk and scope.may("assessments.propose"),
        "revisions": [revision_of(month, may_revise=scope.may("assessments.compute")) for month in months],
        "is_confirmed": row.state == AdjustmentState.CONFIRMED,
        "liftings": lifting_rows(liftings_of(row)) if row.state == AdjustmentState.CONFIRMED else [],
        "may_lift": may_lift(row, user),
    }
    return render(request, "assessments/adjustment.html", context)


def revision_of(month: Month, *, may_revise: bool) -> dict[str, str]:
    """A published month it hits, with the page on which a revision begins for those who work months out."""
    return {
        "name": month_name(month),
        "url": reverse("assessments:month", args=[month]),
        "revise_url": reverse("assessments:revise", args=[month]) if may_revise else "",
    }


def facts_of(row: Adjustment) -> list[tuple[Any, Any]]:
    """What is known of it, in short."""
    item = item_of(row)
    found: list[tuple[Any, Any]] = [
        (_("Line") if row.kind == AdjustmentKind.EXEMPTION else _("Falls under"), item.get("name") or row.code),
        (_("Clause"), item.get("clause") or ""),
    ]
    if row.kind == AdjustmentKind.EXEMPTION:
        found.append((_("Weight that leaves the sum"), shown(item.get("weight"))))
    else:
        found.append((_("Day"), date_format(row.happened_on, "j M Y")))
    if row.kind not in UNCOUNTED:
        found += [
            (_("How often"), f"{row.count.normalize():f}"),
            (_("Points each"), item.get("points_each") or ""),
            (_("Cap of the item, over all its claims in the month"), item.get("cap") or _("no cap")),
        ]
    found += [
        (_("Effect"), effect_words(row, item)),
        *([(_("Whom it hits"), head_words(row))] if row.scope == VetoScope.HEAD else ()),
        (_("Proposed by"), row.proposed_by.name),
        (_("Proposed at"), date_format(clock.local_date(row.proposed_at), "j M Y")),
    ]
    if row.decided_by is not None and row.decided_at is not None:
        found += [
            (_("Decided by"), row.decided_by.name),
            (_("Decided at"), date_format(clock.local_date(row.decided_at), "j M Y")),
            (_("Reason of the decision"), row.ruling),
        ]
    return found


def head_words(row: Adjustment) -> str:
    """Who was the head a veto of the head alone hits. One query."""
    words = {"department": row.department.name, "day": day_text(row.happened_on)}
    head = head_hit(row)
    if head is None:
        return _now("Nobody headed %(department)s on %(day)s: it hits nobody.") % words
    return _now("%(who)s, who headed %(department)s on %(day)s") % {"who": head.name, **words}


def tabs_of(row: Adjustment, *, is_history: bool) -> list[dict[str, Any]]:
    """The event and its history."""
    url = row.get_absolute_url()
    return [
        {"label": _("Event"), "url": url, "is_current": not is_history},
        {"label": _("History"), "url": f"{url}?tab=history", "is_current": is_history},
    ]


def register_crumbs(*names: Any) -> list[tuple[Any, str]]:
    """The way to a page of the register."""
    return [
        (_("Assessments"), reverse("assessments:list")),
        (_("Register"), reverse("assessments:adjustments")),
        *((name, "") for name in names),
    ]
