"""The board of one month: what keeps it back and whose that is, how the grades fall, who rose and fell, who has no score."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F

from apps.approvals.models import Case
from apps.approvals.selectors import case_for, current_step
from apps.assessments.choices import RunState, ScoreStatus
from apps.assessments.models import AssessedMonth, Scheme, Score, ScoreRun
from apps.assessments.rules.distribution import Over, over_quota, recommended
from apps.assessments.selectors.awaiting_people import PeopleBlockers, people_blockers
from apps.assessments.selectors.blocking import Blockers, blockers_of
from apps.assessments.selectors.scores import former_run, former_runs, scores_in
from apps.core.month import Month
from apps.core.scope import Scope
from apps.jobs.models import JobRun
from apps.jobs.selectors import run_of

MOST_MOVES = 5
MOST_UNASSESSED = 8


@dataclass(frozen=True, slots=True)
class GradeCount:
    """How many departments came to a grade. `code`: the grade, or what stands in its place."""

    code: str
    count: int
    is_grade: bool


@dataclass(frozen=True, slots=True)
class Moves:
    """Who rose and who fell most against the month before; `month` is None where that is not published."""

    month: Month | None
    risen: tuple[Any, ...] = ()
    fallen: tuple[Any, ...] = ()
    former_mean: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything the board of a run shows."""

    run: ScoreRun
    blockers: Blockers
    people: PeopleBlockers
    grades: tuple[GradeCount, ...]
    moves: Moves
    unassessed: tuple[Score, ...]
    unassessed_count: int
    too_many: tuple[Over, ...] = ()
    """Grades that more departments have than is recommended."""
    misfit_count: int = 0
    """Departments that keep it back because the rules do not fit."""


def board_of(scope: Scope, run: ScoreRun, *, today: date) -> Reading:
    """The board of a run from a scoped selector. At most twenty-two queries, whatever the size."""
    grades = grade_counts(run)
    by_code = {one.code: one.count for one in grades if not one.is_grade}
    without = by_code.get(ScoreStatus.INSUFFICIENT_DATA, 0) + by_code.get(ScoreStatus.INVALID_CONFIG, 0)
    blockers = blockers_of(run, today)
    return Reading(
        run=run,
        blockers=blockers,
        people=people_blockers(run, today),
        grades=tuple(grades),
        moves=moves_of(scope, run),
        unassessed=tuple(unassessed_of(run)) if without else (),
        unassessed_count=without,
        too_many=too_many(run, grades),
        misfit_count=blockers.misfit_count,
    )


def too_many(run: ScoreRun, grades: Sequence[GradeCount]) -> tuple[Over, ...]:
    """Grades that more departments have than the scheme recommends; nothing where there are too few departments."""
    counts = {one.code: one.count for one in grades if one.is_grade}
    return over_quota(counts, recommended(run.scheme.grades), size=sum(counts.values()))


def grade_counts(run: ScoreRun) -> list[GradeCount]:
    """How many departments have each grade of the scheme, best first, then those without one. One query."""
    rows = Score.objects.filter(run=run).order_by().values_list("status", "grade").annotate(count=Count("pk"))
    graded: dict[str, int] = {}
    others: dict[str, int] = {}
    for status, grade, count in rows:
        if status == ScoreStatus.OK:
            graded[grade] = graded.get(grade, 0) + count
        else:
            others[status] = others.get(status, 0) + count
    known = [row["grade"] for row in run.scheme.grades]
    found = [GradeCount(grade, graded.pop(grade, 0), is_grade=True) for grade in known]
    found += [GradeCount(grade, count, is_grade=True) for grade, count in sorted(graded.items())]
    return found + [GradeCount(status, count, is_grade=False) for status, count in sorted(others.items())]


def moves_of(scope: Scope, run: ScoreRun) -> Moves:
    """The largest rises and falls of totals. Three queries."""
    month = Month.of(run.month)
    former = former_run(scope, month)
    if former is None:
        return Moves(None)
    rows = scores_in(scope, run, former_runs(scope, month)).exclude(change=None)
    risen = rows.filter(change__gt=0).order_by(F("change").desc(), "department__name")[:MOST_MOVES]
    fallen = rows.filter(change__lt=0).order_by("change", "department__name")[:MOST_MOVES]
    return Moves(month.plus(-1), tuple(risen), tuple(fallen), former.mean_total)


def unassessed_of(run: ScoreRun) -> list[Score]:
    """Departments without a score for want of data, or because the rules do not fit. One query."""
    rows = Score.objects.filter(run=run, status__in=(ScoreStatus.INSUFFICIENT_DATA, ScoreStatus.INVALID_CONFIG))
    return list(rows.select_related("department").order_by("department__name", "pk")[:MOST_UNASSESSED])


def last_job(scope: Scope, month: Month, *, kind: str) -> JobRun | None:
    """The newest job of the KIND that works out the month, for those who may see it."""
    return run_of(kind=kind, period=str(month)) if scope.may("assessments.view_drafts") else None


def runs_in(scope: Scope, month: Month) -> Sequence[ScoreRun]:
    """Every version of the month, the newest first. One query."""
    if not scope.may("assessments.view_drafts"):
        return []
    rows = ScoreRun.objects.filter(month=month.first_day).select_related("publication", "started_by")
    return list(rows.order_by("-version"))


def place_of(scope: Scope, month: Month) -> AssessedMonth | None:
    """The row of the month with what is worked on and what is published. One query."""
    if not scope.may("assessments.view_drafts"):
        return None
    rows = AssessedMonth.objects.select_related("draft", "published__publication__published_by")
    return rows.filter(month=month.first_day).first()


def has_scheme(scope: Scope, month: Month) -> bool:
    """Whether an approved scheme is in force for the month."""
    return scope.may("assessments.view_drafts") and Scheme.objects.on(month.last_day).exists()


@dataclass(frozen=True, slots=True)
class Ruling:
    """The case of a run under review: whose answer it waits for."""

    case: Case
    step: Any


def ruling_of(run: ScoreRun, scope: Scope, *, user: Any, today: date) -> Ruling | None:
    """The open case of a run, with the step whose turn it is. Three queries."""
    if run.state != RunState.UNDER_REVIEW or run.case_id is None or not scope.may("approvals.view"):
        return None
    case = case_for(scope=scope, user=user, today=today, pk=run.case_id)
    return Ruling(case, current_step(case))


def assessed_in(run: ScoreRun) -> list[tuple[int, str]]:
    """(key, name) of every department that has a score in the run, by name. For whoever works out whole months."""
    return list(
        Score.objects.filter(run=run).order_by("department__name").values_list("department", "department__name")
    )
