"""What the API sends of a person's receipt: days and departments, who gave the personal part, old basis and new basis."""

from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from apps.assessments.api.basis_shapes import BasisSerializer, basis_values
from apps.assessments.api.people_shapes import PersonScoreSerializer
from apps.assessments.api.receipt_shapes import CameSerializer, came_values
from apps.assessments.api.shapes import POINTS
from apps.assessments.choices import VetoAction
from apps.assessments.models import PersonScore
from apps.assessments.services.changes import bases_of_person
from apps.assessments.services.placing import corrected_placement
from apps.assessments.services.since_beside import came_to_person

VETO_FIELDS = ("id", "code", "name", "action", "value", "grade", "department", "headed", "on")


class PersonStaySerializer(serializers.Serializer[Any]):
    """Some days in one department."""

    department = serializers.IntegerField(allow_null=True, help_text="The assessed one at or above; null: none.")
    name = serializers.CharField()
    days = serializers.IntegerField()
    score = serializers.DecimalField(**POINTS)
    is_assessed = serializers.BooleanField(help_text="Whether these days count.")


class PersonRaterSerializer(serializers.Serializer[Any]):
    """What one rater gave."""

    name = serializers.CharField()
    points = serializers.DecimalField(max_digits=5, decimal_places=2)
    note = serializers.CharField()
    at = serializers.DateTimeField()


class PersonVetoSerializer(serializers.Serializer[Any]):
    """A veto that hit the head alone."""

    id = serializers.IntegerField(help_text="Id in the register.")
    code = serializers.CharField()
    name = serializers.CharField()
    action = serializers.ChoiceField(choices=VetoAction.choices)
    value = serializers.DecimalField(**POINTS)
    grade = serializers.CharField()
    department = serializers.IntegerField(help_text="Id of the department the person headed on the day it happened.")
    headed = serializers.CharField(help_text="Name of that department.")
    on = serializers.DateField(help_text="The day it happened.")


class PersonMovedRowSerializer(serializers.Serializer[Any]):
    """One thing that the two versions say otherwise."""

    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField()
    after = serializers.CharField()


class PersonMovedSerializer(serializers.Serializer[Any]):
    """Where the person was counted, in the published version before and in this one."""

    version = serializers.IntegerField(help_text="The published version before this one.")
    before = serializers.CharField(help_text="Days by department and role by the old basis, in words.")
    after = serializers.CharField(help_text="By the new basis.")
    rows = PersonMovedRowSerializer(many=True)


class PersonReceiptSerializer(PersonScoreSerializer):
    """A person's score with everything it came from."""

    stays = PersonStaySerializer(many=True)
    vetoes = PersonVetoSerializer(many=True)
    raters = PersonRaterSerializer(many=True)
    bases = BasisSerializer(
        many=True, help_text="Changes of the rules inside the year, on whose one side it was judged."
    )

    placement = PersonMovedSerializer(
        allow_null=True,
        help_text="Days, departments or role that were corrected; null: as in the version before, or none is.",
    )

    came_since = CameSerializer(
        many=True, help_text="Confirmed, lifted or given anew since the score was worked out: it does not know it."
    )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """A PersonReceipt as plain values."""
        stays = ("department", "name", "days", "score", "is_assessed")
        return {
            **super().to_representation(instance.score),
            "stays": [{name: getattr(stay, name) for name in stays} for stay in instance.stays],
            "vetoes": [{name: one.get(name) for name in VETO_FIELDS} for one in instance.score.vetoes],
            "raters": [
                {"name": one.name, "points": one.points, "note": one.note, "at": one.at} for one in instance.raters
            ],
            "bases": basis_values(bases_of_person(instance.score)),
            "placement": placement_values(instance.former, instance.score),
            "came_since": came_values(came_to_person(instance.score)),
        }


def placement_values(former: PersonScore | None, score: PersonScore) -> dict[str, Any] | None:
    """What was corrected of where somebody was counted, as plain values."""
    found = corrected_placement(former, score)
    return None if found is None else asdict(found)
