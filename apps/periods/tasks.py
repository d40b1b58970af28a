"""The calendar's job."""

from dataclasses import asdict
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.jobs.models import JobRun
from apps.jobs.services import Result, job
from apps.periods import services


@job("periods.open_and_close", label=_("Opening and closing of periods"), queue="close")
def open_and_close_job(run: JobRun, now: datetime) -> Result:
    """Lay out coming years, open what has begun, close what is past its cut-offs."""
    return asdict(services.open_periods(now=now, by=run.started_by))
