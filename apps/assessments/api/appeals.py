"""Appeals and calibrations for other systems: read, and every act of the pages."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.assessments import services
from apps.assessments.api.appeal_shapes import (
    AppealInput,
    AppealReasonInput,
    AppealRulingInput,
    AppealSerializer,
    AppealsQuery,
    CalibrationInput,
    CalibrationSerializer,
    CalibrationsQuery,
)
from apps.assessments.models import Appeal
from apps.assessments.selectors.appeals import (
    ADMIT,
    APPEAL,
    RULE,
    appeal_for,
    person_score_for,
    published_place,
    visible_appeals,
)
from apps.assessments.selectors.calibrations import draft_run, movable_score, visible_calibrations, with_outcome
from apps.assessments.selectors.holds import public_holds
from apps.assessments.selectors.records import lines_of_score
from apps.assessments.selectors.scores import score_for
from apps.assessments.services import Granted, Matter
from apps.core.clock import now
from apps.core.errors import NotFound
from apps.core.http.api import ScopedReadView
from apps.core.http.queries import asked, cleaned, scope_of
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.wording import month_text
from apps.jobs.http.idempotency import idempotent

LOOKUPS = {"month": "run__month", "state": "state", "department": "department"}


def matter_of(given: Mapping[str, Any], scope: Scope) -> Matter:
    """What an appeal is about, as far as the caller may see it; NotFound for everything else."""
    month = Month.of(given["month"])
    if given["is_own_score"]:
        own = person_score_for(scope, month, scope.person_id or 0)
        return Matter(own.run, own.department, person=own.person)
    place = published_place(scope, month)
    if place is None or place.published is None:
        raise NotFound(
            _("The scores of %(month)s are not published. Wait for the publication, or ask for another month.")
            % {"month": month_text(month)},
            field="month",
        )
    score = score_for(scope, month, given["department"], place.published.version)
    if "indicator" not in given:
        return Matter(score.run, score.department)
    lines = {line.indicator_id: line.indicator for line in lines_of_score(score)}
    line = lines.get(given["indicator"])
    if line is None:
        raise NotFound(
            _("There is no such line in the published score of the department. Take one of its receipt."),
            field="indicator",
        )
    return Matter(score.run, score.department, indicator=line)


class AppealApi(ScopedReadView):
    """Appeals in the caller's reach: all, those about departments led, or those filed by, about or given to the caller."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": APPEAL,
        "POST": APPEAL,
        "admit": ADMIT,
        "reject": ADMIT,
        "rule": RULE,
        "hand_up": RULE,
    }
    serializer_class = AppealSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return visible_appeals(scope_of(request))

    @extend_schema(summary="List appeals", parameters=[AppealsQuery])
    def list(self, request: Request) -> Response:
        """By id: the oldest first."""
        given = asked(request, AppealsQuery)
        rows = self.rows(request).filter(**{LOOKUPS[name]: value for name, value in given.items()})
        page = self.paginate_queryset(rows)
        public_holds(page or [])
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def get_object(self) -> Any:
        """One appeal, with what its clock does."""
        appeal = super().get_object()
        public_holds([appeal])
        return appeal

    @extend_schema(summary="File an appeal", request=AppealInput, responses={201: AppealSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Against a published score, within the window, by who leads the department or for the own score."""
        given = cleaned(request, AppealInput)
        appeal = services.file_appeal(
            matter=matter_of(given, scope_of(request)),
            reason=given["reason"],
            wish=given["wish"],
            by=acting_user(request),
            now=now(),
        )
        return self.answer(request, appeal, status=201)

    @extend_schema(summary="Admit an appeal", request=None, responses=AppealSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def admit(self, request: Request, **kwargs: Any) -> Response:
        """A reviewer is named who had no part in the score. 409 where it is no longer waiting."""
        return self.done(request, lambda appeal: services.admit_appeal(appeal=appeal, **self.actor(request)))

    @extend_schema(summary="Do not admit an appeal", request=AppealReasonInput, responses=AppealSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def reject(self, request: Request, **kwargs: Any) -> Response:
        """For a formal reason, which the appellant reads."""
        return self.reasoned(request, services.reject_appeal)

    @extend_schema(summary="Withdraw an appeal", request=None, responses=AppealSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, **kwargs: Any) -> Response:
        """The own one, before it is taken up."""
        return self.done(request, lambda appeal: services.withdraw_appeal(appeal=appeal, **self.actor(request)))

    @extend_schema(summary="Rule on an appeal", request=AppealRulingInput, responses=AppealSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def rule(self, request: Request, **kwargs: Any) -> Response:
        """Only by its reviewer. What is granted is worked out as a corrected version of the month (`revision`)."""
        appeal, given = self.get_object(), cleaned(request, AppealRulingInput)
        granted = Granted(given["indicators"], given["is_beside"], given["is_placement"])
        words = {"ruling": given["ruling"], "reason": given["reason"]}
        services.rule_appeal(appeal=appeal, granted=granted, **words, **self.actor(request))
        return self.answer(request, appeal)

    @extend_schema(summary="Hand an appeal to the GM", request=AppealReasonInput, responses=AppealSerializer)
    @action(detail=True, methods=["post"], url_path="hand-up")
    @idempotent
    def hand_up(self, request: Request, **kwargs: Any) -> Response:
        """By its reviewer, who may not lower a score."""
        return self.reasoned(request, services.hand_up_appeal)

    @extend_schema(
        summary="Take a ruling to the second level", request=AppealReasonInput, responses={201: AppealSerializer}
    )
    @action(detail=True, methods=["post"], url_path="second-level")
    @idempotent
    def second_level(self, request: Request, **kwargs: Any) -> Response:
        """Another appeal, on which the general manager rules; within the ruling days."""
        appeal, given = self.get_object(), cleaned(request, AppealReasonInput)
        following = services.take_to_second_level(appeal=appeal, reason=given["reason"], **self.actor(request))
        return self.answer(request, following, status=201)

    def actor(self, request: Request) -> dict[str, Any]:
        """Who acts, and when."""
        return {"by": acting_user(request), "now": now()}

    def done(self, request: Request, act: Callable[[Appeal], object]) -> Response:
        """Do something with the appeal of the address, and show it."""
        appeal = self.get_object()
        act(appeal)
        return self.answer(request, appeal)

    def reasoned(self, request: Request, act: Callable[..., object]) -> Response:
        """The same with a reason."""
        appeal, given = self.get_object(), cleaned(request, AppealReasonInput)
        act(appeal=appeal, reason=given["reason"], **self.actor(request))
        return self.answer(request, appeal)

    def answer(self, request: Request, appeal: Appeal, *, status: int = 200) -> Response:
        """The appeal as it now is."""
        found = appeal_for(scope_of(request), appeal.pk)
        public_holds([found])
        return Response(AppealSerializer(found).data, status=status)


class CalibrationApi(ScopedReadView):
    """How scores of drafts were moved, for those who read drafts."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": "assessments.view_drafts",
        "POST": "assessments.calibrate",
    }
    serializer_class = CalibrationSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return with_outcome(visible_calibrations(scope_of(request)))

    @extend_schema(summary="List calibrations", parameters=[CalibrationsQuery])
    def list(self, request: Request) -> Response:
        """By id: the oldest first."""
        given = asked(request, CalibrationsQuery)
        page = self.paginate_queryset(self.rows(request).filter(**given))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Calibrate a score", request=CalibrationInput, responses={201: CalibrationSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """By the COO, on the COO's own line by the GM; within the scheme's band. The draft becomes its next version."""
        given, scope = cleaned(request, CalibrationInput), scope_of(request)
        month = Month.of(given["month"])
        score = movable_score(scope, draft_run(scope, month), given["department"])
        services.calibrate_score(
            month=month,
            department=score.department,
            points=given["points"],
            reason=given["reason"],
            version=given["version"],
            by=acting_user(request),
            now=now(),
        )
        made = self.rows(request).filter(department=score.department_id, month=month.first_day).latest("pk")
        return Response(CalibrationSerializer(made).data, status=201)
