"""What a late report costs (DOMAIN.md section 2 "Late reports", scoring_examples.README.md `late/penalty`)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from apps.assessments.rules.scorecard import Number
from apps.core.rounding import round_half_up
from apps.periods.rules import WorkDays, working_days_between


@dataclass(frozen=True, slots=True)
class LateTerms:
    """Points for every working day late beyond GRACE_DAYS, at most CAP (None: no cap)."""

    per_day: Number
    cap: Number | None = None
    grace_days: int = 0


@dataclass(frozen=True, slots=True)
class Lateness:
    """Working days late and what they cost in points."""

    is_late: bool
    days: int
    penalty: Decimal


def lateness(
    *,
    deadline: datetime,
    submitted_at: datetime | None,
    as_of: datetime,
    zone: ZoneInfo,
    days: WorkDays,
    terms: LateTerms,
) -> Lateness:
    """How late a report is that came at SUBMITTED_AT (None: it has not come AS_OF now). The deadline itself is in time.

    Days are counted on the company's clock, after the day it was due up to the day it came; any lateness is one at least.
    """
    came_at = as_of if submitted_at is None else submitted_at
    if came_at <= deadline:
        return Lateness(is_late=False, days=0, penalty=Decimal("0.00"))
    due_on, came_on = (moment.astimezone(zone).date() for moment in (deadline, came_at))
    late_days = max(1, working_days_between(due_on, came_on, days))
    penalty = max(0, late_days - terms.grace_days) * Fraction(terms.per_day)
    if terms.cap is not None:
        penalty = min(Fraction(terms.cap), penalty)
    return Lateness(is_late=True, days=late_days, penalty=round_half_up(penalty, 2))
