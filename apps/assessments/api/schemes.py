"""Schemes for other systems: read, drafted as one document, replaced, submitted, given up."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.assessments import selectors, services
from apps.assessments.api.bodies import SchemeInput, SchemeReasonInput, text_of
from apps.assessments.api.frame import SchemesQuery
from apps.assessments.api.proofs import VersionsQuery
from apps.assessments.api.shapes import (
    SchemeDocumentSerializer,
    SchemeProblemSerializer,
    SchemesComparedSerializer,
    SchemeSerializer,
    compared_values,
    document_of,
)
from apps.assessments.models import Scheme
from apps.assessments.services.comparing import compared_schemes
from apps.core.clock import now
from apps.core.http.api import ScopedReadView, etag_for, require_match, with_etag
from apps.core.http.queries import asked, cleaned, scope_of
from apps.core.month import Month
from apps.core.scope import Scope
from apps.jobs.http.idempotency import idempotent

EDIT = "assessments.edit_schemes"


def document(scheme: Scheme, scope: Scope) -> dict[str, Any]:
    """The scheme with everything in it that the caller may know of."""
    return document_of(scheme, selectors.sheets_of(scheme, scope, most=None))


def tag_of(body: Mapping[str, Any]) -> str:
    """The tag of a document: another word anywhere in it gives another one."""
    return etag_for(json.dumps(body, sort_keys=True, default=str))


def problem_values(one: services.Problem, *, is_warning: bool) -> dict[str, Any]:
    """One thing to mend or to look at, as plain values."""
    place = {"where": one.where, "message": one.text, "scorecard": one.card, "indicator": one.indicator}
    return {**place, "is_warning": is_warning}


class SchemeApi(ScopedReadView):
    """Versions of the rules by which months are assessed."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": "assessments.view_schemes",
        "POST": EDIT,
        "PUT": EDIT,
    }
    serializer_class = SchemeSerializer
    ordering = "pk"
    if_match = ("update",)
    is_match_required = True

    def rows(self, request: Request) -> Any:
        return selectors.listed_schemes(scope_of(request))

    @extend_schema(summary="List schemes", parameters=[SchemesQuery])
    def list(self, request: Request) -> Response:
        """Every version, the oldest first."""
        given, rows = asked(request, SchemesQuery), self.rows(request)
        if "state" in given:
            rows = rows.filter(state=given["state"])
        if "month" in given:
            rows = rows.filter(valid__contains=Month.of(given["month"]).last_day)
        for word in given.get("q", "").split()[:5]:
            rows = rows.filter(name__icontains=word)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Read a scheme", responses=SchemeDocumentSerializer)
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """One version with everything in it, under its tag, which goes into If-Match."""
        return self.answer(request, self.get_object())

    @extend_schema(summary="What keeps a draft back", responses=SchemeProblemSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def problems(self, request: Request, **kwargs: Any) -> Response:
        """Everything that must be mended before it can be submitted, and what is unusual; empty for what is no draft any
        more."""
        scheme, scope = self.get_object(), scope_of(request)
        if not scope.may(EDIT) or scheme.state != "draft":
            return Response([])
        found = [*services.problems_of(scheme), *services.start_problems(scheme, at=now())]
        told = [(one, False) for one in found] + [(one, True) for one in services.warnings_of(scheme)]
        return Response([problem_values(one, is_warning=is_warning) for one, is_warning in told])

    @extend_schema(
        summary="Compare schemes", parameters=[VersionsQuery], responses=SchemesComparedSerializer, filters=False
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def compare(self, request: Request, **kwargs: Any) -> Response:
        """With `before`, else with the version it was copied from, else with the one before: each difference in words."""
        scheme, given = self.get_object(), asked(request, VersionsQuery)
        found = compared_schemes(scheme, scope_of(request), asked=str(given.get("before", "")))
        return Response(compared_values(found))

    @extend_schema(summary="Draft a scheme", request=SchemeInput, responses={201: SchemeDocumentSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """The next version with everything in it, as a draft: nothing holds before it is approved."""
        text = text_of(cleaned(request, SchemeInput), scope_of(request))
        return self.answer(request, services.draft_document(text=text, by=acting_user(request)), status=201)

    @extend_schema(summary="Replace a draft", request=SchemeInput, responses=SchemeDocumentSerializer)
    @idempotent
    def update(self, request: Request, **kwargs: Any) -> Response:
        """Let a draft say exactly what is sent. 409 for what is no draft any more."""
        scope, scheme = scope_of(request), self.get_object()
        require_match(request, tag_of(document(scheme, scope)), is_required=True)
        text = text_of(cleaned(request, SchemeInput), scope)
        made = services.replace_document(
            scheme=scheme,
            text=text,
            by=acting_user(request),
            check=lambda held: require_match(request, tag_of(document(held, scope)), is_required=True),
        )
        return self.answer(request, made)

    @extend_schema(summary="Submit a draft", request=None, responses=SchemeDocumentSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def submit(self, request: Request, **kwargs: Any) -> Response:
        """Ask for approval: of the COO, and of the GM where the COO's own line is assessed. 422 names what is to mend."""
        scheme = self.get_object()
        services.submit_scheme(scheme=scheme, by=acting_user(request), now=now())
        return self.answer(request, scheme)

    @extend_schema(summary="Discard a draft", request=SchemeReasonInput, responses=SchemeDocumentSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def discard(self, request: Request, **kwargs: Any) -> Response:
        """Give it up; it stays readable."""
        scheme, given = self.get_object(), cleaned(request, SchemeReasonInput)
        services.discard_scheme(scheme=scheme, reason=given["reason"], by=acting_user(request))
        return self.answer(request, scheme)

    def answer(self, request: Request, scheme: Scheme, *, status: int = 200) -> Response:
        """The scheme as it now is."""
        scope = scope_of(request)
        body = document(selectors.scheme_for(scope, scheme.pk), scope)
        return with_etag(Response(body, status=status), tag_of(body))
