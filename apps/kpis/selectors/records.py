"""The records of indicators as other systems read them: targets, values, months of what a person may see."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.core.scope import Scope
from apps.departments.selectors import visible_departments
from apps.kpis.models import Kpi, KpiMonth, KpiTarget, KpiValue, KpiValueQuerySet, KpiVersion
from apps.kpis.selectors.finding import visible_kpis


def listed_kpis(scope: Scope) -> QuerySet[Kpi]:
    """Visible indicators with owner department and definition of today."""
    return visible_kpis(scope).select_related("department", "definition")


def versions_of(kpi: Kpi) -> list[KpiVersion]:
    """Every definition of an indicator, the newest first."""
    return list(KpiVersion.objects.filter(kpi=kpi).order_by("-valid"))


def definition_on(kpi: Kpi, day: date) -> KpiVersion | None:
    """The definition in force on the day, else that of today."""
    return KpiVersion.objects.filter(kpi=kpi).on(day).first() or kpi.definition


def visible_targets(scope: Scope) -> QuerySet[KpiTarget]:
    """Targets of visible indicators: those for everybody, and those of departments whose figures the person may see."""
    if not scope.may("kpis.view"):
        return KpiTarget.objects.none()
    rows = KpiTarget.objects.select_related("kpi", "department")
    if scope.is_company:
        return rows
    seen = visible_departments(scope).values("pk")
    return rows.filter(Q(department=None) | Q(department__in=seen), kpi__in=visible_kpis(scope).values("pk"))


def visible_values(scope: Scope) -> KpiValueQuerySet:
    """Values, in every version, of departments whose figures the person may see."""
    if not scope.may("kpis.view"):
        return KpiValue.objects.none()
    rows = KpiValue.objects.select_related("series__kpi", "series__department", "entered_by", "decided_by")
    if scope.is_company:
        return rows
    return rows.filter(series__department__in=visible_departments(scope).values("pk"))


def values_for(scope: Scope, keys: Iterable[int]) -> list[KpiValue]:
    """These values; NotFound is the same when one does not exist and when one is not theirs."""
    wanted = set(keys)
    found = list(visible_values(scope).filter(pk__in=wanted).order_by("pk"))
    if len(found) != len(wanted):
        raise NotFound(_("There is no such value, or it lies outside what you may see."), field="ids")
    return found


def visible_months(scope: Scope) -> QuerySet[KpiMonth]:
    """Rolled-up months of departments whose figures the person may see."""
    if not scope.may("kpis.view"):
        return KpiMonth.objects.none()
    if scope.is_company:
        return KpiMonth.objects.all()
    seen = visible_departments(scope).values("pk")
    return KpiMonth.objects.filter(department__in=seen, kpi__in=visible_kpis(scope).values("pk"))
