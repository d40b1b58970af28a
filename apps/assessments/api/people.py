"""Scores of people, personal parts, rewards, pay bases and improvement plans for other systems."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.assessments import services
from apps.assessments.api import people_shapes as shapes
from apps.assessments.api import plan_shapes as plans
from apps.assessments.api.person_receipts import PersonReceiptSerializer
from apps.assessments.api.proofs import (
    ScoreProofSerializer,
    ScoreVersionsSerializer,
    VersionsQuery,
    proof_values,
    versions_values,
)
from apps.assessments.choices import RunState
from apps.assessments.selectors.appraising import people_to_appraise
from apps.assessments.selectors.improving import plan_for, plan_owners, visible_plans
from apps.assessments.selectors.people import person_receipt, visible_person_scores
from apps.assessments.selectors.rewards import listed_rewards, visible_pay_bases
from apps.assessments.selectors.versions import person_versions
from apps.core.clock import now
from apps.core.errors import NotFound
from apps.core.http.api import ApiView, ScopedReadView, etag_for, with_etag
from apps.core.http.queries import asked, cleaned, scope_of
from apps.core.month import Month
from apps.departments.selectors import department_for
from apps.jobs.http.idempotency import idempotent
from apps.staff.selectors import person_for

VIEW = "assessments.view"
PROPOSE = "assessments.propose_rewards"
DECIDE = "assessments.decide_rewards"


class PersonScoreApi(ScopedReadView):
    """Scores of people: one's own, those of the people one leads, or all."""

    capability = VIEW
    serializer_class = shapes.PersonScoreSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return visible_person_scores(scope_of(request))

    @extend_schema(summary="List scores of people", parameters=[shapes.PersonScoresQuery])
    def list(self, request: Request) -> Response:
        """By id; those that are published unless a run is asked for."""
        given, rows = asked(request, shapes.PersonScoresQuery), self.rows(request)
        if "run" not in given:
            rows = rows.filter(run__state=RunState.PUBLISHED)
        lookups = {"month": "run__month", "run": "run", "person": "person__in", "grade": "grade", "role": "role"}
        rows = rows.filter(**{lookup: given[name] for name, lookup in lookups.items() if name in given})
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Read a person's score")
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """One score. It never changes, only its run's state does."""
        row = self.get_object()
        return with_etag(Response(shapes.PersonScoreSerializer(row).data), f'"{row.digest[:24]}-{row.run.state}"')

    @extend_schema(summary="Read how a person's score came about", responses=PersonReceiptSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def receipt(self, request: Request, **kwargs: Any) -> Response:
        """The score with days and departments, and who gave the personal part."""
        receipt = person_receipt(self.get_object(), scope_of(request))
        return Response(PersonReceiptSerializer().to_representation(receipt))

    @extend_schema(summary="Prove a person's score", responses=ScoreProofSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def proof(self, request: Request, **kwargs: Any) -> Response:
        """Worked out again from the stored days, scores and personal parts, and every digest over it."""
        proof = services.prove_person(self.get_object())
        return Response(proof_values(proof, proof.found, services.person_findings(proof)))

    @extend_schema(
        summary="Compare versions of a person's score",
        parameters=[VersionsQuery],
        responses=ScoreVersionsSerializer,
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def compare(self, request: Request, **kwargs: Any) -> Response:
        """With the version before it, or with `before`."""
        row, given = self.get_object(), asked(request, VersionsQuery)
        return Response(versions_values(person_versions(scope_of(request), row, before=given.get("before"))))


class AppraisalApi(ApiView):
    """The personal parts the caller gives."""

    capability: ClassVar[str | Mapping[str, str]] = "assessments.rate"

    @extend_schema(
        summary="List whom the caller appraises",
        parameters=[shapes.AppraisalsQuery],
        responses=shapes.AppraiseeSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """With what the caller gave each of them for the month so far."""
        month = Month.of(asked(request, shapes.AppraisalsQuery)["month"])
        rows = people_to_appraise(scope_of(request), user=acting_user(request), month=month)
        shape = shapes.AppraiseeSerializer()
        return Response([shape.to_representation(row) for row in rows])

    @extend_schema(
        summary="Give personal parts", request=shapes.AppraisalsInput, responses={200: shapes.AppraisedSerializer}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Each change is a new version, what says the same changes nothing. All are stored or none."""
        given = cleaned(request, shapes.AppraisalsInput)
        done = services.appraise_people(
            month=Month.of(given["month"]),
            given=[services.PointsFor(row["person"], row["points"], row["note"]) for row in given["rows"]],
            scope=scope_of(request),
            by=acting_user(request),
            now=now(),
        )
        return Response(asdict(done))


class RewardApi(ScopedReadView):
    """Rewards: all for those who work on them, else the caller's own once it is decided."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": VIEW,
        "propose": PROPOSE,
        "spot": services.PROPOSE_SPOT,
        "reverse": PROPOSE,
        "approve": DECIDE,
        "refuse": DECIDE,
    }
    serializer_class = shapes.RewardSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return listed_rewards(scope_of(request))

    @extend_schema(summary="List rewards", parameters=[shapes.RewardsQuery])
    def list(self, request: Request) -> Response:
        """By id."""
        given, rows = asked(request, shapes.RewardsQuery), self.rows(request)
        lookups = {"month": "month", "state": "state", "source": "source", "person": "person__in"}
        rows = rows.filter(**{lookup: given[name] for name, lookup in lookups.items() if name in given})
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Propose rewards", request=shapes.ProposeInput, responses={200: shapes.RewardsProposedSerializer}
    )
    @action(detail=False, methods=["post"])
    @idempotent
    def propose(self, request: Request) -> Response:
        """From a published month, by the rules of its scheme. Safe to repeat."""
        month = Month.of(cleaned(request, shapes.ProposeInput)["month"])
        return Response(asdict(services.propose_rewards(month=month, by=acting_user(request), now=now())))

    @extend_schema(
        summary="Approve rewards", request=shapes.DecideRewardsInput, responses={200: shapes.RewardsDecidedSerializer}
    )
    @action(detail=False, methods=["post"])
    @idempotent
    def approve(self, request: Request) -> Response:
        """All of them or none; never one's own, the COO's only by the GM."""
        return self.decided(request, is_approved=True)

    @extend_schema(
        summary="Refuse rewards", request=shapes.DecideRewardsInput, responses={200: shapes.RewardsDecidedSerializer}
    )
    @action(detail=False, methods=["post"])
    @idempotent
    def refuse(self, request: Request) -> Response:
        """With the reason. All of them or none."""
        return self.decided(request, is_approved=False)

    @extend_schema(
        summary="Propose a reward for one deed",
        request=shapes.SpotRewardInput,
        responses={201: shapes.RewardSerializer},
    )
    @action(detail=False, methods=["post"])
    @idempotent
    def spot(self, request: Request) -> Response:
        """For somebody in the caller's reach; somebody else approves it, above the limit the GM."""
        deed = services.Deed(**cleaned(request, shapes.SpotRewardInput))
        made = services.propose_spot_reward(deed=deed, scope=scope_of(request), by=acting_user(request), now=now())
        return Response(self.get_serializer(self.rows(request).get(pk=made.pk)).data, status=201)

    @extend_schema(
        summary="Propose to take back a reward for a deed",
        request=shapes.ReverseInput,
        responses={201: shapes.RewardSerializer},
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def reverse(self, request: Request, **kwargs: Any) -> Response:
        """The approved reward stays; a second one sets it off once somebody else approved it."""
        made = services.reverse_spot_reward(
            reward=self.get_object().pk, scope=scope_of(request), by=acting_user(request), now=now(),
            **cleaned(request, shapes.ReverseInput),
        )  # fmt: skip
        return Response(self.get_serializer(self.rows(request).get(pk=made.pk)).data, status=201)

    def decided(self, request: Request, *, is_approved: bool) -> Response:
        """How many, and what they come to."""
        given = cleaned(request, shapes.DecideRewardsInput)
        keys = set(given["ids"])
        if self.rows(request).filter(pk__in=keys).count() < len(keys):
            raise NotFound(_("There is no such reward, or it lies outside what you may see."))
        done = services.decide_rewards(
            rewards=keys, is_approved=is_approved, reason=given["reason"], by=acting_user(request), now=now()
        )
        return Response({"count": done.count, "amount": f"{done.amount:f}"})


class PayBaseApi(ScopedReadView):
    """Pay bases over time."""

    capability: ClassVar[str | Mapping[str, str]] = {"GET": "assessments.view_rewards", "POST": PROPOSE}
    serializer_class = shapes.PayBaseSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return visible_pay_bases(scope_of(request))

    @extend_schema(summary="List pay bases", parameters=[shapes.PayBasesQuery])
    def list(self, request: Request) -> Response:
        """By id."""
        given, rows = asked(request, shapes.PayBasesQuery), self.rows(request)
        lookups = {"person": "person__in", "on": "valid__contains"}
        rows = rows.filter(**{lookup: given[name] for name, lookup in lookups.items() if name in given})
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Set a pay base", request=shapes.PayBaseInput, responses={200: shapes.PayBaseSerializer(many=True)}
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """From a month on. Gives the person's pay bases as they are afterwards."""
        given, scope = cleaned(request, shapes.PayBaseInput), scope_of(request)
        person = person_for(scope=scope, pk=given["person"])
        services.set_pay_base(
            person=person,
            month=Month.of(given["month"]),
            amount=given["amount"],
            reason=given["reason"],
            by=acting_user(request),
        )
        rows = self.rows(request).filter(person=person).order_by("valid")
        return Response(self.get_serializer(rows, many=True).data)


class ImprovementPlanApi(ScopedReadView):
    """Improvement plans."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": VIEW,
        "POST": DECIDE,
        "propose": PROPOSE,
        "start": DECIDE,
        "review": VIEW,
        "close": DECIDE,
    }
    serializer_class = plans.ImprovementPlanSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return visible_plans(scope_of(request))

    @extend_schema(summary="List improvement plans", parameters=[plans.PlansQuery])
    def list(self, request: Request) -> Response:
        """By id."""
        given = asked(request, plans.PlansQuery)
        page = self.paginate_queryset(self.rows(request).filter(**given))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Begin an improvement plan",
        request=plans.BeginPlanInput,
        responses={201: plans.ImprovementPlanSerializer},
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """For a person or a department that no grade asked one for. It runs at once."""
        given, scope = cleaned(request, plans.BeginPlanInput), scope_of(request)
        person, department = given.pop("person", None), given.pop("department", None)
        owner = plan_owners(scope).filter(pk=given.pop("owner")).first()
        plan = services.begin_plan(
            person=person_for(scope=scope, pk=person) if person else None,
            department=department_for(scope=scope, pk=department) if department else None,
            terms=services.PlanTerms(owner=owner, **given),
            by=acting_user(request),
            now=now(),
        )
        answer = self.answer(request, plan.pk)
        answer.status_code = 201
        return answer

    @extend_schema(
        summary="Propose improvement plans",
        request=shapes.ProposeInput,
        responses={200: plans.PlansProposedSerializer},
    )
    @action(detail=False, methods=["post"])
    @idempotent
    def propose(self, request: Request) -> Response:
        """From the grades of a published month. Safe to repeat."""
        month = Month.of(cleaned(request, shapes.ProposeInput)["month"])
        return Response(asdict(services.propose_plans(month=month, by=acting_user(request), now=now())))

    @extend_schema(summary="Start a plan", request=plans.StartPlanInput, responses=plans.ImprovementPlanSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def start(self, request: Request, **kwargs: Any) -> Response:
        """With goals, support, owner and dates."""
        plan, given = self.get_object(), cleaned(request, plans.StartPlanInput)
        owner = plan_owners(scope_of(request)).filter(pk=given.pop("owner")).first()
        terms = services.PlanTerms(owner=owner, **given)
        services.start_plan(plan=plan, terms=terms, by=acting_user(request), now=now())
        return self.answer(request, plan.pk)

    @extend_schema(summary="Keep a review", request=plans.ReviewPlanInput, responses=plans.ImprovementPlanSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def review(self, request: Request, **kwargs: Any) -> Response:
        """What it found, and when the next one is. Those who decide on plans, and whoever owns this one."""
        plan, given = self.get_object(), cleaned(request, plans.ReviewPlanInput)
        services.review_plan(plan=plan, **given, by=acting_user(request), now=now())
        return self.answer(request, plan.pk)

    @extend_schema(summary="Close a plan", request=plans.ClosePlanInput, responses=plans.ImprovementPlanSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def close(self, request: Request, **kwargs: Any) -> Response:
        """How it ended."""
        plan, given = self.get_object(), cleaned(request, plans.ClosePlanInput)
        services.close_plan(plan=plan, **given, by=acting_user(request), now=now())
        return self.answer(request, plan.pk)

    def answer(self, request: Request, pk: int) -> Response:
        """The plan as it now is."""
        plan = plan_for(scope_of(request), pk)
        return with_etag(Response(plans.ImprovementPlanSerializer(plan).data), etag_for(plan))
