"""What the API of improvement plans sends and takes."""

from typing import Any

from rest_framework import serializers

from apps.assessments.api.frame import month_word
from apps.assessments.choices import PlanState, PlanTrigger
from apps.assessments.models import ImprovementPlan
from apps.core.http.fields import MonthField, id_field

ENDS = [state for state in PlanState.choices if state[0] in {PlanState.REACHED, PlanState.MISSED, PlanState.DROPPED}]


class PlansQuery(serializers.Serializer[Any]):
    """Narrow the improvement plans."""

    month = MonthField(required=False, help_text="That follow from this month, YYYY-MM.")
    state = serializers.ChoiceField(required=False, choices=PlanState.choices, help_text="In this state.")


class ImprovementPlanSerializer(serializers.Serializer[ImprovementPlan]):
    """An improvement plan."""

    id = serializers.IntegerField()
    department = serializers.IntegerField()
    person = serializers.IntegerField(allow_null=True, help_text="Null: for the department as a whole.")
    month = serializers.CharField(help_text="YYYY-MM, the month that led to it.")
    trigger = serializers.ChoiceField(choices=PlanTrigger.choices)
    state = serializers.ChoiceField(choices=PlanState.choices)
    goals = serializers.CharField()
    support = serializers.CharField()
    owner = serializers.IntegerField(allow_null=True)
    starts_on = serializers.DateField(allow_null=True)
    review_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    outcome = serializers.CharField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """A plan as plain values."""
        names = ("trigger", "state", "goals", "support", "starts_on", "review_on", "ends_on", "outcome")
        return {
            "id": instance.pk,
            "department": instance.department_id,
            "person": instance.person_id,
            "month": month_word(instance.month),
            "owner": instance.owner_id,
            **{name: getattr(instance, name) for name in names},
        }


class PlansProposedSerializer(serializers.Serializer[Any]):
    """What came of it."""

    new = serializers.IntegerField()
    dropped = serializers.IntegerField()
    nominated = serializers.IntegerField(help_text="People and departments that were nominated.")
    withdrawn = serializers.IntegerField(help_text="Nominations that the grades no longer bear out.")


class StartPlanInput(serializers.Serializer[Any]):
    """Goals, support, owner and dates."""

    goals = serializers.CharField(max_length=2000)
    support = serializers.CharField(max_length=2000, allow_blank=True, required=False, default="")
    owner = id_field("Id of the account that owns the plan.")
    starts_on = serializers.DateField()
    review_on = serializers.DateField()
    ends_on = serializers.DateField()


class BeginPlanInput(StartPlanInput):
    """The same, and for whom: a person, or a department as a whole."""

    person = id_field("Id of a person; or else:", required=False)
    department = id_field("Id of a department.", required=False)


class ReviewPlanInput(serializers.Serializer[Any]):
    """What a review found."""

    note = serializers.CharField(max_length=500)
    review_on = serializers.DateField(required=False, allow_null=True, default=None)


class ClosePlanInput(serializers.Serializer[Any]):
    """How a plan ended."""

    state = serializers.ChoiceField(choices=ENDS)
    outcome = serializers.CharField(max_length=2000)
