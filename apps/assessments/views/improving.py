"""Improvement plans: the list, one of them with its history, and what is done to it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments import services
from apps.assessments.choices import PlanState, PlanTrigger
from apps.assessments.forms.consequences import ClosePlanForm, ReviewPlanForm, StartPlanForm
from apps.assessments.models import ImprovementPlan
from apps.assessments.selectors.improving import (
    DECIDE_PLANS,
    OPEN_PLANS,
    last_published,
    plan_for,
    plan_owners,
    visible_plans,
)
from apps.assessments.views.frame import is_done, sent
from apps.assessments.views.people import month_crumbs
from apps.assessments.views.rewards import PROPOSE
from apps.assessments.views.telling import month_name, scope_of
from apps.audit.selectors import history_of
from apps.core import clock
from apps.core.errors import Refusal
from apps.core.http.cells import Badge
from apps.core.http.forms import form_response
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.scope import Scope

PLAN_TONES = {
    PlanState.PROPOSED: "info",
    PlanState.RUNNING: "warning",
    PlanState.REACHED: "success",
    PlanState.MISSED: "danger",
    PlanState.DROPPED: "neutral",
}
FIRST_REVIEW_DAYS, USUAL_END_DAYS = 30, 90


def plan_badge(row: ImprovementPlan) -> Badge:
    """Where a plan stands."""
    return Badge(row.get_state_display(), PLAN_TONES[PlanState(row.state)])


def about(row: ImprovementPlan) -> str:
    """Whom a plan is for."""
    return row.person.name if row.person else row.department.name


PLANS = ListSpec(
    name="improvement-plans",
    title=_("Improvement plans"),
    subtitle=_("What follows from low grades: goals, support, dates and the outcome."),
    columns=(
        Column("about", _("For"), value=about, order_by=("person__name", "department__name"),
               url=lambda row: row.get_absolute_url(), note=lambda row: row.department.name if row.person else ""),
        Column("month", _("Month"), kind="month", order_by="month"),
        Column("trigger", _("Why"), value=lambda row: row.get_trigger_display(), order_by="trigger"),
        Column("state", _("State"), value=plan_badge, kind="badge", order_by="state"),
        Column("owner", _("Owner"), value="owner.name", order_by="owner__name"),
        Column("review_on", _("Next review"), kind="date", order_by="review_on", nulls_last=True),
        Column("ends_on", _("Until"), kind="date", order_by="ends_on", nulls_last=True),
    ),
    filters=(
        Filter("state", _("State"), choices=PlanState.choices, apply=lambda rows, value: rows.filter(state=value)),
        Filter("trigger", _("Why"), choices=PlanTrigger.choices, apply=lambda rows, value: rows.filter(trigger=value)),
        Filter("open", _("Open only"), kind="flag", apply=lambda rows, value: rows.filter(state__in=OPEN_PLANS)),
    ),
    search=("person__name__icontains", "department__name__icontains", "owner__name__icontains"),
    search_hint=_("Person, department or owner"),
    default_order=("-month", "person__name"),
    empty_title=_("No improvement plans"),
    empty_text=_("The lowest grade once, or the second lowest twice in a row, leads to one. Others are begun by hand."),
    empty_icon="target-arrow",
)  # fmt: skip


@require_GET
@allow("assessments.view")
def plans_page(request: HttpRequest) -> HttpResponseBase:
    """The plans the reader may see."""
    scope = scope_of(request)
    month = last_published(scope) if scope.may(PROPOSE) else None
    context = {
        "crumbs": [(_("Assessments"), reverse("assessments:list")), (_("Improvement plans"), "")],
        "propose_url": reverse("assessments:propose_plans", args=[month]) if month else "",
        "begin_url": reverse("assessments:begin_plan") if scope.may(DECIDE_PLANS) else "",
    }
    rows = visible_plans(scope)
    return list_response(
        request, spec=PLANS, queryset=rows, template="assessments/improvement_plans.html", context=context
    )


@require_http_methods(["GET", "POST"])
@allow(PROPOSE)
def propose_plans_page(request: HttpRequest, month: Month) -> HttpResponse:
    """Asks once more, then proposes what follows from the grades of the published month."""
    problem: Refusal | None = None
    if request.method == "POST":
        try:
            done = services.propose_plans(month=month, by=acting_user(request), now=clock.now())
        except Refusal as refusal:
            problem = refusal
        else:
            words = ngettext("One plan was proposed.", "%(new)s plans were proposed.", done.new) % {"new": done.new}
            rest = gettext_now("%(dropped)s no longer asked for, %(nominated)s nominated, %(withdrawn)s no longer so.")
            numbers = {name: getattr(done, name) for name in ("dropped", "nominated", "withdrawn")}
            messages.success(request, f"{words} {rest % numbers}")
            return redirect("assessments:improvement_plans")
    context = {
        "title": gettext_now("Propose what follows from the grades of %(month)s?") % {"month": month_name(month)},
        "effect": gettext_now(
            "An improvement plan is proposed for whoever has the lowest grade, or the second lowest twice in a row; the "
            "published month after it is looked at too. Three best grades in six months nominate for the talent pool, the "
            "highest score the department of the month. The COO or the GM decides on both."
        ),
        "button": gettext_now("Propose"),
        "icon": "target-arrow",
        "problem": str(problem) if problem else "",
        "back_url": reverse("assessments:improvement_plans"),
        "crumbs": month_crumbs(month, _("Improvement plans")),
    }
    return render(request, "assessments/question.html", context, status=problem.status if problem else 200)


@require_GET
@allow("assessments.view")
def plan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan: why, goals, support, dates, outcome, and what was done to it."""
    scope = scope_of(request)
    plan = plan_for(scope, pk)
    context = {
        "title": about(plan),
        "subtitle": gettext_now("%(plan)s, from the grades of %(month)s")
        % {"plan": plan, "month": month_name(Month.of(plan.month))},
        "plan": plan,
        "state": plan_badge(plan),
        "trigger": plan.get_trigger_display(),
        "acts": acts_on(scope, plan),
        "days": (plan.ends_on - plan.starts_on).days if plan.ends_on and plan.starts_on else None,
        "is_review_due": plan.state == PlanState.RUNNING
        and plan.review_on is not None
        and plan.review_on <= clock.today(),
        "entries": history_of(plan, scope=scope),
        "score_url": score_address(plan),
        "crumbs": plan_crumbs(about(plan)),
    }
    return render(request, "assessments/improvement_plan.html", context)


def score_address(plan: ImprovementPlan) -> str:
    """The score that led to the plan."""
    month = Month.of(plan.month)
    if plan.person_id is not None:
        return reverse("assessments:person_score", args=[month, plan.person_id])
    return reverse("assessments:score", args=[month, plan.department_id])


def plan_crumbs(title: Any) -> list[tuple[Any, str]]:
    """The way to a page of a plan."""
    return [
        (_("Assessments"), reverse("assessments:list")),
        (_("Improvement plans"), reverse("assessments:improvement_plans")),
        (title, ""),
    ]


def acts_on(scope: Scope, plan: ImprovementPlan) -> list[dict[str, Any]]:
    """What the reader may do with the plan as it stands, the main act last. The service asks again."""
    may_decide = scope.may(DECIDE_PLANS)
    is_own = plan.person_id is not None and plan.person_id == scope.person_id
    found = []
    if may_decide and plan.state in OPEN_PLANS:
        found.append(("close_plan", _("Drop") if plan.state == PlanState.PROPOSED else _("Close"), "x"))
    if plan.state == PlanState.RUNNING and (may_decide or plan.owner_id == scope.user_id):
        found.append(("review_plan", _("Keep a review"), "clipboard-check"))
    if may_decide and plan.state == PlanState.PROPOSED:
        found.append(("start_plan", _("Start"), "player-play"))
    return [
        {
            "label": label,
            "icon": icon,
            "url": reverse(f"assessments:{name}", args=[plan.pk]),
            "is_main": index == len(found),
        }
        for index, (name, label, icon) in enumerate(found, start=1)
        if not is_own
    ]


def first_days(day: date) -> dict[str, date]:
    """The days a plan that begins on DAY usually has."""
    return {
        "starts_on": day,
        "review_on": day + timedelta(days=FIRST_REVIEW_DAYS),
        "ends_on": day + timedelta(days=USUAL_END_DAYS),
    }


@require_http_methods(["GET", "POST"])
@allow(DECIDE_PLANS)
def start_plan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Goals, support, owner and dates: then it runs."""
    scope = scope_of(request)
    plan = plan_for(scope, pk)
    form = StartPlanForm(sent(request), owners=plan_owners(scope), initial=first_days(clock.today()))

    def act() -> object:
        return services.start_plan(plan=plan, terms=form.terms(), by=acting_user(request), now=clock.now())

    return asked(request, plan, form, act, title=gettext_now("Start the plan"), done=gettext_now("The plan runs."))


@require_http_methods(["GET", "POST"])
@allow("assessments.view")
def review_plan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What a review found, and when the next one is. Those who decide on plans, and whoever owns this one."""
    plan = plan_for(scope_of(request), pk)
    form = ReviewPlanForm(sent(request))

    def act() -> object:
        given = form.cleaned_data
        return services.review_plan(plan=plan, **given, by=acting_user(request), now=clock.now())

    return asked(request, plan, form, act, title=gettext_now("Keep a review"), done=gettext_now("The review is kept."))


@require_http_methods(["GET", "POST"])
@allow(DECIDE_PLANS)
def close_plan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """How it ended."""
    plan = plan_for(scope_of(request), pk)
    first = PlanState.DROPPED if plan.state == PlanState.PROPOSED else PlanState.REACHED
    form = ClosePlanForm(sent(request), initial={"state": first})

    def act() -> object:
        given = form.cleaned_data
        return services.close_plan(plan=plan, **given, by=acting_user(request), now=clock.now())

    return asked(request, plan, form, act, title=gettext_now("Close the plan"), done=gettext_now("The plan is closed."))


def asked(
    request: HttpRequest, plan: ImprovementPlan, form: Any, act: Callable[[], object], *, title: str, done: str
) -> HttpResponse:
    """The form, or the act and the way back to the plan; a refusal keeps what was typed."""
    if request.method == "POST" and form.is_valid() and is_done(form, act):
        messages.success(request, done)
        return redirect(plan.get_absolute_url())
    response = form_response(
        request,
        form=form,
        title=title,
        submit_label=title,
        back_url=plan.get_absolute_url(),
        context={"subtitle": about(plan), "crumbs": plan_crumbs(title)},
    )
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response
