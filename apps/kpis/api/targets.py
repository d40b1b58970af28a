"""Targets: read, set, remove."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.core.clock import now
from apps.core.http.api import ScopedReadView, etag_for, require_match, with_etag
from apps.core.http.queries import asked, cleaned, scope_of
from apps.departments.selectors import department_for
from apps.jobs.http.idempotency import idempotent
from apps.kpis import selectors, services
from apps.kpis.api.bodies import KpiReasonInput, TargetInput
from apps.kpis.api.frame import TargetsQuery, departments_asked, kpis_asked
from apps.kpis.api.shapes import KpiTargetSerializer
from apps.kpis.services import Aim


class KpiTargetApi(ScopedReadView):
    """What should be reached: by everybody who reports a KPI, or by one department."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": "kpis.view",
        "POST": "kpis.manage",
        "DELETE": "kpis.manage",
    }
    serializer_class = KpiTargetSerializer
    ordering = "pk"
    if_match = ("destroy",)

    def rows(self, request: Request) -> Any:
        return selectors.visible_targets(scope_of(request))

    @extend_schema(summary="List targets", parameters=[TargetsQuery])
    def list(self, request: Request) -> Response:
        """Targets in the order they were set."""
        given, scope, rows = asked(request, TargetsQuery), scope_of(request), self.rows(request)
        if "kpi" in given:
            rows = rows.filter(kpi__in=kpis_asked(scope, given["kpi"]))
        if "department" in given:
            rows = rows.filter(department__in=departments_asked(scope, given["department"]))
        if "on" in given:
            rows = rows.filter(valid__contains=given["on"])
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Set a target", request=TargetInput, responses={201: KpiTargetSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """What was aimed at on these days gives way; before and after it stands."""
        given, scope = cleaned(request, TargetInput), scope_of(request)
        department = given["department"]
        made = services.set_target(
            kpi=selectors.kpi_for(scope, given["kpi"]),
            department=None if department is None else department_for(scope, department),
            aim=Aim(**{name: given[name] for name in ("target", "floor", "stretch", "upper")}),
            **{name: given[name] for name in ("first", "until", "reason")},
            by=acting_user(request),
            now=now(),
        )
        made.refresh_from_db()
        return with_etag(Response(KpiTargetSerializer(made).data, status=201), etag_for(made))

    @extend_schema(summary="Remove a target", parameters=[KpiReasonInput], responses={204: None})
    @idempotent
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Nothing is aimed at on these days any more; the history keeps it."""
        row = self.get_object()
        require_match(request, etag_for(row))
        given = asked(request, KpiReasonInput)
        services.remove_target(target=row, reason=given["reason"], by=acting_user(request), now=now())
        return Response(status=204)
