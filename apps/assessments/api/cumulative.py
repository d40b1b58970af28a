"""Departments' quarters and years on cumulative values, for other systems: an address of its own."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.assessments.api.periods import PeriodScoresQuery, month_begun
from apps.assessments.api.shapes import POINTS, ScoreDepartmentSerializer
from apps.assessments.selectors.cumulative import cumulative_scores
from apps.assessments.selectors.stretches import stretch_line
from apps.core.http.api import ApiView
from apps.core.http.queries import asked, scope_of
from apps.core.month import Month


class CumulativeScoreSerializer(serializers.Serializer[Any]):
    """A department's scorecard before difficulty, bonuses and deductions, on both bases."""

    department = ScoreDepartmentSerializer()
    score = serializers.DecimalField(**POINTS, help_text="On cumulative values; null: nothing can be said.")
    months_mean = serializers.DecimalField(**POINTS, help_text="Mean of the months' scorecards.")
    difference = serializers.DecimalField(**POINTS)
    summed_count = serializers.IntegerField(help_text="Indicators judged by the sum of their values.")
    line_count = serializers.IntegerField()


class CumulativeScoresSerializer(serializers.Serializer[Any]):
    """A quarter or year with its departments."""

    kind = serializers.CharField(help_text="quarter or year")
    name = serializers.CharField()
    published_months = serializers.ListField(child=serializers.CharField(), help_text="YYYY-MM")
    scores = CumulativeScoreSerializer(many=True)


class CumulativeScoresApi(ApiView):
    """Quarters and fiscal years on cumulative values. For comparison; where the rules blend years, a part of their score."""

    capability: ClassVar[str] = "assessments.view"

    @extend_schema(
        operation_id="cumulative_scores",
        summary="A quarter or year on cumulative values",
        parameters=[PeriodScoresQuery],
        responses=CumulativeScoresSerializer,
    )
    def get(self, request: Request) -> Response:
        """The departments in the caller's reach, by name; what adds up over time is judged by its sum."""
        given, scope = asked(request, PeriodScoresQuery), scope_of(request)
        line = stretch_line(scope, given["kind"], month_begun(given["first_month"], "first_month"))
        body = {
            "kind": line.stretch.kind,
            "name": line.name,
            "published_months": [str(Month.of(run.month)) for run in line.published],
            "scores": [
                {
                    "department": {"id": one.department, "code": one.code, "name": one.name},
                    "score": one.score,
                    "months_mean": one.months_mean,
                    "difference": one.difference,
                    "summed_count": one.summed_count,
                    "line_count": one.line_count,
                }
                for one in cumulative_scores(scope, line)
            ],
        }
        return Response(CumulativeScoresSerializer(body).data)
