"""The ruling desk for other systems: what waits for the caller, one case with brief and steps, the answer, the way back."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.approvals import selectors, services
from apps.approvals.choices import Ask, CaseKind, CaseState, Verdict
from apps.approvals.models import Case, Step
from apps.core.clock import now, today
from apps.core.errors import NotFound
from apps.core.http.api import ScopedReadView, etag_for, with_etag
from apps.core.http.fields import id_field
from apps.core.http.queries import asked, cleaned, scope_of
from apps.jobs.http.idempotency import idempotent

VIEW = "approvals.view"
MOST_WORDS = 4_000
VERSION_HELP = "The version that was read: 409 where the case has moved on since."


class CasesQuery(serializers.Serializer[Any]):
    """Narrow the cases."""

    kind = serializers.ChoiceField(required=False, choices=CaseKind.choices, help_text="About this kind of thing.")
    state = serializers.ChoiceField(required=False, choices=CaseState.choices, help_text="In this state.")


class WaitingQuery(serializers.Serializer[Any]):
    """Narrow what waits."""

    kind = serializers.ChoiceField(required=False, choices=CaseKind.choices, help_text="About this kind of thing.")


class CaseRulingInput(serializers.Serializer[Any]):
    """An answer to the step whose turn it is."""

    step = id_field("Id of the step that is answered.")
    ruling = serializers.ChoiceField(choices=Verdict.choices)
    reason = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=MOST_WORDS, help_text="Needed to return or veto."
    )
    conditions = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=MOST_WORDS,
        help_text="Needed to approve with conditions.",
    )
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text=VERSION_HELP)


class CaseWithdrawalInput(serializers.Serializer[Any]):
    """Why a case is taken back."""

    reason = serializers.CharField(max_length=MOST_WORDS, help_text="The people who were asked read it.")
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text=VERSION_HELP)


@extend_schema_field({"type": "object", "additionalProperties": True})
class BriefField(serializers.JSONField):
    """The brief as it was frozen: summary, facts, changes, amounts, effect."""


class CasePersonSerializer(serializers.Serializer[Any]):
    """An account in short."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class CaseSerializer(serializers.Serializer[Case]):
    """A case in short."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=CaseKind.choices)
    title = serializers.CharField()
    subject_ref = serializers.CharField(help_text="What it is about, as the app that owns it calls it.")
    subject_url = serializers.CharField(help_text="Page of what it is about; empty: it has none.")
    subject_version = serializers.IntegerField()
    submitted_by = CasePersonSerializer()
    submitted_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=CaseState.choices)
    version = serializers.IntegerField(help_text="Send it back with a ruling or a withdrawal.")
    closed_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Case) -> dict[str, Any]:
        """A case as plain values."""
        names = ("kind", "title", "subject_ref", "subject_url", "subject_version", "state", "version")
        return {
            "id": instance.pk,
            **{name: getattr(instance, name) for name in names},
            "submitted_by": person(instance.submitted_by),
            "submitted_at": instance.submitted_at.isoformat(),
            "closed_at": moment(instance.closed_at),
        }


class CaseStepSerializer(serializers.Serializer[Step]):
    """One decider's turn, with the answer once it is given."""

    id = serializers.IntegerField()
    position = serializers.IntegerField()
    ask = serializers.ChoiceField(choices=Ask.choices)
    role = serializers.CharField(help_text="The role that is asked; empty: a person is.")
    user = CasePersonSerializer(allow_null=True)
    opened_at = serializers.DateTimeField(allow_null=True, help_text="null: its turn has not come.")
    due_at = serializers.DateTimeField(allow_null=True)
    climbed_at = serializers.DateTimeField(allow_null=True, help_text="Since then the next role is asked too.")
    ruling = serializers.ChoiceField(choices=Verdict.choices, allow_blank=True)
    reason = serializers.CharField()
    conditions = serializers.CharField()
    decided_by = CasePersonSerializer(allow_null=True)
    decided_for = CasePersonSerializer(allow_null=True, help_text="Who was stood in for.")
    decided_at = serializers.DateTimeField(allow_null=True)
    is_settled = serializers.BooleanField(
        help_text="Nobody but whoever ruled on the step before was left to answer, so that ruling stands here too."
    )

    def to_representation(self, instance: Step) -> dict[str, Any]:
        """A step as plain values."""
        return {
            "id": instance.pk,
            **{name: getattr(instance, name) for name in ("position", "ask", "role", "ruling", "reason", "conditions")},
            **{name: person(getattr(instance, name)) for name in ("user", "decided_by", "decided_for")},
            **{name: moment(getattr(instance, name)) for name in ("opened_at", "due_at", "climbed_at", "decided_at")},
            "is_settled": instance.is_settled,
        }


class CaseTurnSerializer(serializers.Serializer[Any]):
    """Whether the caller may answer now."""

    step = serializers.IntegerField(allow_null=True, help_text="Id of the step whose turn it is; null: closed.")
    is_yours = serializers.BooleanField()
    verdicts = serializers.ListField(child=serializers.ChoiceField(choices=Verdict.choices))
    why_not = serializers.CharField(help_text="Why somebody who is asked may not answer; empty otherwise.")


class WholeCaseSerializer(CaseSerializer):
    """A case with its brief, its steps, and whether the caller may answer."""

    brief = BriefField()
    authors = CasePersonSerializer(many=True, help_text="Who wrote or owns it, and so may not rule on it.")
    steps = CaseStepSerializer(many=True)
    turn = CaseTurnSerializer()


class WaitingStepSerializer(serializers.Serializer[Step]):
    """A step that waits for the caller's answer."""

    step = serializers.IntegerField()
    ask = serializers.ChoiceField(choices=Ask.choices)
    due_at = serializers.DateTimeField(allow_null=True)
    case = CaseSerializer()

    def to_representation(self, instance: Step) -> dict[str, Any]:
        """A waiting step as plain values."""
        return {
            "step": instance.pk,
            "ask": instance.ask,
            "due_at": moment(instance.due_at),
            "case": CaseSerializer().to_representation(instance.case),
        }


class CaseApi(ScopedReadView):
    """Cases the caller may read: all for company-wide roles, else those sent, written, asked about or ruled on."""

    capability: ClassVar[str | Mapping[str, str]] = VIEW
    serializer_class = CaseSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return selectors.visible_cases(scope=scope_of(request), user=acting_user(request), today=today())

    @extend_schema(summary="List cases", parameters=[CasesQuery])
    def list(self, request: Request) -> Response:
        """By id: the oldest first."""
        given = asked(request, CasesQuery)
        page = self.paginate_queryset(self.rows(request).filter(**given))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Read a case", responses=WholeCaseSerializer)
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """With its brief as it was submitted, every step, and whether it is the caller's turn."""
        case = self.whole(request)
        return with_etag(Response(case_values(case, acting_user(request))), etag_for(case, *case.steps.all()))

    @extend_schema(
        summary="List what waits for you", parameters=[WaitingQuery], responses=WaitingStepSerializer(many=True)
    )
    @action(detail=False, methods=["get"])
    def waiting(self, request: Request) -> Response:
        """Steps the caller can answer now, for themselves or as a stand-in."""
        given = asked(request, WaitingQuery)
        rows = selectors.waiting_for(scope=scope_of(request), user=acting_user(request), today=today())
        page = self.paginate_queryset(rows.filter(**{f"case__{name}": value for name, value in given.items()}))
        return self.get_paginated_response([WaitingStepSerializer().to_representation(row) for row in page or ()])

    @extend_schema(summary="Rule on a case", request=CaseRulingInput, responses=WholeCaseSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def rule(self, request: Request, **kwargs: Any) -> Response:
        """Answer the step whose turn it is. 403 for whoever is not asked, 409 for whoever comes second."""
        case, given = self.whole(request), cleaned(request, CaseRulingInput)
        step = next((row for row in case.steps.all() if row.pk == given["step"]), None)
        if step is None:
            raise NotFound(_("There is no such step in this case."), field="step")
        words = {name: given[name] for name in ("ruling", "reason", "conditions")}
        services.rule_on(
            case=case, step=step, by=acting_user(request), now=now(), expected_version=given["version"], **words
        )
        return Response(case_values(self.whole(request), acting_user(request)))

    @extend_schema(summary="Withdraw a case", request=CaseWithdrawalInput, responses=WholeCaseSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, **kwargs: Any) -> Response:
        """The own one, before it is decided. 409 where it has moved on."""
        case, given = self.whole(request), cleaned(request, CaseWithdrawalInput)
        services.withdraw_case(
            case=case,
            reason=given["reason"],
            by=acting_user(request),
            now=now(),
            expected_version=given["version"],
        )
        return Response(case_values(self.whole(request), acting_user(request)))

    def whole(self, request: Request) -> Case:
        """The case in the address with its steps, as far as the caller may read it."""
        return selectors.case_for(
            scope=scope_of(request), user=acting_user(request), today=today(), pk=self.kwargs["pk"]
        )


def case_values(case: Case, user: Any) -> dict[str, Any]:
    """A whole case as plain values, seen by USER."""
    step = selectors.current_step(case)
    turn = selectors.turn_of(case=case, step=step, user=user, today=today())
    return {
        **CaseSerializer().to_representation(case),
        "brief": case.brief,
        "authors": [person(row.user) for row in case.author_rows.all()],
        "steps": [CaseStepSerializer().to_representation(row) for row in case.steps.all()],
        "turn": {
            "step": step.pk if step else None,
            "is_yours": turn.step is not None and turn.is_theirs,
            "verdicts": [code for code, _label in turn.verdicts],
            "why_not": str(turn.why_not),
        },
    }


def person(user: Any) -> dict[str, Any] | None:
    """An account in short."""
    return {"id": user.pk, "name": user.name} if user is not None else None


def moment(at: Any) -> str | None:
    """A moment as text."""
    return at.isoformat() if at is not None else None
