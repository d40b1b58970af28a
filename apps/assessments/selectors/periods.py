"""Scores of quarters and fiscal years: the mean of the published months that have one, straight from months."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count, QuerySet, Sum
from django.utils.translation import gettext as _

from apps.assessments.choices import RunState
from apps.assessments.models import PersonScore, Score, ScoreRun
from apps.assessments.rules.aggregate import mean_of
from apps.assessments.rules.grades import GradeBand, grade_of
from apps.assessments.rules.reading import exact
from apps.assessments.selectors.people import people_led
from apps.assessments.selectors.scores import sees_drafts, visible_runs, visible_scores
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import readable_departments
from apps.periods.choices import PeriodKind
from apps.periods.rules import fiscal_year_name, fiscal_year_start, quarter_number, span_of

LONGER = (PeriodKind.QUARTER, PeriodKind.YEAR)
MONTHS_BACK = 36
FIRST_YEAR, LAST_YEAR = 2, 9997
"""Quarters and years of these lie within what a date can say."""
Bands = Sequence[GradeBand]


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """A quarter or a fiscal year, by its first and last month."""

    first: Month
    last: Month
    kind: str

    @property
    def name(self) -> str:
        """As people say it: Q2 2026, 2026/27."""
        start = settings.FISCAL_YEAR_FIRST_MONTH
        year = fiscal_year_name(fiscal_year_start(self.first.first_day, start))
        if self.kind == PeriodKind.YEAR:
            return year
        return _("Q%(number)s %(year)s") % {"number": quarter_number(self.first.first_day, start), "year": year}

    @property
    def months(self) -> list[Month]:
        return self.first.until(self.last)


def stretch_of(kind: str, month: Month) -> Stretch:
    """The quarter or year MONTH lies in. NotFound for any other kind."""
    if kind not in LONGER:
        raise NotFound(_("There are scores of quarters and of years. Choose one of these."))
    if not FIRST_YEAR <= month.year <= LAST_YEAR:
        raise NotFound(_("Nothing is published of this period, or it begins with another month."))
    span = span_of(kind, month.first_day, settings.FISCAL_YEAR_FIRST_MONTH)
    return Stretch(Month.of(span.first_day), Month.of(span.last_day), str(PeriodKind(kind).value))


@dataclass(frozen=True, slots=True)
class StretchLine:
    """A quarter or year with its published months."""

    stretch: Stretch
    published: tuple[ScoreRun, ...]

    @property
    def name(self) -> str:
        return self.stretch.name

    @property
    def month_count(self) -> int:
        return len(self.published)


def stretch_lines(scope: Scope) -> list[StretchLine]:
    """The quarters and years with months whose publication the person may read, the newest first. One query."""
    runs = visible_runs(scope).filter(state=RunState.PUBLISHED).order_by("-month")[:MONTHS_BACK]
    found: dict[Stretch, list[ScoreRun]] = {}
    for run in sorted(runs, key=lambda run: run.month):
        for kind in LONGER:
            found.setdefault(stretch_of(kind, Month.of(run.month)), []).append(run)
    return [StretchLine(stretch, tuple(found[stretch])) for stretch in sorted(found, reverse=True)]


def stretch_line(scope: Scope, kind: str, month: Month) -> StretchLine:
    """One quarter or year with its published months, or NotFound where nothing of it may be read. One query."""
    stretch = stretch_of(kind, month)
    runs = within(visible_runs(scope), stretch, prefix="").order_by("month")
    if not runs or month != stretch.first:
        raise NotFound(_("Nothing is published of this period, or it begins with another month."))
    return StretchLine(stretch, tuple(runs))


def within(rows: Any, stretch: Stretch, prefix: str = "run__") -> Any:
    """Of ROWS those that are published and lie in the period."""
    return rows.filter(
        **{
            f"{prefix}state": RunState.PUBLISHED,
            f"{prefix}month__range": (stretch.first.first_day, stretch.last.first_day),
        }
    )


@dataclass(frozen=True, slots=True)
class PeriodScore:
    """A department's quarter or year."""

    department: int
    name: str
    code: str
    score: Decimal | None
    grade: str
    rank: int | None
    months_counted: int
    months_assessed: int
    """Published months in which it was to be assessed, with a score or without."""


def bands_of(line: StretchLine) -> Bands:
    """The grades of a quarter or year: those of the rules its last published month follows."""
    return tuple(GradeBand(row["grade"], exact(row["min"]) or Decimal(0)) for row in line.published[-1].scheme.grades)


def period_scores(scope: Scope, line: StretchLine) -> list[PeriodScore]:
    """The scores of the departments the person may read, the best first. Ranks stand among all departments. Two queries.

    A month without a score leaves the mean; so does one in which the department was not assessed at all.
    """
    rows = within(Score.objects.order_by(), line.stretch).values("department", "department__name", "department__code")
    found = list(rows.annotate(sum=Sum("total"), counted=Count("total"), assessed=Count("pk")))
    means = {row["department"]: mean_of(row["sum"], row["counted"]).score for row in found}
    ranks, bands = ranks_of(means), bands_of(line)
    if not scope.is_company:
        readable = set(readable_departments(scope).values_list("pk", flat=True))
        found = [row for row in found if row["department"] in readable]
    scores = [period_score(row, means[row["department"]], ranks, bands) for row in found]
    return sorted(scores, key=lambda one: (one.rank is None, one.rank or 0, one.name))


def period_score(row: Mapping[str, Any], mean: Decimal | None, ranks: Mapping[int, int], bands: Bands) -> PeriodScore:
    """One department."""
    return PeriodScore(
        department=row["department"],
        name=row["department__name"],
        code=row["department__code"],
        score=mean,
        grade=grade_of(mean, bands) or "",
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
    """One quarter or year of one department."""

    stretch: Stretch
    score: Decimal | None
    months_counted: int


def periods_of(scope: Scope, department: Department, *, since: date) -> list[DepartmentPeriod]:
    """The quarters and years of one department with published months from SINCE on, the newest first. One query.

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
    return [department_period(stretch, found[stretch]) for stretch in sorted(found, reverse=True)]


def department_period(stretch: Stretch, totals: Iterable[Decimal | None]) -> DepartmentPeriod:
    """The mean of the months that have a score."""
    known = [total for total in totals if total is not None]
    mean = mean_of(sum(known, Decimal(0)) if known else None, len(known))
    return DepartmentPeriod(stretch, mean.score, mean.months_counted)


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
