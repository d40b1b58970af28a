"""The forecast of a month is made: gather, look back, judge, compare, store. Whole or not at all, one at a time."""

import contextlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.clock import local_date
from apps.core.collector import paused_collector
from apps.core.history import because
from apps.core.moment import has_written, one_moment
from apps.core.month import Month
from apps.core.wording import month_text
from apps.forecasts.models import ForecastIssue, ForecastMonth
from apps.forecasts.rules.series import MONTHS
from apps.forecasts.services.announcing import announce_issue
from apps.forecasts.services.completing import store_period_accuracy
from apps.forecasts.services.gathering import Gathered, gather
from apps.forecasts.services.judging import judge, plain_of, rows_of, settled, told_by_month
from apps.forecasts.services.looking_back import look_back, store_accuracy
from apps.forecasts.services.refusals import MonthNotOver, NothingKnown, ReasonWanted
from apps.forecasts.services.remembering import keep_records, remember
from apps.forecasts.services.storing import Origin, store_issue
from apps.jobs.models import JobRun
from apps.jobs.services import enqueue_next, report_progress
from apps.kpis.selectors import calendar_on
from apps.kpis.services import keep_reported

ISSUE_KIND = "forecasts.issue_month"
STEPS = 4
CAUGHT_UP = 12
"""Months back for which an issue that was missed is made up for."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What came of it: the issue that counts now, and whether it is a new one."""

    issue: ForecastIssue
    is_new: bool


def request_issue(*, month: Month, by: User | None, now: datetime, reason: str = "") -> JobRun:
    """Ask for the forecast of MONTH as a job; one that waits or runs already is returned. forecasts.issue.

    Refuses a month that is not over, and one that has a forecast without a REASON.
    """
    require_over(month, now)
    words = reason.strip()
    if not words and ForecastMonth.objects.filter(month=month.first_day).exclude(current=None).exists():
        raise ReasonWanted(
            _("%(month)s has a forecast already. Say why it is made again.") % {"month": month_text(month)},
            field="reason",
        )
    params = {"month": str(month), "reason": words}
    return enqueue_next(kind=ISSUE_KIND, period=str(month), params=params, by=by, now=now)


def month_to_issue(*, now: datetime) -> Month | None:
    """The oldest month without an issue whose cut-off of KPI values has passed: of those after the first month that was ever
    issued and of the last year, so that a portal that was away for months misses none. In a new company the last such month.
    None where all are there."""
    last = calendar_on(now).closed
    issued = {
        Month.of(month)
        for month in ForecastMonth.objects.exclude(current=None)
        .filter(month__lte=last.first_day)
        .values_list("month", flat=True)
    }
    first = max(min(issued), last.plus(1 - CAUGHT_UP)) if issued else last
    return next((month for month in first.until(last) if month not in issued), None)


def request_missing(*, now: datetime) -> JobRun | None:
    """Ask for the month the calendar still owes, after another one was issued: one a run, for each is read as of a moment of
    its own. forecasts.issue, or the calendar."""
    month = month_to_issue(now=now)
    if month is None:
        return None
    params = {"month": str(month), "is_owed": True}
    return enqueue_next(kind=ISSUE_KIND, period=str(month), params=params, by=None, now=now)


@transaction.atomic
def issue_month(
    *,
    month: Month,
    by: User | None,
    now: datetime,
    job: JobRun | None = None,
    reason: str = "",
    is_told: bool = True,
) -> Issued:
    """Foretell every series from what is known of MONTH and before, as the next version of its issue. forecasts.issue.

    All figures are read as they are at one moment. The same figures and the same engine as those of the issue that counts
    change nothing. Refuses a month that is not over, an empty company, and another version without a REASON. Earlier issues
    stay as they are for ever. Not IS_TOLD: nobody hears of it, which is for months of long ago that are told afterwards.
    """
    require_over(month, now)
    # What this transaction wrote before (a company that is being made up, a test) only it can see.
    reading = contextlib.nullcontext() if has_written() else one_moment()
    place = locked_month(month)
    tell(job, 0, _("Reading what is known"))
    with reading:
        gathered = gather(month=month, now=now)
    require_something(gathered)
    former = place.current
    if former is not None and former.fingerprint == gathered.fingerprint:
        return Issued(former, is_new=False)
    if former is not None and not reason.strip():
        raise ReasonWanted(
            _("%(month)s has a forecast, and its figures changed since. Say why it is made again.")
            % {"month": month_text(month)},
            field="reason",
        )
    with because("forecasts.issued", reason=reason, by=by), paused_collector():
        place.current = make_issue(gathered, Origin(by, now, job, reason))
        place.save(update_fields=["current", "updated_at"])
        if is_told:
            announce_issue(issue=place.current, by=by, now=now)
    return Issued(place.current, is_new=True)


def make_issue(gathered: Gathered, origin: Origin) -> ForecastIssue:
    """Look back, foretell and store; nobody sees it before the pointer moves."""
    tell(origin.job, 1, _("Judging earlier forecasts"))
    plain = plain_of(gathered)
    rows = rows_of(gathered, plain)
    looked = look_back(gathered, rows)
    tell(origin.job, 2, _("Forecasting"))
    gathered = settled(gathered, looked.past)
    judged = judge(gathered, looked.past)
    tell(origin.job, 3, _("Storing"))
    issue = store_issue(gathered=gathered, judged=judged, plain=plain, past=looked.past, origin=origin)
    store_accuracy(issue, looked.horizons)
    store_period_accuracy(issue, gathered)
    remember(issue, rows, told_by_month(gathered, judged, plain))
    keep_records(issue, looked.fresh)
    keep_reported(gathered.read, since=gathered.month.plus(1 - MONTHS))
    return issue


def locked_month(month: Month) -> ForecastMonth:
    """The month's row under lock, made where there is none. Inside a transaction."""
    ForecastMonth.objects.get_or_create(month=month.first_day)
    # The issue is read afterwards, by itself: joined in, it would be the one from before the wait for the lock.
    return ForecastMonth.objects.select_for_update().get(month=month.first_day)


def require_over(month: Month, now: datetime) -> None:
    """Refuse a month that has not ended by the company's calendar."""
    if month.last_day >= local_date(now):
        raise MonthNotOver(
            _("%(month)s is not over yet. Choose a month that is, at the latest the one before.")
            % {"month": month_text(month)},
            field="month",
        )


def require_something(gathered: Gathered) -> None:
    """Refuse an empty company: a first issue of nothing would stand in the way of the first true one."""
    if not len(gathered.histories):
        message = _("Nothing is known of %(month)s or before: report figures or enter people first.")
        raise NothingKnown(message % {"month": gathered.month}, field="month")


def tell(job: JobRun | None, done: int, note: str) -> None:
    """How far the job is."""
    if job is not None:
        report_progress(run=job, done=done, total=STEPS, note=note)
