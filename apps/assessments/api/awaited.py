"""What a month still waits for, and whose it is, for other systems."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.assessments.api.shapes import ScoreDepartmentSerializer
from apps.assessments.selectors.awaiting import (
    AwaitedLine,
    awaited_lines,
    is_untouched,
    judged_departments,
    whose_lines,
)
from apps.assessments.selectors.blocking import What
from apps.assessments.selectors.misfits import is_misfit
from apps.assessments.services.foreseeing import foreseen_lines
from apps.assessments.services.misfits import fault_words
from apps.assessments.services.registers import require_scheme
from apps.core.clock import now, today
from apps.core.http.api import ApiFrame
from apps.core.http.cursors import KeyPages
from apps.core.http.fields import MonthField
from apps.core.http.queries import asked, scope_of
from apps.core.month import Month
from apps.core.scope import Scope
from apps.staff.models import Person

WHAT_CHOICES = [
    (What.VALUE.value, "The value of a KPI"),
    (What.ENTRY.value, "What the department reports: counts of events, milestones"),
    (What.RATINGS.value, "Ratings"),
    (What.PARTS.value, "Values of the KPIs of a composite"),
    (What.TARGET.value, "The target of a KPI in the month"),
    (What.RULE.value, "A rule that fits: see `fault`"),
    (What.CARD.value, "Weights or a veto that fit, where no line is at fault: see `fault`"),
]


class AwaitedQuery(serializers.Serializer[Any]):
    """Of which month."""

    month = MonthField(help_text="YYYY-MM")


class AwaitedPersonSerializer(serializers.Serializer[Any]):
    """Who heads the department, or who answers for the KPI."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()


class AwaitedRaterSerializer(serializers.Serializer[Any]):
    """The account of a rater."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()


class AwaitedIndicatorSerializer(serializers.Serializer[Any]):
    """An indicator in short."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class AwaitedPartSerializer(serializers.Serializer[Any]):
    """A KPI of a composite that has no target in the month."""

    kpi = serializers.IntegerField()
    name = serializers.CharField()
    owner = AwaitedPersonSerializer(allow_null=True, help_text="Who answers for it; null: nobody, the COO sets it.")


class AwaitedSerializer(serializers.Serializer[Any]):
    """Something that is awaited."""

    department = ScoreDepartmentSerializer()
    indicator = AwaitedIndicatorSerializer(allow_null=True, help_text="null: the department as a whole.")
    what = serializers.ChoiceField(choices=WHAT_CHOICES)
    kpi = serializers.IntegerField(
        allow_null=True, help_text="Whose value or target is awaited; null: of no KPI, or of those in `parts`."
    )
    missing = serializers.ListField(
        child=serializers.CharField(),
        help_text="Names of silent raters, or of parts without a value or, where that is awaited, a target.",
    )
    parts = AwaitedPartSerializer(many=True, help_text="KPIs of a composite of which a target is awaited.")
    head = AwaitedPersonSerializer(allow_null=True, help_text="Whose it is to report; null: nobody heads it.")
    raters = AwaitedRaterSerializer(many=True, help_text="Whose it is to rate.")
    owner = AwaitedPersonSerializer(
        allow_null=True,
        help_text="Who answers for the KPI, where a target or a rule that fits is awaited; null: nobody, the COO sets it.",
    )
    fault = serializers.CharField(
        help_text="What is wrong where a target or a rule that fits is awaited, or with a department as a whole; else empty."
    )


class AwaitedApi(ApiFrame, GenericViewSet[Any]):
    """What the draft of a month still waits for; a draft with such lines is neither approved nor published."""

    capability: ClassVar[str] = "assessments.view_drafts"
    serializer_class = AwaitedSerializer
    pagination_class = KeyPages
    ordering: tuple[str, ...] = ("department_id", "indicator_id")

    def get_queryset(self) -> Any:
        month = Month.of(asked(self.request, AwaitedQuery)["month"])
        return awaited_lines(scope_of(self.request), month)

    @extend_schema(summary="List what a month waits for", parameters=[AwaitedQuery])
    def list(self, request: Request) -> Response:
        """By department and indicator, as it was when the month was worked out last.

        Before it is worked out for the first time: as it would be now; `limit` then counts the departments that are looked
        at, so a page may hold more or fewer. 422 where no approved scheme is in force: nothing can be awaited yet.
        """
        scope, month = scope_of(request), Month.of(asked(request, AwaitedQuery)["month"])
        if is_untouched(scope, month):
            return self.foreseen(scope, month)
        page: Any = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([as_values(row) for row in whose_lines(page, today())])

    def foreseen(self, scope: Scope, month: Month) -> Response:
        """The same of a month that was never worked out."""
        require_scheme(month)
        self.ordering = ("department_id",)
        places: Any = self.paginate_queryset(judged_departments(scope, month))
        lines = foreseen_lines(month=month, places=places, at=now())
        return self.get_paginated_response([as_values(row) for row in whose_lines(lines, today())])


def as_values(row: AwaitedLine) -> dict[str, Any]:
    """One of them as plain values."""
    department, indicator = row.line.department, row.line.indicator
    is_whole = row.awaited.what is What.CARD
    return {
        "department": {"id": department.pk, "code": department.code, "name": department.name},
        "indicator": None if is_whole else {"id": indicator.pk, "code": indicator.code, "name": indicator.name},
        "what": row.awaited.what.value,
        "kpi": row.awaited.kpi,
        "missing": list(row.awaited.missing),
        "parts": [
            {"kpi": part.kpi, "name": part.name, "owner": person_values(part.owner)} for part in row.awaited.parts
        ],
        "head": person_values(row.head),
        "raters": [{"id": user.pk, "name": user.name, "email": user.email} for user in row.raters],
        "owner": person_values(row.owner),
        "fault": row.awaited.fault or (fault_words(row.line, row.awaited.parts) if is_misfit(row.line) else ""),
    }


def person_values(person: Person | None) -> dict[str, Any] | None:
    """Somebody as plain values."""
    return {"id": person.pk, "number": person.number, "name": person.name} if person else None
