"""Old basis and new basis on a receipt, where the rules changed inside the running year."""

from typing import Any

from rest_framework import serializers

from apps.assessments.api.shapes import SchemeRefSerializer, scheme_ref
from apps.assessments.models import Scheme
from apps.assessments.selectors.bases import turns_around
from apps.assessments.services.changes import changes_for
from apps.core.month import Month

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


def basis_values(scheme: Scheme, month: Month, department: int) -> list[dict[str, Any]]:
    """The changes inside the year of MONTH, judged by SCHEME, for a department whose score may be read. Two queries."""
    turns = turns_around(scheme, month)
    return [
        {
            "takes_effect_on": turn.new.valid.lower.isoformat(),
            "year": turn.year,
            "quarter": turn.quarter,
            "reason": turn.new.note,
            "old": scheme_ref(turn.old),
            "new": scheme_ref(turn.new),
            "counted": "new" if scheme.pk == turn.new.pk else "old",
            "rows": rows,
        }
        for turn, rows in zip(turns, changes_for(turns, department), strict=True)
    ]
