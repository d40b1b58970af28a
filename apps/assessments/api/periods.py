"""Scores of quarters and years, and the calendar of a month, for other systems."""

from datetime import date
from typing import Any, ClassVar

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.assessments.api.shapes import POINTS, SchemeRefSerializer, ScoreDepartmentSerializer, scheme_ref
from apps.assessments.rules.calendar import STATE_CHOICES, Step, Turn
from apps.assessments.selectors.calendar import month_calendar
from apps.assessments.selectors.periods import PeriodScore, period_scores
from apps.assessments.selectors.stretches import StretchLine, stretch_line
from apps.assessments.selectors.years import blend_of, is_provisional
from apps.assessments.services.year_words import made_words, year_sentences
from apps.core.clock import today
from apps.core.errors import NotFound
from apps.core.http.api import ApiView
from apps.core.http.fields import MonthField
from apps.core.http.queries import asked, scope_of
from apps.core.month import Month
from apps.periods.choices import PeriodKind

FIRST_DAY = date(1970, 1, 1)
KINDS = (("quarter", "Quarter"), ("year", "Fiscal year"))


class PeriodScoresQuery(serializers.Serializer[Any]):
    """Which quarter or year."""

    kind = serializers.ChoiceField(choices=KINDS, help_text="quarter or year")
    first_month = MonthField(help_text="Its first month, YYYY-MM.")


class PeriodScoreSerializer(serializers.Serializer[Any]):
    """A department's quarter or year."""

    department = ScoreDepartmentSerializer()
    score = serializers.DecimalField(
        **POINTS, help_text="Mean of the months with a score; of a blended year both parts by their shares. null: none."
    )
    months_mean = serializers.DecimalField(**POINTS, help_text="Mean of the months with a score; null: none has one.")
    cumulative_score = serializers.DecimalField(
        **POINTS, help_text="Scorecard on cumulative values; null: not blended, or nothing is known."
    )
    made = serializers.CharField(help_text="How a blended year's score comes about, or why there is none; else empty.")
    grade = serializers.CharField()
    rank = serializers.IntegerField(allow_null=True, help_text="Among all departments of the company.")
    months_counted = serializers.IntegerField()
    months_assessed = serializers.IntegerField()


class YearBasisSerializer(serializers.Serializer[Any]):
    """What the scores of a fiscal year are made of."""

    cumulative_pct = serializers.DecimalField(
        max_digits=5,
        decimal_places=2,
        help_text="Percent of the score on cumulative values; 0: the mean of the months.",
    )
    scheme = SchemeRefSerializer(help_text="The version that says so: that of the last published month.")
    is_provisional = serializers.BooleanField(help_text="Whether months of the year are still to be published.")
    sentences = serializers.ListField(
        child=serializers.CharField(), help_text="The same in words; none without a blend."
    )


class PeriodScoresSerializer(serializers.Serializer[Any]):
    """A quarter or year with its departments."""

    kind = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField()
    first_month = serializers.CharField(help_text="YYYY-MM")
    last_month = serializers.CharField(help_text="YYYY-MM")
    published_months = serializers.ListField(child=serializers.CharField(), help_text="YYYY-MM")
    year = YearBasisSerializer(allow_null=True, help_text="null: a quarter, which is never blended.")
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


def year_values(line: StretchLine) -> dict[str, Any] | None:
    """What the scores of a year are made of; None for a quarter."""
    if line.stretch.kind != PeriodKind.YEAR:
        return None
    scheme = line.published[-1].scheme
    return {
        "cumulative_pct": scheme.cumulative_pct,
        "scheme": scheme_ref(scheme),
        "is_provisional": is_provisional(line),
        "sentences": year_sentences(line),
    }


def score_values(one: PeriodScore, line: StretchLine) -> dict[str, Any]:
    """One department."""
    blend = blend_of(line)
    return {
        "department": {"id": one.department, "code": one.code, "name": one.name},
        "score": one.score,
        "months_mean": one.made_of.months_mean,
        "cumulative_score": one.made_of.cumulative,
        "made": made_words(one.made_of, blend) if blend is not None else "",
        "grade": one.grade,
        "rank": one.rank,
        "months_counted": one.months_counted,
        "months_assessed": one.months_assessed,
    }


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
        """The departments in the caller's reach, the best first; straight from published months. A year's score stands in
        part on cumulative values where the rules of its last published month say so; a quarter's never does."""
        given, scope = asked(request, PeriodScoresQuery), scope_of(request)
        line = stretch_line(scope, given["kind"], month_begun(given["first_month"], "first_month"))
        body = {
            "kind": line.stretch.kind,
            "name": line.name,
            "first_month": str(line.stretch.first),
            "last_month": str(line.stretch.last),
            "published_months": [str(Month.of(run.month)) for run in line.published],
            "year": year_values(line),
            "scores": [score_values(one, line) for one in period_scores(scope, line)],
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
