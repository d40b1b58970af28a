"""Rewards and pay bases as they may be read: all by those who work on rewards, else one's own reward once it is decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from apps.accounts.choices import Role
from apps.accounts.selectors import users_with_role
from apps.assessments.choices import FROM_SCORES, PersonStatus, RewardSource, RewardState, RunState
from apps.assessments.models import AssessedMonth, PayBase, PersonScore, Reward, ScoreRun
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.staff.models import Person
from apps.staff.selectors import visible_people

VIEW_REWARDS = "assessments.view_rewards"
DECIDED = (RewardState.APPROVED, RewardState.REFUSED)
"""What the person concerned reads: with the reason, whichever way it was decided."""
DECIDABLE = Q(state=RewardState.PROPOSED) & (
    Q(source=RewardSource.SPOT) | Q(score__run__state=RunState.PUBLISHED) | Q(run__state=RunState.PUBLISHED)
)
"""Proposals that may be decided on: of the published edition, or for a deed."""


def sees_rewards(scope: Scope) -> bool:
    """Whether the person reads the rewards and pay bases of everybody."""
    return scope.is_company and scope.may(VIEW_REWARDS)


def visible_rewards(scope: Scope) -> QuerySet[Reward]:
    """Rewards of everybody in every state for those who work on them; else one's own that were decided on, and what one
    proposed for others."""
    rows = Reward.objects.select_related(
        "person", "score__run__scheme", "run", "scheme", "department", "decided_by", "proposed_by"
    )
    if sees_rewards(scope):
        return rows
    if not scope.may("assessments.view") or scope.user_id is None:
        return rows.none()
    own = Q(person=scope.person_id, state__in=DECIDED) if scope.person_id is not None else Q()
    return rows.filter(own | Q(proposed_by=scope.user_id))


def is_of_gm() -> Exists:
    """Whether a reward is a GM's own: nobody decides on their own, so it is never left to the GM."""
    return Exists(users_with_role(Role.GM).filter(pk=OuterRef("person__user")))


def is_of_coo() -> Exists:
    """Whether a reward is a COO's own: the GM decides on it."""
    return Exists(users_with_role(Role.COO).filter(pk=OuterRef("person__user")))


def listed_rewards(scope: Scope) -> QuerySet[Reward]:
    """The same with `difference`: what is still to be paid, `is_of_gm` and `is_of_coo`."""
    difference = F("amount") - F("settles_amount")
    return visible_rewards(scope).annotate(difference=difference, is_of_gm=is_of_gm(), is_of_coo=is_of_coo())


def reward_for(scope: Scope, pk: int) -> Any:
    """One reward; NotFound is the same for what does not exist and what is not theirs."""
    found = listed_rewards(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such reward, or it lies outside what you may see."))
    return found


def is_reversible(reward: Reward) -> bool:
    """Whether an approved spot reward still stands: nobody took it back or asks to. One query for such a one."""
    if not reward.is_spot or reward.state != RewardState.APPROVED or reward.reverses_id is not None:
        return False
    return not reward.reversals.exclude(state=RewardState.REFUSED).exists()


def rewards_of_score(scope: Scope, score: PersonScore) -> list[Any]:
    """What a score was worth, as far as the reader may know: by its grade, and its share of the pool. One query."""
    return list(listed_rewards(scope).filter(score=score).order_by("-source"))


@dataclass(frozen=True, slots=True)
class RewardSum:
    """How many rewards of a month stand so, and what they come to."""

    state: str
    count: int
    amount: Decimal
    difference: Decimal


def reward_sums(scope: Scope, month: Month) -> dict[str, RewardSum]:
    """By state: count and sums of a month's rewards. One query."""
    rows = visible_rewards(scope).filter(month=month.first_day).order_by().values("state")
    found = rows.annotate(
        count=Count("pk"), whole=Sum("amount"), open=Sum(F("amount") - F("settles_amount"))
    ).values_list("state", "count", "whole", "open")
    return {state: RewardSum(state, count, whole, rest) for state, count, whole, rest in found}


def published_run(scope: Scope, month: Month) -> ScoreRun | None:
    """The published run of a month, for those who work on rewards. One query."""
    if not sees_rewards(scope):
        return None
    place = AssessedMonth.objects.select_related("published__scheme").filter(month=month.first_day).first()
    return place.published if place else None


def leads_to_rewards(run: ScoreRun) -> bool:
    """Whether a run's rules know rewards, or those of an earlier edition of its month proposed or gave some. One query."""
    standing = Reward.objects.filter(month=run.month, source__in=FROM_SCORES)
    standing = standing.filter(state__in=(RewardState.PROPOSED, RewardState.APPROVED))
    return bool(run.scheme.reward_rules) or standing.exists()


def people_without_reward(scope: Scope, run: ScoreRun) -> QuerySet[PersonScore]:
    """People with a grade in a published run for whom there is no reward, each with `has_base`: none is left out. Where the
    rules know a pool alone, people without a share."""
    rows = PersonScore.objects.filter(run=run, status=PersonStatus.OK).exclude(grade="")
    if not sees_rewards(scope):
        return rows.none()
    bases = PayBase.objects.filter(person=OuterRef("person"), valid__overlap=days_of(Month.of(run.month)))
    is_by_grade = any(run.scheme.reward_rules.get(key) for key in ("dept_coef", "personal_coef"))
    source = RewardSource.RULE if is_by_grade else RewardSource.POOL
    decided = Reward.objects.filter(month=run.month, person=OuterRef("person"), source=source)
    decided = decided.exclude(state=RewardState.SUPERSEDED)
    rows = rows.filter(~Exists(decided)).annotate(has_base=Exists(bases))
    return rows.select_related("person", "department").order_by("department__name", "person__name", "pk")


def waiting_rewards(scope: Scope, month: Month) -> QuerySet[Reward]:
    """Proposed rewards of the month's published edition and for single deeds, by department and name."""
    rows = listed_rewards(scope).filter(DECIDABLE, month=month.first_day)
    return rows.order_by("department__name", "person__name", "pk")


def days_of(month: Month) -> DateRange:
    """The days of a month, as a range."""
    return DateRange(month.first_day, month.plus(1).first_day)


def people_with_bases(scope: Scope, day: date) -> Any:
    """People with `base_amount` and `base_since` on the day (None: they have no base); for those who work on rewards."""
    people = visible_people(scope)
    if not sees_rewards(scope):
        return people.none()
    now = PayBase.objects.filter(person=OuterRef("pk"), valid__contains=day)
    return people.annotate(
        base_amount=Subquery(now.values("base_amount")[:1]),
        base_since=Subquery(now.annotate(since=Lower("valid")).values("since")[:1]),
    )


def visible_pay_bases(scope: Scope) -> QuerySet[PayBase]:
    """Pay bases over time, for those who work on rewards."""
    rows = PayBase.objects.select_related("person")
    return rows if sees_rewards(scope) else rows.none()


def pay_bases_of(scope: Scope, person: Person) -> Sequence[PayBase]:
    """A person's pay bases, the newest first. One query."""
    return list(visible_pay_bases(scope).filter(person=person).order_by("-valid"))
