"""Versions of months: read, worked out as a job, handed in, published, sent back."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import transaction
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.assessments import selectors, services
from apps.assessments.api.bodies import (
    ComputeInput,
    HandInInput,
    RecomputeInput,
    ReviseInput,
    SchemeReasonInput,
    require_in_reach,
)
from apps.assessments.api.frame import ScoreRunsQuery
from apps.assessments.api.proofs import RunProofSerializer, run_proof_values
from apps.assessments.api.score_shapes import ScoreRunJobSerializer, ScoreRunSerializer
from apps.assessments.models import ScoreRun
from apps.core.clock import now
from apps.core.exports import XLSX
from apps.core.http.api import ScopedReadView
from apps.core.http.queries import asked, cleaned, scope_of
from apps.core.month import Month
from apps.jobs.http.idempotency import idempotent


class WorkbookRenderer(BaseRenderer):
    """Lets a caller ask for a workbook."""

    media_type, format, charset = XLSX, "xlsx", None

    def render(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        return data


class ScoreRunApi(ScopedReadView):
    """Versions of whole months that were ever published; all of them for those who may see drafts."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": "assessments.view_schemes",
        "compute": "assessments.compute",
        "recompute": services.RECOMPUTE,
        "revise": "assessments.compute",
        "discard": "assessments.compute",
        "hand_in": "assessments.publish",
        "publish": "assessments.publish",
        "send_back": "assessments.review",
        "bundle": "assessments.view_drafts",
        "proof": "assessments.view_drafts",
        "workbook": "assessments.view_drafts",
    }
    serializer_class = ScoreRunSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return selectors.visible_runs(scope_of(request))

    @extend_schema(summary="List runs", parameters=[ScoreRunsQuery])
    def list(self, request: Request) -> Response:
        """By id: the oldest first."""
        given, rows = asked(request, ScoreRunsQuery), self.rows(request)
        page = self.paginate_queryset(rows.filter(**given))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Work a month out", request=ComputeInput, responses={202: ScoreRunJobSerializer})
    @action(detail=False, methods=["post"])
    @idempotent
    def compute(self, request: Request) -> Response:
        """As a job: another version where something it rests on has changed, else none. Not what is published."""
        month = Month.of(cleaned(request, ComputeInput)["month"])
        job = services.request_month(month=month, by=acting_user(request), now=now())
        return Response({"job": job.pk, "month": str(month), "state": job.state}, status=202)

    @extend_schema(
        summary="Work a published month out anew", request=RecomputeInput, responses={202: ScoreRunJobSerializer}
    )
    @action(detail=False, methods=["post"])
    @idempotent
    def recompute(self, request: Request) -> Response:
        """As a job, every score from what holds today; for the GM. Single departments are corrected by `revise`."""
        given = cleaned(request, RecomputeInput)
        month = Month.of(given["month"])
        job = services.request_month(month=month, by=acting_user(request), now=now(), reason=given["reason"])
        return Response({"job": job.pk, "month": str(month), "state": job.state}, status=202)

    @extend_schema(summary="Correct a published month", request=ReviseInput, responses={201: ScoreRunSerializer})
    @action(detail=False, methods=["post"])
    @idempotent
    def revise(self, request: Request) -> Response:
        """A draft of it in which only the departments, and the days of the people, named are read again. Approve and publish
        it as any other. 404 for people outside the caller's reach, 422 for those without a day in the month."""
        given = cleaned(request, ReviseInput)
        require_in_reach(scope_of(request), given["people"])
        run = services.revise_departments(
            month=Month.of(given["month"]),
            departments=given["departments"],
            placements=given["people"],
            reason=given["reason"],
            by=acting_user(request),
            now=now(),
        )
        return Response(ScoreRunSerializer(run).data, status=201)

    @extend_schema(summary="Put a draft aside", request=SchemeReasonInput, responses=ScoreRunSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def discard(self, request: Request, **kwargs: Any) -> Response:
        """A calculated draft; it stays readable."""
        run, given = self.get_object(), cleaned(request, SchemeReasonInput)
        with transaction.atomic():
            services.require_worked_on(run)
            services.discard_draft(
                month=Month.of(run.month), reason=given["reason"], by=acting_user(request), now=now()
            )
        return self.answer(request, run)

    @extend_schema(summary="Ask for approval", request=HandInInput, responses=ScoreRunSerializer)
    @action(detail=True, methods=["post"], url_path="hand-in")
    @idempotent
    def hand_in(self, request: Request, **kwargs: Any) -> Response:
        """Of the COO, and of the GM where the COO's own line is among them. 409 where it is no longer worked on."""
        run, given = self.get_object(), cleaned(request, HandInInput)
        with transaction.atomic():
            services.require_worked_on(run)
            services.hand_in_month(month=Month.of(run.month), by=acting_user(request), now=now(), note=given["note"])
        return self.answer(request, run)

    @extend_schema(summary="Publish a run", request=None, responses=ScoreRunSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def publish(self, request: Request, **kwargs: Any) -> Response:
        """To all departments at once. Again by the same person changes nothing; 409 where somebody else published it."""
        run = self.get_object()
        services.publish_run(run=run, by=acting_user(request), now=now())
        return self.answer(request, run)

    @extend_schema(summary="Send an approved run back", request=SchemeReasonInput, responses=ScoreRunSerializer)
    @action(detail=True, methods=["post"], url_path="send-back")
    @idempotent
    def send_back(self, request: Request, **kwargs: Any) -> Response:
        """Take the approval back before publication, with the reason."""
        run, given = self.get_object(), cleaned(request, SchemeReasonInput)
        with transaction.atomic():
            services.require_worked_on(run)
            services.send_back_month(
                month=Month.of(run.month), reason=given["reason"], by=acting_user(request), now=now()
            )
        return self.answer(request, run)

    @extend_schema(summary="Prove a run", responses=RunProofSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def proof(self, request: Request, **kwargs: Any) -> Response:
        """Every digest over its lines, scores, people and publication, worked out again from what is stored."""
        return Response(run_proof_values(services.prove_run(self.get_object())))

    @extend_schema(
        summary="Published run as a signed bundle", responses={(200, "application/json"): OpenApiTypes.OBJECT}
    )
    @action(detail=True, methods=["get"])
    def bundle(self, request: Request, **kwargs: Any) -> FileResponse:
        """Scores, lines, people, rules and the chain of publications as one JSON text, signed with Ed25519.

        The public keys stand at /assessments/signing-keys/, without sign-in. 409 for a run that was never published.
        """
        return FileResponse(services.write_bundle(run=self.get_object()), content_type="application/json")

    @extend_schema(summary="Published run as a workbook", responses={(200, XLSX): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], renderer_classes=[JSONRenderer, WorkbookRenderer])
    def workbook(self, request: Request, **kwargs: Any) -> FileResponse:
        """Receipt, scores, lines, people and indicators. 409 for a run that was never published."""
        return FileResponse(services.write_month_book(run=self.get_object()), content_type=XLSX)

    def answer(self, request: Request, run: ScoreRun) -> Response:
        """The run as it now is."""
        return Response(ScoreRunSerializer(selectors.run_for(scope_of(request), run.pk)).data)
