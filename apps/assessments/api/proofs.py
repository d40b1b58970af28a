"""Proof through REST: a score worked out again, one version beside another, and the chain of publications."""

from collections.abc import Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.assessments import services
from apps.assessments.api.frame import month_word
from apps.assessments.choices import RunState
from apps.assessments.models import Publication, ScoreRun
from apps.assessments.rules.differences import Difference
from apps.assessments.selectors.records import visible_publications
from apps.assessments.selectors.versions import Versions
from apps.assessments.services import Link, Proof
from apps.core.http.api import ScopedReadView
from apps.core.http.fields import MonthField, id_field
from apps.core.http.queries import asked, scope_of


class VersionsQuery(serializers.Serializer[Any]):
    """What to compare with."""

    before = id_field("Id of the version to compare with; left out: the one before that you may read.", required=False)


class DifferenceSerializer(serializers.Serializer[Difference]):
    """One figure or word that is not the same."""

    indicator = serializers.IntegerField(allow_null=True, help_text="Of the line it stands in; null: of the whole.")
    code = serializers.CharField(help_text="Of the indicator, or of what stands beside the points.")
    name = serializers.CharField()
    field = serializers.CharField()
    before = serializers.CharField(allow_null=True, help_text="Numbers exactly; null: nothing there.")
    after = serializers.CharField(allow_null=True)


class ScoreProofSerializer(serializers.Serializer[Any]):
    """A score worked out again from what is stored of it, and what vouches for it."""

    is_proven = serializers.BooleanField(help_text="All four below are true.")
    is_same = serializers.BooleanField(help_text="The rules give every stored digit again.")
    is_untouched = serializers.BooleanField(help_text="Its digest still covers it.")
    is_whole = serializers.BooleanField(help_text="The digest and counts of its run still cover all scores of the run.")
    is_chained = serializers.BooleanField(help_text="Its publication still covers the run and the publication before.")
    findings = serializers.ListField(child=serializers.CharField(), help_text="What is wrong, in sentences.")
    differences = DifferenceSerializer(many=True, help_text="before: as stored; after: as the rules give it.")
    run_digest = serializers.CharField()
    publication_digest = serializers.CharField(allow_null=True)
    previous_publication_digest = serializers.CharField(allow_null=True)


class ScoreVersionSerializer(serializers.Serializer[Any]):
    """A version of a score in short."""

    id = serializers.IntegerField()
    run = serializers.IntegerField()
    version = serializers.IntegerField()
    edition = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(choices=RunState.choices)


class ScoreVersionsSerializer(serializers.Serializer[Any]):
    """Two versions of a score, and whatever is not the same in them."""

    before = ScoreVersionSerializer(allow_null=True, help_text="null: there is no earlier one.")
    after = ScoreVersionSerializer()
    differences = DifferenceSerializer(many=True)


class RunProofSerializer(serializers.Serializer[Proof]):
    """Every digest of a month worked out again from what is stored."""

    is_sound = serializers.BooleanField(help_text="All of it stands as it was stored.")
    is_whole = serializers.BooleanField()
    is_chained = serializers.BooleanField()
    is_shown = serializers.BooleanField(help_text="The month shows the run of its newest publication.")
    changed_departments = serializers.ListField(child=serializers.IntegerField())
    changed_people = serializers.ListField(child=serializers.IntegerField())
    findings = serializers.CharField(help_text="What is wrong, in sentences; empty where nothing is.")


class PublicationSerializer(serializers.Serializer[Any]):
    """One act of publishing, a link of the chain."""

    id = serializers.IntegerField()
    month = serializers.CharField(help_text="YYYY-MM")
    edition = serializers.IntegerField()
    run = serializers.IntegerField()
    published_at = serializers.DateTimeField()
    run_digest = serializers.CharField()
    digest = serializers.CharField(help_text="SHA-256 of the digest before and that of the run, as text.")
    previous_digest = serializers.CharField(allow_null=True, help_text="null: it was the first.")
    is_chained = serializers.BooleanField(help_text="Its digest comes out again, and it follows the one before.")


class ChainSerializer(serializers.Serializer[Any]):
    """The chain of all publications, worked out again link by link."""

    length = serializers.IntegerField()
    is_whole = serializers.BooleanField(help_text="Every link holds.")
    head = PublicationSerializer(allow_null=True, help_text="The newest publication; null: nothing was published yet.")
    broken = PublicationSerializer(many=True, help_text="Links that do not hold, the oldest first.")


class PublicationsQuery(serializers.Serializer[Any]):
    """Narrow the publications."""

    month = MonthField(required=False, help_text="Of this month, YYYY-MM.")


class PublicationApi(ScopedReadView):
    """The chain of publications: each digest covers the one before. It holds no figures."""

    capability: ClassVar[str] = "assessments.view_schemes"
    serializer_class = PublicationSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return visible_publications(scope_of(request))

    @extend_schema(summary="List publications", parameters=[PublicationsQuery])
    def list(self, request: Request) -> Response:
        """In the order in which they were made, each held against the one before it."""
        page: Any = self.paginate_queryset(self.rows(request).filter(**asked(request, PublicationsQuery)))
        links = {one.publication.pk: one for one in services.public_chain()}
        return self.get_paginated_response([link_values(links[row.pk]) for row in page])

    @extend_schema(summary="Read a publication")
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """One of them, held against the one before it."""
        row: Publication = self.get_object()
        return Response(link_values(next(one for one in services.public_chain() if one.publication.pk == row.pk)))

    @extend_schema(summary="Verify the chain of publications", responses=ChainSerializer, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def chain(self, request: Request) -> Response:
        """Its head and whether every link holds. Whether the scores still give a run's digest: the proof of the run."""
        links = services.public_chain() if self.rows(request).exists() else []
        return Response(
            {
                "length": len(links),
                "is_whole": all(one.is_chained for one in links),
                "head": link_values(links[-1]) if links else None,
                "broken": [link_values(one) for one in links if not one.is_chained],
            }
        )


def link_values(link: Link) -> dict[str, Any]:
    """A link as plain values."""
    row = link.publication
    return {
        "id": row.pk,
        "month": month_word(row.month),
        "edition": row.number,
        "run": row.run_id,
        "published_at": row.published_at.isoformat(),
        "run_digest": row.run.digest,
        "digest": row.digest,
        "previous_digest": row.previous.digest if row.previous else None,
        "is_chained": link.is_chained,
    }


def difference_values(found: Sequence[Difference]) -> list[dict[str, Any]]:
    """Differences as plain values."""
    names = ("indicator", "code", "name", "field", "before", "after")
    return [{name: getattr(one, name) for name in names} for one in found]


def proof_values(
    proof: services.ScoreProof | services.PersonProof, found: Sequence[Difference], findings: Sequence[str]
) -> dict[str, Any]:
    """What proving a score came to, as plain values."""
    run = proof.proof.run
    published = getattr(run, "publication", None)
    before = published.previous if published else None
    return {
        "is_proven": proof.is_sound,
        "is_same": not found,
        "is_untouched": proof.is_untouched,
        "is_whole": proof.proof.is_whole,
        "is_chained": proof.proof.is_chained,
        "findings": list(findings),
        "differences": difference_values(found),
        "run_digest": run.digest,
        "publication_digest": published.digest if published else None,
        "previous_publication_digest": before.digest if before else None,
    }


def run_proof_values(proof: Proof) -> dict[str, Any]:
    """What proving a run came to, as plain values."""
    names = ("is_sound", "is_whole", "is_chained", "is_shown")
    return {
        **{name: getattr(proof, name) for name in names},
        "changed_departments": list(proof.changed),
        "changed_people": list(proof.changed_people),
        "findings": services.words_of(proof),
    }


def versions_values(found: Versions) -> dict[str, Any]:
    """Two versions as plain values."""
    return {
        "before": version_values(found.before) if found.before else None,
        "after": version_values(found.after),
        "differences": difference_values(found.differences),
    }


def version_values(row: Any) -> dict[str, Any]:
    """A version in short."""
    run: ScoreRun = row.run
    published = getattr(run, "publication", None)
    return {
        "id": row.pk,
        "run": run.pk,
        "version": run.version,
        "edition": published.number if published else None,
        "state": run.state,
    }
