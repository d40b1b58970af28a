"""Working days a report came late, for whoever proposes the deduction for it (rules/lateness.py)."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.choices import AdjustmentKind
from apps.assessments.rules.lateness import Lateness, LateTerms, lateness
from apps.assessments.selectors.assessed import items_in
from apps.assessments.services.adjusting import Event
from apps.assessments.services.registers import WrongAdjustment, require_scheme
from apps.periods.selectors import calendar_between
from apps.periods.services.entry import say_moment

LATE = "late"
"""The code of the item that late reports fall under."""
LONGEST_WAIT = timedelta(days=370)


def late_days(*, due_at: datetime, submitted_at: datetime | None, item: Any, now: datetime) -> Lateness:
    """How many working days late a report due at DUE_AT came (None: it has not come), and what ITEM charges for that.

    Refuses moments that cannot be, and a report that came in time.
    """
    came_at = submitted_at or now
    if submitted_at is not None and submitted_at > now:
        raise WrongAdjustment(
            _("The report cannot have come at a moment to come. Write when it came, or leave it empty: not yet."),
            field="submitted_at",
        )
    if came_at - due_at > LONGEST_WAIT:
        raise WrongAdjustment(
            _("The day it was due lies more than a year back. Write a later day, or the deduction by hand."),
            field="due_at",
        )
    zone = settings.COMPANY_ZONE
    days = calendar_between(*sorted(moment.astimezone(zone).date() for moment in (due_at, came_at)))
    cap = item.get("cap")
    terms = LateTerms(
        per_day=Decimal(str(item.get("points_each", 0))), cap=None if cap in (None, "") else Decimal(str(cap))
    )
    found = lateness(deadline=due_at, submitted_at=submitted_at, as_of=now, zone=zone, days=days, terms=terms)
    if not found.is_late:
        raise WrongAdjustment(
            _(
                "The report came in time: there is nothing to deduct. Correct one of the two moments, or leave "
                "the deduction."
            ),
            field="submitted_at",
        )
    return found


def is_late(kind: str, code: str) -> bool:
    """Whether an event is a late report, of which the days can be worked out."""
    return kind == AdjustmentKind.PENALTY and code == LATE


def with_lateness(event: Event, *, due_at: datetime | None, submitted_at: datetime | None, now: datetime) -> Event:
    """A late report with its working days worked out and the two moments in its evidence; any other event as it is."""
    if due_at is None or not is_late(event.kind, event.code):
        return event
    item = items_in(require_scheme(event.month), event.kind).get(event.code, {})
    found = late_days(due_at=due_at, submitted_at=submitted_at, item=item, now=now)
    evidence = event.evidence.strip()
    if evidence:
        evidence = f"{evidence}\n{lateness_words(found, due_at=due_at, submitted_at=submitted_at)}"
    return replace(event, count=Decimal(found.days), evidence=evidence)


def lateness_words(found: Lateness, *, due_at: datetime, submitted_at: datetime | None) -> str:
    """How late it was, in a sentence."""
    days = ngettext("one working day late", "%(count)s working days late", found.days) % {"count": found.days}
    came = _("came %(moment)s") % {"moment": say_moment(submitted_at)} if submitted_at else _("not come yet")
    return _("Due %(due)s, %(came)s: %(days)s.") % {"due": say_moment(due_at), "came": came, "days": days}
