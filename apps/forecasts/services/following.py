"""What follows in reports from scores that are published: drafts that tell of them are brought up to date."""

from datetime import datetime

from apps.core.month import Month
from apps.forecasts.choices import ReportState
from apps.forecasts.models import SituationReport
from apps.forecasts.services.assembling import ASSEMBLE_KIND
from apps.jobs.services import enqueue_next


def follow_publication(*, month: Month, now: datetime) -> int:
    """Have the drafts of MONTH and of the one after it put together anew, after the caller's commit; how many.

    The first tells of these scores, the second compares with them or, having none of its own yet, tells of them too. What
    was typed stays; approved and issued reports stay as they are, and list what was restated. A report that was not begun is
    not begun by this. Named in settings.PUBLICATION_FOLLOWERS, called in the transaction that publishes.
    """
    told = [month.first_day, month.plus(1).first_day]
    drafts = SituationReport.objects.filter(month__in=told, state=ReportState.DRAFT)
    months = list(drafts.order_by("month").values_list("month", flat=True))
    for day in months:  # two at most
        enqueue_next(kind=ASSEMBLE_KIND, period=str(Month.of(day)), by=None, now=now)
    return len(months)
