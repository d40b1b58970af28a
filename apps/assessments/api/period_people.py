"""People's scores of quarters and years, for other systems."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.assessments.api.periods import PeriodScoresQuery, month_begun
from apps.assessments.api.shapes import POINTS
from apps.assessments.rules.aggregate import mean_of
from apps.assessments.rules.grades import grade_of
from apps.assessments.selectors.periods import Bands, bands_of, person_periods
from apps.assessments.selectors.stretches import stretch_line
from apps.core.http.api import ApiFrame
from apps.core.http.cursors import KeyPages
from apps.core.http.queries import asked, scope_of


class PeriodPersonRefSerializer(serializers.Serializer[Any]):
    """A person in short."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()


class PeriodPersonSerializer(serializers.Serializer[Any]):
    """A person's quarter or year."""

    person = PeriodPersonRefSerializer()
    score = serializers.DecimalField(**POINTS, help_text="Mean of the months with a score; null: none has one.")
    grade = serializers.CharField()
    months_counted = serializers.IntegerField()
    months_assessed = serializers.IntegerField()


class PeriodPeopleApi(ApiFrame, GenericViewSet[Any]):
    """People's scores of quarters and fiscal years: the caller's own, those of people they lead, or all."""

    capability: ClassVar[str] = "assessments.view"
    serializer_class = PeriodPersonSerializer
    pagination_class = KeyPages
    ordering: tuple[str, ...] = ("person",)

    @extend_schema(summary="List people's scores of a quarter or year", parameters=[PeriodScoresQuery])
    def list(self, request: Request) -> Response:
        """Straight from published months: a year is the mean of its months, not of its quarters. Only the years of
        departments are blended with cumulative values."""
        given, scope = asked(request, PeriodScoresQuery), scope_of(request)
        line = stretch_line(scope, given["kind"], month_begun(given["first_month"], "first_month"))
        page: Any = self.paginate_queryset(person_periods(scope, line))
        bands = bands_of(line)
        return self.get_paginated_response([person_values(row, bands) for row in page])


def person_values(row: Mapping[str, Any], bands: Bands) -> dict[str, Any]:
    """One person as plain values."""
    mean = mean_of(row["sum"], row["counted"]).score
    return {
        "person": {"id": row["person"], "number": row["person__number"], "name": row["person__name"]},
        "score": None if mean is None else str(mean),
        "grade": grade_of(mean, bands) or "",
        "months_counted": row["counted"],
        "months_assessed": row["assessed"],
    }
