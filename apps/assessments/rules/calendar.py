"""The calendar of an assessed month, in working days after it (DOMAIN.md section 2, typical calendar): which step is due
when, which is done, whose turn it is, and who is told when a day is near or was missed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from apps.core.month import Month
from apps.periods.rules import WorkDays, add_working_days, cut_off_day, working_days_between

SOONEST, LATEST = 1, 60
"""A step lies within so many working days after the month; anything else in a scheme is taken for a slip of the pen."""


class Step(StrEnum):
    """What happens to a month, in this order."""

    CUT_OFF = "cut_off"
    REPORTS = "reports"
    CALCULATE = "calculate"
    REVIEW = "review"
    PUBLISH = "publish"
    APPEALS = "appeals"
    RULINGS = "rulings"


class StepState(StrEnum):
    """Where a step stands: behind, whose turn it is, missed, or still to come."""

    DONE = "done"
    NOW = "now"
    LATE = "late"
    AHEAD = "ahead"


STATE_CHOICES = [(one.value, one.value) for one in StepState]

TAKING = (Step.CUT_OFF, Step.REPORTS)
"""Until the end of their days something is taken: KPI values, then reports of what is no KPI value."""
PREPARED = (Step.CALCULATE, Step.REVIEW, Step.PUBLISH)
"""Steps that somebody takes; the others come with time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Working days after the month for each step; days an appeal may be filed after publication, and be ruled on then."""

    calculate: int = 6
    review: int = 8
    publish: int = 10
    appeal_days: int = 5
    ruling_days: int = 5


def plan_of(written: Mapping[str, Any] | None) -> Plan:
    """What a scheme says of its calendar; the usual number for what it does not say, or says so that nobody can keep it."""
    usual = Plan()
    found = {name: whole_days((written or {}).get(name)) or getattr(usual, name) for name in Plan.__slots__}
    plan = Plan(**found)
    return plan if plan.calculate <= plan.review <= plan.publish else usual


def whole_days(value: Any) -> int | None:
    """A number of days as a scheme writes it, as text or number; None for anything that is none."""
    text = str(value).strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return number if SOONEST <= number <= LATEST else None


@dataclass(frozen=True, slots=True)
class Happened:
    """What is known of a month: the days on which its steps were taken, by the company's clock; None: not yet."""

    cut_off_on: date | None = None
    """The last day on which KPI values are taken; None: the month was never laid out."""
    reports_on: date | None = None
    """The last day on which departments report what is no KPI value; None: the month was never laid out."""
    calculated_on: date | None = None
    approved_on: date | None = None
    published_on: date | None = None
    appeals_end_on: date | None = None
    """The last day on which appeals are taken, where that was fixed at publication."""
    final_on: date | None = None
    open_appeals: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """One step: by which day, on which day it was done, where it stands.

    DAYS_LEFT: working days from today, or from the day it was done, to the day it is due; negative when that has passed.
    """

    step: Step
    due_on: date
    done_on: date | None
    state: StepState
    days_left: int

    @property
    def days_late(self) -> int:
        """Working days it is late, or was late when it was done."""
        return max(0, -self.days_left)


def days_to(day: date, due_on: date, days: WorkDays) -> int:
    """Working days from DAY to the one something is DUE_ON: 0 on that day alone, negative after it.

    A day after it is one late at least, also where no working day lies between (DOMAIN.md section 2 "Late reports").
    """
    between = working_days_between(day, due_on, days)
    return between or (due_on > day) - (due_on < day)


def steps_of(month: Month, plan: Plan, happened: Happened, *, today: date, days: WorkDays) -> tuple[Due, ...]:
    """The seven steps of MONTH seen from TODAY. A day that is due is kept until it ends."""
    due = due_days(month, plan, happened, today=today, days=days)
    done = done_days(due, happened, today)
    found: list[Due] = []
    is_open = False
    for step in Step:
        done_on = done[step]
        state = StepState.DONE if done_on else StepState.AHEAD if is_open else StepState.NOW
        if done_on is None and today > due[step] and step in (*PREPARED, Step.RULINGS):
            state = StepState.LATE
        is_open = is_open or done_on is None
        found.append(Due(step, due[step], done_on, state, days_to(done_on or today, due[step], days)))
    return tuple(found)


def publication_day(month: Month, plan: Plan, days: WorkDays) -> date:
    """By which day MONTH is to be published."""
    return cut_off_day(month, plan.publish, days)


def due_days(month: Month, plan: Plan, happened: Happened, *, today: date, days: WorkDays) -> dict[Step, date]:
    """By which day each step is due. What follows publication is counted from its day: the true one, else the one it is due
    on, else, once that has passed, from today."""
    publish = publication_day(month, plan, days)
    published = happened.published_on or max(publish, today)
    appeals = happened.appeals_end_on or add_working_days(published, plan.appeal_days, days)
    return {
        Step.CUT_OFF: happened.cut_off_on or cut_off_day(month, 3, days),
        Step.REPORTS: happened.reports_on or cut_off_day(month, 5, days),
        Step.CALCULATE: cut_off_day(month, plan.calculate, days),
        Step.REVIEW: cut_off_day(month, plan.review, days),
        Step.PUBLISH: publish,
        Step.APPEALS: appeals,
        Step.RULINGS: add_working_days(appeals, plan.ruling_days, days),
    }


def done_days(due: Mapping[Step, date], happened: Happened, today: date) -> dict[Step, date | None]:
    """On which day each step was done. A published month was calculated and approved, whenever that was."""
    published = happened.published_on
    window_over = published is not None and today > due[Step.APPEALS]
    ruled = happened.final_on or (due[Step.APPEALS] if window_over and not happened.open_appeals else None)
    return {
        **{step: due[step] if today > due[step] or published else None for step in TAKING},
        Step.CALCULATE: happened.calculated_on or happened.approved_on or published,
        Step.REVIEW: happened.approved_on or published,
        Step.PUBLISH: published,
        Step.APPEALS: due[Step.APPEALS] if window_over else None,
        Step.RULINGS: ruled if published else None,
    }


def current(steps: Sequence[Due]) -> Due | None:
    """The step whose turn it is: the first that is not done; None when all are."""
    return next((one for one in steps if one.done_on is None), None)


class Turn(StrEnum):
    """Who takes a step, as roles are called."""

    HR = "hr"
    COO = "coo"
    GM = "gm"


NEXT_LINE = {Turn.HR: Turn.COO, Turn.COO: Turn.GM}
"""Who hears of it when somebody has missed a day. Nobody stands above the GM."""


def turn_of(step: Step, *, is_under_review: bool, is_gm_asked: bool = False) -> Turn:
    """Whose turn a step is: HR prepares, hands in and publishes; what is under review waits for the COO, or then the GM."""
    if step == Step.REVIEW and is_under_review:
        return Turn.GM if is_gm_asked else Turn.COO
    return Turn.HR


class Occasion(StrEnum):
    """Why somebody is told."""

    DAY_BEFORE = "day_before"
    ON_THE_DAY = "on_the_day"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Reminder:
    """TO is told of a step that is TURN's."""

    step: Step
    occasion: Occasion
    turn: Turn
    to: Turn
    due_on: date


def reminders(steps: Sequence[Due], turn: Turn, *, today: date, days: WorkDays) -> Iterator[Reminder]:
    """What is to be said TODAY: one working day before an open step is due and on its day, to whose TURN it is, for
    everything behind waits for them; once the day was missed, to them and to the next line. Nothing while KPI values are
    taken, and of nothing that was missed while reports still are."""
    now = current(steps)
    if now is None or now.step not in {Step.REPORTS, *PREPARED}:
        return
    for due in steps:
        if due.step not in PREPARED or due.done_on is not None:
            continue
        if today == due.due_on:
            yield Reminder(due.step, Occasion.ON_THE_DAY, turn, turn, due.due_on)
        elif today == add_working_days(due.due_on, -1, days):
            yield Reminder(due.step, Occasion.DAY_BEFORE, turn, turn, due.due_on)
        elif today > due.due_on and now.step in PREPARED:
            yield Reminder(due.step, Occasion.MISSED, turn, turn, due.due_on)
            if turn in NEXT_LINE:
                yield Reminder(due.step, Occasion.MISSED, turn, NEXT_LINE[turn], due.due_on)
