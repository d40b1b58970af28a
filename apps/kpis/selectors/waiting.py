"""Values that wait for approval."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from apps.core.scope import Scope
from apps.departments.selectors import visible_departments
from apps.kpis.choices import ValueState
from apps.kpis.models import KpiValue
from apps.kpis.selectors.eras import alike_since, measured_since, versions_of

Place = tuple[int, Any]
"""Series and month."""


def waiting_values(scope: Scope) -> QuerySet[KpiValue]:
    """Values of the scope's departments that wait, the oldest first; none for those who may not approve."""
    if not scope.may("kpis.approve"):
        return KpiValue.objects.none()
    return (
        KpiValue.objects.filter(state=ValueState.WAITING, series__department__in=visible_departments(scope))
        .select_related("series__kpi__definition", "series__department", "entered_by")
        .order_by("entered_at", "pk")
    )


def known_count(scope: Scope, keys: Iterable[int]) -> int:
    """How many of these values, in whatever state, belong to departments of the scope."""
    return KpiValue.objects.filter(pk__in=list(keys), series__department__in=visible_departments(scope)).count()


def values_in_force(rows: Sequence[KpiValue]) -> dict[Place, KpiValue]:
    """Series and month → what counts there now. One query."""
    wanted = Q(pk__in=[])
    for row in rows:
        wanted |= Q(series=row.series_id, month=row.month)
    return {(row.series_id, row.month): row for row in KpiValue.objects.current().filter(wanted)}


def numbers_before(rows: Sequence[KpiValue], *, months: int = 24) -> dict[Place, list[KpiValue]]:
    """Series and month → the numbers in force of the months before, the oldest first; none of months that were measured
    otherwise. Two queries."""
    versions = versions_of(row.series.kpi_id for row in rows)
    found = (
        KpiValue.objects.current()
        .filter(series__in={row.series_id for row in rows}, value__isnull=False)
        .order_by("month")
        .only("series", "month", "value", "denominator")
    )
    by_series: dict[int, list[KpiValue]] = {}
    for value in found:
        by_series.setdefault(value.series_id, []).append(value)
    return {
        (row.series_id, row.month): alike_since(
            measured_since(versions, row.series.kpi_id, row.month),
            (one for one in by_series.get(row.series_id, ()) if one.month < row.month),
        )[-months:]
        for row in rows
    }
