"""The register of bonus claims, deductions, vetoes and exemptions for other systems."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.assessments.api.bodies import departments_named
from apps.assessments.api.frame import month_word
from apps.assessments.api.registers import (
    AdjustmentInput,
    AdjustmentSerializer,
    AdjustmentsQuery,
    LiftInput,
    RuledAdjustmentSerializer,
    RulingInput,
)
from apps.assessments.models import Adjustment
from apps.assessments.selectors.adjustments import adjustment_for, months_to_revise, visible_adjustments
from apps.assessments.services.adjusting import (
    Event,
    confirm_adjustment,
    propose_adjustment,
    refuse_adjustment,
    withdraw_adjustment,
)
from apps.assessments.services.lateness import with_lateness
from apps.assessments.services.lifting import Lift, lift_adjustment
from apps.core.clock import now
from apps.core.http.api import ScopedReadView
from apps.core.http.queries import asked, cleaned, scope_of
from apps.core.month import Month
from apps.departments.selectors import departments_asked
from apps.jobs.http.idempotency import idempotent

CONFIRM, PROPOSE = "assessments.confirm", "assessments.propose"


class AdjustmentApi(ScopedReadView):
    """What stands beside the hundred points: of departments in the caller's reach, and what the caller proposed."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": "assessments.view_schemes",
        "POST": PROPOSE,
        "confirm": CONFIRM,
        "lift": CONFIRM,
        "refuse": CONFIRM,
        "withdraw": PROPOSE,
    }
    serializer_class = AdjustmentSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return visible_adjustments(scope_of(request))

    @extend_schema(summary="List the register", parameters=[AdjustmentsQuery])
    def list(self, request: Request) -> Response:
        """By id: the oldest first."""
        given, rows = asked(request, AdjustmentsQuery), self.rows(request)
        if "department" in given:
            rows = rows.filter(department__in=departments_asked(scope_of(request), given["department"]))
        if "month" in given:
            rows = rows.filter(month__lte=given["month"], last_month__gte=given["month"])
        page = self.paginate_queryset(rows.filter(**{key: given[key] for key in ("kind", "state") if key in given}))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Propose", request=AdjustmentInput, responses={201: RuledAdjustmentSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Put an event into the register. It counts once somebody else has confirmed it."""
        given, scope = cleaned(request, AdjustmentInput), scope_of(request)
        last = given.get("last_month")
        event = Event(
            code=given["item"],
            month=Month.of(given["month"]),
            last_month=Month.of(last) if last else None,
            department=departments_named({given["department"]}, scope)[given["department"]],
            happened_on=given.get("happened_on"),
            **{name: given[name] for name in ("kind", "evidence", "name", "count")},
        )
        at = now()
        event = with_lateness(event, due_at=given.get("due_at"), submitted_at=given.get("submitted_at"), now=at)
        made = propose_adjustment(event=event, scope=scope, by=acting_user(request), now=at)
        return self.answer(request, made, status=201)

    @extend_schema(summary="Confirm a proposal", request=RulingInput, responses=RuledAdjustmentSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def confirm(self, request: Request, **kwargs: Any) -> Response:
        """Let it count. Not by whoever proposed it, nor by those it hits: those who lead or belong to the department, or
        to one above it that a veto of the line hits too; the GM decides then."""
        row, given = self.get_object(), cleaned(request, RulingInput)
        confirm_adjustment(adjustment=row, ruling=given["ruling"], by=acting_user(request), now=now())
        return self.answer(request, row)

    @extend_schema(summary="Refuse a proposal", request=RulingInput, responses=RuledAdjustmentSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def refuse(self, request: Request, **kwargs: Any) -> Response:
        """Turn it down, with the reason."""
        row, given = self.get_object(), cleaned(request, RulingInput)
        refuse_adjustment(adjustment=row, ruling=given["ruling"], by=acting_user(request), now=now())
        return self.answer(request, row)

    @extend_schema(summary="Lift what is confirmed", request=LiftInput, responses=RuledAdjustmentSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def lift(self, request: Request, **kwargs: Any) -> Response:
        """From a month on, with reason and evidence, by those who might have confirmed it. 409 where it does not count."""
        row, given = self.get_object(), cleaned(request, LiftInput)
        lift = Lift(Month.of(given["from_month"]), given["reason"], given["evidence"])
        lift_adjustment(adjustment=row, lift=lift, by=acting_user(request), now=now())
        return self.answer(request, row)

    @extend_schema(summary="Take a proposal back", request=RulingInput, responses=RuledAdjustmentSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, **kwargs: Any) -> Response:
        """By whoever proposed it, before it is decided."""
        row, given = self.get_object(), cleaned(request, RulingInput)
        withdraw_adjustment(adjustment=row, reason=given["ruling"], by=acting_user(request), now=now())
        return self.answer(request, row)

    def answer(self, request: Request, adjustment: Adjustment, *, status: int = 200) -> Response:
        """The event as it now is, with the published months that need a revision."""
        row = adjustment_for(scope_of(request), adjustment.pk)
        months = months_to_revise(row) if row.state in {"proposed", "confirmed"} else []
        body = {**AdjustmentSerializer(row).data, "revisions": [month_word(month.first_day) for month in months]}
        return Response(body, status=status)
