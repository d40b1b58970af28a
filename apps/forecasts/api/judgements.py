"""Own figures and what-ifs for other systems."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.core.clock import now, today
from apps.core.errors import NotFound
from apps.core.http.api import ScopedReadView
from apps.core.http.fields import MonthField
from apps.core.http.queries import asked, cleaned, scope_of
from apps.core.month import Month
from apps.core.scope import Scope
from apps.forecasts import services
from apps.forecasts.api.frame import JudgementsQuery, SubjectInput, month_ahead, narrowed, subject_named
from apps.forecasts.api.shapes import (
    BentScenarioSerializer,
    OverrideSerializer,
    ScenarioSerializer,
)
from apps.forecasts.models import Scenario
from apps.forecasts.rules.what_if import Change
from apps.forecasts.selectors import Subject, current_issue, current_issues, series_for
from apps.forecasts.selectors.honesty import judged_beside, visible_overrides
from apps.forecasts.selectors.scenarios import tried_of, visible_scenarios
from apps.forecasts.services.scenarios import LONGEST_NAME
from apps.jobs.http.idempotency import idempotent

VIEW, ADJUST = "forecasts.view", "forecasts.adjust"
NOTHING = Decimal(0)
MOST_MONTHS = 240
"""Own figures are judged however old they are: as far back as anybody told some."""


class OverrideInput(SubjectInput):
    """An own figure for a month ahead, or its taking back."""

    month = MonthField(help_text="A month ahead, YYYY-MM.")
    value = serializers.FloatField(
        allow_null=True,
        min_value=-1e18,
        max_value=1e18,
        help_text="In the unit of the series; null takes the own figure of the month back.",
    )
    reason = serializers.CharField(max_length=500, help_text="Why.")


class ScenarioInput(SubjectInput):
    """A what-if to be kept."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    from_month = MonthField(help_text="A month ahead, YYYY-MM.")
    level_pct = serializers.DecimalField(
        max_digits=8, decimal_places=3, required=False, default=NOTHING,
        help_text="Percent: every month higher or lower by so much, from -100 to 1000.",
    )  # fmt: skip
    growth_pct = serializers.DecimalField(
        max_digits=7, decimal_places=3, required=False, default=NOTHING, help_text="Percent a month, from -50 to 50."
    )
    one_off = serializers.DecimalField(
        max_digits=18, decimal_places=6, required=False, default=NOTHING,
        help_text="Added in the first month, in the unit of the series.",
    )  # fmt: skip


class OverrideApi(ScopedReadView):
    """Own figures beside the forecast, of series in the caller's reach; insert-only, the newest of a month counts."""

    capability: ClassVar[str | Mapping[str, str]] = {"GET": VIEW, "POST": ADJUST}
    serializer_class = OverrideSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return visible_overrides(scope_of(request))

    @extend_schema(summary="List own figures", parameters=[JudgementsQuery])
    def list(self, request: Request) -> Response:
        """By id: the oldest first. With what came of those whose month has."""
        given, scope = asked(request, JudgementsQuery), scope_of(request)
        page = self.paginate_queryset(narrowed(self.rows(request), given, scope)) or []
        judged = judged_beside(scope, page, current_issues(scope, until=Month.of(today()), limit=MOST_MONTHS))
        shape = OverrideSerializer(context={"judged": judged})
        return self.get_paginated_response([shape.to_representation(row) for row in page])

    @extend_schema(
        summary="Tell or take back an own figure", request=OverrideInput, responses={201: OverrideSerializer}
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """For a month ahead, with a reason; taken back for past months too, which are judged all the same. 422 names a month
        that is not ahead and a value out of bounds."""
        given, scope = cleaned(request, OverrideInput), scope_of(request)
        subject, month = subject_named(scope, given), month_ahead(given["month"])
        said = {"subject": subject, "month": month, "reason": given["reason"], "scope": scope}
        if given["value"] is None:
            made = services.take_back_override(**said, by=acting_user(request), now=now())
        else:
            made = services.tell_override(**said, value=given["value"], by=acting_user(request), now=now())
        return Response(OverrideSerializer(made).data, status=201)


class ScenarioApi(ScopedReadView):
    """What-ifs on series in the caller's reach. Nothing else reads them."""

    capability: ClassVar[str | Mapping[str, str]] = {"GET": VIEW, "POST": ADJUST, "DELETE": ADJUST}
    serializer_class = ScenarioSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return visible_scenarios(scope_of(request))

    @extend_schema(summary="List what-ifs", parameters=[JudgementsQuery])
    def list(self, request: Request) -> Response:
        """By id: the oldest first."""
        given = asked(request, JudgementsQuery)
        page = self.paginate_queryset(narrowed(self.rows(request), given, scope_of(request)))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Read a what-if", responses=BentScenarioSerializer)
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """With its months, the year's end and the chances of the targets beside those of the newest forecast."""
        row: Scenario = self.get_object()
        body = {**ScenarioSerializer().to_representation(row), **bent_body(scope_of(request), row)}
        return Response(body)

    @extend_schema(summary="Keep a what-if", request=ScenarioInput, responses={201: ScenarioSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Under a name of its own. 422 names what is wrong, 409 that there are too many."""
        given, scope = cleaned(request, ScenarioInput), scope_of(request)
        made = services.save_scenario(
            subject=subject_named(scope, given),
            name=given["name"],
            from_month=month_ahead(given["from_month"]),
            change=Change(given["level_pct"], given["growth_pct"], given["one_off"]),
            scope=scope,
            by=acting_user(request),
            now=now(),
        )
        return Response(ScenarioSerializer(made).data, status=201)

    @extend_schema(summary="Throw a what-if away", responses={204: None})
    @idempotent
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """It leaves no trace in any forecast."""
        row: Scenario = self.get_object()
        services.delete_scenario(scenario=row, scope=scope_of(request), by=acting_user(request), now=now())
        return Response(status=204)


def bent_body(scope: Scope, row: Scenario) -> dict[str, Any]:
    """The newest forecast, and what if: by months, at the end of the year, for the targets; nothing where nothing is
    foretold."""
    issue = current_issue(scope)
    try:
        told = series_for(scope, issue, Subject(row.kind, row.department, row.kpi)) if issue else None
    except NotFound:
        told = None
    if issue is None or told is None or not told.mean:
        return {"months": [], "forecast": None, "what_if": None, "year_gap": ""}
    change = Change(row.level_pct, row.growth_pct, row.one_off)
    found = tried_of(told, issue, Month.of(row.from_month), change)
    return {
        "months": [{"month": str(month), "mean": mean, "what_if": value} for month, mean, value in found.months],
        "forecast": asdict(found.plain),
        "what_if": asdict(found.what_if),
        "year_gap": found.year_gap,
    }
