"""Improvement plans: proposed from published grades, started with goals and dates by a person, reviewed, closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import capabilities_for
from apps.assessments.choices import PlanState, PlanTrigger
from apps.assessments.models import AssessedMonth, ImprovementPlan, PersonScore, ScoreRun
from apps.assessments.rules.consequences import FOLLOWS_FROM_MONTHS, MONTHS_LOOKED_AT, Trigger, plan_trigger
from apps.assessments.selectors.improving import (
    DECIDE_PLANS,
    OPEN_PLANS,
    grades_of_departments,
    grades_of_people,
    open_plan_keys,
)
from apps.assessments.services import telling_plans as telling
from apps.assessments.services.computing import locked_month
from apps.assessments.services.nominating import renew_nominations
from apps.assessments.services.refusals import MonthBusy, NotYourStep
from apps.core.clock import local_date
from apps.core.errors import Conflict, Refusal
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text
from apps.staff.selectors import leaders_of

BATCH = 1_000
ENDS = {PlanState.REACHED, PlanState.MISSED, PlanState.DROPPED}
Key = tuple[int | None, int]


class WrongPlan(Refusal):
    """Goals, owner or dates that make no plan."""

    code: ClassVar[str] = "wrong_plan"


class PlanBusy(Conflict):
    """The plan is not where this step begins."""

    code: ClassVar[str] = "plan_not_there"


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a plan says when it is started."""

    goals: str
    support: str
    owner: User | None
    starts_on: date | None
    review_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class PlansProposed:
    """What follows from a month's grades."""

    new: int
    dropped: int
    """Undecided ones that a later edition of the month no longer asks for."""
    nominated: int
    """People and departments that were nominated."""
    withdrawn: int
    """Nominations that the grades no longer bear out."""


@transaction.atomic
def propose_plans(*, month: Month, by: User | None, now: datetime) -> PlansProposed:
    """Propose what follows from the published grades of MONTH. assessments.propose_rewards (HR), or the job after a
    publication (BY is None). Safe to repeat.

    An improvement plan for whoever (person or department) has the lowest grade, or the second lowest in two months running,
    and none that is open; nominations (services.nominating). The published month after it is looked at too, as a correction
    may begin or end such a row. By itself (BY is None) no plan is proposed for a month further back than three; what the
    grades no longer ask for is dropped however old it is, as long as nobody decided on it. Refuses a month that is not
    published.
    """
    if locked_month(month).published is None:
        raise MonthBusy(
            _(
                "%(month)s is not published: plans follow from published grades. Publish it first, or begin a plan by hand."
            )
            % {"month": month_text(month)}
        )
    oldest = Month.of(local_date(now)).plus(-FOLLOWS_FROM_MONTHS)
    new = dropped = 0
    with because("assessments.plans_proposed", by=by):
        for run in runs_from(month):
            place, wanted = Month.of(run.month), wanted_plans(run)
            fell = drop_unasked(place, wanted)
            dropped += fell
            if place >= oldest or (by is not None and place == month):
                new += add_plans(run, place, wanted)
            if place > month and not fell:
                break
    named = renew_nominations(month=month, by=by, now=now)
    return PlansProposed(new, dropped, named.new, named.dropped)


def runs_from(month: Month) -> list[ScoreRun]:
    """The published runs of MONTH and the six after it, the months under lock in their order. Two queries: the runs are
    read once the lock is there.

    The grades of MONTH tell upon the one after it; further ones matter where a plan fell that stood in the way of theirs.
    """
    rows = AssessedMonth.objects.select_for_update(of=("self",)).filter(
        month__gte=month.first_day, month__lte=month.plus(MONTHS_LOOKED_AT).first_day, published__isnull=False
    )
    keys = list(rows.order_by("month").values_list("published", flat=True))
    return list(ScoreRun.objects.filter(pk__in=keys).select_related("scheme").order_by("month"))


def wanted_plans(run: ScoreRun) -> dict[Key, Trigger]:
    """Who is to have a plan by the published grades of the run's month and those before it, and why. Two queries."""
    month, ladder = Month.of(run.month), [row["grade"] for row in run.scheme.grades]
    people, departments = grades_of_people(month), grades_of_departments(month)
    found = {(pk, 0): plan_trigger(grades, ladder) for pk, grades in people.items()}
    both = found | {(None, pk): plan_trigger(grades, ladder) for pk, grades in departments.items()}
    return {key: trigger for key, trigger in both.items() if trigger is not None}


def drop_unasked(month: Month, wanted: Mapping[Key, Any]) -> int:
    """Drop the undecided plans of MONTH that its present grades no longer ask for."""
    held = ImprovementPlan.objects.select_for_update(of=("self",)).filter(
        month=month.first_day, state=PlanState.PROPOSED
    )
    gone = [row.pk for row in held.exclude(trigger=PlanTrigger.BY_HAND) if key_of(row) not in wanted]
    words = _("A corrected edition of the month no longer asks for it.")
    return ImprovementPlan.objects.filter(pk__in=gone).update(state=PlanState.DROPPED, outcome=words)


def key_of(plan: ImprovementPlan) -> Key:
    """Whose plan it is."""
    return next(iter(open_plan_keys([plan])))


def add_plans(run: ScoreRun, month: Month, wanted: Mapping[Key, Any]) -> int:
    """Propose the plans that are not there yet, for nobody who has one that is open. What fell with an edition of the month
    before anybody decided on it is asked for again."""
    rows = ImprovementPlan.objects.filter(state__in=OPEN_PLANS) | ImprovementPlan.objects.filter(month=month.first_day)
    fallen = {key_of(row): row for row in rows if row.state == PlanState.DROPPED and row.decided_by_id is None}
    there = open_plan_keys(row for row in rows if row.state in OPEN_PLANS or key_of(row) not in fallen)
    missing = {key: trigger for key, trigger in wanted.items() if key not in there}
    again = [row for key, row in fallen.items() if key in missing]
    for row in again:
        row.state, row.outcome, row.trigger = PlanState.PROPOSED, "", missing.pop(key_of(row))
    ImprovementPlan.objects.bulk_update(again, ("state", "outcome", "trigger"), batch_size=BATCH)
    people = [pk for pk, _department in missing if pk is not None]
    places = dict(PersonScore.objects.filter(run=run, person__in=people).values_list("person", "department"))
    made = [
        ImprovementPlan(
            department_id=places[person] if person is not None else department,
            person_id=person,
            month=month.first_day,
            trigger=trigger,
        )
        for (person, department), trigger in missing.items()
    ]
    ImprovementPlan.objects.bulk_create(made, batch_size=BATCH)
    return len(made) + len(again)


@transaction.atomic
def start_plan(*, plan: ImprovementPlan, terms: PlanTerms, by: User, now: datetime) -> ImprovementPlan:
    """Start a proposed plan with goals, support, owner and dates. assessments.decide_rewards (COO, GM).

    Refuses one's own plan or that of a department one heads, a plan that is not proposed, terms that make no plan, and an
    owner whom it is about.
    """
    held = locked_plan(plan, {PlanState.PROPOSED})
    require_not_own(held, by, now)
    require_terms(terms)
    require_owner(held, terms.owner, now)
    write_terms(held, terms)
    held.state, held.decided_by = PlanState.RUNNING, by
    with because("assessments.plan_started", by=by):
        held.save()
    telling.tell_started(held, now)
    return held


def write_terms(plan: ImprovementPlan, terms: PlanTerms) -> None:
    """What the terms say, into the plan."""
    plan.goals, plan.support, plan.owner = terms.goals.strip(), terms.support.strip(), terms.owner
    plan.starts_on, plan.review_on, plan.ends_on = terms.starts_on, terms.review_on, terms.ends_on


def require_terms(terms: PlanTerms) -> None:
    """Refuse what makes no plan, each by its field."""
    if not terms.goals.strip():
        raise WrongPlan(_("Write the goals: what is to be reached, and how it is measured."), field="goals")
    if terms.owner is None:
        raise WrongPlan(_("Name who owns the plan: they see to it between the reviews."), field="owner")
    if terms.starts_on is None or terms.ends_on is None or terms.ends_on <= terms.starts_on:
        raise WrongPlan(_("Let the plan end after it begins; 60 to 90 days are usual."), field="ends_on")
    if terms.review_on is None or not terms.starts_on < terms.review_on <= terms.ends_on:
        raise WrongPlan(_("Let the next review lie within the days of the plan."), field="review_on")


@transaction.atomic
def review_plan(
    *, plan: ImprovementPlan, note: str, review_on: date | None, by: User, now: datetime
) -> ImprovementPlan:
    """Keep what a review found, with the day of the next one. assessments.decide_rewards, or whoever owns the plan.

    Refuses one's own plan, one that does not run, a review without words, and a day outside the plan.
    """
    held = locked_plan(plan, {PlanState.RUNNING})
    require_not_own(held, by, now)
    if held.owner_id != by.pk and DECIDE_PLANS not in capabilities_for(by):
        raise NotYourStep(_("Only whoever owns the plan, the COO and the GM review it. Tell the owner what you found."))
    if not note.strip():
        raise WrongPlan(_("Write what the review found: how far each goal is."), field="note")
    if review_on is not None and not (held.starts_on or review_on) <= review_on <= (held.ends_on or review_on):
        raise WrongPlan(_("Let the next review lie within the days of the plan."), field="review_on")
    held.review_on = review_on
    with because("assessments.plan_reviewed", reason=note.strip()[:500], by=by):
        held.save(update_fields=["review_on", "updated_at"])
    telling.tell_reviewed(held, now)
    return held


@transaction.atomic
def close_plan(*, plan: ImprovementPlan, state: str, outcome: str, by: User, now: datetime) -> ImprovementPlan:
    """Close a plan as reached, missed or dropped, with the outcome. assessments.decide_rewards (COO, GM).

    A plan that was only proposed can be dropped. Refuses one's own plan, one that is closed, and an end without words.
    """
    held = locked_plan(plan, set(OPEN_PLANS))
    require_not_own(held, by, now)
    if state not in ENDS:
        raise WrongPlan(_("Say how it ended: goals reached, goals missed, or dropped."), field="state")
    if held.state == PlanState.PROPOSED and state != PlanState.DROPPED:
        raise WrongPlan(_("This plan was never started: start it, or drop it."), field="state")
    if not outcome.strip():
        raise WrongPlan(_("Write the outcome: what was reached, and what follows."), field="outcome")
    was = held.state
    held.state, held.outcome, held.decided_by = state, outcome.strip(), by
    with because("assessments.plan_closed", by=by):
        held.save(update_fields=["state", "outcome", "decided_by", "updated_at"])
    telling.tell_closed(held, was, now)
    return held


def locked_plan(plan: ImprovementPlan, states: set[Any]) -> ImprovementPlan:
    """The plan under lock; refused unless it is in one of STATES."""
    held = (
        ImprovementPlan.objects.select_for_update(of=("self",)).select_related("person", "department").get(pk=plan.pk)
    )
    if held.state not in states:
        raise PlanBusy(
            _("This plan is “%(state)s” now. Load the page again.") % {"state": held.get_state_display()},
            details={"state": held.state},
        )
    return held


def is_about(plan: ImprovementPlan, user: User, now: datetime) -> bool:
    """Whether the plan is about this account: the person's, or that of who leads the department today."""
    if plan.person is not None:
        return plan.person.user_id == user.pk
    return leaders_of([plan.department_id], local_date(now)).filter(person__user=user).exists()


def require_owner(plan: ImprovementPlan, owner: User | None, now: datetime) -> None:
    """Refuse an owner whom the plan is about: they could not review it."""
    if owner is not None and is_about(plan, owner, now):
        raise WrongPlan(
            _(
                "The plan is about %(name)s or the department they lead, and nobody reviews their own plan. Choose somebody "
                "else as its owner: whoever leads them, or the COO."
            )
            % {"name": owner.name},
            field="owner",
        )


def require_not_own(plan: ImprovementPlan, by: User, now: datetime) -> None:
    """Refuse whoever the plan is about: the person, or who heads the department."""
    if is_about(plan, by, now):
        raise NotYourStep(
            _("Nobody decides on a plan about themselves or the department they lead. Leave it to the COO or the GM.")
        )
