"""The staff outlook as pages read it: headcount and turnover of an issue, and what else is foretold for a department."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from apps.core.scope import Scope
from apps.departments.selectors import subtree_ids, visible_departments
from apps.forecasts.choices import SubjectKind, WarningKind
from apps.forecasts.models import ForecastIssue, SeriesForecast
from apps.forecasts.selectors.issues import visible_series, warned_by

PEOPLE = (SubjectKind.HEADCOUNT, SubjectKind.TURNOVER)


def headcount_outlook(scope: Scope, issue: ForecastIssue | None) -> QuerySet[SeriesForecast]:
    """Headcount of every department whose figures the person may see; others do not exist for them. Nothing without an
    issue."""
    if issue is None:
        return SeriesForecast.objects.none()
    return of_people(scope, issue).filter(kind=SubjectKind.HEADCOUNT)


def of_people(scope: Scope, issue: ForecastIssue) -> QuerySet[SeriesForecast]:
    """Headcount and turnover; whose headcount one may not see, of those one may not see what it will be."""
    rows = visible_series(scope, issue).filter(kind__in=PEOPLE)
    if not scope.may("staff.view_headcount"):
        return rows.none()
    return rows if scope.is_company else rows.filter(department__in=visible_departments(scope).values("pk"))


def outlook_below(rows: QuerySet[Any], department: int, issue: ForecastIssue) -> QuerySet[Any]:
    """Of ROWS those of a department and everything under it at the end of the issue's month. The ROWS took the scope."""
    return rows.filter(department__in=subtree_ids(department, issue.month))


def turnover_by_department(scope: Scope, issue: ForecastIssue, departments: Iterable[int]) -> dict[int, SeriesForecast]:
    """Turnover of these departments. One query."""
    rows = of_people(scope, issue).filter(kind=SubjectKind.TURNOVER, department__in=set(departments))
    return {row.department_id: row for row in rows}


def topmost(scope: Scope, issue: ForecastIssue, tops: Sequence[int]) -> list[SeriesForecast]:
    """Headcount of these departments: together they are all that the person sees. One query."""
    return list(headcount_outlook(scope, issue).filter(department__in=tops).order_by("department__name"))


def short_of_people(scope: Scope, issue: ForecastIssue, *, limit: int) -> list[SeriesForecast]:
    """Departments expected below their plan, the surest first. One query."""
    rows = warned_by(headcount_outlook(scope, issue), [WarningKind.BELOW_PLAN])
    return list(rows.order_by("-warned_chance", "department__name", "department_id")[:limit])


def foretold_beside(
    scope: Scope, issue: ForecastIssue, departments: Iterable[int], *, each: int
) -> dict[int, list[SeriesForecast]]:
    """Scores and KPIs with a target that are foretold for these departments: the least likely to reach it first, EACH at
    most. One query. That people will be missing is no proof that they fall for it."""
    rows = (
        visible_series(scope, issue)
        .filter(department__in=set(departments))
        .filter(Q(kind=SubjectKind.SCORE) | Q(kind=SubjectKind.KPI, chance_year__isnull=False))
        .exclude(mean=[])
        .order_by("department_id", "-kind", "chance_year", "kpi_key")
    )
    found: dict[int, list[SeriesForecast]] = {}
    for row in rows:
        here = found.setdefault(row.department_id, [])
        if len(here) < each:
            here.append(row)
    return found
