"""Runs, scores and lines as other systems read them: of published editions, and of drafts for those who may see drafts."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.assessments.models import Publication, Score, ScoreLine, ScoreRun
from apps.core.errors import NotFound
from apps.core.scope import Scope
from apps.departments.selectors import readable_departments

DRAFTS = "assessments.view_drafts"


def visible_runs(scope: Scope) -> QuerySet[ScoreRun]:
    """Versions of months that were ever published; all of them for those who may see drafts."""
    if not scope.may("assessments.view"):
        return ScoreRun.objects.none()
    rows = ScoreRun.objects.select_related("scheme", "publication__previous")
    return rows if scope.may(DRAFTS) else rows.filter(publication__isnull=False)


def visible_publications(scope: Scope) -> QuerySet[Publication]:
    """Every act of publishing, for those who may see scores: months, moments and digests, no figures."""
    return Publication.objects.all() if scope.may("assessments.view") else Publication.objects.none()


def run_for(scope: Scope, pk: int) -> ScoreRun:
    """One version of a month."""
    found = visible_runs(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such run, or it lies outside what you may see."))
    return found


def within(rows: Any, scope: Scope) -> Any:
    """Of ROWS those of departments the reader may know of, and of runs the reader may see."""
    if not scope.may("assessments.view"):
        return rows.none()
    if not scope.is_company:
        rows = rows.filter(department__in=readable_departments(scope).values("pk"))
    if not scope.may(DRAFTS):
        rows = rows.filter(Exists(Publication.objects.filter(run=OuterRef("run"))))
    return rows


def visible_scores(scope: Scope) -> QuerySet[Score]:
    """Scores: of the whole company, of departments led and below, or of the own department."""
    found: QuerySet[Score] = within(
        Score.objects.select_related("run__publication", "run__scheme", "department", "scorecard"), scope
    )
    return found


def visible_lines(scope: Scope) -> QuerySet[ScoreLine]:
    """The lines of visible scores."""
    found: QuerySet[ScoreLine] = within(
        ScoreLine.objects.select_related("run__publication", "run__scheme", "department", "indicator__kpi"), scope
    )
    return found


def score_for(scope: Scope, pk: int) -> Score:
    """One score; NotFound is the same for what does not exist and what is not theirs."""
    found = visible_scores(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such score, or it lies outside what you may see."))
    return found


def lines_of_score(score: Score) -> list[ScoreLine]:
    """The lines of a score in the order of its scorecard. One query."""
    rows = ScoreLine.objects.filter(Q(run=score.run_id), department=score.department_id)
    return list(
        rows.select_related("indicator__kpi", "run__scheme", "run__publication", "department").order_by(
            "indicator__position", "indicator_id"
        )
    )
