"""Issues and their series as people may read them: figures of departments within the scope, others do not exist."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import visible_departments
from apps.forecasts.choices import WORST_FIRST, SubjectKind
from apps.forecasts.models import ForecastIssue, ForecastMonth, SeriesForecast
from apps.kpis.models import Kpi
from apps.kpis.selectors import visible_kpis


@dataclass(frozen=True, slots=True)
class Subject:
    """What a series is about. KPI only where the kind is a KPI's."""

    kind: str
    department: Department
    kpi: Kpi | None = None

    @property
    def kpi_key(self) -> int:
        """The key of the KPI, 0 where there is none: as it is stored."""
        return self.kpi.pk if self.kpi else 0


def visible_issues(scope: Scope) -> QuerySet[ForecastIssue]:
    """Every version of every month for whoever may see forecasts at all; their series are another question."""
    rows = ForecastIssue.objects.select_related("issued_by")
    return rows if scope.may("forecasts.view") else rows.none()


def current_issue(scope: Scope, month: Month | None = None) -> ForecastIssue | None:
    """The issue that counts for MONTH (its last known month), or the newest one that counts. One query."""
    rows = ForecastMonth.objects.exclude(current=None).select_related("current")
    if not scope.may("forecasts.view"):
        return None
    found = (rows.filter(month=month.first_day) if month else rows.order_by("-month")).first()
    return found.current if found else None


def current_issues(scope: Scope, *, until: Month, limit: int = 24) -> list[ForecastIssue]:
    """The issues that count of the months up to UNTIL, the newest first. One query."""
    rows = ForecastMonth.objects.exclude(current=None).filter(month__lte=until.first_day).select_related("current")
    if not scope.may("forecasts.view"):
        return []
    return [row.current for row in rows.order_by("-month")[:limit] if row.current is not None]


def visible_series(scope: Scope, issue: ForecastIssue) -> QuerySet[SeriesForecast]:
    """The series of an issue the person may see: of departments within their scope, of KPIs and scores they may read."""
    rows = SeriesForecast.objects.filter(issue=issue, is_own=False).select_related("department", "kpi__definition")
    return within(scope, rows)


def warned_by(rows: QuerySet[Any], words: Collection[str]) -> QuerySet[Any]:
    """Of ROWS, which took the scope, those with one of these warnings: by their place, which the index of the list has."""
    return rows.filter(worst__in=[place for place, word in enumerate(WORST_FIRST) if word in words])


def within(scope: Scope, rows: QuerySet[SeriesForecast]) -> QuerySet[SeriesForecast]:
    """Of these series, whatever issue they belong to, those the person may see."""
    if not scope.may("forecasts.view"):
        return rows.none()
    if scope.is_company:
        return rows
    mine = visible_departments(scope).values("pk")
    known = Q(kind=SubjectKind.KPI, kpi__in=visible_kpis(scope).values("pk")) | ~Q(kind=SubjectKind.KPI)
    return rows.filter(known, department__in=mine)


def series_for(scope: Scope, issue: ForecastIssue, subject: Subject) -> SeriesForecast:
    """One series of an issue; NotFound is the same for what does not exist and what is not theirs."""
    found = (
        visible_series(scope, issue)
        .filter(kind=subject.kind, department=subject.department, kpi_key=subject.kpi_key)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such forecast, or it lies outside what you may see."))
    return found
