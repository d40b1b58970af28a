"""Jobs of forecasts."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.models import ForecastIssue, SituationReport
from apps.jobs.models import JobRun, Outbox
from apps.jobs.services import Result, job, topic


@job(services.ISSUE_KIND, label=_("Forecast of a month"), queue="close")
def issue_month_job(run: JobRun, now: datetime) -> Result:
    """Issue the month that was asked for; by the calendar the oldest whose cut-off has passed and that has no issue, once,
    and then, in a run of its own, the next one that was missed. None while the company is still empty, none where somebody
    issued it in the same moment."""
    asked, reason = run.params.get("month"), run.params.get("reason", "")
    is_calendar = not asked or run.params.get("is_owed", False)
    month = Month.parse(asked) if asked else services.month_to_issue(now=now)
    if month is None:
        return {"is_new": False}
    try:
        found = services.issue_month(month=month, by=run.started_by, now=now, job=run, reason=reason)
    except (services.NothingKnown, services.ReasonWanted):
        if not is_calendar:
            raise
        return {"is_new": False}
    if is_calendar and found.is_new:
        services.request_missing(now=now)
    return {
        "month": str(month),
        "version": found.issue.version,
        "is_new": found.is_new,
        "series": found.issue.series_count,
        "warnings": found.issue.warning_count,
    }


@topic(services.ISSUED_TOPIC, label=_("Issued forecasts"))
def issued_job(message: Outbox, now: datetime) -> None:
    """Tell people and systems that a forecast was issued."""
    services.tell_issue(issue=ForecastIssue.objects.get(pk=message.payload["issue"]), now=now)


# The situation-and-outlook report.


@job(services.ASSEMBLE_KIND, label=_("Situation-and-outlook report of a month"), queue="report")
def assemble_report_job(run: JobRun, now: datetime) -> Result:
    """Begin the report of a month or bring its draft up to date; one that is approved or issued stays as it is."""
    made = services.assemble_on_schedule(month=Month.parse(run.period), now=now)
    return {"report": made.report.pk, "is_new": made.is_new} if made else {"report": None, "is_new": False}


@topic(services.REPORT_TOPIC, label=_("Issued report"))
def report_issued_job(message: Outbox, now: datetime) -> None:
    """Tell the readers and systems that a report is issued."""
    services.tell_report(report=SituationReport.objects.get(pk=message.payload["report"]), now=now)
