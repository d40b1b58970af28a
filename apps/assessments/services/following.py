"""What follows from a publication by itself: rewards, improvement plans and nominations are proposed, as a job."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.assessments.models import Publication
from apps.assessments.selectors.rewards import leads_to_rewards
from apps.assessments.services.computing import locked_month
from apps.assessments.services.improving import propose_plans
from apps.assessments.services.rewarding import propose_rewards
from apps.core.month import Month
from apps.jobs.models import JobRun
from apps.jobs.services import enqueue

FOLLOW_KIND = "assessments.propose_consequences"


def follow_publication(*, publication: Publication, by: User, now: datetime) -> JobRun:
    """Ask for what follows from a publication; once for each edition, in the transaction that publishes it."""
    return enqueue(
        kind=FOLLOW_KIND,
        period=str(Month.of(publication.month)),
        version=publication.number,
        params={"edition": publication.number},
        by=by,
        now=now,
    )


@transaction.atomic
def propose_consequences(*, month: Month, edition: int, now: datetime) -> dict[str, int]:
    """Propose rewards, plans and nominations from the EDITION of MONTH that was published. Who may: the job after it.

    Safe to repeat. Nothing is done for an edition that another took the place of: its own job does it. Rewards only where
    the scheme knows any, or those of an earlier edition are to be taken back; plans and nominations only in the last three
    months. An older month still drops those that its corrected grades no longer bear out, in the months after it too. Gives
    how many of each are new.
    """
    run = locked_month(month).published
    if run is None or run.publication.number != edition:
        return {}
    told: dict[str, int] = {}
    if leads_to_rewards(run):
        rewards = propose_rewards(month=month, by=None, now=now)
        told |= {"rewards": rewards.new + rewards.changed, "superseded": rewards.superseded}
    plans = propose_plans(month=month, by=None, now=now)
    told |= {"plans": plans.new, "dropped": plans.dropped}
    return told | {"nominated": plans.nominated, "withdrawn": plans.withdrawn}
