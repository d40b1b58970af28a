"""KPIs and their definitions: read, define, measure otherwise from a month on, retire."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.core.clock import now, today
from apps.core.http.api import ScopedReadView, etag_for, require_match, with_etag
from apps.core.http.queries import asked, cleaned, scope_of
from apps.core.scope import Scope
from apps.departments.selectors import department_for, subtree_ids
from apps.jobs.http.idempotency import idempotent
from apps.kpis import selectors, services
from apps.kpis.api.bodies import IdentityInput, NewDefinitionInput, NewKpiInput, RetireInput, definition_of
from apps.kpis.api.frame import KpisQuery
from apps.kpis.api.shapes import DefinitionSerializer, KpiSerializer, KpiWrittenSerializer
from apps.kpis.models import Kpi
from apps.kpis.services import ALWAYS, Identity, doubts_about
from apps.staff.models import Person
from apps.staff.selectors import person_for


def tag_of(kpi: Kpi) -> str:
    """The version of a KPI as it is shown."""
    return etag_for(kpi, *([kpi.definition] if kpi.definition else []))


def owner_for(scope: Scope, pk: int | None) -> Person | None:
    """The person named as owner."""
    return None if pk is None else person_for(scope=scope, pk=pk)


class KpiApi(ScopedReadView):
    """KPIs that a department in the caller's scope owns or reports, each with its definition of today."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": "kpis.view",
        "POST": "kpis.manage",
        "PATCH": "kpis.manage",
    }
    serializer_class = KpiSerializer
    ordering = "pk"
    if_match = ("partial_update", "definition", "retire")
    is_match_required = True

    def rows(self, request: Request) -> Any:
        return selectors.listed_kpis(scope_of(request))

    @extend_schema(summary="List KPIs", parameters=[KpisQuery])
    def list(self, request: Request) -> Response:
        """KPIs by id, retired ones too unless `status` says otherwise."""
        given, rows = asked(request, KpisQuery), self.rows(request)
        if "department" in given:
            branch = subtree_ids(department_for(scope_of(request), given["department"]), today())
            rows = rows.of_departments(branch)
        names = {"code": "code__iexact", "family": "family", "tag": "tags__contains"}
        for name, lookup in names.items():
            if name in given:
                rows = rows.filter(**{lookup: [given[name]] if name == "tag" else given[name]})
        if "status" in given:
            rows = rows.filter(retired_from__isnull=given["status"] == "active")
        if "q" in given:
            rows = selectors.search_kpis(rows, given["q"])
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Read a KPI")
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """One KPI under its tag, which goes into If-Match."""
        row = self.get_object()
        return with_etag(Response(KpiSerializer(row).data), tag_of(row))

    @extend_schema(summary="Read the definitions of a KPI", responses=DefinitionSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def versions(self, request: Request, **kwargs: Any) -> Response:
        """Every definition it has, had or will have, the newest first."""
        shape = DefinitionSerializer()
        return Response([shape.to_representation(row) for row in selectors.versions_of(self.get_object())])

    @extend_schema(summary="Define a KPI", request=NewKpiInput, responses={201: KpiWrittenSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """A KPI with its first definition. `doubts` names what deserves a second look."""
        given, scope = cleaned(request, NewKpiInput), scope_of(request)
        identity = Identity(
            department=department_for(scope, given["department"]),
            code=given["code"],
            family=given.get("family", ""),
            tags=tuple(given.get("tags", ())),
            owner=owner_for(scope, given.get("owner")),
            needs_approval=given.get("needs_approval", False),
            reporting=tuple(department_for(scope, pk) for pk in sorted(set(given.get("reporting", ())))),
        )
        definition = definition_of(given)
        made = services.define_kpi(
            identity=identity,
            definition=definition,
            valid_from=given.get("valid_from", ALWAYS),
            by=acting_user(request),
            now=now(),
            reason=given["reason"],
        )
        return self.answer(request, made, doubts=doubts_about(definition), status=201)

    @extend_schema(summary="Change what is not dated", request=IdentityInput, responses=KpiWrittenSerializer)
    @idempotent
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Code, family, tags, owner, approval; what is left out stays. The owning department never changes."""
        row, expected = self.matched()
        given = cleaned(request, IdentityInput, is_partial=True)
        identity = Identity(
            department=row.department,
            code=given.get("code", row.code),
            family=given.get("family", row.family),
            tags=tuple(given.get("tags", row.tags)),
            owner=owner_for(scope_of(request), given["owner"]) if "owner" in given else row.owner,
            needs_approval=given.get("needs_approval", row.needs_approval),
        )
        services.change_identity(kpi=row, identity=identity, by=acting_user(request), now=now(), expected=expected)
        return self.answer(request, row)

    @extend_schema(summary="Measure otherwise", request=NewDefinitionInput, responses=KpiWrittenSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def definition(self, request: Request, **kwargs: Any) -> Response:
        """Another definition from a month on; earlier months keep what they were measured by. Later definitions give way."""
        row, expected = self.matched()
        given = cleaned(request, NewDefinitionInput)
        definition = definition_of(given, selectors.definition_on(row, given["valid_from"]))
        services.change_definition(
            kpi=row,
            definition=definition,
            valid_from=given["valid_from"],
            reason=given["reason"],
            by=acting_user(request),
            now=now(),
            expected=expected,
        )
        return self.answer(request, row, doubts=doubts_about(definition))

    @extend_schema(summary="Retire a KPI, or bring it back", request=RetireInput, responses=KpiWrittenSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def retire(self, request: Request, **kwargs: Any) -> Response:
        """No values from that month on; what was reported stays."""
        row, expected = self.matched()
        given = cleaned(request, RetireInput)
        services.retire_kpi(kpi=row, **given, by=acting_user(request), expected=expected)
        return self.answer(request, row)

    def matched(self) -> tuple[Kpi, datetime | None]:
        """The KPI of the address, and the moment it must not have changed since (If-Match: * asks for none)."""
        row: Kpi = self.get_object()
        require_match(self.request, tag_of(row), is_required=True)
        return row, None if self.request.headers["If-Match"].strip() == "*" else row.updated_at

    def answer(self, request: Request, kpi: Kpi, *, doubts: Sequence[str] = (), status: int = 200) -> Response:
        """The KPI as it now is."""
        row = selectors.kpi_for(scope_of(request), kpi.pk)
        body = KpiWrittenSerializer(row, context={"doubts": doubts}).data
        return with_etag(Response(body, status=status), tag_of(row))
