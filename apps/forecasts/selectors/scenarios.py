"""What people tried out beside the forecast. Kept apart: nothing else reads it."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.core.scope import Scope
from apps.departments.selectors import visible_departments
from apps.forecasts.choices import SubjectKind
from apps.forecasts.models import Scenario
from apps.forecasts.selectors.issues import Subject
from apps.kpis.selectors import visible_kpis


def visible_scenarios(scope: Scope) -> QuerySet[Scenario]:
    """What ifs about series the person may see."""
    rows = Scenario.objects.select_related("department", "kpi__definition", "made_by")
    if not scope.may("forecasts.view"):
        return rows.none()
    if scope.is_company:
        return rows
    known = Q(kind=SubjectKind.KPI, kpi__in=visible_kpis(scope).values("pk")) | ~Q(kind=SubjectKind.KPI)
    return rows.filter(known, department__in=visible_departments(scope).values("pk"))


def scenarios_of(scope: Scope, subject: Subject) -> list[Scenario]:
    """What was tried of one subject. One query."""
    rows = visible_scenarios(scope).filter(kind=subject.kind, department=subject.department, kpi=subject.kpi)
    return list(rows)


def scenario_for(scope: Scope, pk: int) -> Scenario:
    """One what if; NotFound is the same for what does not exist and what is not theirs."""
    found = visible_scenarios(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such what-if, or it lies outside what you may see."))
    return found
