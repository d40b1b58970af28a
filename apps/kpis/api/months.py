"""Months as pages show them: rolled up, to date, against the target. One statement a page."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.core.http.api import ApiFrame
from apps.core.http.cursors import KeyPages
from apps.core.http.queries import asked, scope_of
from apps.kpis import selectors
from apps.kpis.api.frame import MonthsQuery, departments_asked, kpis_asked
from apps.kpis.api.shapes import MONTH_COLUMNS, KpiMonthSerializer


class KpiMonthApi(ApiFrame, GenericViewSet[Any]):
    """What each KPI came to by department and month, for departments in the caller's scope."""

    capability: ClassVar[str] = "kpis.view"
    serializer_class = KpiMonthSerializer
    pagination_class = KeyPages
    ordering: ClassVar[tuple[str, ...]] = ("kpi_id", "department_id", "month")

    def get_queryset(self) -> Any:
        return selectors.visible_months(scope_of(self.request))

    @extend_schema(summary="List months", parameters=[MonthsQuery])
    def list(self, request: Request) -> Response:
        """By KPI, department and month. A month for which nothing was reported has no row."""
        given, scope, rows = asked(request, MonthsQuery), scope_of(request), self.get_queryset()
        if "kpi" in given:
            rows = rows.filter(kpi__in=kpis_asked(scope, given["kpi"]))
        if "department" in given:
            rows = rows.filter(department__in=departments_asked(scope, given["department"]))
        names = {"since": "month__gte", "until": "month__lte", "status": "status"}
        rows = rows.filter(**{lookup: given[name] for name, lookup in names.items() if name in given})
        page: Any = self.paginate_queryset(rows.values(*MONTH_COLUMNS))
        shape = KpiMonthSerializer()
        return self.get_paginated_response([shape.to_representation(row) for row in page])
