"""What an appeal can be about, edition by edition of a month: which one changed it last, and what was ruled on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from apps.assessments.models import PersonScore, Score, ScoreLine, ScoreRun
from apps.assessments.rules.appeals import last_change

SCORE_SAYS = (
    "status", "coverage_pct", "base", "coefficient", "bonus", "deduction", "calibration", "total", "grade", "extras",
)  # fmt: skip
LINE_SAYS = (
    "presence", "value", "numerator", "denominator", "scale", "target", "floor", "stretch", "reported", "weight", "rate",
    "points", "status",
)  # fmt: skip
PERSON_SAYS = (
    "department", "role", "status", "stays", "days", "department_part", "dept_weight", "personal", "raters", "vetoes",
    "personal_weight", "total", "grade",
)  # fmt: skip
"""What two editions are compared by. No rank: it moves when somebody else's score does."""


@dataclass(frozen=True, slots=True)
class Course:
    """One thing through the editions of a month that hold it, the oldest first: what each says of it."""

    editions: Sequence[ScoreRun]
    stands: Sequence[Any]

    @property
    def since(self) -> ScoreRun:
        """The edition since which it stands as it does."""
        return self.editions[last_change(self.stands)]

    def is_as_in(self, run: int) -> bool:
        """Whether it stands now as it stood in that edition."""
        former = [stand for edition, stand in zip(self.editions, self.stands, strict=True) if edition.pk == run]
        return not former or former[-1] == self.stands[-1]


def department_courses(
    run: ScoreRun, department: int, indicators: Iterable[int], known: Iterable[Score] | None = None
) -> dict[int | None, Course]:
    """Of these lines of a department of a published RUN, and under None of its score as a whole.

    KNOWN: the department's scores of the month with their `line_stands`, if they are at hand. No query then, nor for the
    first edition of a month; else one.
    """
    if run.publication.number == 1:
        return dict.fromkeys([None, *indicators], Course([run], [()]))
    if known is None:
        rows = Score.objects.filter(department=department).annotate(line_stands=line_stands(run.month))
        scores = editions_of(rows, run)
    else:
        scores = in_order(known)
    runs = {score.run_id: score.run for score in scores}
    lines: dict[int | None, dict[int, Any]] = {key: {} for key in indicators}
    for score in scores:
        for stand in score.line_stands:
            lines.setdefault(stand["indicator"], {})[score.run_id] = stand
    lines[None] = {score.run_id: said(score, SCORE_SAYS) for score in scores}
    return {
        key: Course([runs[pk] for pk in runs if pk in lines[key]], [lines[key][pk] for pk in runs if pk in lines[key]])
        for key in lines
    }


def line_stands(month: date) -> Any:
    """For scores: what each of their lines says, of those in MONTH; to annotate them with."""
    lines = ScoreLine.objects.filter(run=OuterRef("run"), department=OuterRef("department"), month=month)
    says = JSONObject(indicator="indicator_id", **{name: name for name in LINE_SAYS})
    return ArraySubquery(lines.order_by("indicator").values(stand=says))


def person_course(run: ScoreRun, person: int, known: Iterable[PersonScore] | None = None) -> Course:
    """Of a person's score in a published RUN. KNOWN: the person's scores of the month, if they are at hand.

    No query for the first edition of a month, else one.
    """
    if run.publication.number == 1:
        return Course([run], [()])
    scores = editions_of(PersonScore.objects.filter(person=person), run) if known is None else in_order(known)
    return Course([score.run for score in scores], [said(score, PERSON_SAYS) for score in scores])


def editions_of(rows: QuerySet[Any], run: ScoreRun) -> list[Any]:
    """Of ROWS those in the editions of a month up to a published RUN, the oldest first, with run, scheme, publication."""
    rows = rows.filter(run__month=run.month, run__publication__number__lte=run.publication.number)
    return list(rows.select_related("run__publication", "run__scheme").order_by("run__publication__number"))


def in_order(rows: Iterable[Any]) -> list[Any]:
    """Of ROWS of a month those that were published, the oldest first."""
    editions = [row for row in rows if hasattr(row.run, "publication")]
    return sorted(editions, key=lambda row: row.run.publication.number)


def said(row: Any, names: Iterable[str]) -> list[Any]:
    """What a row says under these names."""
    return [getattr(row, name) for name in names]
