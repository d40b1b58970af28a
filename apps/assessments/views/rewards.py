"""Rewards of a month: the list with its sums, proposing them, deciding on them, and the record of one."""

from decimal import Decimal
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
from apps.assessments.choices import RewardSource, RewardState
from apps.assessments.models import Reward
from apps.assessments.selectors.nominations import nominations_of
from apps.assessments.selectors.rewards import (
    is_reversible,
    leads_to_rewards,
    listed_rewards,
    people_without_reward,
    published_run,
    reward_for,
    reward_sums,
    sees_rewards,
    waiting_rewards,
)
from apps.assessments.services.deciding_rewards import Bar, bar_to_deciding, decider_of
from apps.assessments.services.gm_limit import is_for_gm
from apps.assessments.views.nominations import nomination_badge
from apps.assessments.views.people import month_crumbs, person_score_url
from apps.assessments.views.telling import grade_html, month_name, scope_of, shown
from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.http.cells import Badge
from apps.core.http.keys import sent_key
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.scope import Scope

PROPOSE = "assessments.propose_rewards"
SPOT = "assessments.propose"
DECIDE = "assessments.decide_rewards"
MOST_SHOWN = 200
MOST_WITHOUT = 30
REWARD_TONES = {
    RewardState.PROPOSED: "info",
    RewardState.APPROVED: "success",
    RewardState.REFUSED: "danger",
    RewardState.SUPERSEDED: "neutral",
}


def reward_badge(row: Reward) -> Badge:
    """Where a reward stands."""
    return Badge(row.get_state_display(), REWARD_TONES[RewardState(row.state)])


def grade_of(row: Reward) -> str:
    """The grade that a reward follows from; none for a deed."""
    return row.score.grade if row.score is not None else ""


def edition_of(row: Reward) -> int | None:
    """The version of the month that a reward follows from."""
    return row.edition.version if row.edition is not None else None


def source_note(row: Reward) -> str:
    """What a reward that no grade is multiplied for comes from."""
    return "" if row.source == RewardSource.RULE else row.get_source_display()


def reward_url(row: Reward) -> str:
    """The page of one reward."""
    return reverse("assessments:reward", args=[row.pk])


REWARDS = ListSpec(
    name="rewards",
    title=_("Rewards"),
    columns=(
        Column("person", _("Person"), value="person.name", kind="user", order_by="person__name", url=reward_url,
               note="person.number"),
        Column("number", _("Staff number"), value="person.number", is_export_only=True),
        Column("department", _("Department"), value="department.name", order_by="department__name"),
        Column("shield", _("Grade"), value=lambda row: grade_html(grade_of(row)), is_page_only=True,
               order_by="score__grade"),
        Column("grade", _("Grade"), value=grade_of, is_export_only=True),
        Column("source", _("Source"), value="get_source_display", is_export_only=True),
        Column("occasion", _("What for"), is_export_only=True),
        Column("base_amount", _("Monthly base"), kind="number", order_by="base_amount"),
        Column("dept_coef", _("Department’s coefficient"), is_export_only=True),
        Column("personal_coef", _("Personal coefficient"), is_export_only=True),
        Column("days_worked", _("Days"), is_export_only=True),
        Column("days_in_period", _("Of days"), is_export_only=True),
        Column("points", _("Points in the pool"), is_export_only=True),
        Column("weight", _("Weight in the pool"), is_export_only=True),
        Column("shared_by", _("Shared by"), is_export_only=True),
        Column("amount", _("Amount"), kind="number", order_by="amount", note=source_note),
        Column("settles_amount", _("Decided before"), is_export_only=True),
        Column("difference", _("To be paid"), kind="number", order_by="difference"),
        Column("state", _("State"), value=reward_badge, kind="badge", order_by="state"),
        Column("edition", _("Version of the month"), value=edition_of, is_export_only=True),
        Column("decided_by", _("Decided by"), value="decided_by.name", is_export_only=True),
        Column("decided_at", _("Decided"), kind="moment", is_export_only=True),
        Column("ruling", _("Reason"), is_export_only=True),
    ),
    filters=(
        Filter("source", _("Source"), choices=RewardSource.choices, apply=lambda rows, value: rows.filter(source=value)),
        Filter("state", _("State"), choices=RewardState.choices, apply=lambda rows, value: rows.filter(state=value)),
    ),
    search=("person__name__icontains", "person__number__istartswith", "department__name__icontains", "occasion__icontains"),
    search_hint=_("Name, number or department"),
    default_order=("department__name", "person__name"),
    empty_title=_("No rewards here"),
    empty_text=_("They are proposed after each publication by the rules; the COO or the GM decides."),
    empty_icon="coins",
)  # fmt: skip


@require_GET
@allow("assessments.view")
def rewards_page(request: HttpRequest, month: Month) -> HttpResponseBase:
    """The rewards of a month: all for those who work on them, else one's own once it is decided."""
    scope = scope_of(request)
    rows = listed_rewards(scope).filter(month=month.first_day)
    context = {
        "title": gettext_now("Rewards of %(month)s") % {"month": month_name(month)},
        "month": month,
        "crumbs": month_crumbs(month, _("Rewards")),
        "may_give": scope.may(SPOT),
        "nominations": [(row, nomination_badge(row)) for row in nominations_of(scope, month)],
        **(work_context(scope, month) if sees_rewards(scope) else {}),
    }
    return list_response(request, spec=REWARDS, queryset=rows, template="assessments/rewards.html", context=context)


def work_context(scope: Scope, month: Month) -> dict[str, Any]:
    """Sums, who has none and why, and what may be done."""
    run, sums = published_run(scope, month), reward_sums(scope, month)
    without = people_without_reward(scope, run) if run else None
    proposed, approved = sums.get(RewardState.PROPOSED), sums.get(RewardState.APPROVED)
    refused = sums.get(RewardState.REFUSED)
    return {
        "subtitle": gettext_now("By %(scheme)s.") % {"scheme": run.scheme} if run else "",
        "sums": {
            "proposed": shown(proposed.difference if proposed else Decimal(0)),
            "proposed_count": proposed.count if proposed else 0,
            "approved": shown(approved.difference if approved else Decimal(0)),
            "approved_count": approved.count if approved else 0,
            "refused_count": refused.count if refused else 0,
        },
        "without": list(without[:MOST_WITHOUT]) if without is not None else [],
        "without_count": without.count() if without is not None else 0,
        "has_rules": bool(run and run.scheme.reward_rules),
        "is_published": run is not None,
        "may_propose": scope.may(PROPOSE) and run is not None and leads_to_rewards(run),
        "may_decide": scope.may(DECIDE) and proposed is not None,
        "sees_work": True,
    }


@require_http_methods(["GET", "POST"])
@allow(PROPOSE)
def propose_rewards_page(request: HttpRequest, month: Month) -> HttpResponse:
    """Asks once more, then proposes the rewards of the published month."""
    if request.method != "POST":
        return propose_question(request, month)
    given: dict[str, Any] = {"month": month, "by": acting_user(request), "now": clock.now()}
    try:
        done = services.propose_rewards(**given)
    except Refusal as refusal:
        return propose_question(request, month, problem=refusal)
    words = ngettext("One reward was proposed", "%(new)s rewards were proposed", done.new)
    rest = gettext_now("%(changed)s brought up to date, %(same)s unchanged, %(base)s people without a pay base.")
    numbers = {"new": done.new, "changed": done.changed, "same": done.unchanged, "base": done.without_base}
    messages.success(request, f"{words % numbers}; {rest % numbers}")
    return redirect("assessments:rewards", month)


def propose_question(request: HttpRequest, month: Month, *, problem: Refusal | None = None) -> HttpResponse:
    """The question, with what it does."""
    context = {
        "title": gettext_now("Propose the rewards of %(month)s?") % {"month": month_name(month)},
        "effect": gettext_now(
            "Everybody with a grade and a pay base is proposed base × department’s × personal coefficient × days, where the "
            "rules give grades a coefficient; a pool is shared by points × weight of the role × days. Proposals "
            "of earlier editions that nobody decided on are superseded; against decided ones only the difference is paid."
        ),
        "button": gettext_now("Propose"),
        "icon": "coins",
        "problem": str(problem) if problem else "",
        "back_url": reverse("assessments:rewards", args=[month]),
        "crumbs": month_crumbs(month, _("Propose rewards")),
    }
    return render(request, "assessments/question.html", context, status=problem.status if problem else 200)


@require_http_methods(["GET", "POST"])
@allow(DECIDE)
def decide_rewards_page(request: HttpRequest, month: Month) -> HttpResponse:
    """Approve or refuse the chosen proposals, or all of them at once."""
    if request.method != "POST":
        return drawn_decision(request, month)
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "").strip()
    keys = chosen_keys(request, month)
    try:
        if act not in {"approve", "refuse"}:
            raise services.ReasonMissing(gettext_now("Choose whether to approve or to refuse."))
        done = services.decide_rewards(
            rewards=keys, is_approved=act == "approve", reason=reason, by=acting_user(request), now=clock.now()
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return drawn_decision(request, month, chosen=keys, reason=reason, problem=refusal)
    if act == "approve":
        words = ngettext("One reward was approved: %(sum)s.", "%(n)s rewards were approved: %(sum)s.", done.count)
    else:
        words = ngettext("One reward was refused: %(sum)s.", "%(n)s rewards were refused: %(sum)s.", done.count)
    messages.success(request, words % {"n": done.count, "sum": shown(done.amount)})
    return redirect("assessments:rewards", month)


def chosen_keys(request: HttpRequest, month: Month) -> list[int]:
    """The proposals that were ticked, as far as they are this month's; with `all` every one that the reader decides on."""
    rows = waiting_rewards(scope_of(request), month)
    if request.POST.get("all"):
        decider = decider_of(acting_user(request), clock.now())
        return [row.pk for row in rows if bar_to_deciding(row, decider) is None]
    keys = {key for text in request.POST.getlist("pick") if (key := sent_key(text)) is not None}
    known = set(
        listed_rewards(scope_of(request)).filter(pk__in=keys, month=month.first_day).values_list("pk", flat=True)
    )
    if keys - known:
        raise NotFound(gettext_now("There is no such reward, or it lies outside what you may see."))
    return sorted(keys)


def drawn_decision(
    request: HttpRequest,
    month: Month,
    *,
    chosen: list[int] | None = None,
    reason: str = "",
    problem: Refusal | None = None,
) -> HttpResponse:
    """The proposals to tick; after a refusal with the choice and the reason still there."""
    found = waiting_rewards(scope_of(request), month)
    rows = list(found[:MOST_SHOWN])
    decider = decider_of(acting_user(request), clock.now())
    context = {
        "title": gettext_now("Decide on the rewards of %(month)s") % {"month": month_name(month)},
        "month": month,
        "lines": [decision_line(row, whose=whose_turn(bar_to_deciding(row, decider))) for row in rows],
        "chosen": set(chosen or ()),
        "count": found.count(),
        "reason": reason,
        "problem": str(problem) if problem else "",
        "is_reason_missing": problem is not None and problem.field == "reason",
        "crumbs": [*month_crumbs(month, _("Rewards"))[:2],
                   (_("Rewards"), reverse("assessments:rewards", args=[month])), (_("Decide"), "")],
    }  # fmt: skip
    return render(request, "assessments/decide_rewards.html", context, status=problem.status if problem else 200)


def whose_turn(bar: Bar | None) -> str:
    """Why the reader does not decide on a proposal, in a word; empty where they do."""
    if bar is None:
        return ""
    if bar == Bar.OWN:
        return gettext_now("yours")
    return gettext_now("proposed by you") if bar == Bar.PROPOSED else gettext_now("the GM’s")


def decision_line(row: Any, *, whose: str) -> dict[str, Any]:
    """One proposal with what it was reckoned from."""
    return {
        "key": row.pk,
        "url": reward_url(row),
        "name": row.person.name,
        "number": row.person.number,
        "department": row.department.name,
        "grade": grade_of(row),
        "source": source_note(row) if row.is_share else "",
        "formula": formula(row),
        "amount": shown(row.amount),
        "difference": shown(row.difference),
        "settles": shown(row.settles_amount) if row.settles_amount else "",
        "whose": whose,
    }


def formula(row: Reward) -> str:
    """How the amount came about: in numbers, or what it is given for."""
    if row.is_spot:
        return row.occasion
    if row.is_taken_back:
        return gettext_now("Nothing any more in the corrected edition")
    if row.is_share:
        return (
            f"{shown(row.base_amount)} × {shown(row.points)} × {plain(row.weight or Decimal(0))} × {row.days_worked} ÷ "
            f"{exact_text(row.shared_by or Decimal(0))}"
        )
    return (
        f"{shown(row.base_amount)} × {plain(row.dept_coef)} × {plain(row.personal_coef)} × "
        f"{row.days_worked} ÷ {row.days_in_period}"
    )


def exact_text(number: Decimal) -> str:
    """A sum with the places it has, grouped, and no zeros that say nothing."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain(number: Decimal) -> str:
    """A coefficient without zeros that say nothing."""
    return f"{number.normalize():f}"


@require_GET
@allow("assessments.view")
def reward_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One reward: how it came about, and who decided when and why."""
    scope = scope_of(request)
    row = reward_for(scope, pk)
    month = Month.of(row.month)
    context = {
        "title": row.person.name,
        "subtitle": gettext_now("Reward of %(month)s") % {"month": month_name(month)},
        "reward": row,
        "state": reward_badge(row),
        "formula": formula(row),
        "amount": shown(row.amount),
        "difference": shown(row.difference),
        "settles": shown(row.settles_amount) if row.settles_amount else "",
        "is_for_gm": is_for_gm(row),
        "score_url": person_score_url(row.score) if row.score else "",
        "may_reverse": scope.may(PROPOSE) and is_reversible(row),
        "reversal": row.reversals.exclude(state=RewardState.REFUSED).first() if row.is_spot else None,
        "may_decide": scope.may(DECIDE) and row.state == RewardState.PROPOSED,
        "month": month,
        "crumbs": [*month_crumbs(month, _("Rewards"))[:2],
                   (_("Rewards"), reverse("assessments:rewards", args=[month])), (row.person.name, "")],
    }  # fmt: skip
    return render(request, "assessments/reward.html", context)
