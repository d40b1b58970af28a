"""Old basis and new basis on a receipt, where the rules changed inside the running year."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from apps.assessments.api.shapes import SchemeRefSerializer, scheme_ref
from apps.assessments.services.changes import Basis

SIDES = (("old", "Old basis"), ("new", "New basis"))


class BasisRowSerializer(serializers.Serializer[Any]):
    """One thing that the two say otherwise."""

    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField()
    after = serializers.CharField()


class BasisSerializer(serializers.Serializer[Any]):
    """A change of the rules inside the fiscal year of the score."""

    takes_effect_on = serializers.DateField()
    year = serializers.CharField(help_text="The fiscal year it falls into.")
    quarter = serializers.IntegerField(
        allow_null=True, help_text="Its quarter that had begun by the old basis; null: it begins with a quarter."
    )
    reason = serializers.CharField()
    old = SchemeRefSerializer()
    new = SchemeRefSerializer()
    counted = serializers.ChoiceField(choices=SIDES, help_text="By which of the two this score was judged.")
    rows = BasisRowSerializer(many=True, help_text="What differs for this department.")


def basis_values(bases: Sequence[Basis]) -> list[dict[str, Any]]:
    """Changes inside the year of a score, as plain values."""
    return [
        {
            "takes_effect_on": one.turn.new.valid.lower.isoformat(),
            "year": one.turn.year,
            "quarter": one.turn.quarter,
            "reason": one.turn.new.note,
            "old": scheme_ref(one.turn.old),
            "new": scheme_ref(one.turn.new),
            "counted": "new" if one.is_new else "old",
            "rows": one.rows,
        }
        for one in bases
    ]
