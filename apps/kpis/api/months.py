"""Months as pages show them: rolled up, to date, against the target, or which kind of nothing. A few statements a page."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.core.clock import now, today
from apps.core.http.api import ApiFrame
from apps.core.http.cursors import KeyPages
from apps.core.http.queries import asked, scope_of
from apps.core.month import Month
from apps.kpis import selectors
from apps.kpis.api.frame import MonthsQuery, departments_asked, kpis_asked
from apps.kpis.api.shapes import KpiMonthSerializer


class TimetablePages(KeyPages):
    """Pages of a Timetable, which is walked by a statement of its own."""

    def beside(self, rows: Any, position: list[Any] | None, *, is_back: bool) -> Any:
        """A Timetable from the position on, the nearest first; of other rows as ever."""
        if not isinstance(rows, selectors.Timetable):
            return super().beside(rows, position, is_back=is_back)
        return rows.beside(position, is_back=is_back, limit=self.most_rows + 1)


class KpiMonthApi(ApiFrame, GenericViewSet[Any]):
    """What each KPI came to by department and month, for departments in the caller's scope."""

    capability: ClassVar[str] = "kpis.view"
    serializer_class = KpiMonthSerializer
    pagination_class = TimetablePages
    ordering: ClassVar[tuple[str, ...]] = ("kpi_id", "department_id", "month")

    def get_queryset(self) -> Any:
        return selectors.visible_months(scope_of(self.request))

    @extend_schema(summary="List months", parameters=[MonthsQuery])
    def list(self, request: Request) -> Response:
        """By KPI, department and month, from the first month that was reported or to be reported until the present one.

        A month without a figure says in `absence` which kind of nothing it is; one for which nothing was reported has no
        `kind`. With `status` or `reported=true` only months for which something was reported are listed.
        """
        given, scope = asked(request, MonthsQuery), scope_of(request)
        kpis = kpis_asked(scope, given["kpi"]) if "kpi" in given else None
        places = departments_asked(scope, given["department"]) if "department" in given else None
        if given["reported"] or "status" in given:
            rows = self.reported(given, kpis, places)
        else:
            span = {name: given.get(name) for name in ("since", "until")}
            rows = selectors.timetable(scope, kpis=kpis, places=places, **span, current=Month.of(today()))
        page: Any = self.paginate_queryset(rows)
        shape = KpiMonthSerializer()
        told = selectors.with_absences(page, now=now())
        return self.get_paginated_response([shape.to_representation(row) for row in told])

    def reported(self, given: dict[str, Any], kpis: set[int] | None, places: set[int] | None) -> Any:
        """The rows of months for which something was reported."""
        rows = self.get_queryset()
        rows = rows if kpis is None else rows.filter(kpi__in=kpis)
        rows = rows if places is None else rows.filter(department__in=places)
        names = {"since": "month__gte", "until": "month__lte", "status": "status"}
        rows = rows.filter(**{lookup: given[name] for name, lookup in names.items() if name in given})
        return rows.values(*selectors.MONTH_COLUMNS)
