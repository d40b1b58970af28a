"""Scores of quarters and years, and the calendar of a month, for other systems."""

from datetime import date
from typing import Any, ClassVar

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.assessments.api.shapes import POINTS, ScoreDepartmentSerializer
from apps.assessments.rules.calendar import STATE_CHOICES, Step, Turn
from apps.assessments.selectors.calendar import month_calendar
from apps.assessments.selectors.periods import period_scores, stretch_line
from apps.core.clock import today
from apps.core.errors import NotFound
from apps.core.http.api import ApiView
from apps.core.http.fields import MonthField
from apps.core.http.queries import asked, scope_of
from apps.core.month import Month

FIRST_DAY = date(1970, 1, 1)
KINDS = (("quarter", "Quarter"), ("year", "Fiscal year"))


class PeriodScoresQuery(serializers.Serializer[Any]):
    """Which quarter or year."""

    kind = serializers.ChoiceField(choices=KINDS, help_text="quarter or year")
    first_month = MonthField(help_text="Its first month, YYYY-MM.")


class PeriodScoreSerializer(serializers.Serializer[Any]):
    """A department's quarter or year."""

    department = ScoreDepartmentSerializer()
    score = serializers.DecimalField(**POINTS, help_text="Mean of the months with a score; null: none has one.")
    grade = serializers.CharField()
    rank = serializers.IntegerField(allow_null=True, help_text="Among all departments of the company.")
    months_counted = serializers.IntegerField()
    months_assessed = serializers.IntegerField()


class PeriodScoresSerializer(serializers.Serializer[Any]):
    """A quarter or year with its departments."""

    kind = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField()
    first_month = serializers.CharField(help_text="YYYY-MM")
    last_month = serializers.CharField(help_text="YYYY-MM")
    published_months = serializers.ListField(child=serializers.CharField(), help_text="YYYY-MM")
    scores = PeriodScoreSerializer(many=True)


def month_begun(day: date, field: str) -> Month:
    """The month of DAY. NotFound for one that has not begun, and for one before there were portals."""
    if not FIRST_DAY <= day <= today():
        raise NotFound(
            _("Nothing is known of %(month)s. Ask for a month of the calendar that has a scheme.")
            % {"month": date_format(day, "F Y")},
            field=field,
        )
    return Month.of(day)


class PeriodScoresApi(ApiView):
    """Scores of quarters and fiscal years."""

    capability: ClassVar[str] = "assessments.view"

    @extend_schema(
        operation_id="period_scores",
        summary="Scores of a quarter or year",
        parameters=[PeriodScoresQuery],
        responses=PeriodScoresSerializer,
    )
    def get(self, request: Request) -> Response:
        """The departments in the caller's reach, the best first; straight from published months."""
        given, scope = asked(request, PeriodScoresQuery), scope_of(request)
        line = stretch_line(scope, given["kind"], month_begun(given["first_month"], "first_month"))
        body = {
            "kind": line.stretch.kind,
            "name": line.name,
            "first_month": str(line.stretch.first),
            "last_month": str(line.stretch.last),
            "published_months": [str(Month.of(run.month)) for run in line.published],
            "scores": [
                {
                    "department": {"id": one.department, "code": one.code, "name": one.name},
                    "score": one.score,
                    "grade": one.grade,
                    "rank": one.rank,
                    "months_counted": one.months_counted,
                    "months_assessed": one.months_assessed,
                }
                for one in period_scores(scope, line)
            ],
        }
        return Response(PeriodScoresSerializer(body).data)


class MonthCalendarQuery(serializers.Serializer[Any]):
    """Which month."""

    month = MonthField(help_text="YYYY-MM")


class CalendarStepSerializer(serializers.Serializer[Any]):
    """One step of an assessed month."""

    step = serializers.ChoiceField(choices=[(one.value, one.value) for one in Step])
    state = serializers.ChoiceField(choices=STATE_CHOICES)
    due_on = serializers.DateField()
    done_on = serializers.DateField(allow_null=True)
    days_left = serializers.IntegerField(help_text="Working days; negative: so many late.")


class MonthCalendarSerializer(serializers.Serializer[Any]):
    """An assessed month's calendar."""

    month = serializers.CharField(help_text="YYYY-MM")
    turn = serializers.ChoiceField(choices=[(one.value, one.value) for one in Turn], help_text="Whose turn it is.")
    steps = CalendarStepSerializer(many=True)


class MonthCalendarApi(ApiView):
    """The calendar of an assessed month."""

    capability: ClassVar[str] = "assessments.view_drafts"

    @extend_schema(
        operation_id="month_calendar",
        summary="Calendar of a month",
        parameters=[MonthCalendarQuery],
        responses=MonthCalendarSerializer,
    )
    def get(self, request: Request) -> Response:
        """Its steps with the days they are due and were done, and whose turn it is."""
        month = month_begun(asked(request, MonthCalendarQuery)["month"], "month")
        found = month_calendar(scope_of(request), month, today=today())
        if found is None:
            raise NotFound(_("You do not work on months. Ask the COO or human resources."))
        steps = [
            {
                "step": one.step,
                "state": one.state,
                "due_on": one.due_on,
                "done_on": one.done_on,
                "days_left": one.days_left,
            }
            for one in found.steps
        ]
        return Response(MonthCalendarSerializer({"month": str(month), "turn": found.turn, "steps": steps}).data)
