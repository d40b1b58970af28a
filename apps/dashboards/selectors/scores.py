"""The block of scores on the home page: the month that is assessed and what keeps it back, or how the own department did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from apps.accounts.choices import Role
from apps.assessments.models import PersonScore, Score
from apps.assessments.rules.calendar import PREPARED
from apps.assessments.selectors.blocking import Blocker, blockers_of
from apps.assessments.selectors.calendar import month_calendar
from apps.assessments.selectors.months import MonthLine, month_in_work
from apps.assessments.selectors.people import own_last_scores
from apps.assessments.selectors.scores import latest_published, sees_drafts
from apps.core.http.cells import Badge
from apps.core.month import Month
from apps.core.scope import Scope

SHOWN_BLOCKERS = 3
SHOWN_DEPARTMENTS = 5
MONTHS_BACK = 12
STATE_TONES = {"calculated": "info", "under_review": "warning", "approved": "info", "published": "success"}


@dataclass(frozen=True, slots=True)
class InWork:
    """The month that is to be published next."""

    month: date
    url: str
    state: Badge | None
    """None before it was worked out."""
    days_left: int
    deadline: date
    scored: int | None
    all: int | None
    blockers: tuple[Blocker, ...]
    blocker_count: int
    turn: Any = ""
    """Who takes the next step; empty while values are still taken."""
    next_step: str = ""
    next_on: date | None = None

    @property
    def days_late(self) -> int:
        return max(0, -self.days_left)


@dataclass(frozen=True, slots=True)
class OwnScore:
    """The last published score of a department."""

    department: str
    url: str
    month: date
    total: Decimal | None
    state: Any
    grade: str
    rank: int | None
    rank_of: int
    change: Decimal | None


@dataclass(frozen=True, slots=True)
class MyScore:
    """One's own last published score, with the change against the month before."""

    url: str
    month: date
    total: Decimal | None
    state: Any
    grade: str
    change: Decimal | None


@dataclass(frozen=True, slots=True)
class HomeScores:
    """The month in work or the own departments, by what the person does with scores; and one's own score."""

    in_work: InWork | None
    own: tuple[OwnScore, ...]
    list_url: str
    mine: MyScore | None = None


def home_scores(*, scope: Scope, day: date) -> HomeScores | None:
    """The block, or None where there is nothing to tell. Fifteen queries at most."""
    if not scope.may("assessments.view"):
        return None
    list_url = reverse("assessments:list")
    if sees_drafts(scope):
        line = month_in_work(scope, today=day)
        return HomeScores(work_of(scope, line, day), (), list_url) if line else None
    mine = my_score(own_last_scores(scope, since=Month.of(day).plus(-MONTHS_BACK).first_day))
    departments = scope.department_ids or tuple(filter(None, (scope.home_department_id,)))
    since = Month.of(day).plus(-MONTHS_BACK).first_day
    found = latest_published(scope, departments, since=since)
    own = tuple(own_of(scores) for scores in list(found.values())[:SHOWN_DEPARTMENTS])
    return HomeScores(None, own, list_url, mine) if own or mine else None


def my_score(rows: Sequence[PersonScore]) -> MyScore | None:
    """One's own last score, against the month before it."""
    if not rows:
        return None
    last, month = rows[0], Month.of(rows[0].run.month)
    before = rows[1] if len(rows) > 1 and Month.of(rows[1].run.month) == month.plus(-1) else None
    former = before.total if before is not None else None
    return MyScore(
        url=reverse("assessments:person_score", args=[month, last.person_id]),
        month=last.run.month,
        total=last.total,
        state=last.get_status_display(),
        grade=last.grade,
        change=last.total - former if last.total is not None and former is not None else None,
    )


def work_of(scope: Scope, line: MonthLine, day: date) -> InWork:
    """The month in work, with what is due next and the first values that keep it back."""
    calendar = month_calendar(scope, line.month, today=day)
    due = calendar.now if calendar else None
    run = line.draft
    blockers = blockers_of(run, day) if run else None
    return InWork(
        month=line.month.first_day,
        url=reverse("assessments:month", args=[line.month]),
        state=Badge(run.get_state_display(), STATE_TONES.get(run.state, "neutral")) if run else None,
        days_left=line.deadline.days_left,
        deadline=line.deadline.on,
        scored=run.scored_count if run else None,
        all=run.score_count if run else None,
        blockers=blockers.lines[:SHOWN_BLOCKERS] if blockers else (),
        blocker_count=blockers.count if blockers else 0,
        turn=Role(calendar.turn.value).label if calendar and due and due.step in PREPARED else "",
        next_step=due.step if due else "",
        next_on=due.due_on if due else None,
    )


def own_of(scores: list[Score]) -> OwnScore:
    """The last score of a department, against the month before it."""
    last = scores[0]
    month = Month.of(last.run.month)
    before = scores[1] if len(scores) > 1 and Month.of(scores[1].run.month) == month.plus(-1) else None
    former = before.total if before is not None else None
    return OwnScore(
        department=last.department.name,
        url=reverse("assessments:score", args=[month, last.department_id]),
        month=last.run.month,
        total=last.total,
        state=last.get_status_display(),
        grade=last.grade,
        rank=last.rank,
        rank_of=last.run.scored_count,
        change=last.total - former if last.total is not None and former is not None else None,
    )
