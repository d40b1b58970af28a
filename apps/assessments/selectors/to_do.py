"""What assessments ask of one person beside the rulings on their desk: counts for their home page."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from apps.accounts.models import User
from apps.assessments.choices import AdjustmentState
from apps.assessments.selectors.adjustments import visible_adjustments
from apps.assessments.selectors.appeals import appeals_to_do
from apps.assessments.selectors.appraising import month_takes_appraisals, people_to_appraise
from apps.assessments.selectors.deciders import bars_of
from apps.assessments.selectors.entries import still_to_report
from apps.assessments.selectors.nominations import nominations_to_decide
from apps.assessments.selectors.rating import RATE, departments_to_rate
from apps.assessments.selectors.rewards import DECIDABLE, visible_rewards
from apps.core.month import Month
from apps.core.scope import Scope

CONFIRM = "assessments.confirm"
DECIDE_REWARDS = "assessments.decide_rewards"


@dataclass(frozen=True, slots=True)
class ToDo:
    """How much waits for the person; zeros where nothing does or nothing of the kind is theirs."""

    reports: int
    """Indicators of the departments led for which nothing was reported for the month asked for."""
    ratings: int
    """Departments of the month before that still want a level."""
    appraisals: int
    """People of the month before whose personal part is the person's to give and not given."""
    claims: int
    """Bonuses, deductions, vetoes and exemptions to confirm or refuse."""
    appeals: int
    """Appeals to admit or to rule on."""
    rewards: dict[Month, int]
    """Proposed rewards to decide on, by month, the oldest first."""
    nominations: int
    """Nominations to accept or decline."""


def to_do_of(*, scope: Scope, user: User, month: Month, today: date) -> ToDo:
    """What waits for the person: reports of MONTH, ratings and personal parts of the month before TODAY, decisions of any.
    36 queries at most.

    Company-wide readers are asked for no reports: those are the departments' to give, and the board says whose.
    """
    former = Month.of(today).plus(-1)
    ratings = departments_to_rate(user, former, today=today) if scope.may(RATE) else []
    people = people_to_appraise(scope, user=user, month=former) if month_takes_appraisals(scope, former) else []
    return ToDo(
        reports=0 if scope.is_company else still_to_report(scope, month).count(),
        ratings=sum(1 for row in ratings if row.is_open),
        appraisals=sum(1 for row in people if row.given is None),
        claims=claims_to_decide(scope=scope, user=user, today=today),
        appeals=appeals_to_do(scope).count(),
        rewards=rewards_to_decide(scope),
        nominations=nominations_to_decide(scope),
    )


def claims_to_decide(*, scope: Scope, user: User, today: date) -> int:
    """Proposals on which the person may decide. Four queries at most."""
    if not scope.may(CONFIRM):
        return 0
    rows = list(visible_adjustments(scope).filter(state=AdjustmentState.PROPOSED))
    return len(rows) - len(bars_of(rows, [user.pk], today))


def rewards_to_decide(scope: Scope) -> dict[Month, int]:
    """Proposed rewards of published months, for those who decide on them."""
    if not scope.may(DECIDE_REWARDS):
        return {}
    rows = visible_rewards(scope).filter(DECIDABLE)
    counts = rows.order_by("month").values_list("month").annotate(count=Count("pk"))
    return {Month.of(month): count for month, count in counts}
