"""Working days a report came late, for whoever proposes the deduction for it (rules/lateness.py)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.assessments.rules.lateness import Lateness, LateTerms, lateness
from apps.assessments.services.registers import WrongAdjustment
from apps.periods.selectors import calendar_between

LATE = "late"
"""The code of the item that late reports fall under."""
LONGEST_WAIT = timedelta(days=370)


def late_days(*, due_at: datetime, submitted_at: datetime | None, item: Any, now: datetime) -> Lateness:
    """How many working days late a report due at DUE_AT came (None: it has not come), and what ITEM charges for that.

    Refuses moments that cannot be, and a report that came in time.
    """
    came_at = submitted_at or now
    if submitted_at is not None and submitted_at > now:
        raise WrongAdjustment(_("The report cannot have come at a moment to come."), field="submitted_at")
    if came_at - due_at > LONGEST_WAIT:
        raise WrongAdjustment(_("The day it was due lies more than a year back."), field="due_at")
    zone = settings.COMPANY_ZONE
    days = calendar_between(*sorted(moment.astimezone(zone).date() for moment in (due_at, came_at)))
    cap = item.get("cap")
    terms = LateTerms(
        per_day=Decimal(str(item.get("points_each", 0))), cap=None if cap in (None, "") else Decimal(str(cap))
    )
    found = lateness(deadline=due_at, submitted_at=submitted_at, as_of=now, zone=zone, days=days, terms=terms)
    if not found.is_late:
        raise WrongAdjustment(_("The report came in time: there is nothing to deduct."), field="submitted_at")
    return found
