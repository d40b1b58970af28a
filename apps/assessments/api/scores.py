"""Scores, their lines, and how each came about. Read only: what is published is never changed."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.assessments import selectors, services
from apps.assessments.api.frame import ScoreLinesQuery, ScoresQuery
from apps.assessments.api.proofs import (
    ScoreProofSerializer,
    ScoreVersionsSerializer,
    VersionsQuery,
    proof_values,
    versions_values,
)
from apps.assessments.api.receipt_shapes import ReceiptSerializer, receipt_body
from apps.assessments.api.score_shapes import ScoreLineSerializer, ScoreSerializer
from apps.assessments.choices import RunState
from apps.assessments.models import Score
from apps.assessments.selectors.receipts import receipt_of
from apps.assessments.selectors.scores import lines_of
from apps.assessments.selectors.versions import score_versions
from apps.core.clock import today
from apps.core.http.api import ApiFrame, ScopedReadView, with_etag
from apps.core.http.cursors import KeyPages
from apps.core.http.queries import asked, scope_of
from apps.core.scope import Scope
from apps.departments.selectors import department_for, departments_asked, subtree_ids

VIEW = "assessments.view"
WORKED_ON = (RunState.CALCULATED, RunState.UNDER_REVIEW, RunState.APPROVED)
LOOKUPS = {"month": "run__month", "edition": "run__publication__number", "run": "run", "kpi": "indicator__kpi"}


def narrowed(rows: Any, given: dict[str, Any], scope: Scope) -> Any:
    """ROWS as they were asked for; the published ones unless an edition, a run or drafts were."""
    if given.get("state") == "draft":
        rows = rows.filter(run__state__in=WORKED_ON)
    elif "state" in given or not {"edition", "run"} & set(given):
        rows = rows.filter(run__state=RunState.PUBLISHED)
    rows = rows.filter(**{lookup: given[name] for name, lookup in LOOKUPS.items() if name in given})
    if "department" in given:
        rows = rows.filter(department__in=departments_asked(scope, given["department"]))
    if "branch" in given:
        rows = rows.filter(department__in=subtree_ids(department_for(scope, given["branch"]), today()))
    return rows


class ScoreApi(ScopedReadView):
    """Scores of departments in the caller's reach, or of the own department."""

    capability = VIEW
    serializer_class = ScoreSerializer
    pagination_class = KeyPages
    ordering = ("run_id", "department_id")

    def rows(self, request: Request) -> Any:
        return selectors.visible_scores(scope_of(request))

    @extend_schema(summary="List scores", parameters=[ScoresQuery])
    def list(self, request: Request) -> Response:
        """By run and department; the published edition of each month unless something else is asked for."""
        rows = narrowed(self.rows(request), asked(request, ScoresQuery), scope_of(request))
        page: Any = self.paginate_queryset(rows)
        shape = ScoreSerializer()
        return self.get_paginated_response([shape.to_representation(row) for row in page])

    @extend_schema(summary="Read a score")
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """One score. Its digest is its tag: it never changes, only its run's state does."""
        row: Score = self.get_object()
        return with_etag(Response(ScoreSerializer(row).data), f'"{row.digest[:24]}-{row.run.state}"')

    @extend_schema(summary="Read how a score came about", responses=ReceiptSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def receipt(self, request: Request, **kwargs: Any) -> Response:
        """The score with its lines: figure, target, rate, points, clause, version of the rules, and each formula's steps.

        With each line the reported values behind its figure as they stood when the facts were gathered: their version, who
        entered and who approved them. Values of departments that the caller may not see are counted, not shown. With what
        stands beside the points who proposed and who confirmed it; with the month who approved and who published it.
        """
        row: Score = self.get_object()
        scope = scope_of(request)
        return Response(receipt_body(row, receipt_of(row, scope), scope))

    @extend_schema(summary="Prove a score", responses=ScoreProofSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def proof(self, request: Request, **kwargs: Any) -> Response:
        """Worked out again from the stored figures by the rules of its scheme, and every digest over it: nothing is stored.

        What comes out otherwise stands under `differences`, digit by digit.
        """
        row: Score = self.get_object()
        proof = services.prove_score(row, lines_of(row))
        return Response(proof_values(proof, proof.again.found, services.score_findings(proof)))

    @extend_schema(
        summary="Compare versions of a score",
        parameters=[VersionsQuery],
        responses=ScoreVersionsSerializer,
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def compare(self, request: Request, **kwargs: Any) -> Response:
        """With the version before it, or with `before`: figures, lines, and what stands beside the points."""
        row, given = self.get_object(), asked(request, VersionsQuery)
        return Response(versions_values(score_versions(scope_of(request), row, before=given.get("before"))))


class ScoreLineApi(ApiFrame, GenericViewSet[Any]):
    """Lines of scores in the caller's reach."""

    capability: ClassVar[str] = VIEW
    serializer_class = ScoreLineSerializer
    pagination_class = KeyPages
    ordering: ClassVar[tuple[str, ...]] = ("run_id", "department_id", "indicator_id")

    def get_queryset(self) -> Any:
        return selectors.visible_lines(scope_of(self.request))

    @extend_schema(summary="List score lines", parameters=[ScoreLinesQuery])
    def list(self, request: Request) -> Response:
        """By run, department and indicator."""
        rows = narrowed(self.get_queryset(), asked(request, ScoreLinesQuery), scope_of(request))
        page: Any = self.paginate_queryset(rows)
        shape = ScoreLineSerializer()
        return self.get_paginated_response([shape.to_representation(row) for row in page])
