"""What people still owe a month, and when they are told: -3, -1, 0, +1 working days (DOMAIN.md section 10)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum

from apps.assessments.rules.calendar import Step
from apps.periods.rules import WorkDays, add_working_days


class Kind(StrEnum):
    """What is owed."""

    VALUES = "values"
    REPORTS = "reports"
    RATINGS = "ratings"
    PARTS = "parts"
    CLAIMS = "claims"
    APPEALS = "appeals"


DUE_WITH: Mapping[Kind, Step] = {
    Kind.VALUES: Step.CUT_OFF,
    Kind.REPORTS: Step.REPORTS,
    Kind.RATINGS: Step.CALCULATE,
    Kind.PARTS: Step.CALCULATE,
    Kind.CLAIMS: Step.CALCULATE,
}
"""By which step of the month each is to be there. An appeal has a day of its own."""


class Stage(StrEnum):
    """Why somebody is told now."""

    AHEAD = "ahead"
    DAY_BEFORE = "day_before"
    ON_THE_DAY = "on_the_day"
    MISSED = "missed"
    CLIMBED = "climbed"
    """To the line above, of somebody who missed the day."""


AHEAD_DAYS = 3


def stage_of(due_on: date, *, today: date, days: WorkDays) -> Stage | None:
    """What is to be said TODAY of something due on a day; None while that is further off. The day is kept until it ends.

    Stages last until the next one, so that a morning on which nothing ran is made up for on the following one.
    """
    if today > due_on:
        return Stage.MISSED
    if today == due_on:
        return Stage.ON_THE_DAY
    if today >= add_working_days(due_on, -1, days):
        return Stage.DAY_BEFORE
    return Stage.AHEAD if today >= add_working_days(due_on, -AHEAD_DAYS, days) else None


def owners_of(
    open_counts: Mapping[int, int],
    lines: Mapping[int, Sequence[int]],
    heads: Mapping[int, int],
    otherwise: Iterable[int],
) -> dict[int, int]:
    """Account → how much it owes, from OPEN_COUNTS by department: the nearest head at or above owes it; where there is none
    everybody of OTHERWISE does. LINES: department → itself and what stands above. HEADS: department → account."""
    found: dict[int, int] = {}
    last = list(otherwise)
    for department, count in open_counts.items():
        head = next((heads[pk] for pk in lines.get(department, (department,)) if pk in heads), None)
        for user in [head] if head is not None else last:
            found[user] = found.get(user, 0) + count
    return found
