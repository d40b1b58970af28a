"""What the KPI API takes."""

from typing import Any

from rest_framework import serializers

from apps.kpis.api.frame import MonthField, NumberField
from apps.kpis.choices import DEPARTMENT_AGGREGATIONS, TIME_AGGREGATIONS, Direction, Frequency
from apps.kpis.models import KpiVersion
from apps.kpis.services import Definition
from apps.kpis.services.definitions import FIELDS


class KpiReasonInput(serializers.Serializer[Any]):
    """Why, for the history."""

    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class DefinitionInput(serializers.Serializer[Any]):
    """What a KPI is."""

    name = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=5_000, allow_blank=True, required=False)
    unit = serializers.CharField(max_length=30, allow_blank=True, required=False)
    decimals = serializers.IntegerField(min_value=0, max_value=6, required=False)
    direction = serializers.ChoiceField(choices=Direction.choices, help_text="Which way is better.")
    frequency = serializers.ChoiceField(choices=Frequency.choices, required=False)
    over_time = serializers.ChoiceField(choices=TIME_AGGREGATIONS, required=False)
    over_departments = serializers.ChoiceField(choices=DEPARTMENT_AGGREGATIONS, required=False)
    scale = serializers.DecimalField(max_digits=12, decimal_places=4, required=False)
    minimum = NumberField(allow_null=True, required=False)
    maximum = NumberField(allow_null=True, required=False)
    amber_pct = serializers.DecimalField(max_digits=7, decimal_places=3, required=False)
    formula = serializers.CharField(max_length=500, allow_blank=True, required=False)
    source = serializers.CharField(max_length=200, allow_blank=True, required=False)  # type: ignore[assignment]


class IdentityInput(serializers.Serializer[Any]):
    """What of a KPI is not dated."""

    code = serializers.CharField(max_length=40)
    family = serializers.CharField(max_length=60, allow_blank=True, required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), max_length=20, required=False)
    owner = serializers.IntegerField(allow_null=True, required=False, help_text="Id of a person.")
    needs_approval = serializers.BooleanField(required=False)


class NewKpiInput(DefinitionInput, IdentityInput, KpiReasonInput):
    """A KPI to be defined."""

    department = serializers.IntegerField(help_text="Id of the department that owns it.")
    reporting = serializers.ListField(
        child=serializers.IntegerField(),
        max_length=500,
        required=False,
        help_text="Ids of the departments expected to report it; left out: those that do.",
    )
    valid_from = MonthField(required=False, help_text="The first month measured so, YYYY-MM; left out: always.")


class NewDefinitionInput(DefinitionInput):
    """Another definition from a month on. What is left out stays as it is defined for that month."""

    name = serializers.CharField(max_length=200, required=False)
    direction = serializers.ChoiceField(choices=Direction.choices, required=False)
    valid_from = MonthField(help_text="The first month measured so, YYYY-MM.")
    reason = serializers.CharField(max_length=500)


class RetireInput(KpiReasonInput):
    """From when on it is no longer used."""

    retired_from = MonthField(allow_null=True, help_text="The first month without it, YYYY-MM; null brings it back.")


class TargetInput(KpiReasonInput):
    """Something to be reached."""

    kpi = serializers.IntegerField(help_text="Id of a KPI.")
    department = serializers.IntegerField(
        allow_null=True, required=False, default=None, help_text="Id of a department; null: everybody who reports it."
    )
    target = NumberField(help_text="For a range its lower end.")
    floor = NumberField(allow_null=True, required=False, default=None)
    stretch = NumberField(allow_null=True, required=False, default=None)
    upper = NumberField(allow_null=True, required=False, default=None, help_text="The upper end of a range.")
    first = serializers.DateField(help_text="The first day.")
    until = serializers.DateField(
        allow_null=True, required=False, default=None, help_text="The first day it no longer holds."
    )


class DecisionInput(serializers.Serializer[Any]):
    """Values that wait."""

    ids = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=1_000)


class DeclineInput(DecisionInput):
    """Values that wait, and why they are not taken."""

    reason = serializers.CharField(max_length=500)


class DecidedSerializer(serializers.Serializer[Any]):
    """How many were decided on."""

    count = serializers.IntegerField()


def definition_of(given: dict[str, Any], present: KpiVersion | None = None) -> Definition:
    """The definition that was sent; what was left out as in PRESENT, else as usual."""
    former = {name: getattr(present, name) for name in FIELDS} if present is not None else {}
    return Definition(**{**former, **{name: given[name] for name in FIELDS if name in given}})
