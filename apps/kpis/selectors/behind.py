"""What lies behind the figures of one indicator: every version of every value, definitions, targets, changes."""

from typing import Any

from django.db.models import Q

from apps.core.clock import today
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import subtree_ids, visible_departments
from apps.kpis.models import Kpi, KpiTarget, KpiValue


def reported_values(kpi: Kpi, department: Department) -> Any:
    """Every version of every value reported by the department (from a scoped selector) or, today, below it."""
    branch = {department.pk, *subtree_ids(department, today())}
    rows = KpiValue.objects.filter(series__kpi=kpi, series__department__in=branch)
    return rows.select_related("series__department", "entered_by", "decided_by", "import_run")


def targets_of(kpi: Kpi, scope: Scope) -> list[KpiTarget]:
    """Targets for everybody and for departments the person may see, newest first."""
    mine = Q(department=None) | Q(department__in=visible_departments(scope))
    rows = KpiTarget.objects.filter(mine, kpi=kpi).select_related("department")
    return list(rows.order_by("-valid", "department__name", "pk"))
