"""Jobs of indicators."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core.clock import today
from apps.jobs.models import JobRun
from apps.jobs.services import Result, job
from apps.kpis import services


@job(services.REFRESH_KIND, label=_("Working out KPI months"), is_whole=False)
def refresh_months_job(run: JobRun, now: datetime) -> Result:
    """Work out what large changes left behind, some indicators a step; each step is a transaction of its own."""
    del run, now
    count = 0
    while done := services.refresh_stale():
        count += done
    return {"refreshed": count}


@job("kpis.point_to_today", label=_("Coming into force of planned KPI definitions"))
def point_to_today_job(run: JobRun, now: datetime) -> Result:
    """Let each indicator show the definition of today."""
    del run, now
    return {"changed": services.point_all_to_today(today=today())}
