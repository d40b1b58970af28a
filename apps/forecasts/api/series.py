"""Issues, series and accuracy for other systems. Read only: an issue is never changed."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.core.http.api import ApiFrame, ApiView, ScopedReadView
from apps.core.http.cursors import KeyPages
from apps.core.http.queries import asked, scope_of
from apps.forecasts.api.frame import IssueQuery, IssuesQuery, SeriesQuery, issue_asked, narrowed
from apps.forecasts.api.shapes import (
    AccuracySerializer,
    ForecastAccuracySerializer,
    ForecastIssueSerializer,
    SeriesSerializer,
)
from apps.forecasts.models import SeriesForecast
from apps.forecasts.selectors import visible_issues, visible_series
from apps.forecasts.selectors.honesty import horizons

VIEW = "forecasts.view"


class ForecastIssueApi(ScopedReadView):
    """Issues of the forecast, every version of every month."""

    capability: ClassVar[str] = VIEW
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
        shape = SeriesSerializer()
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
        shape = AccuracySerializer()
        body = {
            "issue": ForecastIssueSerializer().to_representation(issue),
            "horizons": [shape.to_representation(row) for row in horizons(scope, issue)],
        }
        return Response(body)
