"""How good earlier forecasts were, by KPI and by department, for other systems: what the pages of the same name tell."""

from collections.abc import Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.core.http.api import ApiFrame
from apps.core.http.queries import asked, scope_of
from apps.core.scope import Scope
from apps.forecasts.api.frame import IssueQuery, issue_asked
from apps.forecasts.api.shapes import VERDICT, VERDICTS, NamedSerializer, OwnRecordSerializer
from apps.forecasts.models import ForecastIssue, SeriesForecast
from apps.forecasts.rules.ahead import record_of
from apps.forecasts.selectors.honesty import JudgedOverride, accuracy_by_department, accuracy_by_kpi, judged_until

SCALED = (
    "Mean absolute error, each divided by the usual change from month to month of its series; null: no such change."
)


class RecordSerializer(serializers.Serializer[Any]):
    """Our forecasts beside the two plain ones, as known when the issue was made."""

    series = serializers.IntegerField(help_text="Series with a forecast that has come due.")
    plain = serializers.IntegerField(help_text="For how many of them a plain forecast came closer and is used.")
    judged = serializers.IntegerField(help_text="Forecasts judged.")
    error = serializers.FloatField(allow_null=True, help_text=SCALED)
    naive_error = serializers.FloatField(allow_null=True, help_text="The same of “same as last month”.")
    seasonal_error = serializers.FloatField(allow_null=True, help_text="The same of “same as last year”.")
    in80_count = serializers.IntegerField(help_text="How many came inside the 80 % range.")
    in95_count = serializers.IntegerField()
    verdict = serializers.ChoiceField(choices=VERDICTS, help_text=VERDICT)
    own_figures = OwnRecordSerializer(help_text="People's own figures beside them.")


class KpiRecordSerializer(RecordSerializer):
    """The record of a KPI over all departments the caller sees."""

    kpi = NamedSerializer()


class DepartmentRecordSerializer(RecordSerializer):
    """The record of all series of a department."""

    department = NamedSerializer()


def record_from(row: dict[str, Any], about: str, own: Sequence[JudgedOverride]) -> dict[str, Any]:
    """A row of the selectors as plain values; ABOUT: kpi or department. OWN: the own figures that were judged of it."""
    return {
        about: {"id": row[f"{about}_id"], "code": row[f"{about}__code"], "name": row[f"{about}__name"]},
        **{name: row[name] for name in ("series", "plain", "judged", "error")},
        "naive_error": row["naive"],
        "seasonal_error": row["seasonal"],
        "in80_count": row["in80"],
        "in95_count": row["in95"],
        "verdict": record_of(row).verdict,
        "own_figures": OwnRecordSerializer().to_representation(own),
    }


class KpiAccuracyApi(ApiFrame, GenericViewSet[Any]):
    """Accuracy of forecasts by KPI."""

    capability: ClassVar[str] = "forecasts.view"
    serializer_class: type[RecordSerializer] = KpiRecordSerializer
    ordering: ClassVar[tuple[str, ...]] = ("kpi_id",)
    about = "kpi"

    def get_queryset(self) -> Any:
        return SeriesForecast.objects.none()

    @extend_schema(summary="List accuracy by KPI", parameters=[IssueQuery])
    def list(self, request: Request) -> Response:
        """By id of the KPI; of what the caller sees, as known to the newest issue that counts unless another is asked."""
        scope = scope_of(request)
        issue = issue_asked(scope, asked(request, IssueQuery))
        return self.answer(accuracy_by_kpi(scope, issue), scope, issue)

    def answer(self, rows: Any, scope: Scope, issue: ForecastIssue) -> Response:
        """A page of records."""
        page: Any = self.paginate_queryset(rows)
        own: dict[Any, list[JudgedOverride]] = {}
        for one in judged_until(scope, issue):
            own.setdefault(getattr(one.override, f"{self.about}_id"), []).append(one)
        return self.get_paginated_response(
            [record_from(row, self.about, own.get(row[f"{self.about}_id"], ())) for row in page]
        )


class DepartmentAccuracyApi(KpiAccuracyApi):
    """Accuracy of forecasts by department."""

    serializer_class = DepartmentRecordSerializer
    ordering = ("department_id",)
    about = "department"

    @extend_schema(summary="List accuracy by department", parameters=[IssueQuery])
    def list(self, request: Request) -> Response:
        """By id of the department; of what the caller sees, as known to the newest issue that counts unless another is
        asked for."""
        scope = scope_of(request)
        issue = issue_asked(scope, asked(request, IssueQuery))
        return self.answer(accuracy_by_department(scope, issue), scope, issue)
