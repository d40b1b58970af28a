"""Nominations for other systems."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.assessments import services
from apps.assessments.api.frame import month_word, plain
from apps.assessments.api.shapes import POINTS
from apps.assessments.choices import NominationKind, NominationState
from apps.assessments.models import Nomination
from apps.assessments.selectors.nominations import DECIDE, nomination_for, visible_nominations
from apps.core.clock import now
from apps.core.http.api import ScopedReadView
from apps.core.http.fields import IdsField, MonthField
from apps.core.http.queries import asked, cleaned, scope_of
from apps.jobs.http.idempotency import idempotent


class NominationSerializer(serializers.Serializer[Nomination]):
    """Whom a month's grades single out, and what was decided."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=NominationKind.choices)
    month = serializers.CharField(help_text="YYYY-MM, the month whose grades name them.")
    department = serializers.IntegerField()
    person = serializers.IntegerField(allow_null=True, help_text="Null: the department as a whole.")
    grade = serializers.CharField()
    total = serializers.DecimalField(**POINTS)
    state = serializers.ChoiceField(choices=NominationState.choices)
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.CharField(help_text="Empty: nobody yet.")
    decided_at = serializers.DateTimeField(allow_null=True)
    ruling = serializers.CharField(help_text="The reason of the decision.")
    dropped_at = serializers.DateTimeField(allow_null=True, help_text="When a correction took it back.")

    def to_representation(self, instance: Nomination) -> dict[str, Any]:
        """A nomination as plain values."""
        names = ("kind", "grade", "state", "proposed_at", "decided_at", "ruling", "dropped_at")
        return {
            "id": instance.pk,
            **{name: getattr(instance, name) for name in names},
            "month": month_word(instance.month),
            "department": instance.department_id,
            "person": instance.person_id,
            "total": plain(instance.total),
            "decided_by": instance.decided_by.name if instance.decided_by else "",
        }


class NominationsQuery(serializers.Serializer[Any]):
    """Narrow the nominations."""

    month = MonthField(required=False, help_text="Of this month, YYYY-MM.")
    kind = serializers.ChoiceField(required=False, choices=NominationKind.choices, help_text="Of this kind.")
    state = serializers.ChoiceField(required=False, choices=NominationState.choices, help_text="In this state.")
    person = IdsField(required=False, help_text="Ids of people.")
    department = IdsField(required=False, help_text="Ids of departments.")


class DecideNominationInput(serializers.Serializer[Any]):
    """Why: to decline it, the reason must be there."""

    reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class NominationApi(ScopedReadView):
    """Nominations: all for those who work on rewards, else the accepted ones of the caller and of departments in reach."""

    capability: ClassVar[str | Mapping[str, str]] = {"GET": "assessments.view", "accept": DECIDE, "decline": DECIDE}
    serializer_class = NominationSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return visible_nominations(scope_of(request))

    @extend_schema(summary="List nominations", parameters=[NominationsQuery])
    def list(self, request: Request) -> Response:
        """By id."""
        given = asked(request, NominationsQuery)
        lookups = {
            "month": "month",
            "kind": "kind",
            "state": "state",
            "person": "person__in",
            "department": "department__in",
        }
        rows = self.rows(request).filter(**{lookup: given[name] for name, lookup in lookups.items() if name in given})
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(summary="Accept a nomination", request=DecideNominationInput, responses=NominationSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def accept(self, request: Request, **kwargs: Any) -> Response:
        """Never one's own or that of the department one leads; the COO's only by the GM. 409 where it was decided."""
        return self.decided(request, is_accepted=True)

    @extend_schema(summary="Decline a nomination", request=DecideNominationInput, responses=NominationSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def decline(self, request: Request, **kwargs: Any) -> Response:
        """With the reason. Never one's own or that of the department one leads; the COO's only by the GM."""
        return self.decided(request, is_accepted=False)

    def decided(self, request: Request, *, is_accepted: bool) -> Response:
        """The nomination as it now is."""
        row, given = self.get_object(), cleaned(request, DecideNominationInput)
        services.decide_nomination(
            nomination=row.pk, is_accepted=is_accepted, reason=given["reason"], by=acting_user(request), now=now()
        )
        return Response(self.get_serializer(nomination_for(scope_of(request), row.pk)).data)
