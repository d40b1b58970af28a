"""What the register shows of liftings: who took something back, from when and why, and who may."""

from collections.abc import Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.assessments.choices import AdjustmentState
from apps.assessments.models import Adjustment, Lifting
from apps.assessments.services.confirming import bar_to_confirming
from apps.assessments.services.lifting import last_month_hit
from apps.assessments.views.telling import month_name
from apps.core import clock
from apps.core.month import Month


def may_lift(row: Adjustment, user: Any) -> bool:
    """Whether this person may lift it now."""
    if row.state != AdjustmentState.CONFIRMED or last_month_hit(row) is None:
        return False
    return bar_to_confirming(adjustment=row, user=user, now=clock.now()) is None


def lifting_rows(lifted: Sequence[Lifting]) -> list[dict[str, Any]]:
    """Who lifted it, from when, why, and what shows it."""
    return [
        {
            "title": _("Lifted from %(month)s on") % {"month": month_name(Month.of(one.from_month))},
            "who": one.lifted_by.name,
            "on": date_format(clock.local_date(one.lifted_at), "j M Y"),
            "reason": one.reason,
            "evidence": one.evidence,
        }
        for one in lifted
    ]
