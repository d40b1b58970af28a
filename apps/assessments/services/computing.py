"""A month is worked out: gather, judge, compare, store. Whole or not at all, one at a time for each month."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import capabilities_for
from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, ScoreRun
from apps.assessments.services.gathering import Gathered, gather
from apps.assessments.services.holding import give_time_back
from apps.assessments.services.judging import judge_month, totals_of
from apps.assessments.services.peopling import ScoredPerson, Totals, score_people
from apps.assessments.services.refusals import MonthBusy
from apps.assessments.services.storing import Origin, store_run
from apps.core.collector import paused_collector
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text
from apps.jobs.models import JobRun
from apps.jobs.services import enqueue_next

COMPUTE_KIND = "assessments.compute_month"
RECOMPUTE = "assessments.recompute"


@dataclass(frozen=True, slots=True)
class Computed:
    """What came of it: the run worked on now, and whether it is a new one."""

    run: ScoreRun
    is_new: bool


def request_month(*, month: Month, by: User | None, now: datetime, reason: str = "") -> JobRun:
    """Ask for the scores of MONTH as a job. assessments.compute; of a published month assessments.recompute (GM).

    Refuses what `compute_month` would refuse of its state.
    """
    require_workable(AssessedMonth.objects.filter(month=month.first_day).first(), month, by=by, reason=reason)
    return enqueue_next(
        kind=COMPUTE_KIND,
        period=str(month),
        params={"month": str(month), "reason": reason},
        by=by,
        now=now,
    )


@transaction.atomic
def compute_month(
    *, month: Month, by: User | None, now: datetime, job: JobRun | None = None, reason: str = ""
) -> Computed:
    """Work out every score of MONTH from what is known at NOW, as the next version of its draft. assessments.compute.

    The same facts and rules as the present draft's change nothing. Refuses a month without approved scheme, one whose draft
    is under review or approved, and a published one: there every target, weight and department that changed since would
    move scores, so only the GM (assessments.recompute) has it worked out anew, with a REASON. Others correct what was wrong
    (revise_month).
    """
    place = locked_month(month)
    require_workable(place, month, by=by, reason=reason)
    gathered = gather(month=month, at=now)
    if draft := unchanged_draft(place, gathered):
        return Computed(draft, is_new=False)
    origin = Origin(by, now, job, reason)
    return replace_draft(place, origin=origin, store=lambda: store_whole(gathered, origin))


def unchanged_draft(place: AssessedMonth, gathered: Gathered) -> ScoreRun | None:
    """The draft, if it was worked out from these same facts and rules."""
    draft = place.draft
    return draft if draft is not None and draft.fingerprint == gathered.fingerprint else None


def store_whole(gathered: Gathered, origin: Origin) -> ScoreRun:
    """Judge everything that was gathered, and store it."""
    judged = judge_month(gathered)
    return store_run(
        gathered=gathered, judged=judged, people=scores_of_people(gathered, totals_of(judged.scores)), origin=origin
    )


def scores_of_people(gathered: Gathered, totals: Totals) -> Iterable[ScoredPerson]:
    """Everybody's score, from what their departments reached."""
    return score_people(gathered.people, gathered.scheme, totals, gathered.month) if gathered.people else ()


def replace_draft(place: AssessedMonth, *, origin: Origin, store: Callable[[], ScoreRun]) -> Computed:
    """What STORE makes becomes the draft of the month whose row is held."""
    give_time_back(place.draft, now=origin.now)
    with because("assessments.computed", reason=origin.reason, by=origin.by):
        if place.draft is not None:
            ScoreRun.objects.filter(pk=place.draft.pk).update(state=RunState.SUPERSEDED)
        with paused_collector():
            run = store()
        place.draft = run
        place.save(update_fields=["draft", "updated_at"])
    return Computed(run, is_new=True)


def locked_month(month: Month) -> AssessedMonth:
    """The month's row under lock, made where there is none. Inside a transaction."""
    AssessedMonth.objects.get_or_create(month=month.first_day)
    # The runs are read afterwards, each by itself: joined in, they would be those from before the wait for the lock.
    return AssessedMonth.objects.select_for_update().get(month=month.first_day)


def require_workable(place: AssessedMonth | None, month: Month, *, by: User | None, reason: str) -> None:
    """Refuse a month that is on somebody's desk, and one that is published unless the GM says why it is worked out anew."""
    draft = place.draft if place else None
    if draft is not None and draft.state in {RunState.UNDER_REVIEW, RunState.APPROVED}:
        raise MonthBusy(
            _("%(month)s is “%(state)s”. Send it back first, then it can be worked out again.")
            % {"month": month_text(month), "state": draft.get_state_display()},
            details={"state": draft.state},
        )
    if place is None or place.published is None:
        return
    if RECOMPUTE not in capabilities_for(by):
        raise MonthBusy(
            _(
                "%(month)s is published. Correct the departments that were wrong; only the general manager has a whole "
                "published month worked out anew."
            )
            % {"month": month_text(month)},
            details={"state": RunState.PUBLISHED},
        )
    if not reason.strip():
        raise MonthBusy(
            _("%(month)s is published. Give the reason for a corrected version.") % {"month": month_text(month)},
            details={"state": RunState.PUBLISHED},
        )
