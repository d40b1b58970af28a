"""Jobs of assessments."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.assessments import services
from apps.assessments.models import Publication
from apps.core.month import Month
from apps.jobs.models import JobRun, Outbox
from apps.jobs.services import Result, job, topic


@job(services.COMPUTE_KIND, label=_("Working out the scores of a month"), queue="close")
def compute_month_job(run: JobRun, now: datetime) -> Result:
    """Work out one month; nothing changes when nothing it rests on has changed."""
    month, reason = Month.parse(run.params["month"]), run.params.get("reason", "")
    found = services.compute_month(month=month, by=run.started_by, now=now, job=run, reason=reason)
    return {"version": found.run.version, "is_new": found.is_new, "scored": found.run.scored_count}


@topic(services.NOTICE_TOPIC, label=_("Published scores"))
def published_job(message: Outbox, now: datetime) -> None:
    """Tell people and systems that a month is published."""
    publication = Publication.objects.select_related("run").get(pk=message.payload["publication"])
    services.tell_published(publication=publication, now=now)
