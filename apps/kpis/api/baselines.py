"""Baselines of usual ranges: read, freeze."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.accounts.http.access import acting_user
from apps.core.clock import now
from apps.core.http.api import ApiFrame
from apps.core.http.fields import IdsField
from apps.core.http.queries import asked, cleaned, scope_of
from apps.core.month import Month
from apps.departments.selectors import department_for
from apps.jobs.http.idempotency import idempotent
from apps.kpis import selectors, services
from apps.kpis.api.frame import MonthField, departments_asked, kpis_asked
from apps.kpis.api.shapes import KpiDepartmentSerializer, KpiRefSerializer, short
from apps.kpis.models import KpiBaseline


class BaselinesQuery(serializers.Serializer[Any]):
    """Narrow the baselines."""

    kpi = IdsField(required=False, help_text="Ids of KPIs.")
    department = IdsField(required=False, help_text="Ids of departments.")


class BaselineInput(serializers.Serializer[Any]):
    """Months to be frozen."""

    kpi = serializers.IntegerField(help_text="Id of a KPI.")
    department = serializers.IntegerField(help_text="Id of the department whose figures they are.")
    first = MonthField(help_text="The first month, YYYY-MM.")
    last = MonthField(help_text="The last month, YYYY-MM.")
    reason = serializers.CharField(max_length=500, help_text="Which change was verified.")


class KpiBaselineSerializer(serializers.Serializer[KpiBaseline]):
    """Months that set, or once set, the limits of a usual range. The newest of a KPI and department counts."""

    id = serializers.IntegerField()
    kpi = KpiRefSerializer()
    department = KpiDepartmentSerializer()
    first = serializers.CharField(help_text="YYYY-MM.")
    last = serializers.CharField(help_text="YYYY-MM.")
    reason = serializers.CharField()
    frozen_by = serializers.CharField(allow_null=True)
    frozen_at = serializers.DateTimeField()

    def to_representation(self, instance: KpiBaseline) -> dict[str, Any]:
        """A baseline as plain values."""
        return {
            "id": instance.pk,
            "kpi": short(instance.kpi),
            "department": short(instance.department),
            "first": str(Month.of(instance.first_month)),
            "last": str(Month.of(instance.last_month)),
            "reason": instance.reason,
            "frozen_by": instance.frozen_by.name if instance.frozen_by else None,
            "frozen_at": instance.frozen_at.isoformat(),
        }


class KpiBaselineApi(ApiFrame, GenericViewSet[Any]):
    """From which months usual ranges are drawn."""

    capability: ClassVar[str | Mapping[str, str]] = {"GET": "kpis.view", "POST": "kpis.manage"}
    serializer_class = KpiBaselineSerializer
    ordering: ClassVar[str] = "-pk"

    def get_queryset(self) -> Any:
        return selectors.visible_baselines(scope_of(self.request))

    @extend_schema(summary="List baselines", parameters=[BaselinesQuery])
    def list(self, request: Request) -> Response:
        """The newest first."""
        given, scope, rows = asked(request, BaselinesQuery), scope_of(request), self.get_queryset()
        if "kpi" in given:
            rows = rows.filter(kpi__in=kpis_asked(scope, given["kpi"]))
        if "department" in given:
            rows = rows.filter(department__in=departments_asked(scope, given["department"]))
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Freeze a baseline", request=BaselineInput, responses={201: KpiBaselineSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """The usual range is drawn from these months from now on; former baselines stay on record."""
        given, scope = cleaned(request, BaselineInput), scope_of(request)
        made = services.freeze_baseline(
            kpi=selectors.kpi_for(scope, given["kpi"]),
            department=department_for(scope, given["department"]),
            first=Month.of(given["first"]),
            last=Month.of(given["last"]),
            reason=given["reason"],
            by=acting_user(request),
            now=now(),
        )
        return Response(KpiBaselineSerializer(made).data, status=201)
