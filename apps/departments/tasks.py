"""The calendar's job."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.departments import services
from apps.jobs.models import JobRun
from apps.jobs.services import Result, job


@job("departments.refresh_names", label=_("Coming into force of planned department names"))
def refresh_names_job(run: JobRun, now: datetime) -> Result:
    """Write the names of today onto the departments."""
    del run
    return {"renamed": services.refresh_today(now=now)}
