"""Doors of the worker: mail, daily mail, webhook calls, notices of failed jobs."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.jobs.models import JobRun, Outbox
from apps.jobs.services import Result, job, topic
from apps.notifications import services


@topic("notifications.mail", label=_("Mail"))
def mail_job(message: Outbox, now: datetime) -> None:
    """Send one mail."""
    del now
    services.send_mail(message=message)


@topic("notifications.webhook", label=_("Webhook"), attempts=24, seconds=30)
def webhook_job(message: Outbox, now: datetime) -> None:
    """Make one webhook call."""
    services.call_endpoint(message=message, now=now)


@topic("notifications.failed_job", label=_("Notice of a job that failed"))
def failed_job_job(message: Outbox, now: datetime) -> None:
    """Tell whoever asked for a job that it failed."""
    services.tell_failed_job(message=message, now=now)


@job("notifications.send_digests", label=_("Daily mail"), queue="notify")
def send_digests_job(run: JobRun, now: datetime) -> Result:
    """Send the daily mail."""
    return dict(services.send_digests(period=run.period, now=now))
