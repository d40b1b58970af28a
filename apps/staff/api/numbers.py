"""Headcount in numbers: the plan, and the movement statement."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.core.clock import today
from apps.core.http.api import ApiView, ScopedReadView
from apps.core.month import Month
from apps.departments.selectors import department_for, subtree_ids
from apps.jobs.http.idempotency import idempotent
from apps.staff import selectors, services
from apps.staff.api.frame import PlanQuery, StatementQuery, asked, scope_of
from apps.staff.api.shapes import PlanCellSerializer, PlanChangeSerializer, PlanInput, StatementSerializer
from apps.staff.services import PlanCell


class HeadcountPlanApi(ScopedReadView):
    """Planned heads by department and month."""

    capability: ClassVar[str | Mapping[str, str]] = {"GET": "staff.view_headcount", "POST": "staff.plan_headcount"}
    serializer_class = PlanCellSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return selectors.visible_plans(scope_of(request))

    @extend_schema(summary="List planned heads", parameters=[PlanQuery])
    def list(self, request: Request) -> Response:
        """Cells in the order they were made."""
        given, rows = asked(request, PlanQuery), self.rows(request)
        if "department" in given:
            branch = subtree_ids(department_for(scope_of(request), given["department"]), today())
            rows = rows.filter(department__in=branch)
        if "since" in given:
            rows = rows.filter(month__gte=given["since"].replace(day=1))
        if "until" in given:
            rows = rows.filter(month__lte=given["until"])
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Plan heads", request=PlanInput, responses={200: PlanChangeSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Set cells; those that say what is stored change nothing, null takes a cell away. All are stored or none."""
        given = PlanInput(data=request.data)
        given.is_valid(raise_exception=True)
        cells = [
            PlanCell(cell["department"], Month.of(cell["month"]), cell["planned"])
            for cell in given.validated_data["cells"]
        ]
        done = services.plan_headcount(
            cells=cells,
            scope=scope_of(request),
            reason=given.validated_data["reason"],
            by=acting_user(request),
        )
        return Response(asdict(done))


class HeadcountApi(ApiView):
    """The movement statement."""

    capability: ClassVar[str] = "staff.view_headcount"

    @extend_schema(
        operation_id="headcount_statement",
        summary="Movement statement",
        parameters=[StatementQuery],
        responses=StatementSerializer,
    )
    def get(self, request: Request) -> Response:
        """Opening + joiners + transfers in - leavers - transfers out = closing, month by month, of a branch or of all the
        caller sees; with turnover, stability and full-time equivalents."""
        given, scope = asked(request, StatementQuery), scope_of(request)
        last = Month.parse(given["month"]) if "month" in given else Month.of(today())
        department = department_for(scope, given["department"]) if "department" in given else None
        found = selectors.statement(scope=scope, first=last.plus(1 - given["months"]), last=last, department=department)
        body = {
            "months": [{"month": str(row.month), **asdict(row.count), "planned": row.planned} for row in found.months],
            "measured_closing": found.measured_closing,
            "is_balanced": found.is_balanced,
            "average_headcount": found.turnover.average_headcount,
            "turnover_pct": found.turnover.rate_pct,
            "voluntary_turnover_pct": found.voluntary.rate_pct,
            "stability_pct": found.stability_pct,
            "full_time_equivalents": found.full_time_equivalents,
        }
        return Response(StatementSerializer(body).data)
