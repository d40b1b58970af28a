"""When a published month becomes final: the window for appeals is over and no appeal is open. Late answers climb."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.assessments.models import Appeal, AssessedMonth
from apps.assessments.models.appeals import OPEN_APPEALS
from apps.assessments.rules.appeals import (
    LAST_LEVEL,
    NOT_WHOLLY_GRANTED,
    appeal_window,
    days_of,
    second_level_until,
)
from apps.assessments.selectors.descent import published_descent
from apps.assessments.selectors.holds import holds_of
from apps.assessments.services import telling_appeals as telling
from apps.assessments.services.reviewers import general_managers
from apps.core.clock import local_date
from apps.core.history import because
from apps.periods.rules import deadline_instant
from apps.periods.selectors import calendar_around, calendar_between

FINISH_KIND = "assessments.finish_months"
LONG_ENOUGH = timedelta(days=400)
"""How far ahead declared days are read for the days of a second level."""
CLOSES = time(18)
"""Windows of appeals close at this time of the company's clock, as other deadlines do."""


def appeals_close(*, published_at: datetime, calendar: Mapping[str, Any]) -> datetime:
    """The last moment at which an appeal is taken against scores published at PUBLISHED_AT. One query.

    CALENDAR: the scheme's (`appeal_days`; five working days where it is silent).
    """
    day = local_date(published_at)
    work_days = calendar_around(day, days=max(120, days_of(calendar, "appeal_days") * 3))
    return deadline_instant(appeal_window(day, calendar, work_days), CLOSES, settings.COMPANY_ZONE)


def finish_months(*, now: datetime) -> int:
    """Make final what nobody can appeal against any more; gives how many months. Safe to repeat: each is made final once.

    A month waits for open appeals, for rulings that may still go to the second level, and for a corrected version.
    """
    with transaction.atomic(), because("assessments.finished"):
        over = AssessedMonth.objects.filter(final_at=None, draft=None, appeals_until__lt=now).exclude(published=None)
        months = {row.month: row for row in over.select_for_update(of=("self",)).order_by("month")}
        ready = sorted(set(months) - unsettled(months, now))
        AssessedMonth.objects.filter(month__in=ready).update(final_at=now, updated_at=now)
    return len(ready)


def unsettled(months: Iterable[date], now: datetime) -> set[date]:
    """Those of MONTHS with an appeal that is open, may still go to the second level, or was granted and not yet corrected.

    Five queries at most.
    """
    rows = Appeal.objects.filter(run__month__in=list(months))
    found = set(rows.filter(state__in=OPEN_APPEALS).values_list("run__month", flat=True))
    granted = list(rows.exclude(revision=None).values_list("run__month", "revision"))
    corrected = published_descent({month for month, _revision in granted}) if granted else set()
    found |= {month for month, revision in granted if revision not in corrected}
    ruled = rows.filter(state__in=NOT_WHOLLY_GRANTED, following=None, level__lt=LAST_LEVEL).exclude(ruled_at=None)
    pending = [(one.run, local_date(one.ruled_at)) for one in ruled.select_related("run__scheme") if one.ruled_at]
    if not pending:
        return found
    work_days = calendar_between(min(day for _run, day in pending), local_date(now) + LONG_ENOUGH)
    for run, ruled_on in pending:
        last = second_level_until(ruled_on, run.scheme.calendar, work_days)
        if now <= deadline_instant(last, CLOSES, settings.COMPANY_ZONE):
            found.add(run.month)
    return found


def climb_overdue(*, now: datetime) -> int:
    """Tell the GM of appeals that were not answered in time; gives how many are overdue. Each person is told once. An
    appeal that was not overdue when its clock was stopped is not."""
    late = list(
        Appeal.objects.filter(state__in=OPEN_APPEALS, due_at__lt=now)
        .select_related("run", "department", "indicator", "person", "filed_by", "reviewer", "revision")
        .order_by("pk")
    )
    holds = holds_of({appeal.run.month for appeal in late})
    late = [appeal for appeal in late if appeal.run.month not in holds or appeal.due_at < holds[appeal.run.month]]
    managers = list(general_managers()) if late else []
    with transaction.atomic():
        for appeal in late:
            telling.overdue(appeal, managers=managers, now=now)
    return len(late)
