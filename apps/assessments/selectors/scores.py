"""Scores as people may read them: drafts those who work on them, published ones whoever may know of the department."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, Score, ScoreLine, ScoreRun
from apps.assessments.selectors.appealable import line_stands
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.core.wording import month_text
from apps.departments.models import Department
from apps.departments.selectors import readable_departments, readable_tree_on, subtree_ids, visible_departments

MONTHS_SHOWN = 24


def sees_drafts(scope: Scope) -> bool:
    """Whether the person reads every version of every month, published or not."""
    return scope.is_company and scope.may("assessments.view_drafts")


def readable_runs(scope: Scope) -> QuerySet[ScoreRun]:
    """Versions that may be read where one is asked for by its number: also those that were published once, superseded now.

    Lists, sums and whatever else speaks of months takes `visible_runs`: what is published now.
    """
    rows = runs_of_reader(scope)
    return rows if sees_drafts(scope) else rows.filter(publication__isnull=False)


def runs_of_reader(scope: Scope) -> QuerySet[ScoreRun]:
    """Every version of every month, with what a page says of it; none for who may not see scores."""
    rows = ScoreRun.objects.select_related(
        "scheme", "publication__published_by", "publication__previous", "reviewed_by", "started_by"
    )
    return rows if scope.may("assessments.view") else rows.none()


def visible_runs(scope: Scope) -> QuerySet[ScoreRun]:
    """Every version of a month, or only those that are published now."""
    rows = runs_of_reader(scope)
    return rows if sees_drafts(scope) else rows.filter(state=RunState.PUBLISHED)


def readable_scores(scope: Scope) -> QuerySet[Score]:
    """Scores that may be read in one named version: all, or those that were ever published, of the reader's departments."""
    rows = scores_of_reader(scope)
    return rows if sees_drafts(scope) else rows.filter(run__publication__isnull=False)


def scores_of_reader(scope: Scope) -> QuerySet[Score]:
    """Every version of the scores of the whole company, or of the departments led, all below, and the own one."""
    rows = Score.objects.select_related("run__scheme", "department", "scorecard")
    if not scope.may("assessments.view"):
        return rows.none()
    return rows if scope.is_company else rows.filter(department__in=readable_departments(scope))


def visible_scores(scope: Scope) -> QuerySet[Score]:
    """Scores the person may read: all, those published, or of these the departments led, all below, and the own one."""
    rows = scores_of_reader(scope)
    return rows if sees_drafts(scope) else rows.filter(run__state=RunState.PUBLISHED)


def run_for(scope: Scope, month: Month, version: int | None = None) -> ScoreRun | None:
    """The run of MONTH that is worked on, else the published one, or a VERSION of it that may be read. One query.

    None where those who work on it have none yet. NotFound for a version that is none, and for a month of which nothing may
    be read.
    """
    if version is not None:
        found = readable_runs(scope).filter(month=month.first_day, version=version).first()
    else:
        rows = visible_runs(scope).filter(month=month.first_day)
        found = rows.exclude(state=RunState.SUPERSEDED).order_by("-version").first()
    if found is None and (version is not None or not sees_drafts(scope)):
        raise NotFound(
            _("The scores of %(month)s are not published, or there is no such version.") % {"month": month_text(month)}
        )
    return found


def former_runs(scope: Scope, month: Month) -> QuerySet[ScoreRun]:
    """The published run of the month before, which movement is measured against, if there is one."""
    return visible_runs(scope).filter(month=month.plus(-1).first_day, state=RunState.PUBLISHED)


def former_run(scope: Scope, month: Month) -> ScoreRun | None:
    """The same as an object."""
    return former_runs(scope, month).first()


def scores_in(scope: Scope, run: ScoreRun, former: QuerySet[ScoreRun]) -> Any:
    """The scores of one RUN as far as the person may read them, each with `before_total`, `before_rank` and `change`, which
    compare it with the FORMER run."""
    before = Score.objects.filter(Q(run=Subquery(former.values("pk")[:1])), department=OuterRef("department"))
    rows = readable_scores(scope).filter(run=run)
    rows = rows.annotate(
        before_total=Subquery(before.values("total")[:1]), before_rank=Subquery(before.values("rank")[:1])
    )
    return rows.annotate(change=F("total") - F("before_total"))


def score_for(scope: Scope, month: Month, department: int, version: int | None = None) -> Any:
    """One score with what it was the month before, or NotFound."""
    run = run_for(scope, month, version)
    rows = scores_in(scope, run, former_runs(scope, month)) if run else Score.objects.none()
    rows = rows.select_related("run__publication__published_by", "run__publication__previous")
    found = rows.filter(department=department).first()
    if found is None:
        raise NotFound(_("There is no such score, or it lies outside what you may see."))
    return found


def lines_of(score: Score) -> list[Any]:
    """The lines of a score with their indicators, in the order of the scheme, each with `defined`: how its KPI was defined
    on the month's last day, None where it was not. One query."""
    day = Month.of(score.run.month).last_day
    defined = FilteredRelation("indicator__kpi__versions", condition=Q(indicator__kpi__versions__valid__contains=day))
    rows: Any = ScoreLine.objects.filter(run=score.run_id, department=score.department_id).annotate(defined=defined)
    rows = rows.select_related("indicator__kpi__definition", "defined")
    return sorted(rows, key=lambda line: (line.indicator.position, line.indicator_id))


def below(rows: QuerySet[Score], department: int, day: date) -> QuerySet[Score]:
    """ROWS of the department and everything under it by the tree of the day."""
    return rows.filter(department__in=subtree_ids(department, day))


def branch_choices(scope: Scope, day: date) -> list[tuple[int, str]]:
    """Departments with others below them, which a list of scores can be cut to. One query."""
    return [(node.pk, node.name) for node in readable_tree_on(day, scope) if node.child_count]


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a department's month."""

    score: Score
    run: ScoreRun
    number: int | None
    """Which edition, if it was ever published."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A score that is opened, with everything else that was said of its department: the other versions of its month, the
    newest first, and what was published of the two years up to it, the oldest first."""

    score: Any
    """As `score_for` gives it."""
    editions: Sequence[Edition]
    history: Sequence[Score]


def opened_score(scope: Scope, month: Month, department: int, version: int | None = None) -> Opened:
    """The score that is worked on, else the published one, or a VERSION of it that may be read; else NotFound. One query.

    Of a score that can be appealed against it is known with it what `with_window` says, and of those of the month what
    `line_stands` does.
    """
    span = Q(run__month__gt=month.plus(-MONTHS_SHOWN).first_day, run__month__lte=month.first_day)
    rows = readable_scores(scope).filter(
        Q(run__month=month.first_day) | span & Q(run__state=RunState.PUBLISHED), department=department
    )
    rows = with_window(rows, scope).select_related("run__publication__published_by", "run__publication__previous")
    rows = rows.annotate(line_stands=line_stands(month.first_day))
    found = list(rows.order_by("run__month", "-run__version"))
    own = [row for row in found if row.run.month == month.first_day]
    score: Any = next((row for row in own if is_asked(row.run, scope, version)), None)
    if score is None:
        run_for(scope, month, version)
        raise NotFound(_("There is no such score, or it lies outside what you may see."))
    history = [row for row in found if row.run.state == RunState.PUBLISHED]
    before = next((row for row in history if row.run.month == month.plus(-1).first_day), None)
    score.before_total, score.before_rank = (before.total, before.rank) if before else (None, None)
    is_moved = score.total is not None and score.before_total is not None
    score.change = score.total - score.before_total if is_moved else None
    return Opened(score, [Edition(row, row.run, number_of(row.run)) for row in own], history)


def is_asked(run: ScoreRun, scope: Scope, version: int | None) -> bool:
    """Whether a run that may be read is the VERSION asked for; where none is, whether it is one that a month shows."""
    if version is not None:
        return run.version == version
    return run.state != RunState.SUPERSEDED if sees_drafts(scope) else run.state == RunState.PUBLISHED


def with_window(rows: QuerySet[Score], scope: Scope) -> QuerySet[Any]:
    """ROWS, each with `is_open`, whether its month shows it and is not final; `appeals_until`, where a day was laid down for
    it; `is_led`, whether the person leads the department or one above it today."""
    place = AssessedMonth.objects.filter(published=OuterRef("run"), final_at=None)
    leading = Scope(scope.user_id, Reach.DEPARTMENTS, department_ids=scope.department_ids)
    led = visible_departments(leading).filter(pk=OuterRef("department"))
    return rows.annotate(
        is_open=Exists(place), appeals_until=Subquery(place.values("appeals_until")[:1]), is_led=Exists(led)
    )


def number_of(run: ScoreRun) -> int | None:
    """The number of the edition a run was published as; None for one that never was."""
    publication = getattr(run, "publication", None)
    return publication.number if publication else None


def published_over_time(scope: Scope, department: Department, *, until: date | None = None) -> list[Score]:
    """The department's published scores, the oldest first, at most of two years. One query."""
    rows = visible_scores(scope).filter(department=department, run__state=RunState.PUBLISHED)
    if until is not None:
        rows = rows.filter(run__month__lte=until)
    return list(rows.order_by("-run__month")[:MONTHS_SHOWN])[::-1]


def latest_published(scope: Scope, departments: Iterable[int], *, since: date) -> dict[int, list[Score]]:
    """By department: its last published score of a month from SINCE on, and the one before it. One query."""
    rows = visible_scores(scope).filter(
        department__in=list(departments), run__state=RunState.PUBLISHED, run__month__gte=since
    )
    found: dict[int, list[Score]] = {}
    for row in rows.order_by("-run__month", "department__name"):
        found.setdefault(row.department_id, []).append(row)
    return {pk: scores[:2] for pk, scores in found.items()}


def with_gaps(rows: QuerySet[Score]) -> QuerySet[Score]:
    """Scores with at least one line that was not reported."""
    missing = ScoreLine.objects.filter(Q(run=OuterRef("run"), department=OuterRef("department"), presence="missing"))
    return rows.filter(Exists(missing))
