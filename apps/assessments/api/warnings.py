"""How personal parts were given, and grades above what is recommended, for other systems: warnings, never in the way."""

from dataclasses import asdict
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.assessments.api.periods import month_begun
from apps.assessments.api.registers import RatingCheckSerializer, StandardisedPartSerializer, check_values
from apps.assessments.api.shapes import POINTS, ScoreDepartmentSerializer
from apps.assessments.selectors.appraisers import appraisers_in, people_warning, standardised_parts_in
from apps.assessments.selectors.board import grade_counts, too_many
from apps.assessments.selectors.scores import run_for
from apps.core.errors import NotFound
from apps.core.http.api import ApiView
from apps.core.http.fields import MonthField
from apps.core.http.queries import asked, scope_of
from apps.core.rounding import round_half_up


class WarningsQuery(serializers.Serializer[Any]):
    """Which month."""

    month = MonthField(help_text="YYYY-MM")


class AppraiserCheckSerializer(RatingCheckSerializer):
    """How one person gave personal parts; halo is null: there is one criterion."""

    apart = serializers.DecimalField(
        **POINTS, help_text="Mean distance from what the others gave their people; null where leniency is known."
    )


class AppraiserChecksApi(ApiView):
    """Signs that somebody gives personal parts otherwise than the others."""

    capability: ClassVar[str] = "assessments.compute"

    @extend_schema(
        operation_id="appraiser_checks",
        summary="Compare who gave personal parts in a month",
        parameters=[WarningsQuery],
        responses=AppraiserCheckSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Nothing follows from them by itself."""
        month = month_begun(asked(request, WarningsQuery)["month"], "month")
        checks, names = appraisers_in(scope_of(request), month)
        return Response(
            [
                {**check_values(one, names), "apart": None if one.apart is None else str(round_half_up(one.apart, 2))}
                for one in checks
            ]
        )


class StandardisedPartsApi(ApiView):
    """Personal parts on one scale for all who give them."""

    capability: ClassVar[str] = "assessments.compute"

    @extend_schema(
        operation_id="appraisals_standardised",
        summary="Personal parts of a month on one scale",
        parameters=[WarningsQuery],
        responses=StandardisedPartSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Moved to the mean and spread of all, beside what was given: for discussion, no points come from it."""
        month = month_begun(asked(request, WarningsQuery)["month"], "month")
        shape = StandardisedPartSerializer()
        return Response([shape.to_representation(line) for line in standardised_parts_in(scope_of(request), month)])


class TooManySerializer(serializers.Serializer[Any]):
    """More have a grade than is recommended."""

    grade = serializers.CharField()
    count = serializers.IntegerField()
    most = serializers.IntegerField()
    pct = serializers.DecimalField(max_digits=5, decimal_places=2, help_text="The recommended share, percent.")


class GroupTooManySerializer(serializers.Serializer[Any]):
    """A department more of whose people have it than is recommended."""

    department = ScoreDepartmentSerializer()
    grade = serializers.CharField()
    size = serializers.IntegerField(help_text="People with a grade.")
    count = serializers.IntegerField()
    most = serializers.IntegerField()


class GradeWarningsSerializer(serializers.Serializer[Any]):
    """Where grades went to more than the rules recommend; empty: nowhere. Nothing is held back by it."""

    version = serializers.IntegerField(help_text="Of the month.")
    departments = TooManySerializer(many=True)
    people = TooManySerializer(many=True)
    groups = GroupTooManySerializer(many=True)


class GradeWarningsApi(ApiView):
    """The recommended distribution of grades, as a warning."""

    capability: ClassVar[str] = "assessments.view_drafts"

    @extend_schema(
        operation_id="grade_warnings",
        summary="Grades above what is recommended",
        parameters=[WarningsQuery],
        responses=GradeWarningsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Of the version that is worked on, else of the published one."""
        month = month_begun(asked(request, WarningsQuery)["month"], "month")
        run = run_for(scope_of(request), month)
        if run is None:
            raise NotFound(_("This month has not been worked out yet. Ask again once it has."), field="month")
        people = people_warning(run)
        body = {
            "version": run.version,
            "departments": [asdict(one) for one in too_many(run, grade_counts(run))],
            "people": [asdict(one) for one in people.whole],
            "groups": [
                {
                    "department": {"id": one.department, "code": one.code, "name": one.name},
                    "grade": one.grade,
                    "size": one.size,
                    "count": one.count,
                    "most": one.most,
                }
                for one in people.groups
            ],
        }
        return Response(body)
