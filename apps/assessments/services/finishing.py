"""When a published month becomes final: the window for appeals is over and no appeal is open."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.conf import settings

from apps.assessments.rules.appeals import appeal_window, days_of
from apps.core.clock import local_date
from apps.periods.rules import deadline_instant
from apps.periods.selectors import calendar_around

CLOSES = time(18)
"""Windows of appeals close at this time of the company's clock, as other deadlines do."""


def appeals_close(*, published_at: datetime, calendar: Mapping[str, Any]) -> datetime:
    """The last moment at which an appeal is taken against scores published at PUBLISHED_AT. One query.

    CALENDAR: the scheme's (`appeal_days`; five working days where it is silent).
    """
    day = local_date(published_at)
    work_days = calendar_around(day, days=max(120, days_of(calendar, "appeal_days") * 3))
    return deadline_instant(appeal_window(day, calendar, work_days), CLOSES, settings.COMPANY_ZONE)
