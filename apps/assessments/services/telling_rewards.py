"""What people are told of decisions on their rewards. Amounts stand only on their page, not in a mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from apps.accounts.selectors import users_with_capability
from apps.assessments.choices import RewardSource
from apps.assessments.models import Reward
from apps.core.month import Month
from apps.core.wording import month_text
from apps.notifications.services import notify


class Outcome(StrEnum):
    """What became of somebody's reward; the end of the notice's kind."""

    APPROVED = "approved"
    REDUCED = "reduced"
    """A corrected edition gives less than was approved before: the difference is set off."""
    REFUSED = "refused"
    CHANGE_REFUSED = "change_refused"
    """What was approved before stands."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice for everybody of whom the same is said."""

    month: Month
    version: int
    outcome: Outcome
    source: str = RewardSource.RULE


def tell_decided(rows: Iterable[Reward], *, is_approved: bool, reason: str, now: datetime) -> None:
    """Tell those with an account what was decided on their rewards; a refusal with its REASON."""
    same: dict[Told, list[int]] = {}
    for row in rows:
        if row.is_spot:
            tell_of_spot(row, is_approved=is_approved, reason=reason, now=now)
        elif row.person.user_id is not None and row.edition is not None:
            told = Told(Month.of(row.month), row.edition.version, outcome_of(row, is_approved=is_approved), row.source)
            same.setdefault(told, []).append(row.person.user_id)
    for told, users in same.items():
        subject, body = words_of(told, reason)
        notify(
            users=users_with_capability("assessments.view").filter(pk__in=users),
            kind=f"assessments.reward_{told.outcome}",
            subject=subject,
            body=body,
            url=f"/assessments/{told.month}/people/me/",
            key=f"reward-{told.month}-{told.version}{'-pool' if told.source == RewardSource.POOL else ''}",
            now=now,
        )


def tell_of_spot(row: Reward, *, is_approved: bool, reason: str, now: datetime) -> None:
    """Tell the person of a reward for a deed, and whoever proposed it, what was decided."""
    facts = {"person": row.person.name, "occasion": row.occasion}
    if row.reverses_id is not None:
        subject = _("Taking back a reward was approved") if is_approved else _("Taking back a reward was refused")
    else:
        subject = _("A reward for a deed was approved") if is_approved else _("A reward for a deed was refused")
    people = [pk for pk in (row.person.user_id, row.proposed_by_id) if pk is not None]
    notify(
        users=users_with_capability("assessments.view").filter(pk__in=people),
        kind="assessments.spot_reward_decided",
        subject=subject,
        body=" ".join(
            part for part in (_("%(person)s: %(occasion)s.") % facts, reason and _("Reason: %(reason)s")
                              % {"reason": reason}) if part
        ),
        url=f"/assessments/rewards/{row.pk}/",
        key=f"spot-reward-{row.pk}",
        now=now,
    )  # fmt: skip


def outcome_of(row: Reward, *, is_approved: bool) -> Outcome:
    """What the decision means to the person."""
    if is_approved:
        return Outcome.REDUCED if row.difference_amount < 0 else Outcome.APPROVED
    return Outcome.CHANGE_REFUSED if row.settles_amount else Outcome.REFUSED


def words_of(told: Told, reason: str) -> tuple[str, str]:
    """Subject and body."""
    subjects = {
        Outcome.APPROVED: _("Your reward of %(month)s was approved"),
        Outcome.REDUCED: _("Your reward of %(month)s was reduced after a correction"),
        Outcome.REFUSED: _("Your reward of %(month)s was refused"),
        Outcome.CHANGE_REFUSED: _("A change of your reward of %(month)s was refused"),
    }
    bodies = {
        Outcome.APPROVED: "",
        Outcome.REDUCED: _(
            "The corrected scores of the month give less than was approved before. What was paid too much is set off; your "
            "page shows how the amounts came about."
        ),
        Outcome.REFUSED: _("Reason: %(reason)s"),
        Outcome.CHANGE_REFUSED: _("What was approved before stands. Reason: %(reason)s"),
    }
    facts = {"month": month_text(told.month), "reason": reason}
    return subjects[told.outcome] % facts, bodies[told.outcome] % facts
