"""How earlier forecasts did: by months ahead, by KPI, by department; and how people's own figures did beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, NullIf

from apps.core.clock import local_date
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import visible_departments
from apps.forecasts.choices import ForecastMethod, Remark, SubjectKind
from apps.forecasts.models import ForecastIssue, HorizonAccuracy, Override, PeriodAccuracy, SeriesForecast
from apps.forecasts.rules.ahead import Record, record_of
from apps.forecasts.rules.own_record import Errors
from apps.forecasts.rules.record import on_same_ground
from apps.forecasts.selectors.issues import Subject, current_issues, visible_series, within
from apps.kpis.selectors import visible_kpis

MOST_OVERRIDES = 500
MOST_DUE = 2000
PLAIN = (ForecastMethod.SAME_AS_LAST_MONTH, ForecastMethod.SAME_AS_LAST_YEAR)


@dataclass(frozen=True, slots=True)
class JudgedOverride:
    """A person's own figure whose month has come, beside what was forecast when it was told and what “same as last month”
    and “same as last year” said then."""

    override: Override
    actual: float
    forecast: float | None
    naive: float | None
    seasonal: float | None
    scale: float | None

    @property
    def ahead(self) -> int:
        """How many months before its month it was told, counted from the last month known then."""
        return months_between(self.override)

    @property
    def error(self) -> float:
        """How far off the person was, in the unit of the series."""
        return abs(self.actual - float(self.override.value or 0))

    @property
    def forecast_error(self) -> float | None:
        """How far off the forecast was."""
        return self.off(self.forecast)

    @property
    def errors(self) -> Errors:
        """All that it is judged by."""
        plain = (self.forecast_error, self.off(self.naive), self.off(self.seasonal))
        return Errors(self.error, *plain, self.scale)

    def off(self, told: float | None) -> float | None:
        """How far off a figure was."""
        return None if told is None else abs(self.actual - told)


def horizons(scope: Scope, issue: ForecastIssue) -> list[HorizonAccuracy]:
    """Errors and coverage by kind and months ahead, as known when the issue was made; of the whole company. One query."""
    rows = HorizonAccuracy.objects.filter(issue=issue)
    return list(rows.order_by("kind", "ahead")) if scope.may("forecasts.view") else []


def ends(scope: Scope, issue: ForecastIssue) -> list[PeriodAccuracy]:
    """The same of ends of quarters and years, by months of the period, kind and months before its end. One query."""
    rows = PeriodAccuracy.objects.filter(issue=issue)
    return list(rows.order_by("step", "kind", "ahead")) if scope.may("forecasts.view") else []


def scaled(name: str) -> Combinable:
    """The sum of a mean error over its forecasts, each divided by the series' usual change of a month."""
    return Sum(F(name) * Cast("past_count", FloatField()) / NullIf(F("scale"), 0.0), output_field=FloatField())


def judged(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Grouped rows with what earlier forecasts of their series come to. The ROWS took the scope."""
    weight = NullIf(Cast(Sum("past_count", filter=Q(scale__gt=0)), FloatField()), 0.0)
    count = Cast(NullIf(Sum("past_count"), 0), FloatField())
    grouped: QuerySet[Any] = rows.annotate(
        series=Count("kind"),
        plain=Count("kind", filter=Q(method__in=PLAIN)),
        judged=Sum("past_count"),
        error=scaled("past_error") / weight,
        naive=scaled("past_naive") / weight,
        seasonal=scaled("past_seasonal") / weight,
        in80=Sum("past_in80"),
        in95=Sum("past_in95"),
        share80=Sum("past_in80") * 100.0 / count,
        share95=Sum("past_in95") * 100.0 / count,
    )
    return grouped


def accuracy_by_kpi(scope: Scope, issue: ForecastIssue) -> QuerySet[Any]:
    """One row (a dictionary) for each KPI with judged forecasts, over all its departments in the scope."""
    rows = visible_series(scope, issue).filter(kind=SubjectKind.KPI, past_count__gt=0)
    return judged(rows.order_by().values("kpi_id", "kpi__code", "kpi__name", "kpi__family"))


def accuracy_by_department(scope: Scope, issue: ForecastIssue) -> QuerySet[Any]:
    """One row (a dictionary) for each department with judged forecasts, over all its series."""
    rows = visible_series(scope, issue).filter(past_count__gt=0)
    return judged(rows.order_by().values("department_id", "department__code", "department__name"))


def accuracy_of_all(scope: Scope, issue: ForecastIssue) -> tuple[Record, int]:
    """How all visible series did together, and for how many the plainer forecast is used. One query."""
    rows = visible_series(scope, issue).filter(past_count__gt=0).order_by("issue_id").values("issue_id")
    found = judged(rows).first()
    if not found:
        return Record(0, None, None, None, 0, 0), 0
    return record_of(found), found["plain"]


def visible_overrides(scope: Scope) -> QuerySet[Override]:
    """Own figures about series the person may see, the newest first."""
    rows = Override.objects.select_related("department", "kpi__definition", "told_by", "issue")
    if not scope.may("forecasts.view"):
        return rows.none()
    if scope.is_company:
        return rows
    known = Q(kind=SubjectKind.KPI, kpi__in=visible_kpis(scope).values("pk")) | ~Q(kind=SubjectKind.KPI)
    return rows.filter(known, department__in=visible_departments(scope).values("pk"))


def overrides_of(scope: Scope, subject: Subject) -> list[Override]:
    """Everything told about one subject, the newest first. One query."""
    rows = visible_overrides(scope).filter(kind=subject.kind, department=subject.department, kpi=subject.kpi)
    return list(rows[:MOST_OVERRIDES])


def in_force(told: Sequence[Override]) -> dict[Any, Override]:
    """By department, kind, KPI and month: the newest word on it, unless that takes it back. TOLD is newest first."""
    newest: dict[Any, Override] = {}
    for one in told:
        newest.setdefault((one.department_id, one.kind, one.kpi_id, one.month), one)
    return {key: one for key, one in newest.items() if one.value is not None}


def own_figures(
    scope: Scope, rows: Sequence[SeriesForecast], *, after: date
) -> dict[tuple[int, str, int | None], list[Override]]:
    """Own figures in force for months AFTER that one, of the series of ROWS, by (department, kind, key of the KPI or None);
    the nearest month first. One query."""
    if not rows:
        return {}
    told = visible_overrides(scope).filter(department__in={row.department_id for row in rows}, month__gt=after)
    keys = {(row.department_id, row.kind, row.kpi_id) for row in rows}
    found: dict[tuple[int, str, int | None], list[Override]] = {}
    for one in sorted(in_force(list(told)).values(), key=lambda each: each.month):
        key = (one.department_id, one.kind, one.kpi_id)
        if key in keys:
            found.setdefault(key, []).append(one)
    return found


def due_overrides(scope: Scope, issues: Sequence[ForecastIssue]) -> list[Override]:
    """What was told of months that an issue of ISSUES knows, the newest first, at most MOST_DUE. One query."""
    rows = visible_overrides(scope).filter(month__in=[issue.month for issue in issues])
    return list(rows[:MOST_DUE])


def judged_overrides(scope: Scope, told: Sequence[Override], issues: Sequence[ForecastIssue]) -> list[JudgedOverride]:
    """The own figures whose month an issue that counts knows, the newest month first: like forecasts, of every issue they
    answered the last word. What was told in another definition of the KPI, or of other departments than belong to the series
    in the month's issue, is no figure to compare and not among them. One query. TOLD is newest first."""
    by_month = {issue.month: issue.pk for issue in issues}
    due = [one for one in last_words(told) if one.month in by_month]
    known = figures_by_key(scope, [key_in(issue, one) for one in due for issue in (by_month[one.month], one.issue_id)])
    found = []
    for one in sorted(due, key=lambda each: (each.month, each.issue.month), reverse=True):
        came, then = known.get(key_in(by_month[one.month], one)), known.get(key_in(one.issue_id, one))
        ahead = months_between(one)
        if came is not None and came.actual is not None and came.knows(ahead) and came.goes_on(then, ahead):
            place = ahead - 1
            found.append(
                JudgedOverride(
                    one, came.actual, at(then.mean, place) if then else None, then.last_value if then else None,
                    at(then.last_year, place) if then else None, came.scale,
                )
            )  # fmt: skip
    return found


def judged_until(scope: Scope, issue: ForecastIssue) -> list[JudgedOverride]:
    """The own figures of months up to the issue's, judged as `judged_overrides` does. Three queries at most."""
    issues = current_issues(scope, until=Month.of(issue.month))
    return judged_overrides(scope, due_overrides(scope, issues), issues)


def judged_beside(scope: Scope, rows: Sequence[Override], issues: Sequence[ForecastIssue]) -> dict[int, JudgedOverride]:
    """How each of ROWS did, by its key; those that are not judged are not in it. Two queries. ROWS took the scope."""
    if not rows:
        return {}
    around = visible_overrides(scope).filter(
        department__in={row.department_id for row in rows}, month__in={row.month for row in rows}
    )
    subjects = {(row.department_id, row.kind, row.kpi_id) for row in rows}
    told = [one for one in around if (one.department_id, one.kind, one.kpi_id) in subjects]
    return {one.override.pk: one for one in judged_overrides(scope, told, issues)}


def last_words(told: Sequence[Override]) -> list[Override]:
    """Of every issue month and subject the last own figure for a month, where it was not taken back: a later issue is
    answered anew, and both answers are judged. What is taken back after its month stays. TOLD is newest first."""
    newest: dict[Any, Override] = {}
    for one in told:
        if one.value is not None or is_in_time(one):
            newest.setdefault((one.department_id, one.kind, one.kpi_id, one.month, one.issue.month), one)
    return [one for one in newest.values() if one.value is not None]


def is_in_time(one: Override) -> bool:
    """Whether it was said before the month it is about had ended."""
    return local_date(one.told_at) <= Month.of(one.month).last_day


def months_between(one: Override) -> int:
    """How many months after the last one known to the issue it answered its month lies."""
    return len(Month.of(one.issue.month).until(Month.of(one.month))) - 1


class Figures(NamedTuple):
    """Of a series in an issue what own figures are judged by."""

    actual: float | None
    scale: float | None
    mean: list[float]
    last_value: float | None
    last_year: list[float]
    remarks: list[str]
    history_count: int
    step: int

    def knows(self, ago: int) -> bool:
        """Whether the month so many AGO was measured as the last one. Where a definition was left behind, as many months
        count as have a value in today's; a month without one among them makes it fewer, never more."""
        return Remark.DEFINITION_CUT not in self.remarks or ago < self.history_count * self.step

    def goes_on(self, then: "Figures | None", ago: int) -> bool:
        """Whether the series is made of the same departments as THEN, so many months AGO: as for forecasts, by whether what
        was known then is known today. Where they moved in the tree its whole history is another one."""
        if then is None:
            return True
        return on_same_ground(then.scale, then.last_value, then.last_year, self.last_year, ahead=ago, step=self.step)


def key_in(issue: int, one: Override) -> tuple[int, int, str, int, bool]:
    """The key of the series an own figure is about, in an issue."""
    return issue, one.department_id, one.kind, one.kpi_id or 0, False


def figures_by_key(scope: Scope, keys: Sequence[tuple[int, int, str, int, bool]]) -> dict[Any, Figures]:
    """Figures of these series by their key. One query of as many short reads; none for no keys."""
    if not keys:
        return {}
    rows = within(scope, SeriesForecast.objects.filter(pk__in=list(dict.fromkeys(keys))))
    names = ("issue_id", "department_id", "kind", "kpi_key", "is_own")
    return {line[:5]: Figures(*line[5:]) for line in rows.values_list(*names, *Figures._fields)}


def at(values: Sequence[float], place: int) -> float | None:
    """The figure of a month ahead; None where there is none."""
    return values[place] if 0 <= place < len(values) else None


def adjustable(scope: Scope, subject: Subject) -> bool:
    """Whether the person may tell an own figure of the subject: of departments they answer for. One query at most."""
    if not scope.may("forecasts.adjust"):
        return False
    return scope.is_company or visible_departments(scope).filter(pk=subject.department.pk).exists()
