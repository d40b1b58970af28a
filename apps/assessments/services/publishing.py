"""Publishing a month: one small transaction that moves one pointer.

Afterwards everybody is told, from the outbox, and a job proposes what follows: rewards, plans, nominations.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_capability
from apps.assessments.choices import RunState
from apps.assessments.models import Publication, ScoreRun
from apps.assessments.services.computing import locked_month
from apps.assessments.services.finishing import appeals_close
from apps.assessments.services.following import follow_publication
from apps.assessments.services.holding import give_time_back
from apps.assessments.services.refusals import MonthBusy
from apps.assessments.services.reviewing import (
    is_published,
    require_complete,
    require_version,
    require_vetoes,
    require_worked_on,
)
from apps.assessments.services.storing import chained
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text
from apps.jobs.services import emit
from apps.notifications.services import broadcast, emit_webhook
from apps.periods.selectors import period_of
from apps.periods.services import close_period, say_moment

NOTICE_TOPIC = "assessments.published"


@transaction.atomic
def publish_month(*, month: Month, by: User, now: datetime, version: int | None = None) -> Publication:
    """Publish the approved scores of MONTH to all departments at once, and close the month. assessments.publish (HR).

    What came since the scores were worked out (services.since, since_beside) is named and holds nothing up, but for a
    confirmed veto. A second call by the same person, a double click, changes nothing. Refuses what somebody else published
    meanwhile, what is not approved, not complete, lacks a veto, or is another VERSION than the one that was looked at.
    """
    place = locked_month(month)
    run = place.draft
    if run is None and place.published is not None:
        return publication_of(place.published, by=by, version=version)
    run = approved_draft(run, month)
    require_version(run, version)
    require_complete(run)
    require_vetoes(run)
    give_time_back(run, now=now)
    # First: the verb that comes last is the one under which all of it stands in the history.
    close_month(month, by=by, now=now)
    with because("assessments.published", by=by):
        if place.published is not None:
            ScoreRun.objects.filter(pk=place.published.pk).update(state=RunState.SUPERSEDED)
        run.state = RunState.PUBLISHED
        run.save(update_fields=["state"])
        place.published, place.draft, place.final_at = run, None, None
        publication = add_publication(run, by=by, now=now)
        place.appeals_until = publication.appeals_until
        place.save(update_fields=["published", "draft", "final_at", "appeals_until", "updated_at"])
    emit(topic=NOTICE_TOPIC, key=f"{month}-{publication.number}", payload={"publication": publication.pk})
    follow_publication(publication=publication, by=by, now=now)
    for follower in settings.PUBLICATION_FOLLOWERS:
        import_string(follower)(month=month, now=now)
    return publication


def approved_draft(run: ScoreRun | None, month: Month) -> ScoreRun:
    """The draft of MONTH; refused where it is not approved."""
    if run is not None and run.state == RunState.APPROVED:
        return run
    state = run.get_state_display() if run else _("not worked out")
    raise MonthBusy(
        _(
            "%(month)s is “%(state)s”. Only approved scores can be published. Hand them in, or let whoever decides "
            "approve them."
        )
        % {"month": month_text(month), "state": state},
        details={"state": run.state if run else ""},
    )


@transaction.atomic
def publish_run(*, run: ScoreRun, by: User, now: datetime) -> Publication:
    """Publish this very RUN, as publish_month does; refused where its month has gone on to another one."""
    if is_published(run):
        return publication_of(run, by=by)
    require_worked_on(run)
    return publish_month(month=Month.of(run.month), by=by, now=now)


def publication_of(run: ScoreRun, *, by: User, version: int | None = None) -> Publication:
    """The publication of a published RUN, for who published it and looked at this VERSION; refused to anybody else."""
    publication = run.publication
    if publication.published_by_id == by.pk and version in {None, run.version}:
        return publication
    raise MonthBusy(
        _(
            "The scores of %(month)s were published by %(who)s on %(moment)s, as edition %(edition)s. Nothing was "
            "published again. Open the month to read them."
        )
        % {
            "month": month_text(Month.of(run.month)),
            "who": publication.published_by.name,
            "moment": say_moment(publication.published_at),
            "edition": publication.number,
        },
        details={"state": run.state, "version": run.version},
    )


def close_month(month: Month, *, by: User, now: datetime) -> None:
    """Wait for entries in flight, then let the month take no more. A month that was never laid out has nothing to close."""
    period = period_of(month)
    if period is not None:
        reason = _("The scores of %(month)s were published.") % {"month": month_text(month)}
        close_period(period=period, reason=reason, by=by, now=now)


def add_publication(run: ScoreRun, *, by: User, now: datetime) -> Publication:
    """The act itself, chained to the one before it, whichever month that was."""
    previous = Publication.objects.select_for_update().order_by("-pk").first()
    return Publication.objects.create(
        run=run,
        month=run.month,
        number=Publication.objects.filter(month=run.month).count() + 1,
        published_at=now,
        published_by=by,
        appeals_until=appeals_close(published_at=now, calendar=run.scheme.calendar),
        previous=previous,
        digest=chained(previous.digest if previous else "", run.digest),
    )


def published_text(publication: Publication) -> str:
    """What is told of it in one line: the first edition of a month, or a later one."""
    text = (
        _("The scores of %(month)s are published")
        if publication.number == 1
        else _("The scores of %(month)s are corrected")
    )
    return text % {"month": month_text(Month.of(publication.month))}


def tell_published(*, publication: Publication, now: datetime) -> dict[str, Any]:
    """Tell everybody who may see scores, and the systems that asked for it. Safe to repeat: keys keep each to once."""
    month = Month.of(publication.month)
    told = broadcast(
        users=users_with_capability("assessments.view"),
        kind="assessments.published",
        subject=published_text(publication),
        body=_("Edition %(number)s, proof %(digest)s.") % {"number": publication.number, "digest": publication.digest},
        url=f"/assessments/{month}/",
        key=f"assessments-{month}-{publication.number}",
        now=now,
    )
    run = publication.run
    facts = {
        "month": str(month),
        "edition": publication.number,
        "run": run.version,
        "departments": run.score_count,
        "scored": run.scored_count,
        "digest": publication.digest,
        "published_at": publication.published_at.isoformat(),
    }
    called = emit_webhook(event="assessments.published", key=f"{month}-{publication.number}", payload=facts, now=now)
    return {"people": told, "systems": called}
