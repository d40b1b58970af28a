"""People of a month whose score is still awaited, and whose turn it is, for other systems."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.assessments.api.awaited import AwaitedPersonSerializer, AwaitedQuery, AwaitedRaterSerializer
from apps.assessments.api.shapes import ScoreDepartmentSerializer
from apps.assessments.selectors.awaiting_people import AwaitedPerson, awaited_people, whose_people
from apps.assessments.selectors.givers import Giver
from apps.core.clock import today
from apps.core.http.api import ApiFrame
from apps.core.http.cursors import KeyPages
from apps.core.http.queries import asked, scope_of
from apps.core.month import Month

WHAT_PEOPLE_WAIT_FOR = [
    ("personal_part", "The personal part of the score"),
    ("department_score", "The score of a department the person was in"),
]


class PersonalPartGiverSerializer(serializers.Serializer[Any]):
    """Whose turn it is."""

    account = AwaitedRaterSerializer()
    stand_in = AwaitedRaterSerializer(
        allow_null=True, help_text="Who may give it while they are away today; null: nobody, or they are there."
    )


class PersonAwaitedSerializer(serializers.Serializer[Any]):
    """Somebody without a score."""

    person = AwaitedPersonSerializer()
    department = ScoreDepartmentSerializer()
    waits_for = serializers.ChoiceField(choices=WHAT_PEOPLE_WAIT_FOR)
    givers = PersonalPartGiverSerializer(
        many=True, help_text="Whose it is to give the personal part; empty for the score of a department."
    )


class AwaitedPeopleApi(ApiFrame, GenericViewSet[Any]):
    """People of the draft of a month without a score; a draft with such people is not handed in."""

    capability: ClassVar[str] = "assessments.view_drafts"
    serializer_class = PersonAwaitedSerializer
    pagination_class = KeyPages
    ordering: tuple[str, ...] = ("person_id",)

    def get_queryset(self) -> Any:
        month = Month.of(asked(self.request, AwaitedQuery)["month"])
        return awaited_people(scope_of(self.request), month)

    @extend_schema(summary="List the people a month waits for", parameters=[AwaitedQuery])
    def list(self, request: Request) -> Response:
        """As it was when the month was worked out last; nobody before that."""
        page: Any = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([person_values(row) for row in whose_people(page, today())])


def person_values(row: AwaitedPerson) -> dict[str, Any]:
    """One of them as plain values."""
    person, department = row.score.person, row.score.department
    return {
        "person": {"id": person.pk, "number": person.number, "name": person.name},
        "department": {"id": department.pk, "code": department.code, "name": department.name},
        "waits_for": "personal_part" if row.is_part else "department_score",
        "givers": [giver_values(giver) for giver in row.givers],
    }


def giver_values(giver: Giver) -> dict[str, Any]:
    """Whose turn it is, with the stand-in."""
    away = giver.stand_in
    return {
        "account": {"id": giver.user.pk, "name": giver.user.name},
        "stand_in": {"id": away.pk, "name": away.name} if away else None,
    }
