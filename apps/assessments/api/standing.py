"""What a scheme lays down beside its scorecards, as the API takes and sends it. Numbers are text, as everywhere."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.assessments.choices import VetoAction, VetoScope
from apps.assessments.services.standing import CALENDAR, ROLES

POINTS: dict[str, Any] = {"max_digits": 9, "decimal_places": 2}
ROLE_SHAPE = {
    "type": "object",
    "properties": {"dept_weight": {"type": "string"}, "personal_weight": {"type": "string"}},
}
STAFF_SHAPE = {
    "type": "object",
    "properties": {**dict.fromkeys(ROLES, ROLE_SHAPE), "min_days": {"type": "string"}},
}
COEFFICIENT_SHAPE = {"type": "object", "additionalProperties": {"type": "string"}}
REWARD_SHAPE = {
    "type": "object",
    "properties": {
        "dept_coef": COEFFICIENT_SHAPE,
        "personal_coef": COEFFICIENT_SHAPE,
        "pool": {
            "type": "object",
            "properties": {"amount": {"type": "string"}, **{role: {"type": "string"} for role in ROLES}},
            "description": "Shared each month by points x weight of the role x days; a weight left out is 1.",
        },
        "gm_limit": {"type": "string", "description": "Amount above which the GM decides; left out: no limit."},
    },
}
CALENDAR_SHAPE = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in CALENDAR},
}


def as_text(value: Any) -> Any:
    """Parameters as they are kept: every number as text, exactly as it was written."""
    if isinstance(value, Mapping):
        return {str(key): as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_text(inner) for inner in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


class RulesField(serializers.JSONField):
    """An object of rules; its numbers become text. The service checks what stands in it, and names what is wrong."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(_("Write an object; an empty one for no such rules."))
        return as_text(super().to_internal_value(dict(data)))


@extend_schema_field(STAFF_SHAPE)
class StaffRulesField(RulesField):
    """How the department's score and the personal part make people's scores."""


@extend_schema_field(REWARD_SHAPE)
class RewardRulesField(RulesField):
    """Coefficients by grade."""


@extend_schema_field(CALENDAR_SHAPE)
class CalendarField(RulesField):
    """Working days."""


class ExtraItemSerializer(serializers.Serializer[Any]):
    """A bonus item or a deduction."""

    code = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=200)
    points_each = serializers.DecimalField(**POINTS, min_value=0)
    cap = serializers.DecimalField(
        **POINTS, min_value=0, required=False, allow_null=True, default=None, help_text="null: no cap."
    )
    clause = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class VetoItemSerializer(serializers.Serializer[Any]):
    """An event with the last word."""

    code = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=200)
    action = serializers.ChoiceField(choices=VetoAction.choices)
    value = serializers.DecimalField(
        **POINTS, min_value=0, required=False, allow_null=True, default=None, help_text="Most points left; for cap."
    )
    grade = serializers.CharField(
        max_length=10, required=False, allow_blank=True, default="", help_text="Best grade left; for grade_cap."
    )
    clause = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    scope = serializers.ChoiceField(
        choices=VetoScope.choices, required=False, default=VetoScope.DEPARTMENT.value,
        help_text="Whom it hits: the department, its head alone, or the department and all above it.",
    )  # fmt: skip


STANDING = ("bonus_items", "penalty_items", "veto_items", "staff_rules", "reward_rules", "calendar")
"""Columns of a scheme that are read and written as they are."""
STANDING_NUMBERS = ("calibration_band", "cumulative_pct")
"""The same that are plain numbers."""
SHARE_HELP = (
    "Percent of the year's score that stands on cumulative values; the rest is the mean of months. 0: no blend."
)


class StandingInput(serializers.Serializer[Any]):
    """The part of a scheme that stands beside its scorecards. What is left out: none."""

    bonus_items = serializers.ListField(child=ExtraItemSerializer(), max_length=50, required=False)
    penalty_items = serializers.ListField(child=ExtraItemSerializer(), max_length=50, required=False)
    veto_items = serializers.ListField(child=VetoItemSerializer(), max_length=50, required=False)
    staff_rules = StaffRulesField(required=False, help_text="Weights that add up to 100; empty: people have no scores.")
    reward_rules = RewardRulesField(
        required=False, help_text="A coefficient for each grade, a pool, or both; empty: no rewards."
    )
    calendar = CalendarField(
        required=False, help_text="Working days of the following month, then days to appeal and rule."
    )
    calibration_band = serializers.DecimalField(
        max_digits=9, decimal_places=2, required=False, help_text="Most points a calibration moves a score; 0: none."
    )
    cumulative_pct = serializers.DecimalField(max_digits=5, decimal_places=2, required=False, help_text=SHARE_HELP)


class StandingDocument(serializers.Serializer[Any]):
    """The same as it is sent."""

    bonus_items = ExtraItemSerializer(many=True)
    penalty_items = ExtraItemSerializer(many=True)
    veto_items = VetoItemSerializer(many=True)
    staff_rules = StaffRulesField()
    reward_rules = RewardRulesField()
    calendar = CalendarField()
    calibration_band = serializers.DecimalField(max_digits=9, decimal_places=2)
    cumulative_pct = serializers.DecimalField(max_digits=5, decimal_places=2, help_text=SHARE_HELP)


def standing_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent of it, as the services take it."""
    return {name: given[name] for name in (*STANDING, *STANDING_NUMBERS) if name in given}
