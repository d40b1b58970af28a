"""Rewards for one deed (spot rewards, DOMAIN.md section 2): proposed with evidence, decided by somebody else, taken back."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_capability
from apps.assessments.choices import RewardSource, RewardState
from apps.assessments.models import Reward
from apps.assessments.selectors.rewards import is_reversible, visible_rewards
from apps.assessments.services.computing import locked_month
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.services.registers import require_scheme
from apps.core.clock import local_date
from apps.core.errors import Conflict, NotAllowed, NotFound, Refusal
from apps.core.history import because
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.wording import day_text
from apps.departments.models import Department
from apps.notifications.services import notify
from apps.staff.choices import PersonState
from apps.staff.models import Person
from apps.staff.selectors import person_for, place_of, state_of

PROPOSE = "assessments.propose"
REVERSE = "assessments.propose_rewards"
MOST = Decimal(10) ** 12
LONGEST_OCCASION, LONGEST_EVIDENCE = 200, 2_000


class WrongSpotReward(Refusal):
    """A reward for a deed that cannot stand in the ledger."""

    code: ClassVar[str] = "wrong_spot_reward"


class SpotRewardTwice(Conflict):
    """The same deed of the same person was proposed already, or the reward was taken back."""

    code: ClassVar[str] = "spot_reward_twice"


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody (PERSON: key) did, and what it is worth in the company's currency."""

    person: int
    happened_on: date
    amount: Decimal
    occasion: str
    evidence: str


@transaction.atomic
def propose_spot_reward(*, deed: Deed, scope: Scope, by: User, now: datetime) -> Reward:
    """Propose a reward for one deed outside the month's rule. assessments.propose, for people of the scope.

    It stands in the ledger of the month of the deed and counts once somebody else approved it; above the limit of the rules
    in force then, the GM. Refuses oneself, a day to come or on which the person was not employed, a wrong amount, a missing
    occasion or evidence, and the same deed twice.
    """
    if not scope.may(PROPOSE):
        raise NotAllowed(_("You may not propose rewards. Ask whoever leads the person, or HR, to propose it."))
    person = person_for(scope=scope, pk=deed.person)
    if person.user_id == by.pk:
        raise NotYourStep(
            _("Nobody proposes a reward for themselves. Ask whoever leads you to propose it."), field="person"
        )
    occasion, evidence = " ".join(deed.occasion.split()), deed.evidence.strip()
    require_amount(deed.amount)
    require_words(occasion, evidence)
    place = require_employed(person, deed.happened_on, today=local_date(now))
    month = Month.of(deed.happened_on)
    scheme = require_scheme(month)
    locked_month(month)
    same = Reward.objects.filter(person=person, happened_on=deed.happened_on, occasion__iexact=occasion, reverses=None)
    if same.exclude(state=RewardState.REFUSED).exists():
        raise SpotRewardTwice(
            _(
                "“%(occasion)s” of %(day)s was proposed for %(person)s already. Say in the occasion what "
                "differs, or leave it."
            )
            % {"occasion": occasion, "day": day_text(deed.happened_on), "person": person.name},
            field="occasion",
        )
    with because("assessments.spot_reward_proposed", by=by):
        made = Reward.objects.create(
            month=month.first_day, person=person, department=place, scheme=scheme, amount=deed.amount,
            occasion=occasion, evidence=evidence, happened_on=deed.happened_on, **proposed(by, now),
        )  # fmt: skip
    tell_deciders(made, now)
    return made


@transaction.atomic
def reverse_spot_reward(*, reward: int, reason: str, scope: Scope, by: User, now: datetime) -> Reward:
    """Propose to take back an approved reward for a deed (its key). assessments.propose_rewards (HR).

    The row that was approved stays; a second one of the month in which it is taken back sets it off once somebody else
    approved it. Refuses what follows from the rules, what is not approved, a second time, and a missing reason.
    """
    if not scope.may(REVERSE):
        raise NotAllowed(_("HR proposes to take back a reward. Tell HR why it should be."))
    held = Reward.objects.select_for_update(of=("self",)).filter(pk=reward, pk__in=visible_rewards(scope).values("pk"))
    row = held.select_related("person", "department", "scheme").first()
    if row is None:
        raise NotFound(_("There is no such reward, or it lies outside what you may see."))
    require_reversible(row)
    if not reason.strip():
        raise WrongSpotReward(_("Say why it is taken back: the person may ask."), field="reason")
    today = local_date(now)
    with because("assessments.spot_reward_reversed", reason=reason.strip(), by=by):
        made = Reward.objects.create(
            month=Month.of(today).first_day, person=row.person, department=row.department, scheme=row.scheme, amount=0,
            settles_amount=row.amount, occasion=row.occasion, evidence=reason.strip()[:500],
            happened_on=row.happened_on, reverses=row, **proposed(by, now),
        )  # fmt: skip
    tell_deciders(made, now)
    return made


def require_reversible(reward: Reward) -> None:
    """Refuse what follows from the rules, what is not approved, and what was taken back or is about to be."""
    if not reward.is_spot:
        raise WrongSpotReward(
            _("This reward follows from a score: correct the score, then the difference is set off by itself.")
        )
    if reward.state != RewardState.APPROVED:
        raise SpotRewardTwice(
            _(
                "Only an approved reward can be taken back; this one is “%(state)s”. Refuse it while it still "
                "waits; else there is nothing to take back."
            )
            % {"state": reward.get_state_display()}
        )
    if not is_reversible(reward):
        raise SpotRewardTwice(
            _(
                "This reward was taken back already, or it is proposed to take it back. Look at the second "
                "entry in the ledger."
            )
        )


def proposed(by: User, now: datetime) -> dict[str, object]:
    """What every row for a deed has; nothing of it is reckoned from a base."""
    reckoned = dict.fromkeys(("base_amount", "dept_coef", "personal_coef", "days_worked", "days_in_period"), 0)
    return {"source": RewardSource.SPOT, "proposed_by": by, "proposed_at": now, **reckoned}


def require_amount(amount: Decimal) -> None:
    """Refuse what is no amount of money above nothing."""
    if not amount.is_finite() or not 0 < amount < MOST or amount != round(amount, 2):
        raise WrongSpotReward(
            _("The amount is a number above 0 with at most two decimals. Write such a number."), field="amount"
        )


def require_words(occasion: str, evidence: str) -> None:
    """Refuse a deed without a name, or one that nobody can check."""
    if not occasion or len(occasion) > LONGEST_OCCASION:
        raise WrongSpotReward(_("Say what the reward is for, in at most 200 signs."), field="occasion")
    if not evidence or len(evidence) > LONGEST_EVIDENCE:
        raise WrongSpotReward(
            _("Write the evidence, at most 2,000 signs: whoever decides must be able to check it."), field="evidence"
        )


def require_employed(person: Person, day: date, *, today: date) -> Department:
    """The department of PERSON (from `with_places`) on DAY; refuses a day to come and one without employment."""
    words = {"day": day_text(day), "person": person.name}
    if day > today:
        raise WrongSpotReward(_("%(day)s is a day to come. Write the day it happened.") % words, field="happened_on")
    place = place_of(person, day)
    if place is None or state_of(person, day) in {PersonState.COMING, PersonState.LEFT}:
        raise WrongSpotReward(
            _("%(person)s was not employed on %(day)s. Correct the day, or the person.") % words, field="happened_on"
        )
    return place.department


def tell_deciders(reward: Reward, now: datetime) -> None:
    """Tell those who decide on rewards, but not whoever proposed it or gets it. No amount in a mail."""
    people = users_with_capability("assessments.decide_rewards").exclude(
        pk__in=[pk for pk in (reward.proposed_by_id, reward.person.user_id) if pk is not None]
    )
    notify(
        users=people,
        kind="assessments.spot_reward_proposed",
        subject=(_("Taking back a reward of %(person)s waits for a decision") if reward.reverses_id else
                 _("A reward of %(person)s for a deed waits for a decision")) % {"person": reward.person.name},
        body=reward.occasion,
        url=f"/assessments/rewards/{reward.pk}/",
        key=f"spot-reward-proposed-{reward.pk}",
        now=now,
    )  # fmt: skip
