"""Everything that is stored of one published month, as tables: for the signed bundle and the workbook.

Names of departments and people are those of today; whatever the digests cover stands as it was stored.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.assessments.choices import LineStatus, Method, PersonStatus, Presence, RunState, ScoreStatus, TargetPolicy
from apps.assessments.models import Indicator, PersonScore, Publication, Score, ScoreLine, ScoreRun
from apps.assessments.selectors.scores import runs_of_reader, sees_drafts
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.wording import month_text
from apps.staff.choices import AppointmentRole

AT_ONCE = 2000
"""Rows that are held in memory at one time."""
FIGURES = ("value", "numerator", "denominator", "scale", "target", "floor", "stretch")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the key in a bundle, the heading in a workbook, where it is read, and the words of its codes."""

    key: str
    label: str | Promise
    path: str = ""
    words: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MonthTable:
    """One table of a month. `rows` reads it anew at each call, a few rows at a time, in the order the digests have."""

    key: str
    label: str | Promise
    columns: tuple[Column, ...]
    rows: Callable[[], Iterator[tuple[Any, ...]]]


def words_of_codes(*, choices: Any) -> dict[str, Any]:
    """What stands for each code of CHOICES."""
    return dict(choices.choices)


DEPARTMENT = (
    Column("department", gettext_lazy("Department, key"), "department_id"),
    Column("department_code", gettext_lazy("Department, code"), "department__code"),
    Column("department_name", gettext_lazy("Department"), "department__name"),
)
SCORES = (
    *DEPARTMENT,
    Column("scorecard", gettext_lazy("Scorecard"), "scorecard__name"),
    Column("status", gettext_lazy("Status"), words=words_of_codes(choices=ScoreStatus)),
    Column("coverage_pct", gettext_lazy("Weight with data, %")),
    Column("base", gettext_lazy("Sum of points")),
    Column("coefficient", gettext_lazy("Difficulty")),
    Column("bonus", gettext_lazy("Bonus")),
    Column("deduction", gettext_lazy("Deduction")),
    Column("calibration", gettext_lazy("Calibration")),
    Column("uncalibrated", gettext_lazy("Score before calibration")),
    Column("total", gettext_lazy("Score")),
    Column("grade", gettext_lazy("Grade")),
    Column("rank", gettext_lazy("Rank")),
    Column("extras", gettext_lazy("Beside the hundred points")),
    Column("below_count", gettext_lazy("Scored here and below")),
    Column("below_points", gettext_lazy("Points here and below")),
    Column("digest", gettext_lazy("Digest")),
)
LINES = (
    *DEPARTMENT,
    Column("indicator", gettext_lazy("Indicator, key"), "indicator_id"),
    Column("indicator_code", gettext_lazy("Indicator, code"), "indicator__code"),
    Column("indicator_name", gettext_lazy("Indicator"), "indicator__name"),
    Column("presence", gettext_lazy("What was reported"), words=words_of_codes(choices=Presence)),
    Column("value", gettext_lazy("Value")),
    Column("numerator", gettext_lazy("Numerator")),
    Column("denominator", gettext_lazy("Denominator")),
    Column("scale", gettext_lazy("Scale of the ratio")),
    Column("target", gettext_lazy("Target")),
    Column("floor", gettext_lazy("Floor")),
    Column("stretch", gettext_lazy("Stretch")),
    Column("reported", gettext_lazy("Reported beside figures")),
    Column("weight", gettext_lazy("Weight")),
    Column("rate", gettext_lazy("Rate")),
    Column("points", gettext_lazy("Points")),
    Column("status", gettext_lazy("Status"), words=words_of_codes(choices=LineStatus)),
)
PEOPLE = (
    Column("person", gettext_lazy("Person, key"), "person_id"),
    Column("person_number", gettext_lazy("Staff number"), "person__number"),
    Column("person_name", gettext_lazy("Person"), "person__name"),
    *DEPARTMENT,
    Column("role", gettext_lazy("Role"), words=words_of_codes(choices=AppointmentRole)),
    Column("status", gettext_lazy("Status"), words=words_of_codes(choices=PersonStatus)),
    Column("stays", gettext_lazy("Days in departments")),
    Column("days", gettext_lazy("Days")),
    Column("department_part", gettext_lazy("Department's score by days")),
    Column("dept_weight", gettext_lazy("Weight of the department")),
    Column("personal", gettext_lazy("Personal part")),
    Column("raters", gettext_lazy("Who rated")),
    Column("personal_weight", gettext_lazy("Weight of the personal part")),
    Column("vetoes", gettext_lazy("Vetoes of the head alone")),
    Column("total", gettext_lazy("Score")),
    Column("grade", gettext_lazy("Grade")),
    Column("digest", gettext_lazy("Digest")),
)
INDICATORS = (
    Column("indicator", gettext_lazy("Indicator, key"), "pk"),
    Column("scorecard", gettext_lazy("Scorecard"), "scorecard__name"),
    Column("code", gettext_lazy("Indicator, code")),
    Column("name", gettext_lazy("Indicator")),
    Column("kpi_code", gettext_lazy("KPI"), "kpi__code"),
    Column("method", gettext_lazy("Method"), words=words_of_codes(choices=Method)),
    Column("params", gettext_lazy("Parameters")),
    Column("weight", gettext_lazy("Weight")),
    Column(
        "target_policy",
        gettext_lazy("Target of a month in which it changes"),
        words=words_of_codes(choices=TargetPolicy),
    ),
    Column("clause", gettext_lazy("Clause of the rules")),
)


def table_of(key: str, label: str | Promise, columns: tuple[Column, ...], rows: QuerySet[Any]) -> MonthTable:
    """A table that reads ROWS, which are in their order."""
    paths = [one.path or one.key for one in columns]
    return MonthTable(key, label, columns, lambda: iter(rows.values_list(*paths).iterator(chunk_size=AT_ONCE)))


def tables_of(run: ScoreRun) -> list[MonthTable]:
    """The tables of a run (from a scoped selector), by their keys. One query each, once its rows are asked for."""
    lines = ScoreLine.objects.filter(run=run).order_by("department_id", "indicator_id")
    people = PersonScore.objects.filter(run=run).order_by("person_id")
    scores = Score.objects.filter(run=run).order_by("department_id")
    indicators = Indicator.objects.filter(scheme=run.scheme_id).order_by("pk")
    return [
        table_of("indicators", gettext_lazy("Indicators"), INDICATORS, indicators),
        table_of("lines", gettext_lazy("Lines"), LINES, lines),
        table_of("people", gettext_lazy("People"), PEOPLE, people),
        table_of("scores", gettext_lazy("Scores"), SCORES, scores),
    ]


def chain_until(publication: Publication) -> Iterable[Publication]:
    """Every publication from the first one to this one, whichever month it was of. One query."""
    rows = Publication.objects.filter(pk__lte=publication.pk).select_related("run", "published_by")
    return rows.order_by("pk")


def published_run_for(scope: Scope, month: Month, version: int | None = None) -> ScoreRun:
    """The published run of MONTH, or a VERSION of it that was published once, for those who may take it out whole.

    NotFound for everybody else and for whatever was never published. One query.
    """
    rows = runs_of_reader(scope) if sees_drafts(scope) else ScoreRun.objects.none()
    rows = rows.filter(month=month.first_day, publication__isnull=False)
    rows = rows.filter(version=version) if version is not None else rows.filter(state=RunState.PUBLISHED)
    found = rows.first()
    if found is None:
        raise NotFound(
            _("The scores of %(month)s are not published, or there is no such version.") % {"month": month_text(month)}
        )
    return found
