"""Calibrations of a month: the scores of its draft that can be moved, and who moved which."""

from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, Calibration, Score, ScoreRun
from apps.assessments.selectors.descent import line_of
from apps.assessments.selectors.scores import sees_drafts
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.wording import month_text

WORKED_ON = frozenset({RunState.CALCULATED, RunState.UNDER_REVIEW})


def draft_run(scope: Scope, month: Month) -> ScoreRun:
    """The draft of a month, for those who read drafts; NotFound where there is none."""
    rows = AssessedMonth.objects.select_related("draft__scheme").filter(month=month.first_day)
    place = rows.exclude(draft=None).first() if sees_drafts(scope) else None
    if place is None or place.draft is None:
        raise NotFound(
            _(
                "%(month)s has no draft whose scores could be moved. Work it out first; published scores are "
                "corrected by a revision."
            )
            % {"month": month_text(month)}
        )
    return place.draft


def movable_scores(scope: Scope, run: ScoreRun) -> Any:
    """The scores of a draft, each with who calibrated it last and why (`moved_by`, `moved_why`): in the draft or in what it
    descends from."""
    if not sees_drafts(scope):
        return Score.objects.none()
    made = Calibration.objects.filter(month=run.month, run__in=line_of(run))
    newest = made.filter(department=OuterRef("department")).order_by("-pk")
    rows = Score.objects.filter(run=run).select_related("run__scheme", "department", "scorecard")
    return rows.annotate(
        moved_by=Subquery(newest.values("made_by__name")[:1]), moved_why=Subquery(newest.values("reason")[:1])
    )


def movable_score(scope: Scope, run: ScoreRun, department: int) -> Score:
    """One score of a draft."""
    found: Score | None = movable_scores(scope, run).filter(department=department).first()
    if found is None:
        raise NotFound(_("There is no such score, or it lies outside what you may see."))
    return found


def published_total(score: Score) -> Decimal | None:
    """What the department of a score has in the published version of the month; None where there is none. One query."""
    published = AssessedMonth.objects.filter(month=score.run.month).values("published")
    rows = Score.objects.filter(run__in=published, department=score.department_id)
    return rows.values_list("total", flat=True).first()


def visible_calibrations(scope: Scope) -> QuerySet[Calibration]:
    """Every calibration that was made, for those who read drafts."""
    rows = Calibration.objects.select_related("department", "run", "made_by")
    return rows if sees_drafts(scope) else rows.none()


def history_of(scope: Scope, month: Month, department: int) -> list[Calibration]:
    """How a department's score of a month was moved, the newest first. One query."""
    return list(visible_calibrations(scope).filter(month=month.first_day, department=department).order_by("-pk"))


def calibrations_made(scope: Scope, month: Month) -> Any:
    """Every calibration of a month with what came of it."""
    return with_outcome(visible_calibrations(scope).filter(month=month.first_day))


def with_outcome(rows: QuerySet[Calibration]) -> Any:
    """ROWS, each with what the score was without any calibration (`computed`), what it was moved to (`moved_to`) and whether
    a newer one of the same department and month has taken its place (`is_replaced`)."""
    scores = Score.objects.filter(run__month=OuterRef("month"), department=OuterRef("department"))
    # A calibration makes the next version of the draft that was looked at, in the same transaction.
    moved = scores.filter(run__version=OuterRef("run__version") + 1)
    newer = Calibration.objects.filter(
        month=OuterRef("month"), department=OuterRef("department"), pk__gt=OuterRef("pk")
    )
    return rows.annotate(
        computed=Subquery(scores.filter(run=OuterRef("run")).values("uncalibrated")[:1]),
        moved_to=Subquery(moved.values("total")[:1]),
        is_replaced=Exists(newer),
    )


def calibrators(scope: Scope, month: Month) -> list[tuple[int, str]]:
    """Who moved a score of the month. One query."""
    rows = visible_calibrations(scope).filter(month=month.first_day).order_by("made_by__name", "made_by")
    return list(rows.values_list("made_by", "made_by__name").distinct())
