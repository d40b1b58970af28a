"""The desk's timers."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.approvals import services
from apps.jobs.models import JobRun
from apps.jobs.services import Result, job


@job("approvals.remind_and_climb", label=_("Reminders of rulings that wait"), queue="notify")
def remind_and_climb_job(run: JobRun, now: datetime) -> Result:
    """Remind those who are asked, and ask the next role once a deadline has passed."""
    del run
    return dict(services.remind_and_climb(now=now))
