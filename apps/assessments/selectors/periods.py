"""Scores of quarters and fiscal years: the mean of the published months that have one, straight from months; of years, where
the rules say so, blended with the scorecard on cumulative values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, QuerySet, Sum

from apps.assessments.choices import RunState
from apps.assessments.models import PersonScore, Score
from apps.assessments.rules.aggregate import mean_of
from apps.assessments.rules.blend import YearScore, blended_score, plain_score
from apps.assessments.rules.grades import GradeBand, grade_of
from apps.assessments.rules.reading import exact
from apps.assessments.selectors.cumulative import cumulative_of
from apps.assessments.selectors.people import people_led
from apps.assessments.selectors.scores import sees_drafts, visible_scores
from apps.assessments.selectors.stretches import LONGER, Stretch, StretchLine, stretch_lines, stretch_of, within
from apps.assessments.selectors.years import blend_of, is_provisional
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import readable_departments
from apps.periods.choices import PeriodKind

Bands = Sequence[GradeBand]


@dataclass(frozen=True, slots=True)
class PeriodScore:
    """A department's quarter or year."""

    department: int
    name: str
    code: str
    made_of: YearScore
    """The score and, of a blended year, its two parts."""
    grade: str
    rank: int | None
    months_counted: int
    months_assessed: int
    """Published months in which it was to be assessed, with a score or without."""

    @property
    def score(self) -> Decimal | None:
        """What counts, points."""
        return self.made_of.score


def bands_of(line: StretchLine) -> Bands:
    """The grades of a quarter or year: those of the rules its last published month follows."""
    return tuple(GradeBand(row["grade"], exact(row["min"]) or Decimal(0)) for row in line.published[-1].scheme.grades)


def period_scores(scope: Scope, line: StretchLine) -> list[PeriodScore]:
    """The scores of the departments the person may read, the best first. Ranks stand among all departments. Two queries, six
    for a blended year.

    A month without a score leaves the mean; so does one in which the department was not assessed at all.
    """
    rows = within(Score.objects.order_by(), line.stretch).values("department", "department__name", "department__code")
    found = list(rows.annotate(sum=Sum("total"), counted=Count("total"), assessed=Count("pk")))
    made = made_of(line, {row["department"]: mean_of(row["sum"], row["counted"]).score for row in found})
    ranks, bands = ranks_of({key: one.score for key, one in made.items()}), bands_of(line)
    if not scope.is_company:
        readable = set(readable_departments(scope).values_list("pk", flat=True))
        found = [row for row in found if row["department"] in readable]
    scores = [period_score(row, made[row["department"]], ranks, bands) for row in found]
    return sorted(scores, key=lambda one: (one.rank is None, one.rank or 0, one.name))


def made_of(line: StretchLine, means: Mapping[int, Decimal | None]) -> dict[int, YearScore]:
    """By department the score of the period from the mean of its months."""
    blend = blend_of(line)
    if blend is None:
        return {key: plain_score(mean) for key, mean in means.items()}
    on_sums = cumulative_of([line])
    parts = {place: one.score for (_stretch, place), one in on_sums.items()}
    return {key: blended_score(mean, parts.get(key), blend) for key, mean in means.items()}


def period_score(row: Mapping[str, Any], made: YearScore, ranks: Mapping[int, int], bands: Bands) -> PeriodScore:
    """One department."""
    return PeriodScore(
        department=row["department"],
        name=row["department__name"],
        code=row["department__code"],
        made_of=made,
        grade=grade_of(made.score, bands) or "",
        rank=ranks.get(row["department"]),
        months_counted=row["counted"],
        months_assessed=row["assessed"],
    )


def ranks_of(means: Mapping[int, Decimal | None]) -> dict[int, int]:
    """Places of rounded means, 1 for the highest; equal ones share a place and the next are skipped."""
    known = {key: mean for key, mean in means.items() if mean is not None}
    first: dict[Decimal, int] = {}
    for place, mean in enumerate(sorted(known.values(), reverse=True), start=1):
        first.setdefault(mean, place)
    return {key: first[mean] for key, mean in known.items()}


@dataclass(frozen=True, slots=True)
class DepartmentPeriod:
    """One quarter or year of one department. LINE: of a blended year."""

    stretch: Stretch
    made_of: YearScore
    months_counted: int
    line: StretchLine | None = None

    @property
    def score(self) -> Decimal | None:
        """What counts, points."""
        return self.made_of.score

    @property
    def is_provisional(self) -> bool:
        """A blended year with months still to come."""
        return self.line is not None and is_provisional(self.line)


def periods_of(scope: Scope, department: Department, *, since: date) -> list[DepartmentPeriod]:
    """The quarters and years of one department with published months from SINCE on, the newest first. Two queries, six where
    a year is blended.

    A quarter or year that began before SINCE is taken whole.
    """
    first = stretch_of(PeriodKind.YEAR, Month.of(since)).first
    rows = visible_scores(scope).filter(
        department=department, run__state=RunState.PUBLISHED, run__month__gte=first.first_day
    )
    found: dict[Stretch, list[Decimal | None]] = {}
    for month, total in rows.order_by("run__month").values_list("run__month", "total"):
        for kind in LONGER:
            found.setdefault(stretch_of(kind, Month.of(month)), []).append(total)
    blended = {line.stretch: line for line in stretch_lines(scope) if line.stretch in found and blend_of(line)}
    on_sums = cumulative_of(list(blended.values()), [department.pk])
    parts = {stretch: one.score for (stretch, _place), one in on_sums.items()}
    return [
        department_period(stretch, found[stretch], blended.get(stretch), parts.get(stretch))
        for stretch in sorted(found, reverse=True)
    ]


def department_period(
    stretch: Stretch, totals: Sequence[Decimal | None], line: StretchLine | None, cumulative: Decimal | None
) -> DepartmentPeriod:
    """The mean of the months that have a score; of a blended year (LINE) with the part on CUMULATIVE values."""
    known = [total for total in totals if total is not None]
    mean = mean_of(sum(known, Decimal(0)) if known else None, len(known))
    blend = blend_of(line) if line is not None else None
    made = blended_score(mean.score, cumulative, blend) if blend is not None else plain_score(mean.score)
    return DepartmentPeriod(stretch, made, mean.months_counted, line)


def person_periods(scope: Scope, line: StretchLine) -> Any:
    """A row for each person the reader may see in the period: `sum` and `counted` of the months with a score, `assessed`
    months, and `mean` to sort by (the score itself is worked out by rules from the sum). One query.

    Who sees whose is as in each month: everybody for those who work on scores; else oneself and the people one leads by the
    chart of today, with all their months, wherever they were then.
    """
    rows: QuerySet[PersonScore] = within(PersonScore.objects.order_by(), line.stretch)
    if not scope.may("assessments.view"):
        return rows.none().values("person")
    if not sees_drafts(scope):
        rows = rows.filter(person__in=people_led(scope).order_by().values("pk"))
    grouped = rows.values("person", "person__name", "person__number")
    return grouped.annotate(sum=Sum("total"), counted=Count("total"), assessed=Count("pk"), mean=Avg("total"))


def has_people(scope: Scope, line: StretchLine) -> bool:
    """Whether there are scores of people to be shown in the period. One query."""
    return bool(person_periods(scope, line).exists())
