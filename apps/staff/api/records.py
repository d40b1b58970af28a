"""Employments, appointments, movements and positions."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.core.clock import now, today
from apps.core.http.api import ScopedReadView, etag_for, with_etag
from apps.departments.selectors import department_for, subtree_ids
from apps.jobs.http.idempotency import idempotent
from apps.staff import selectors, services
from apps.staff.api.frame import MovementQuery, PersonQuery, PlaceQuery, asked, scope_of
from apps.staff.api.shapes import (
    AppointmentSerializer,
    CancelInput,
    ChangeInput,
    EmploymentSerializer,
    EndInput,
    MovementSerializer,
    PositionSerializer,
    position_for,
)
from apps.staff.models import Appointment
from apps.staff.services import Place


class EmploymentApi(ScopedReadView):
    """Spells of employment of the people in the scope."""

    capability: ClassVar[str] = "staff.view"
    serializer_class = EmploymentSerializer
    ordering = "-pk"

    def rows(self, request: Request) -> Any:
        return selectors.visible_employments(scope_of(request))

    @extend_schema(summary="List employments", parameters=[PersonQuery])
    def list(self, request: Request) -> Response:
        """The latest recorded first."""
        given = asked(request, PersonQuery)
        rows = self.rows(request)
        if "person" in given:
            rows = rows.filter(person=given["person"])
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class AppointmentApi(ScopedReadView):
    """Places in the departments of the scope."""

    capability: ClassVar[str | Mapping[str, str]] = {"GET": "staff.view", "POST": "staff.manage"}
    serializer_class = AppointmentSerializer
    ordering = "-pk"

    def rows(self, request: Request) -> Any:
        return selectors.visible_appointments(scope_of(request))

    @extend_schema(summary="List appointments", parameters=[PlaceQuery])
    def list(self, request: Request) -> Response:
        """The latest recorded first."""
        given, rows = asked(request, PlaceQuery), self.rows(request)
        if "person" in given:
            rows = rows.filter(person=given["person"])
        if "department" in given:
            branch = subtree_ids(department_for(scope_of(request), given["department"]), today())
            rows = rows.filter(department__in=branch)
        if "on" in given:
            rows = rows.on(given["on"])
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def answer(self, place: Appointment) -> Response:
        """The appointment under its tag."""
        return with_etag(Response(AppointmentSerializer(place).data), etag_for(place))

    @extend_schema(summary="Change role, position or share", request=ChangeInput, responses=AppointmentSerializer)
    @action(methods=["post"], detail=True)
    @idempotent
    def change(self, request: Request, pk: int) -> Response:
        """The appointment goes on with these from a day on; the answer is the one that holds then."""
        del pk
        given = ChangeInput(data=request.data)
        given.is_valid(raise_exception=True)
        place, values = self.get_object(), given.validated_data
        wanted = Place(place.department, values["role"], position_for(values["position"]), values["share"])
        return self.answer(
            services.change_appointment(
                appointment=place,
                place=wanted,
                on=values["on"],
                reason=values["reason"],
                by=acting_user(request),
                now=now(),
            )
        )

    @extend_schema(summary="End a further appointment", request=EndInput, responses=AppointmentSerializer)
    @action(methods=["post"], detail=True)
    @idempotent
    def end(self, request: Request, pk: int) -> Response:
        """The main appointment ends by a transfer or by leaving instead."""
        del pk
        given = EndInput(data=request.data)
        given.is_valid(raise_exception=True)
        place = services.end_appointment(
            appointment=self.get_object(), **given.validated_data, by=acting_user(request), now=now()
        )
        return self.answer(place)


class MovementApi(ScopedReadView):
    """Who joined, moved and left."""

    capability: ClassVar[str | Mapping[str, str]] = {"GET": "staff.view_movements", "POST": "staff.manage"}
    serializer_class = MovementSerializer
    ordering = "-pk"

    def rows(self, request: Request) -> Any:
        return selectors.visible_movements(scope_of(request))

    @extend_schema(summary="List movements", parameters=[MovementQuery])
    def list(self, request: Request) -> Response:
        """The latest recorded first."""
        given, rows = asked(request, MovementQuery), self.rows(request)
        if "department" in given:
            branch = subtree_ids(department_for(scope_of(request), given["department"]), today())
            rows = selectors.touching_departments(rows, branch)
        names = {"person": "person", "kind": "kind", "since": "on__gte", "until": "on__lte"}
        rows = rows.filter(**{lookup: given[name] for name, lookup in names.items() if name in given})
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Take back a movement", request=CancelInput, responses={204: None})
    @action(methods=["post"], detail=True)
    @idempotent
    def cancel(self, request: Request, pk: int) -> Response:
        """Only the latest movement of a person can be taken back; the history keeps both."""
        del pk
        given = CancelInput(data=request.data)
        given.is_valid(raise_exception=True)
        services.cancel_movement(
            movement=self.get_object(), reason=given.validated_data["reason"], by=acting_user(request), now=now()
        )
        return Response(status=204)


class PositionApi(ScopedReadView):
    """The company's job names."""

    capability: ClassVar[str | Mapping[str, str]] = {"GET": "staff.view", "POST": "staff.manage"}
    serializer_class = PositionSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        del request
        return selectors.public_positions()

    @extend_schema(summary="Name a job", request=PositionSerializer, responses={201: PositionSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """A position that can be chosen from then on."""
        given = PositionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        position = services.create_position(**given.validated_data, by=acting_user(request))
        return with_etag(Response(PositionSerializer(position).data, status=201), etag_for(position))
