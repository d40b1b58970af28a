"""From which months usual ranges are drawn: what counts, and what counted before."""

from django.db.models import Q, QuerySet

from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import visible_departments
from apps.kpis.models import Kpi, KpiBaseline
from apps.kpis.selectors.finding import visible_kpis


def visible_baselines(scope: Scope) -> QuerySet[KpiBaseline]:
    """Every baseline ever frozen, of indicators and departments whose figures the person may see."""
    if not scope.may("kpis.view"):
        return KpiBaseline.objects.none()
    rows = KpiBaseline.objects.select_related("kpi", "department", "frozen_by")
    if scope.is_company:
        return rows
    seen = visible_departments(scope).values("pk")
    return rows.filter(Q(department__in=seen), kpi__in=visible_kpis(scope).values("pk"))


def baseline_on(kpi: Kpi, department: Department, month: Month) -> KpiBaseline | None:
    """The newest baseline that had begun by the month. KPI and DEPARTMENT must come from selectors that took the scope."""
    rows = KpiBaseline.objects.filter(kpi=kpi, department=department, first_month__lte=month.first_day)
    return rows.select_related("frozen_by").order_by("-pk").first()
