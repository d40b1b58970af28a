"""The jobs of the staff app."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.jobs.models import JobRun
from apps.jobs.services import Result, job
from apps.staff.services.leavers import close_accounts_of_leavers


@job("staff.close_accounts", label=_("Closing of leavers' accounts"))
def close_accounts_job(run: JobRun, now: datetime) -> Result:
    """Close the accounts of people whose last day is over."""
    del run
    return close_accounts_of_leavers(now=now)
