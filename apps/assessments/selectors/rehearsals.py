"""What rehearsals found: before and after, for those who read scores before they are published."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from django.db.models import Avg, Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from apps.assessments.choices import RunState
from apps.assessments.models import Rehearsal, RehearsedPerson, RehearsedScore, Scheme, ScoreRun
from apps.assessments.rules.reading import exact
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.core.scope import Scope

VIEW = "assessments.view_drafts"
COEFFICIENT_PLACES = 4


def visible_rehearsals(scope: Scope) -> QuerySet[Rehearsal]:
    """Every rehearsal, for those who read every score of the company."""
    rows = Rehearsal.objects.select_related("scheme", "asked_by", "job")
    return rows if scope.is_company and scope.may(VIEW) else rows.none()


def rehearsal_for(scope: Scope, pk: int) -> Rehearsal:
    """One rehearsal; NotFound is the same for what does not exist and what may not be read."""
    found = visible_rehearsals(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such rehearsal, or it lies outside what you may see."))
    return found


def last_rehearsal(scope: Scope, scheme: Scheme) -> Rehearsal | None:
    """The newest rehearsal of a scheme. One query."""
    return visible_rehearsals(scope).filter(scheme=scheme).order_by("-pk").first()


def rehearsed_scores(scope: Scope, rehearsal: Rehearsal) -> QuerySet[RehearsedScore]:
    """The rows of a rehearsal, each with `change` of the total and `rise` of the rank (positive: better)."""
    rows = RehearsedScore.objects.filter(rehearsal=rehearsal, rehearsal__in=visible_rehearsals(scope))
    return rows.select_related("department").annotate(
        change=F("new_total") - F("old_total"), rise=F("old_rank") - F("new_rank")
    )


@dataclass(frozen=True, slots=True)
class BothSides:
    """Months of departments or of people by what the tried rules make of them."""

    all: int = 0
    compared: int = 0
    """With a score both before and after."""
    grade_changed: int = 0
    lost: int = 0
    """With a score before and none after."""
    gained: int = 0
    old_mean: Decimal | None = None
    new_mean: Decimal | None = None

    @property
    def mean_change(self) -> Decimal | None:
        """How the mean moves; None where one side has none."""
        return None if self.old_mean is None or self.new_mean is None else self.new_mean - self.old_mean


@dataclass(frozen=True, slots=True)
class Counts(BothSides):
    """Departments' months of a rehearsal by what became of them."""

    rank_up: int = 0
    rank_down: int = 0
    total_changed: int = 0

    @property
    def rank_same(self) -> int:
        return self.compared - self.rank_up - self.rank_down


@dataclass(frozen=True, slots=True)
class RehearsedMonth:
    """One month of a rehearsal."""

    month: date
    counts: Counts


@dataclass(frozen=True, slots=True)
class GradeShift:
    """How many months of departments or people have a grade before and after."""

    grade: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The mean reward coefficient of departments by their grades; None where the rules name none."""

    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a rehearsal tells in short."""

    whole: Counts
    months: tuple[RehearsedMonth, ...]
    grades: tuple[GradeShift, ...]
    coefficients: Coefficients


Kind = TypeVar("Kind", bound=BothSides)
HAS_OLD, HAS_NEW = Q(old_total__isnull=False), Q(new_total__isnull=False)
HAS_BOTH = HAS_OLD & HAS_NEW
BOTH_SIDES: Mapping[str, Any] = {
    "all": Count("pk"),
    "compared": Count("pk", filter=HAS_BOTH),
    "grade_changed": Count("pk", filter=HAS_BOTH & ~Q(new_grade=F("old_grade"))),
    "lost": Count("pk", filter=HAS_OLD & ~HAS_NEW),
    "gained": Count("pk", filter=~HAS_OLD & HAS_NEW),
    "old_mean": Avg("old_total"),
    "new_mean": Avg("new_total"),
}
COUNTED: Mapping[str, Any] = {
    **BOTH_SIDES,
    "rank_up": Count("pk", filter=Q(new_rank__lt=F("old_rank"))),
    "rank_down": Count("pk", filter=Q(new_rank__gt=F("old_rank"))),
    "total_changed": Count("pk", filter=HAS_BOTH & ~Q(new_total=F("old_total"))),
}


def outcome_of(scope: Scope, rehearsal: Rehearsal) -> Outcome:
    """What came of a rehearsal as a whole, month by month, and by grades. Five queries, whatever the size."""
    rows = RehearsedScore.objects.filter(rehearsal=rehearsal, rehearsal__in=visible_rehearsals(scope)).order_by()
    months = rows.values("month").annotate(**COUNTED).order_by("month")
    by_grade = grade_counts(rows)
    schemes = schemes_by_month(rehearsal)
    return Outcome(
        whole=counted(Counts, rows.aggregate(**COUNTED)),
        months=tuple(RehearsedMonth(row["month"], counted(Counts, row)) for row in months),
        grades=grade_shifts(rehearsal.scheme, by_grade),
        coefficients=Coefficients(
            mean_coefficient(
                (schemes.get(month), grade, count) for (month, grade), count in by_grade["before"].items()
            ),
            mean_coefficient((rehearsal.scheme, grade, count) for (_m, grade), count in by_grade["after"].items()),
        ),
    )


def counted(kind: type[Kind], row: Mapping[str, Any]) -> Kind:
    """A row of counts; means with two places."""
    means = {
        name: None if row[name] is None else round_half_up(Fraction(row[name]), 2) for name in ("old_mean", "new_mean")
    }
    return kind(**{one.name: means.get(one.name, row[one.name]) for one in fields(kind)})


def grade_counts(
    rows: QuerySet[RehearsedScore] | QuerySet[RehearsedPerson],
) -> dict[str, dict[tuple[date, str], int]]:
    """By "before" and "after": (month, grade) → how many. Two queries."""
    found: dict[str, dict[tuple[date, str], int]] = {}
    for side, name, has in (("before", "old_grade", HAS_OLD), ("after", "new_grade", HAS_NEW)):
        counts = rows.filter(has).values_list("month", name).annotate(count=Count("pk"))
        found[side] = {(month, grade): count for month, grade, count in counts}
    return found


def grade_shifts(scheme: Scheme, counts: Mapping[str, Mapping[tuple[date, str], int]]) -> tuple[GradeShift, ...]:
    """Every grade, the best first: those of the tried scheme, then others that were given before."""
    sums: dict[str, Counter[str]] = {side: Counter() for side in counts}
    for side, by_grade in counts.items():
        for (_month, grade), count in by_grade.items():
            sums[side][grade] += count
    before, after = sums["before"], sums["after"]
    known = [str(row["grade"]) for row in scheme.grades]
    others = sorted((before.keys() | after.keys()) - set(known))
    return tuple(GradeShift(grade, before[grade], after[grade]) for grade in (*known, *others))


def schemes_by_month(rehearsal: Rehearsal) -> dict[date, Scheme]:
    """By whose rules each month is published. One query."""
    rows = ScoreRun.objects.filter(
        state=RunState.PUBLISHED, month__gte=rehearsal.first_month, month__lte=rehearsal.last_month
    )
    return {run.month: run.scheme for run in rows.select_related("scheme")}


def mean_coefficient(counted_grades: Iterable[tuple[Scheme | None, str, int]]) -> Decimal | None:
    """The mean of what the rules of each month give for the grades, four places; grades without a number are left out."""
    total, number = Fraction(0), 0
    for scheme, grade, count in counted_grades:
        coefficient = exact((scheme.reward_rules.get("dept_coef") or {}).get(grade)) if scheme else None
        if coefficient is not None:
            total += coefficient * count
            number += count
    return round_half_up(total / number, COEFFICIENT_PLACES) if number else None


def months_published(scope: Scope) -> Sequence[Month]:
    """The months that can be rehearsed, the newest first. One query."""
    if not scope.may("assessments.rehearse"):
        return []
    rows = ScoreRun.objects.filter(state=RunState.PUBLISHED).order_by("-month")
    return [Month.of(month) for month in rows.values_list("month", flat=True)]
