"""Appeals as people may read them: all, those of what they lead, or those they filed, are about, or are to rule on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.assessments.choices import AppealState
from apps.assessments.models import Appeal, AssessedMonth, PersonScore, Score, ScoreLine, ScoreRun
from apps.assessments.models.appeals import OPEN_APPEALS
from apps.assessments.rules.appeals import days_left
from apps.assessments.selectors.descent import line_from
from apps.assessments.selectors.scores import sees_drafts
from apps.assessments.selectors.versions import line_pairs
from apps.core.clock import local_date
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments.selectors import ancestors_of, visible_departments
from apps.periods.rules import WorkDays
from apps.periods.selectors import calendar_between

APPEAL = "assessments.appeal"
ADMIT = "assessments.admit_appeals"
RULE = "assessments.rule_appeals"
RELATED = (
    "run__scheme",
    "department",
    "indicator",
    "person",
    "filed_by",
    "reviewer",
    "admitted_by",
    "ruled_by",
    "revision",
)


def visible_appeals(scope: Scope) -> QuerySet[Appeal]:
    """All for those who read every version of a month; else those filed by, about, or given to the person, and about
    departments led and what lies below them."""
    rows = Appeal.objects.select_related(*RELATED, "former", "following")
    if not scope.may(APPEAL):
        return rows.none()
    if sees_drafts(scope):
        return rows
    mine = Q(filed_by=scope.user_id) | Q(reviewer=scope.user_id)
    if scope.person_id is not None:
        mine |= Q(person=scope.person_id)
    if scope.reach is Reach.DEPARTMENTS:
        mine |= Q(department__in=visible_departments(scope).values("pk"))
    return rows.filter(mine)


def own_appeals(scope: Scope) -> QuerySet[Appeal]:
    """Those filed by the person, or about their own score."""
    own = Q(filed_by=scope.user_id)
    if scope.person_id is not None:
        own |= Q(person=scope.person_id)
    return visible_appeals(scope).filter(own)


def appeals_to_do(scope: Scope) -> QuerySet[Appeal]:
    """Those that wait for the person: to be admitted, or to be ruled on."""
    waiting = Q(pk=None)
    if scope.may(ADMIT):
        waiting |= Q(state=AppealState.FILED) & ~Q(filed_by=scope.user_id)
    if scope.may(RULE):
        waiting |= Q(state=AppealState.REVIEWING, reviewer=scope.user_id)
    return visible_appeals(scope).filter(waiting)


def appeal_for(scope: Scope, pk: int) -> Appeal:
    """One appeal; NotFound is the same for what does not exist and what is not theirs."""
    found = visible_appeals(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such appeal, or it lies outside what you may see."))
    return found


def published_place(scope: Scope, month: Month) -> AssessedMonth | None:
    """The row of a month whose scores are published, for those who read scores at all. One query."""
    if not scope.may("assessments.view"):
        return None
    rows = AssessedMonth.objects.select_related("published__publication", "published__scheme")
    return rows.filter(month=month.first_day).exclude(published=None).first()


def leads(scope: Scope, department: int, today: date) -> bool:
    """Whether the person leads the department or one above it today. One query at most."""
    if not scope.department_ids or not scope.may(APPEAL):
        return False
    line = ancestors_of({department}, today).get(department, [department])
    return not set(scope.department_ids).isdisjoint(line)


def appeals_about(scope: Scope, run: ScoreRun, *, department: int, person: int | None = None) -> list[Appeal]:
    """Those of a department's month, or of a person's, that the person may read; all versions. One query."""
    rows = visible_appeals(scope).filter(run__month=run.month, department=department, person=person)
    return list(rows.order_by("pk"))


def person_score_for(scope: Scope, month: Month, person: int) -> PersonScore:
    """The published score of a person's month, for that person alone: nobody appeals for somebody else."""
    rows = PersonScore.objects.select_related("run__scheme", "run__publication", "person", "department")
    found = rows.filter(person=person, run__in=published_runs(month)).first() if scope.person_id == person else None
    if found is None:
        raise NotFound(_("There is no such score, or it lies outside what you may see."))
    return found


def published_runs(month: Month) -> QuerySet[ScoreRun]:
    """The published run of a month."""
    return ScoreRun.objects.filter(pk__in=AssessedMonth.objects.filter(month=month.first_day).values("published"))


def correcting_run(appeal: Appeal) -> ScoreRun | None:
    """The version of the month in which what was granted is published: the first one that descends from the corrected draft,
    however often that was worked out again on its way. None until then. One query."""
    if appeal.revision_id is None:
        return None
    rows = ScoreRun.objects.filter(month=appeal.run.month).select_related("publication").order_by("version")
    runs = {run.pk: run for run in rows}
    formers = {run.pk: run.former_id for run in rows}
    published = (run for run in runs.values() if hasattr(run, "publication"))
    return next((run for run in published if appeal.revision_id in line_from(run.pk, formers)), None)


@dataclass(frozen=True, slots=True)
class Compared:
    """One line before and after a correction; names of what stands beside the lines are given by the page."""

    name: str
    before: Decimal | None
    after: Decimal | None
    is_subject: bool = False

    @property
    def is_moved(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A score in the version that was appealed against and in the one that corrects it."""

    before: Any
    after: Any
    """None: somebody who has no day in the month any more."""
    lines: Sequence[Compared]


def side_by_side(appeal: Appeal, after: ScoreRun) -> SideBySide | None:
    """The score an appeal is about, as published before the ruling and in the run AFTER; None where one of them is missing.

    Two queries.
    """
    before = appeal.revision.revises_id if appeal.revision else None
    runs = [before or appeal.run_id, after.pk]
    model: Any = PersonScore if appeal.person_id else Score
    subject = {"person": appeal.person_id} if appeal.person_id else {"department": appeal.department_id}
    scores = {row.run_id: row for row in model.objects.filter(run__in=runs, **subject).select_related("run")}
    if runs[0] not in scores or (runs[1] not in scores and not appeal.person_id):
        return None
    lines = [] if appeal.person_id else compared_lines(appeal, *runs)
    return SideBySide(scores[runs[0]], scores.get(runs[1]), lines)


def compared_lines(appeal: Appeal, old: int, new: int) -> list[Compared]:
    """The points of every line of the department in both versions. One query."""
    return [
        Compared(
            name=pair.indicator.name,
            before=pair.before.points if pair.before else None,
            after=pair.after.points if pair.after else None,
            is_subject=pair.indicator.pk == appeal.indicator_id,
        )
        for pair in line_pairs(appeal.department_id, old, new)
    ]


def score_of(appeal: Appeal) -> Any:
    """The stored score the appeal is about, and its line if it is about one. One or two queries."""
    if appeal.person_id:
        return PersonScore.objects.filter(run=appeal.run_id, person=appeal.person_id).first(), None
    score = Score.objects.filter(run=appeal.run_id, department=appeal.department_id).first()
    line = None
    if appeal.indicator_id:
        line = ScoreLine.objects.filter(
            run=appeal.run_id, department=appeal.department_id, indicator=appeal.indicator_id
        ).first()
    return score, line


def lines_to_read(appeal: Appeal) -> list[ScoreLine]:
    """The lines of the department a ruling can have read afresh, in the order of the scorecard. One query."""
    rows = ScoreLine.objects.filter(run=appeal.run_id, department=appeal.department_id).select_related("indicator")
    return sorted(rows, key=lambda line: (line.indicator.position, line.indicator_id))


def public_work_calendar(moments: Sequence[datetime], today: date) -> WorkDays:
    """The declared days between today and these moments. One query."""
    days = [today, *(local_date(moment) for moment in moments)]
    return calendar_between(min(days), max(days))


def public_days_left(moment: datetime, today: date, work_days: WorkDays) -> int:
    """Working days until the day of a moment: 0 on the day itself, negative once it has passed."""
    return days_left(today, local_date(moment), work_days)


def is_open(appeal: Appeal) -> bool:
    """Whether an answer is still awaited."""
    return appeal.state in OPEN_APPEALS
