"""The staff outlook: headcount and turnover ahead by department."""

from dataclasses import asdict
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.core.http.api import ApiFrame
from apps.core.http.queries import asked, scope_of
from apps.core.month import Month
from apps.departments.selectors import department_for
from apps.forecasts.models import ForecastIssue, SeriesForecast
from apps.forecasts.selectors import current_issue
from apps.forecasts.selectors.people import headcount_outlook, outlook_below, turnover_by_department
from apps.forecasts.selectors.shortage_scores import ScoreEffect, score_effects
from apps.staff.selectors import MovesDue, moves_due

RANGES = ("mean", "lo80", "hi80", "lo95", "hi95")


class StaffOutlookQuery(serializers.Serializer[Any]):
    """Which issue, which branch."""

    month = serializers.RegexField(
        r"^\d{4}-(0[1-9]|1[0-2])$", required=False, help_text="Last month known, YYYY-MM; the newest issue without it."
    )
    department = serializers.IntegerField(required=False, help_text="Id of a department, with everything below it.")


class StaffDepartmentSerializer(serializers.Serializer[Any]):
    """A department in short."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class StaffRangeSerializer(serializers.Serializer[Any]):
    """What is expected, one figure a month ahead, the next month first."""

    actual = serializers.FloatField(allow_null=True, help_text="Value of the issue's month.")
    mean = serializers.ListField(child=serializers.FloatField())
    lo80 = serializers.ListField(child=serializers.FloatField())
    hi80 = serializers.ListField(child=serializers.FloatField())
    lo95 = serializers.ListField(child=serializers.FloatField())
    hi95 = serializers.ListField(child=serializers.FloatField())


class MovesDueSerializer(serializers.Serializer[Any]):
    """People recorded today as coming or going in the months ahead."""

    joiners = serializers.IntegerField()
    leavers = serializers.IntegerField()
    retiring = serializers.IntegerField(help_text="Of the leavers those who retire.")
    into = serializers.IntegerField(help_text="Transfers into the department.")
    out = serializers.IntegerField(help_text="Transfers out of it.")


class ScorePartSerializer(serializers.Serializer[Any]):
    """A line of the scorecard that follows the number of people."""

    name = serializers.CharField()
    kpi = serializers.IntegerField(help_text="Id of the KPI.")
    weight = serializers.DecimalField(max_digits=9, decimal_places=2)
    points = serializers.DecimalField(max_digits=9, decimal_places=2, help_text="By how much it moves the score.")


class ScoreEffectSerializer(serializers.Serializer[Any]):
    """What a shortage does to the department's score if each figure per head stays."""

    month = serializers.CharField(help_text="Month of the score, YYYY-MM: the one that is warned of.")
    points = serializers.DecimalField(
        max_digits=9, decimal_places=2, allow_null=True, help_text="All parts together; null: cannot be told."
    )
    told_weight = serializers.DecimalField(max_digits=9, decimal_places=2, help_text="Weight of the parts.")
    untold_weight = serializers.DecimalField(
        max_digits=9, decimal_places=2, help_text="Weight of the lines of which nobody can tell."
    )
    parts = ScorePartSerializer(many=True)


class StaffOutlookSerializer(serializers.Serializer[Any]):
    """One department with everything below it."""

    month = serializers.CharField(help_text="Last month known, YYYY-MM.")
    department = StaffDepartmentSerializer()
    headcount = StaffRangeSerializer()
    turnover = StaffRangeSerializer(allow_null=True, help_text="Leavers of twelve months in % of the mean headcount.")
    planned = serializers.ListField(
        child=serializers.FloatField(), help_text="Planned heads; where a plan ends its last figure stands on."
    )
    due = MovesDueSerializer()
    warning = serializers.CharField(allow_blank=True, help_text="below_plan or empty.")
    warned_month = serializers.CharField(allow_null=True, help_text="First month expected below plan, YYYY-MM.")
    warned_chance = serializers.FloatField(allow_null=True, help_text="Chance of that, 0 to 1.")
    chance_year = serializers.FloatField(allow_null=True, help_text="Chance of the plan at year's end, 0 to 1.")
    score_effect = ScoreEffectSerializer(
        allow_null=True,
        help_text="Of a warning: what it does to the score. Null: no warning, nobody goes, not assessed then, or the "
        "caller may not read its scores.",
    )


class StaffOutlookApi(ApiFrame, GenericViewSet[Any]):
    """Headcount and turnover ahead, of departments in the caller's scope."""

    capability: ClassVar[str] = "staff.view_headcount"
    serializer_class = StaffOutlookSerializer
    ordering: ClassVar[str] = "department_id"
    queryset = SeriesForecast.objects.none()

    @extend_schema(summary="List the staff outlook", parameters=[StaffOutlookQuery])
    def list(self, request: Request) -> Response:
        """By department, as the issue that counts foretold it. Nothing before the first issue."""
        given, scope = asked(request, StaffOutlookQuery), scope_of(request)
        issue = current_issue(scope, Month.parse(given["month"]) if "month" in given else None)
        rows = headcount_outlook(scope, issue)
        if "department" in given:
            branch = department_for(scope, given["department"])
            rows = rows if issue is None else outlook_below(rows, branch.pk, issue)
        page: Any = self.paginate_queryset(rows)
        if issue is None or not page:
            return self.get_paginated_response([])
        month, keys = Month.of(issue.month), [row.department_id for row in page]
        turnovers = turnover_by_department(scope, issue, keys)
        dues = moves_due(scope, keys, first=month.plus(1), last=month.plus(issue.horizon))
        effects = score_effects(scope, issue, [row for row in page if row.warning])
        told = [
            {
                **body_of(issue, row, turnovers.get(row.department_id), dues.get(row.department_id, MovesDue())),
                "score_effect": effect_of(effects.get(row.department_id)),
            }
            for row in page
        ]
        return self.get_paginated_response(self.get_serializer(told, many=True).data)


def body_of(
    issue: ForecastIssue, row: SeriesForecast, turnover: SeriesForecast | None, due: MovesDue
) -> dict[str, Any]:
    """One department as it is sent."""
    return {
        "month": str(Month.of(issue.month)),
        "department": {"id": row.department_id, "code": row.department.code, "name": row.department.name},
        "headcount": ranges_of(row),
        "turnover": None if turnover is None else ranges_of(turnover),
        "planned": row.target,
        "due": asdict(due),
        "warning": row.warning,
        "warned_month": str(Month.of(row.warned_month)) if row.warned_month else None,
        "warned_chance": row.warned_chance,
        "chance_year": row.chance_year,
    }


def effect_of(found: ScoreEffect | None) -> dict[str, Any] | None:
    """What a shortage does to a score as it is sent."""
    if found is None:
        return None
    return {
        "month": str(found.month),
        "points": found.points,
        "told_weight": found.told_weight,
        "untold_weight": found.untold_weight,
        "parts": [asdict(part) for part in found.parts],
    }


def ranges_of(row: SeriesForecast) -> dict[str, Any]:
    """The value of the month and what is expected."""
    return {"actual": row.actual, **{name: getattr(row, name) for name in RANGES}}
