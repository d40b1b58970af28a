"""Telling whoever asked for a job that it failed."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.jobs.models import Outbox
from apps.jobs.selectors import failed_run
from apps.jobs.services import label_of
from apps.notifications.services.notifying import notify

LONGEST_ERROR = 500


def tell_failed_job(*, message: Outbox, now: datetime) -> None:
    """Tell who asked for the run of this message that it failed, and why. Nothing once it was started again. Once for each
    failure, however often the message comes."""
    run = failed_run(message.payload["run"])
    if run is None or run.started_by is None:
        return
    notify(
        users=[run.started_by],
        kind="jobs.failed",
        subject=_("This did not work: %(job)s") % {"job": label_of(run)},
        body=run.error[:LONGEST_ERROR],
        url=reverse("jobs:detail", args=[run.pk]),
        key=f"job-failed/{message.key}",
        now=now,
    )
