"""Nominations: the list, one of them with its history, and the decision."""

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
from apps.assessments.choices import NominationKind, NominationState
from apps.assessments.forms.consequences import NominationForm
from apps.assessments.models import Nomination
from apps.assessments.selectors.nominations import DECIDE, nomination_for, visible_nominations
from apps.assessments.services.nominating import require_open, require_other
from apps.assessments.views.frame import is_done, sent
from apps.assessments.views.telling import grade_html, month_name, scope_of, shown
from apps.audit.selectors import history_of
from apps.core import clock
from apps.core.http.cells import Badge
from apps.core.http.forms import form_response
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month

NOMINATION_TONES = {
    NominationState.PROPOSED: "info",
    NominationState.ACCEPTED: "success",
    NominationState.DECLINED: "danger",
    NominationState.DROPPED: "neutral",
}


def nomination_badge(row: Nomination) -> Badge:
    """Where a nomination stands."""
    return Badge(row.get_state_display(), NOMINATION_TONES[NominationState(row.state)])


def why_words(row: Nomination) -> str:
    """What of the grades singles it out."""
    if row.kind == NominationKind.TALENT_POOL:
        return gettext_now("Three best grades in six months, this one the third.")
    return gettext_now("The highest score of the month, with the best grade.")


NOMINATIONS = ListSpec(
    name="nominations",
    title=_("Nominations"),
    subtitle=_("Whom published grades single out; the COO or the GM accepts or declines."),
    columns=(
        Column("about", _("For"), value="about", order_by=("person__name", "department__name"),
               url=lambda row: row.get_absolute_url(), note=lambda row: row.department.name if row.person else ""),
        Column("month", _("Month"), kind="month", order_by="month"),
        Column("kind", _("Nominated as"), value="get_kind_display", order_by="kind"),
        Column("shield", _("Grade"), value=lambda row: grade_html(row.grade), is_page_only=True, order_by="grade"),
        Column("grade", _("Grade"), is_export_only=True),
        Column("total", _("Points"), kind="number", order_by="total"),
        Column("state", _("State"), value=nomination_badge, kind="badge", order_by="state"),
        Column("decided_by", _("Decided by"), value="decided_by.name", order_by="decided_by__name"),
        Column("decided_at", _("Decided"), kind="moment", is_export_only=True),
        Column("ruling", _("Reason"), is_export_only=True),
    ),
    filters=(
        Filter("state", _("State"), choices=NominationState.choices, apply=lambda rows, value: rows.filter(state=value)),
        Filter("kind", _("Nominated as"), choices=NominationKind.choices, apply=lambda rows, value: rows.filter(kind=value)),
    ),
    search=("person__name__icontains", "person__number__istartswith", "department__name__icontains"),
    search_hint=_("Name, number or department"),
    default_order=("-month", "kind", "person__name"),
    empty_title=_("No nominations"),
    empty_text=_("Three best grades in six months, or the highest score of a month, lead to one after a publication."),
    empty_icon="star",
)  # fmt: skip


def nomination_crumbs(title: Any = "") -> list[tuple[Any, str]]:
    """The way to a page of nominations."""
    way: list[tuple[Any, str]] = [(_("Assessments"), reverse("assessments:list"))]
    if not title:
        return [*way, (_("Nominations"), "")]
    return [*way, (_("Nominations"), reverse("assessments:nominations")), (title, "")]


@require_GET
@allow("assessments.view")
def nominations_page(request: HttpRequest) -> HttpResponseBase:
    """All of them for those who work on rewards, else the accepted ones of oneself and one's departments."""
    rows = visible_nominations(scope_of(request))
    context = {"crumbs": nomination_crumbs()}
    return list_response(
        request, spec=NOMINATIONS, queryset=rows, template="assessments/nominations.html", context=context
    )


@require_GET
@allow("assessments.view")
def nomination_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One nomination: what it rests on, what was decided, by whom and why."""
    scope = scope_of(request)
    row = nomination_for(scope, pk)
    month = Month.of(row.month)
    address, about = ("person_score", row.person_id) if row.person_id else ("score", row.department_id)
    context = {
        "title": row.about,
        "subtitle": f"{row.get_kind_display()} · {month_name(month)}",
        "nomination": row,
        "state": nomination_badge(row),
        "why": why_words(row),
        "total": shown(row.total),
        "score_url": reverse(f"assessments:{address}", args=[month, about]),
        "rewards_url": reverse("assessments:rewards", args=[month]),
        "may_decide": scope.may(DECIDE) and row.state == NominationState.PROPOSED,
        "entries": history_of(row, scope=scope),
        "crumbs": nomination_crumbs(row.about),
    }
    return render(request, "assessments/nomination.html", context)


@require_http_methods(["GET", "POST"])
@allow(DECIDE)
def decide_nomination_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept it, or decline it with the reason."""
    row = nomination_for(scope_of(request), pk)
    require_open(row)
    require_other(row, by=acting_user(request), now=clock.now())
    form = NominationForm(sent(request))

    def act() -> object:
        given = form.cleaned_data
        return services.decide_nomination(
            nomination=row.pk, is_accepted=given["decision"] == "accept", reason=given["reason"],
            by=acting_user(request), now=clock.now(),
        )  # fmt: skip

    if request.method == "POST" and form.is_valid() and is_done(form, act):
        messages.success(request, gettext_now("Decided. HR has been told."))
        return redirect(row.get_absolute_url())
    words = {"why": why_words(row), "points": shown(row.total), "grade": row.grade}
    response = form_response(
        request,
        form=form,
        title=gettext_now("Decide on the nomination of %(who)s") % {"who": row.about},
        submit_label=gettext_now("Decide"),
        back_url=row.get_absolute_url(),
        context={
            "subtitle": f"{row.get_kind_display()} · {month_name(Month.of(row.month))}",
            "intro": gettext_now("%(why)s %(points)s points, grade %(grade)s.") % words,
            "crumbs": nomination_crumbs(row.about),
        },
    )
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response
