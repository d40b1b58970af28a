"""Issues, series and accuracy for other systems. A new issue is asked for here; none is ever changed."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.accounts.http.access import acting_user
from apps.core.clock import now
from apps.core.http.api import ApiFrame, ApiView, ScopedReadView
from apps.core.http.cursors import KeyPages
from apps.core.http.fields import MonthField
from apps.core.http.queries import asked, cleaned, scope_of
from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.api.frame import IssueQuery, IssuesQuery, SeriesQuery, issue_asked, month_ahead, narrowed
from apps.forecasts.api.shapes import (
    AccuracySerializer,
    ForecastAccuracySerializer,
    ForecastIssueSerializer,
    OwnRecordSerializer,
    PeriodAccuracySerializer,
    SeriesSerializer,
)
from apps.forecasts.models import SeriesForecast
from apps.forecasts.selectors import visible_issues, visible_series
from apps.forecasts.selectors.honesty import ends, horizons, judged_until
from apps.forecasts.selectors.series import targets_from
from apps.jobs.http.idempotency import idempotent

VIEW, ISSUE = "forecasts.view", "forecasts.issue"


class IssueInput(serializers.Serializer[Any]):
    """Which month is foretold from."""

    month = MonthField(help_text="The last known month, YYYY-MM. It has to be over.")
    reason = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=500, help_text="Why a month is issued again."
    )


class ForecastJobSerializer(serializers.Serializer[Any]):
    """The job that makes a forecast."""

    job = serializers.IntegerField()
    month = serializers.CharField(help_text="YYYY-MM")
    state = serializers.CharField()


class ForecastIssueApi(ScopedReadView):
    """Issues of the forecast, every version of every month."""

    capability: ClassVar[str | Mapping[str, str]] = {"GET": VIEW, "POST": ISSUE}
    serializer_class = ForecastIssueSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return visible_issues(scope_of(request))

    @extend_schema(summary="List issues of the forecast", parameters=[IssuesQuery])
    def list(self, request: Request) -> Response:
        """By id: the oldest first."""
        given = asked(request, IssuesQuery)
        page = self.paginate_queryset(self.rows(request).filter(**given))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Issue a forecast", request=IssueInput, responses={202: ForecastJobSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """As a job: another version where something it rests on has changed, else none. 422 asks for a reason where the
        month has a forecast already, and names a month that is not over."""
        given = cleaned(request, IssueInput)
        month = month_ahead(given["month"])
        job = services.request_issue(month=month, by=acting_user(request), now=now(), reason=given["reason"])
        return Response({"job": job.pk, "month": str(month), "state": job.state}, status=202)


class SeriesApi(ApiFrame, GenericViewSet[Any]):
    """What an issue foretells, of departments in the caller's scope."""

    capability: ClassVar[str] = VIEW
    serializer_class = SeriesSerializer
    pagination_class = KeyPages
    ordering: ClassVar[tuple[str, ...]] = ("department_id", "kind", "kpi_key")

    def get_queryset(self) -> Any:
        return SeriesForecast.objects.none()

    @extend_schema(summary="List series of an issue", parameters=[SeriesQuery])
    def list(self, request: Request) -> Response:
        """By department, kind and KPI; of the newest issue that counts unless another is asked for."""
        given, scope = asked(request, SeriesQuery), scope_of(request)
        issue = issue_asked(scope, given)
        rows = narrowed(
            visible_series(scope, issue).select_related("issue", "department", "kpi__definition"), given, scope
        )
        page: Any = self.paginate_queryset(rows)
        shape = SeriesSerializer(context={"target_from": targets_from(scope, page, Month.of(issue.month))})
        return self.get_paginated_response([shape.to_representation(row) for row in page])


class ForecastAccuracyApi(ApiView):
    """How good earlier forecasts were."""

    capability: ClassVar[str] = VIEW

    @extend_schema(
        operation_id="forecast_accuracy",
        summary="Read how good earlier forecasts were",
        parameters=[IssueQuery],
        responses=ForecastAccuracySerializer,
    )
    def get(self, request: Request) -> Response:
        """By kind and months ahead, of the whole company, as known when the issue was made; the newest unless asked."""
        given, scope = asked(request, IssueQuery), scope_of(request)
        issue = issue_asked(scope, given)
        shape, periods = AccuracySerializer(), PeriodAccuracySerializer()
        body = {
            "issue": ForecastIssueSerializer().to_representation(issue),
            "horizons": [shape.to_representation(row) for row in horizons(scope, issue)],
            "periods": [periods.to_representation(row) for row in ends(scope, issue)],
            "own_figures": OwnRecordSerializer().to_representation(judged_until(scope, issue)),
        }
        return Response(body)
