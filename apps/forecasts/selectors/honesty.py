"""How earlier forecasts did: by months ahead, by KPI, by department; and how people's own figures did beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, NullIf

from apps.core.clock import local_date
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import visible_departments
from apps.forecasts.choices import ForecastMethod, SubjectKind
from apps.forecasts.models import ForecastIssue, HorizonAccuracy, Override, PeriodAccuracy, SeriesForecast
from apps.forecasts.rules.ahead import Record, record_of
from apps.forecasts.selectors.issues import Subject, visible_series, within
from apps.kpis.selectors import visible_kpis

MOST_OVERRIDES = 500
PLAIN = (ForecastMethod.SAME_AS_LAST_MONTH, ForecastMethod.SAME_AS_LAST_YEAR)


@dataclass(frozen=True, slots=True)
class JudgedOverride:
    """A person's own figure whose month has come, beside what was forecast when it was told."""

    override: Override
    actual: float
    forecast: float | None
    scale: float | None

    @property
    def error(self) -> float:
        """How far off the person was, in the unit of the series."""
        return abs(self.actual - float(self.override.value or 0))

    @property
    def forecast_error(self) -> float | None:
        """How far off the forecast was."""
        return None if self.forecast is None else abs(self.actual - self.forecast)


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


def judged_overrides(scope: Scope, told: Sequence[Override], issues: Sequence[ForecastIssue]) -> list[JudgedOverride]:
    """The own figures that stood when their month ended and whose month an issue that counts knows, the newest month first.
    One taken back afterwards is judged all the same. One query or two."""
    by_month = {issue.month: issue.pk for issue in issues}
    standing = [one for one in told if one.value is not None or is_in_time(one)]
    due = [one for one in in_force(standing).values() if one.month in by_month]
    if not due:
        return []
    wanted = {by_month[one.month] for one in due} | {one.issue_id for one in due}
    known = series_by_key(scope, wanted, {one.department_id for one in due}, {one.kpi_id or 0 for one in due})
    found = []
    for one in sorted(due, key=lambda each: each.month, reverse=True):
        place = (one.department_id, one.kind, one.kpi_id or 0)
        came, told_then = known.get((by_month[one.month], *place)), known.get((one.issue_id, *place))
        if came is not None and came.actual is not None:
            found.append(JudgedOverride(one, came.actual, foretold(told_then, one), came.scale))
    return found


def is_in_time(one: Override) -> bool:
    """Whether it was said before the month it is about had ended."""
    return local_date(one.told_at) <= Month.of(one.month).last_day


def series_by_key(
    scope: Scope, issues: Iterable[int], departments: Iterable[int], keys: Iterable[int]
) -> dict[Any, SeriesForecast]:
    """Series by issue, department, kind and key of the KPI. One query."""
    rows = within(scope, SeriesForecast.objects.filter(issue__in=issues, is_own=False))
    rows = rows.filter(department__in=departments, kpi_key__in=keys)
    return {(row.issue_id, row.department_id, row.kind, row.kpi_key): row for row in rows}


def foretold(row: SeriesForecast | None, override: Override) -> float | None:
    """What the issue the override answered expected of its month."""
    if row is None:
        return None
    place = len(Month.of(override.issue.month).until(Month.of(override.month))) - 2
    return row.mean[place] if 0 <= place < len(row.mean) else None


def adjustable(scope: Scope, subject: Subject) -> bool:
    """Whether the person may tell an own figure of the subject: of departments they answer for. One query at most."""
    if not scope.may("forecasts.adjust"):
        return False
    return scope.is_company or visible_departments(scope).filter(pk=subject.department.pk).exists()
