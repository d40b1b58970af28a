"""People: read, hire, correct, and the acts on one."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.core.clock import now, today
from apps.core.http.api import ScopedReadView, etag_for, require_match, with_etag
from apps.departments.selectors import department_for, subtree_ids
from apps.jobs.http.idempotency import idempotent
from apps.staff import selectors, services
from apps.staff.api.frame import PeopleQuery, asked, scope_of
from apps.staff.api.shapes import (
    AppointInput,
    AppointmentSerializer,
    HireInput,
    LeaveInput,
    MovementSerializer,
    PersonInput,
    PersonSerializer,
    RehireInput,
    TransferInput,
)
from apps.staff.models import Person


class PersonApi(ScopedReadView):
    """People in the caller's scope: those of the departments they lead and below, or everybody for company-wide roles."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": "staff.view",
        "POST": "staff.manage",
        "PATCH": "staff.manage",
    }
    serializer_class = PersonSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return selectors.with_places(selectors.visible_people(scope_of(request)))

    @extend_schema(summary="List people", parameters=[PeopleQuery])
    def list(self, request: Request) -> Response:
        """People by id. Without `state` also those who left and those to come."""
        given, scope = asked(request, PeopleQuery), scope_of(request)
        branch = None
        if "department" in given:
            branch = subtree_ids(department_for(scope, given["department"]), today())
        people = selectors.visible_people(scope, department_ids=branch, state=given.get("state", ""))
        people = selectors.with_places(people)
        if "changed_since" in given:
            people = people.filter(updated_at__gte=given["changed_since"])
        if "number" in given:
            people = people.filter(number=given["number"])
        for word in given.get("q", "").split()[:5]:
            people = selectors.naming(people, word)
        page = self.paginate_queryset(people)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def answer(self, request: Request, person: Person, status: int = 200) -> Response:
        """The person as they stand, under their tag."""
        row = selectors.person_for(scope=scope_of(request), pk=person.pk)
        return with_etag(Response(PersonSerializer(row).data, status=status), etag_for(row))

    @extend_schema(summary="Hire somebody new", request=HireInput, responses={201: PersonSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Person, employment, first appointment and movement, together or not at all."""
        given = HireInput(data=request.data)
        given.is_valid(raise_exception=True)
        names = ("number", "name", "email", "hired_on", "contract", "reason")
        person = services.hire_person(
            **{name: given.validated_data[name] for name in names},
            place=given.place(scope_of(request)),
            by=acting_user(request),
            now=now(),
        )
        return self.answer(request, person, status=201)

    @extend_schema(summary="Correct number, name or e-mail", request=PersonInput, responses=PersonSerializer)
    @idempotent
    def partial_update(self, request: Request, pk: int) -> Response:
        """What is left out stays. Send If-Match with the ETag you read, so that nobody's change is lost."""
        del pk
        person = self.get_object()
        require_match(request, etag_for(person))
        given = PersonInput(data=request.data)
        given.is_valid(raise_exception=True)
        present = {"number": person.number, "name": person.name, "email": person.email}
        services.change_person(person=person, **{**present, **given.validated_data}, by=acting_user(request))
        return self.answer(request, person)

    @extend_schema(summary="Record that somebody leaves", request=LeaveInput, responses={201: MovementSerializer})
    @action(methods=["post"], detail=True)
    @idempotent
    def leave(self, request: Request, pk: int) -> Response:
        """The employment and all appointments end on the last day, which is still employed."""
        del pk
        given = LeaveInput(data=request.data)
        given.is_valid(raise_exception=True)
        movement = services.leave_person(
            person=self.get_object(), **given.validated_data, by=acting_user(request), now=now()
        )
        return Response(MovementSerializer(movement).data, status=201)

    @extend_schema(summary="Transfer to another department", request=TransferInput, responses={201: MovementSerializer})
    @action(methods=["post"], detail=True)
    @idempotent
    def transfer(self, request: Request, pk: int) -> Response:
        """The person counts in the new department from that day on."""
        del pk
        given = TransferInput(data=request.data)
        given.is_valid(raise_exception=True)
        person = self.get_object()
        movement = services.transfer_person(
            person=person,
            place=given.place(scope_of(request)),
            on=given.validated_data["on"],
            reason=given.validated_data["reason"],
            by=acting_user(request),
            now=now(),
        )
        return Response(MovementSerializer(movement).data, status=201)

    @extend_schema(summary="Hire somebody again", request=RehireInput, responses={201: MovementSerializer})
    @action(methods=["post"], detail=True)
    @idempotent
    def rehire(self, request: Request, pk: int) -> Response:
        """A new spell of employment of the same person."""
        del pk
        given = RehireInput(data=request.data)
        given.is_valid(raise_exception=True)
        person = self.get_object()
        movement = services.rehire_person(
            person=person,
            place=given.place(scope_of(request)),
            **{name: given.validated_data[name] for name in ("hired_on", "contract", "reason")},
            by=acting_user(request),
            now=now(),
        )
        return Response(MovementSerializer(movement).data, status=201)

    @extend_schema(summary="Appoint elsewhere too", request=AppointInput, responses={201: AppointmentSerializer})
    @action(methods=["post"], detail=True)
    @idempotent
    def appoint(self, request: Request, pk: int) -> Response:
        """A further appointment: a second department to lead, or part of the working time elsewhere."""
        del pk
        given = AppointInput(data=request.data)
        given.is_valid(raise_exception=True)
        person = self.get_object()
        place = services.appoint(
            person=person,
            place=given.place(scope_of(request)),
            **{name: given.validated_data[name] for name in ("starts_on", "ends_on", "reason")},
            by=acting_user(request),
            now=now(),
        )
        return Response(AppointmentSerializer(place).data, status=201)
