"""Rehearsals for other systems: asked for as a job, read in short and department by department."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.assessments import selectors, services
from apps.assessments.api.frame import month_word
from apps.assessments.api.rehearsed_people import (
    RehearsedPaySerializer,
    RehearsedPeopleQuery,
    RehearsedPersonSerializer,
    RehearsedRoleSerializer,
    pay_values,
    people_values,
)
from apps.assessments.api.shapes import POINTS, SchemeRefSerializer, ScoreDepartmentSerializer, scheme_ref, short
from apps.assessments.choices import RehearsalState
from apps.assessments.models import Rehearsal, RehearsedScore
from apps.assessments.selectors.rehearsals import (
    Counts,
    Outcome,
    outcome_of,
    rehearsal_for,
    rehearsed_scores,
    visible_rehearsals,
)
from apps.assessments.selectors.rehearsed_people import people_outcome, rehearsed_people
from apps.assessments.selectors.rewards import sees_rewards
from apps.core.clock import now
from apps.core.http.api import ScopedReadView
from apps.core.http.fields import MonthField, id_field
from apps.core.http.queries import asked, cleaned, scope_of
from apps.core.month import Month
from apps.jobs.http.idempotency import idempotent

LAST_DAY = date(9998, 12, 1)
"""The last month there is a word for; nothing is published that late."""
COUNTS = ("all", "compared", "rank_up", "rank_same", "rank_down", "grade_changed", "total_changed", "lost", "gained")
COEFFICIENT: dict[str, Any] = {"max_digits": 9, "decimal_places": 4, "allow_null": True}


class RehearsalInput(serializers.Serializer[Any]):
    """Which scheme is tried on which published months."""

    scheme = id_field("Id of the scheme, in whatever state.")
    first_month = MonthField(required=False, help_text="YYYY-MM; left out: the last twelve published months.")
    last_month = MonthField(required=False, help_text="YYYY-MM")


class RehearsalsQuery(serializers.Serializer[Any]):
    """Narrow the rehearsals."""

    scheme = id_field("Of this scheme.", required=False)
    state = serializers.ChoiceField(required=False, choices=RehearsalState.choices, help_text="In this state.")


class RehearsedScoresQuery(serializers.Serializer[Any]):
    """Narrow the rows of a rehearsal."""

    month = MonthField(required=False, help_text="Of this month, YYYY-MM.")


class RehearsalSerializer(serializers.Serializer[Rehearsal]):
    """A rehearsal in short."""

    id = serializers.IntegerField()
    scheme = SchemeRefSerializer()
    first_month = serializers.CharField(help_text="YYYY-MM")
    last_month = serializers.CharField(help_text="YYYY-MM")
    state = serializers.ChoiceField(choices=RehearsalState.choices)
    job = serializers.IntegerField(allow_null=True)
    asked_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField(help_text="Why it could not be done.")

    def to_representation(self, instance: Rehearsal) -> dict[str, Any]:
        """A rehearsal as plain values."""
        return {
            "id": instance.pk,
            "scheme": scheme_ref(instance.scheme),
            "first_month": month_word(instance.first_month),
            "last_month": month_word(instance.last_month),
            "state": instance.state,
            "job": instance.job_id,
            "asked_at": instance.asked_at,
            "done_at": instance.done_at,
            "problem": instance.problem,
        }


class RehearsalCountsSerializer(serializers.Serializer[Any]):
    """Departments' months by what became of them."""

    all = serializers.IntegerField()
    compared = serializers.IntegerField(help_text="With a score before and after.")
    rank_up = serializers.IntegerField()
    rank_same = serializers.IntegerField()
    rank_down = serializers.IntegerField()
    grade_changed = serializers.IntegerField()
    total_changed = serializers.IntegerField()
    lost = serializers.IntegerField(help_text="With a score before and none after.")
    gained = serializers.IntegerField()
    old_mean = serializers.DecimalField(**POINTS)
    new_mean = serializers.DecimalField(**POINTS)


class RehearsedMonthSerializer(serializers.Serializer[Any]):
    """One month."""

    month = serializers.CharField(help_text="YYYY-MM")
    counts = RehearsalCountsSerializer()


class GradeShiftSerializer(serializers.Serializer[Any]):
    """Departments' months with a grade."""

    grade = serializers.CharField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class RehearsalOutcomeSerializer(RehearsalSerializer):
    """A rehearsal with what came of it."""

    is_outdated = serializers.BooleanField(help_text="The scheme was changed since.")
    whole = RehearsalCountsSerializer()
    months = RehearsedMonthSerializer(many=True)
    grades = GradeShiftSerializer(many=True)
    old_coefficient = serializers.DecimalField(
        **COEFFICIENT, help_text="Mean reward coefficient of departments before."
    )
    new_coefficient = serializers.DecimalField(**COEFFICIENT)
    people = RehearsedRoleSerializer(many=True, help_text="People's months by role; empty: neither rules score people.")


class RehearsedScoreSerializer(serializers.Serializer[RehearsedScore]):
    """A department's month before and after; null: no score, an empty status: not in those rules."""

    month = serializers.CharField(help_text="YYYY-MM")
    department = ScoreDepartmentSerializer()
    old_status = serializers.CharField()
    old_total = serializers.DecimalField(**POINTS)
    old_grade = serializers.CharField()
    old_rank = serializers.IntegerField(allow_null=True)
    new_status = serializers.CharField()
    new_total = serializers.DecimalField(**POINTS)
    new_grade = serializers.CharField()
    new_rank = serializers.IntegerField(allow_null=True)
    change = serializers.DecimalField(**POINTS)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """A row of `rehearsed_scores` as plain values."""
        names = ("old_status", "old_grade", "old_rank", "new_status", "new_grade", "new_rank")
        return {
            "month": month_word(instance.month),
            "department": short(instance.department),
            **{name: getattr(instance, name) for name in names},
            **{name: text(getattr(instance, name)) for name in ("old_total", "new_total", "change")},
        }


def text(number: Decimal | None) -> str | None:
    """Points with their places."""
    return None if number is None else str(number)


def counts_values(counts: Counts) -> dict[str, Any]:
    """Counts as plain values."""
    return {
        **{name: getattr(counts, name) for name in COUNTS},
        "old_mean": text(counts.old_mean),
        "new_mean": text(counts.new_mean),
    }


def outcome_values(found: Outcome) -> dict[str, Any]:
    """What came of it as plain values."""
    return {
        "whole": counts_values(found.whole),
        "months": [{"month": month_word(one.month), "counts": counts_values(one.counts)} for one in found.months],
        "grades": [{"grade": one.grade, "before": one.before, "after": one.after} for one in found.grades],
        "old_coefficient": text(found.coefficients.before),
        "new_coefficient": text(found.coefficients.after),
    }


class RehearsalApi(ScopedReadView):
    """What schemes would have made of published months. Nothing in here is a score."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": "assessments.view_drafts",
        "POST": "assessments.rehearse",
        "pay": "assessments.view_rewards",
    }
    serializer_class = RehearsalSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return visible_rehearsals(scope_of(request))

    @extend_schema(summary="List rehearsals", parameters=[RehearsalsQuery])
    def list(self, request: Request) -> Response:
        """The oldest first."""
        given = asked(request, RehearsalsQuery)
        page = self.paginate_queryset(self.rows(request).filter(**given))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Read a rehearsal", responses=RehearsalOutcomeSerializer)
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """In short, month by month, by grades, and what rewards would be multiplied by."""
        row: Rehearsal = self.get_object()
        body = {
            **RehearsalSerializer().to_representation(row),
            "is_outdated": services.content_of(row.scheme) != row.content,
            **outcome_values(outcome_of(scope_of(request), row)),
            "people": people_values(people_outcome(scope_of(request), row)),
        }
        return Response(body)

    @extend_schema(summary="List the rows of a rehearsal", parameters=[RehearsedScoresQuery],
                   responses=RehearsedScoreSerializer(many=True), filters=False)  # fmt: skip
    @action(detail=True, methods=["get"])
    def scores(self, request: Request, **kwargs: Any) -> Response:
        """Every department's month before and after."""
        given = asked(request, RehearsedScoresQuery)
        row = rehearsal_for(scope_of(request), self.get_object().pk)
        page: Any = self.paginate_queryset(rehearsed_scores(scope_of(request), row).filter(**given))
        return self.get_paginated_response(RehearsedScoreSerializer(page, many=True).data)

    @extend_schema(summary="List the people of a rehearsal", parameters=[RehearsedPeopleQuery],
                   responses=RehearsedPersonSerializer(many=True), filters=False)  # fmt: skip
    @action(detail=True, methods=["get"])
    def people(self, request: Request, **kwargs: Any) -> Response:
        """Every person's month before and after; amounts are null for those who may not read rewards."""
        given, scope = asked(request, RehearsedPeopleQuery), scope_of(request)
        row = rehearsal_for(scope, self.get_object().pk)
        page: Any = self.paginate_queryset(rehearsed_people(scope, row).filter(**given))
        shape = RehearsedPersonSerializer(page, many=True, context={"with_amounts": sees_rewards(scope)})
        return self.get_paginated_response(shape.data)

    @extend_schema(summary="Sums of rewards of a rehearsal", responses=RehearsedPaySerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def pay(self, request: Request, **kwargs: Any) -> Response:
        """What the rules pay before and after: the whole company and each department."""
        scope = scope_of(request)
        return Response(pay_values(scope, rehearsal_for(scope, self.get_object().pk)))

    @extend_schema(summary="Rehearse a scheme", request=RehearsalInput, responses={202: RehearsalSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """As a job. 422 names what a draft has to mend first, and a time without published months."""
        given, scope = cleaned(request, RehearsalInput), scope_of(request)
        span = {
            key: Month.of(min(given[name], LAST_DAY))
            for key, name in (("first", "first_month"), ("last", "last_month"))
            if name in given
        }
        made = services.request_rehearsal(
            scheme=selectors.scheme_for(scope, given["scheme"]), by=acting_user(request), now=now(), **span
        )
        return Response(RehearsalSerializer(rehearsal_for(scope, made.pk)).data, status=202)
