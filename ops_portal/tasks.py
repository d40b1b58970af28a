"""The project's own jobs."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.jobs.models import JobRun
from apps.jobs.services import Result, job
from ops_portal.demo.building import KIND, build_company


@job(KIND, label=_("Making of the demo company"))
def build_company_job(run: JobRun, now: datetime) -> Result:
    """Tell three years of a company that does not exist."""
    return build_company(run, now)
