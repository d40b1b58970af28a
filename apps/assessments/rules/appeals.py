"""The way of an appeal and its clock (DOMAIN.md section 2 "Appeal"). Days are working days of the company's calendar."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from apps.assessments.choices import AppealState
from apps.assessments.rules.calendar import days_to
from apps.periods.rules import WorkDays, add_working_days, working_days_between

USUAL_DAYS = 5
"""Working days to appeal, and to rule, where the scheme does not say."""

TRANSITIONS: dict[AppealState, frozenset[AppealState]] = {
    AppealState.FILED: frozenset({AppealState.REVIEWING, AppealState.REJECTED, AppealState.WITHDRAWN}),
    AppealState.REVIEWING: frozenset({AppealState.UPHELD, AppealState.PARTLY_UPHELD, AppealState.DISMISSED}),
}
"""From each state where an appeal is open: where it may go. Every other state is an end."""

OPEN = frozenset(TRANSITIONS)
RULINGS = TRANSITIONS[AppealState.REVIEWING]
GRANTED = frozenset({AppealState.UPHELD, AppealState.PARTLY_UPHELD})
"""Rulings after which the month is worked out again."""
NOT_WHOLLY_GRANTED = RULINGS - {AppealState.UPHELD}
LAST_LEVEL = 2


def may_follow(state: str, following: str) -> bool:
    """Whether an appeal in STATE may go to FOLLOWING."""
    return following in TRANSITIONS.get(AppealState(state), frozenset())


def days_of(calendar: Mapping[str, Any], name: str) -> int:
    """Working days that a scheme's calendar gives for NAME (`appeal_days`, `ruling_days`); five where it is silent.

    ValueError for what is no whole number of at least one day.
    """
    said = calendar.get(name)
    if said is None or said == "":
        return USUAL_DAYS
    days = int(str(said))
    if days < 1:
        message = f"{name} is {days}: give at least one working day."
        raise ValueError(message)
    return days


def appeal_window(published_on: date, calendar: Mapping[str, Any], work_calendar: WorkDays) -> date:
    """The last day on which an appeal against scores of a month published on PUBLISHED_ON is taken."""
    return add_working_days(published_on, days_of(calendar, "appeal_days"), work_calendar)


def ruling_due(asked_on: date, calendar: Mapping[str, Any], work_calendar: WorkDays) -> date:
    """The day by which an appeal filed on ASKED_ON is to be answered."""
    return add_working_days(asked_on, days_of(calendar, "ruling_days"), work_calendar)


def second_level_until(ruled_on: date, calendar: Mapping[str, Any], work_calendar: WorkDays) -> date:
    """The last day on which a ruling of RULED_ON may be taken to the second level: within the ruling days."""
    return add_working_days(ruled_on, days_of(calendar, "ruling_days"), work_calendar)


def may_go_higher(state: str, level: int) -> bool:
    """Whether a ruling is one that the second level may be asked about: not wholly granted, and of the first level."""
    return level < LAST_LEVEL and state in NOT_WHOLLY_GRANTED


def days_left(today: date, until: date, work_calendar: WorkDays) -> int:
    """Working days from TODAY to UNTIL: 0 on the last day itself, negative once it has passed."""
    return days_to(today, until, work_calendar)


def held_over(due: date, *, held_on: date, freed_on: date, work_calendar: WorkDays) -> date:
    """The day an answer due on DUE is due after its clock stood still from HELD_ON to FREED_ON: as many working days later,
    and not before the working day after it went on."""
    lost = working_days_between(held_on, freed_on, work_calendar) if held_on < freed_on else 0
    return max(add_working_days(due, lost, work_calendar), add_working_days(freed_on, 1, work_calendar))


def last_change(stands: Sequence[Any]) -> int:
    """Which of STANDS, the oldest first, is the newest that differs from the one before it; the first where none does."""
    changes = (place for place in range(len(stands) - 1, 0, -1) if stands[place] != stands[place - 1])
    return next(changes, 0)


def free_of(candidates: Collection[int], barred: Collection[int]) -> list[int]:
    """Those of CANDIDATES (keys of accounts, in the order in which they are asked) who had no part in what is reviewed."""
    hindered = frozenset(barred)
    return [one for one in candidates if one not in hindered]


def is_too_low(total: Decimal | None, *, now: Decimal | None, published: Decimal | None) -> bool:
    """Whether a calibration that leaves TOTAL takes a score that stands at NOW below the PUBLISHED one, or further below."""
    if published is None or now is None:
        return False
    return total is None or (total < published and total < now)
