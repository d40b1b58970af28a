"""The decision on rewards: who may decide on which, and what is decided, kept as a ledger that is never rewritten."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.selectors import roles_of
from apps.assessments.choices import RewardState, RunState
from apps.assessments.models import Reward
from apps.assessments.selectors.rewards import is_of_coo, is_of_gm
from apps.assessments.services.computing import locked_month
from apps.assessments.services.gm_limit import acts_as_gm, is_for_gm, require_within_limit
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.services.telling_rewards import tell_decided
from apps.core.clock import local_date
from apps.core.errors import Conflict, NotFound, Refusal
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text


class RewardDecided(Conflict):
    """Somebody decided on it before, or a later edition of the month took its place."""

    code: ClassVar[str] = "reward_decided"


class ReasonMissing(Refusal):
    """A refusal without a reason."""

    code: ClassVar[str] = "reason_missing"


@dataclass(frozen=True, slots=True)
class RewardsDecided:
    """How many were decided on, and what they come to (differences to what was decided before)."""

    count: int
    amount: Decimal


class Bar(StrEnum):
    """Why somebody does not decide on a reward."""

    OWN = "own"
    PROPOSED = "proposed"
    """They proposed it."""
    OF_COO = "of_coo"
    ABOVE_LIMIT = "above_limit"


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides: the key of the account, whether they are a GM, or stand in for one too."""

    pk: int
    is_gm: bool
    acts_as_gm: bool


def decider_of(user: User, now: datetime) -> Decider:
    """USER as somebody who decides NOW. Three queries at most."""
    return Decider(user.pk, Role.GM in roles_of(user), acts_as_gm(user, local_date(now)))


def bar_to_deciding(row: Any, decider: Decider) -> Bar | None:
    """Why DECIDER does not decide on a reward (with `is_of_gm` and `is_of_coo`); None where they may."""
    if row.person.user_id == decider.pk:
        return Bar.OWN
    if row.proposed_by_id == decider.pk:
        return Bar.PROPOSED
    if row.is_of_coo and not row.is_of_gm and not decider.is_gm:
        return Bar.OF_COO
    return Bar.ABOVE_LIMIT if is_for_gm(row) and not decider.acts_as_gm else None


@transaction.atomic
def decide_rewards(
    *, rewards: Collection[int], is_approved: bool, by: User, now: datetime, reason: str = ""
) -> RewardsDecided:
    """Approve or refuse proposed REWARDS (keys). assessments.decide_rewards (COO, GM). All of them or none.

    Refuses one's own, the COO's unless the GM decides, what lies above the scheme's limit unless the GM or who stands in for
    the GM decides (not the GM's own: that is the COO's), what is decided already or of an older edition, and a refusal
    without a reason.
    """
    if not rewards:
        raise ReasonMissing(_("Choose at least one reward."), field="rewards")
    if not is_approved and not reason.strip():
        raise ReasonMissing(_("Say why: whoever is refused a reward may ask."), field="reason")
    months = Reward.objects.filter(pk__in=rewards).order_by("month").values_list("month", flat=True).distinct()
    for month in list(months):
        locked_month(Month.of(month))
    held = Reward.objects.select_for_update(of=("self",)).filter(pk__in=rewards).order_by("pk")
    held = held.select_related("person", "score__run__scheme", "run", "scheme")
    rows: list[Any] = list(held.annotate(is_of_gm=is_of_gm(), is_of_coo=is_of_coo()))
    if len(rows) < len(set(rewards)):
        raise NotFound(_("There is no such reward, or it lies outside what you may see."))
    require_undecided(rows)
    require_others(rows, decider_of(by, now))
    require_within_limit(rows, by=by, now=now)
    state = RewardState.APPROVED if is_approved else RewardState.REFUSED
    with because("assessments.rewards_decided", reason=reason.strip(), by=by):
        Reward.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=state, decided_by=by, decided_at=now, ruling=reason.strip()[:500]
        )
    tell_decided(rows, is_approved=is_approved, reason=reason.strip(), now=now)
    return RewardsDecided(len(rows), sum((row.difference_amount for row in rows), Decimal(0)))


def require_undecided(rows: Iterable[Reward]) -> None:
    """Refuse what is decided on, or follows from an edition that is no longer the published one."""
    for row in rows:
        words = {"person": row.person.name, "month": month_text(Month.of(row.month)), "state": row.get_state_display()}
        if row.state != RewardState.PROPOSED:
            raise RewardDecided(
                _("The reward of %(person)s for %(month)s is “%(state)s”. Leave it out and decide on the others.")
                % words,
                details={"reward": row.pk, "state": row.state},
            )
        if row.edition is not None and row.edition.state != RunState.PUBLISHED:
            raise RewardDecided(
                _("%(month)s was published anew since. Let HR propose its rewards again, then decide.") % words,
                details={"reward": row.pk, "state": row.state},
            )


def require_others(rows: Collection[Any], decider: Decider) -> None:
    """Refuse the decider's own reward, what they proposed, and the COO's for anybody but the GM."""
    bars = {bar_to_deciding(row, decider) for row in rows}
    if Bar.OWN in bars:
        raise NotYourStep(
            _("Nobody decides on their own reward. Leave yours out; the COO decides on the GM's, the GM on the COO's."),
            field="rewards",
        )
    if Bar.PROPOSED in bars:
        raise NotYourStep(
            _("You proposed one of these yourself: somebody else must decide on it. Leave it out."), field="rewards"
        )
    if Bar.OF_COO in bars:
        raise NotYourStep(_("The GM decides on the reward of a COO. Leave it out."), field="rewards")
