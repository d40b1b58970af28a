"""The platform's own tasks: sweep, calendar, shards, clearing."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.jobs.models import JobRun
from apps.jobs.services import Result, forget_old, job, open_due, shard_task, sweep, sweeper

work_shard_job = shard_task()


@sweeper("jobs.sweep_job")
def sweep_job(now: datetime) -> None:
    """Send nudges for what waits without a worker."""
    sweep(now=now)


@sweeper("jobs.open_due_job")
def open_due_job(now: datetime) -> None:
    """Open the periodic runs that are due."""
    open_due(calendar=settings.JOB_CALENDAR, zone=settings.COMPANY_ZONE, now=now)


@job("jobs.forget_old", label=_("Clearing of old answers and messages"))
def forget_old_job(run: JobRun, now: datetime) -> Result:
    """Remove what is no longer needed."""
    return dict(forget_old(now=now))
