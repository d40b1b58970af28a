"""What departments report for the assessment, and what raters say, for other systems."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.assessments.api.bodies import departments_named
from apps.assessments.api.registers import (
    EntriesQuery,
    EntryInput,
    EntrySerializer,
    RatedSerializer,
    RatingCheckSerializer,
    RatingChecksQuery,
    RatingSerializer,
    RatingsInput,
    RatingsQuery,
    ReportedSerializer,
    StandardisedSerializer,
    check_values,
)
from apps.assessments.selectors.entries import indicator_named, visible_entries
from apps.assessments.selectors.rating import (
    ToRate,
    checks_in,
    departments_to_rate,
    standardised_in,
    visible_ratings,
)
from apps.assessments.services.entries import enter_facts
from apps.assessments.services.rating import Said, rate_departments
from apps.assessments.services.registers import WrongRating
from apps.core.clock import now, today
from apps.core.http.api import ScopedReadView
from apps.core.http.queries import asked, cleaned, scope_of
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import departments_asked
from apps.jobs.http.idempotency import idempotent

READ = "assessments.view_schemes"


def narrowed(rows: Any, given: Mapping[str, Any], scope: Scope) -> Any:
    """ROWS as they were asked for."""
    if "department" in given:
        rows = rows.filter(department__in=departments_asked(scope, given["department"]))
    return rows.filter(**{name: given[name] for name in ("month", "indicator") if name in given})


class EntryApi(ScopedReadView):
    """Counts of events and milestones, every version of them; the newest counts."""

    capability: ClassVar[str | Mapping[str, str]] = {"GET": READ, "POST": "assessments.enter"}
    serializer_class = EntrySerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return visible_entries(scope_of(request))

    @extend_schema(summary="List what was reported", parameters=[EntriesQuery])
    def list(self, request: Request) -> Response:
        """Every version by id: the oldest first."""
        rows = narrowed(self.rows(request), asked(request, EntriesQuery), scope_of(request))
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Report", request=EntryInput, responses={200: ReportedSerializer, 201: ReportedSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Report counts or milestones. What was reported already is no new version (200). 409 where somebody was faster."""
        given, scope = cleaned(request, EntryInput), scope_of(request)
        month = Month.of(given["month"])
        place = departments_named({given["department"]}, scope)[given["department"]]
        done = enter_facts(
            month=month,
            department=place,
            indicator=indicator_named(scope, month, place.pk, given["indicator"]),
            content=given["content"],
            note=given["note"],
            evidence=given["evidence"],
            based_on=given["based_on"],
            scope=scope,
            by=acting_user(request),
            now=now(),
        )
        body = {**EntrySerializer(done.entry).data, "is_new": done.is_new, "needs_revision": done.needs_revision}
        return Response(body, status=201 if done.is_new else 200)


class RatingApi(ScopedReadView):
    """What raters said of departments: all of it for those who judge, everybody else their own."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": READ,
        "POST": "assessments.rate",
        # Those who work the month out: the COO and HR.
        "checks": "assessments.compute",
        "standardised": "assessments.compute",
    }
    serializer_class = RatingSerializer
    ordering = "pk"

    def rows(self, request: Request) -> Any:
        return visible_ratings(scope_of(request))

    @extend_schema(summary="List ratings", parameters=[RatingsQuery])
    def list(self, request: Request) -> Response:
        """Every version by id: the oldest first."""
        rows = narrowed(self.rows(request), asked(request, RatingsQuery), scope_of(request))
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Rate departments", request=RatingsInput, responses=RatedSerializer)
    @idempotent
    def create(self, request: Request) -> Response:
        """All together or none. What was said already is no new version."""
        given, user = cleaned(request, RatingsInput), acting_user(request)
        month = Month.of(given["month"])
        rows = departments_to_rate(user, month, today=today())
        done = rate_departments(
            month=month,
            ratings=[said_of(one, rows) for one in given["ratings"]],
            note=given["note"],
            scope=scope_of(request),
            by=user,
            now=now(),
        )
        return Response({"new": done.new, "unchanged": done.unchanged, "needs_revision": done.needs_revision})

    @extend_schema(
        summary="Compare the raters of a month",
        parameters=[RatingChecksQuery],
        responses=RatingCheckSerializer(many=True),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def checks(self, request: Request) -> Response:
        """Signs that somebody rates otherwise than the others. Nothing follows from them by itself."""
        given = asked(request, RatingChecksQuery)
        checks, names = checks_in(scope_of(request), Month.of(given["month"]))
        return Response([check_values(check, names) for check in checks])

    @extend_schema(
        summary="Ratings of a month on one scale",
        parameters=[RatingChecksQuery],
        responses=StandardisedSerializer(many=True),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def standardised(self, request: Request) -> Response:
        """Moved to the mean and spread of all, beside what was given: for discussion, no points come from it."""
        lines = standardised_in(scope_of(request), Month.of(asked(request, RatingChecksQuery)["month"]))
        shape = StandardisedSerializer()
        return Response([shape.to_representation(line) for line in lines])


def said_of(one: Mapping[str, Any], rows: list[ToRate]) -> Said:
    """A rating with what it names; refused when it is not the caller's to rate."""
    for row in rows:
        place = row.place.department
        if one["department"] in {place.pk, place.code}:
            for indicator in row.indicators:
                if one["indicator"] in {indicator.pk, indicator.code}:
                    return Said(place, indicator, one["level"])
    raise WrongRating(
        _("You do not rate “%(place)s” by “%(indicator)s”: the scheme names other raters, or you lead or belong to it.")
        % {"place": one["department"], "indicator": one["indicator"]},
        field="ratings",
    )
