"""What the API of assessments sends of schemes, written out as plain values."""

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.assessments.api.frame import month_word, plain
from apps.assessments.api.standing import STANDING, STANDING_NUMBERS, StandingDocument
from apps.assessments.choices import Method, SchemeState, TargetPolicy
from apps.assessments.models import Indicator, Scheme
from apps.assessments.selectors import Sheet
from apps.assessments.selectors.raters import Raters, raters_in
from apps.assessments.services.comparing import ComparedSchemes

POINTS: dict[str, Any] = {"max_digits": 9, "decimal_places": 2, "allow_null": True}


@extend_schema_field({"type": "object", "additionalProperties": True})
class AnyObjectField(serializers.JSONField):
    """An object with keys of its own."""


class ScoreDepartmentSerializer(serializers.Serializer[Any]):
    """A department in short."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class SchemeRefSerializer(serializers.Serializer[Any]):
    """A scheme in short."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    version = serializers.IntegerField()


class GradeSerializer(serializers.Serializer[Any]):
    """A grade and the total it begins at."""

    grade = serializers.CharField(max_length=10)
    min = serializers.DecimalField(max_digits=9, decimal_places=2)
    quota = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False, allow_null=True,
        help_text="Recommended for at most this share, percent; left out: none.",
    )  # fmt: skip


class SchemeSerializer(serializers.Serializer[Scheme]):
    """A version of the rules in short."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=SchemeState.choices)
    first_month = serializers.CharField(help_text="YYYY-MM")
    until = serializers.DateField(allow_null=True, help_text="The first day it no longer holds; null: open end.")
    note = serializers.CharField(help_text="Why it changes.")
    basis = serializers.IntegerField(allow_null=True, help_text="Id of the scheme it was copied from.")
    approved_at = serializers.DateTimeField(allow_null=True)
    department_count = serializers.IntegerField()
    indicator_count = serializers.IntegerField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """A row of `listed_schemes` as plain values."""
        return {
            **scheme_head(instance),
            "department_count": instance.department_count,
            "indicator_count": instance.indicator_count,
        }


class RaterSerializer(serializers.Serializer[Any]):
    """Whose account is meant by a rater, as it is today."""

    named = serializers.CharField(help_text="As the parameters name them, and the answers: the address they had then.")
    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()


class SchemeIndicatorSerializer(serializers.Serializer[Any]):
    """An indicator."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    kpi = serializers.IntegerField(allow_null=True, help_text="Id of the KPI; null where none is judged.")
    kpi_code = serializers.CharField(allow_null=True)
    method = serializers.ChoiceField(choices=Method.choices)
    params = AnyObjectField(help_text="Numbers as text.")
    raters = RaterSerializer(
        many=True, help_text="Whose accounts the raters are: fixed when it was handed in; in a draft by address."
    )
    weight = serializers.DecimalField(max_digits=6, decimal_places=2)
    target_policy = serializers.ChoiceField(choices=TargetPolicy.choices)
    clause = serializers.CharField()


class SchemePlaceSerializer(serializers.Serializer[Any]):
    """A department with its difficulty."""

    department = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    difficulty = serializers.DecimalField(max_digits=6, decimal_places=4)


class SchemeCardSerializer(serializers.Serializer[Any]):
    """Departments that are judged alike, and by what."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    weight = serializers.DecimalField(max_digits=9, decimal_places=2, help_text="The sum; 100 in a scheme that holds.")
    department_count = serializers.IntegerField(help_text="All of them, also those outside the caller's reach.")
    departments = SchemePlaceSerializer(many=True)
    indicators = SchemeIndicatorSerializer(many=True)


class SchemeDocumentSerializer(StandingDocument):
    """A version of the rules with everything in it. What is read can be sent again."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=SchemeState.choices)
    first_month = serializers.CharField(help_text="YYYY-MM")
    until = serializers.DateField(allow_null=True)
    note = serializers.CharField()
    basis = serializers.IntegerField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    case = serializers.IntegerField(allow_null=True, help_text="Id of the case in which it is ruled on.")
    min_coverage = serializers.DecimalField(max_digits=5, decimal_places=2)
    min_total = serializers.DecimalField(max_digits=9, decimal_places=2)
    max_total = serializers.DecimalField(max_digits=9, decimal_places=2)
    bonus_cap = serializers.DecimalField(**POINTS)
    deduction_cap = serializers.DecimalField(**POINTS)
    is_gated = serializers.BooleanField()
    grades = GradeSerializer(many=True)
    scorecards = SchemeCardSerializer(many=True)


class SchemeProblemSerializer(serializers.Serializer[Any]):
    """One thing to mend before a draft can be submitted, or one that is unusual and yet allowed."""

    where = serializers.CharField()
    message = serializers.CharField()
    scorecard = serializers.IntegerField(allow_null=True)
    indicator = serializers.IntegerField(allow_null=True)
    is_warning = serializers.BooleanField(help_text="Unusual, yet it keeps nothing back.")


class SchemeDifferenceSerializer(serializers.Serializer[Any]):
    """One thing that two versions say otherwise, in words."""

    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField(help_text="Empty: it came.")
    after = serializers.CharField(help_text="Empty: it went.")


class SchemeDifferencesSerializer(serializers.Serializer[Any]):
    """The differences in one part of the rules."""

    title = serializers.CharField()
    rows = SchemeDifferenceSerializer(many=True)


class SchemesComparedSerializer(serializers.Serializer[Any]):
    """Two versions of the rules side by side."""

    before = SchemeRefSerializer(allow_null=True, help_text="null: there is none to compare with.")
    after = SchemeRefSerializer()
    groups = SchemeDifferencesSerializer(many=True, help_text="The whole, each scorecard, the departments.")


def compared_values(found: ComparedSchemes) -> dict[str, Any]:
    """Two versions side by side as plain values."""
    names = ("label", "before", "after")
    return {
        "before": scheme_ref(found.other) if found.other else None,
        "after": scheme_ref(found.scheme),
        "groups": [
            {"title": group.title, "rows": [{name: getattr(row, name) for name in names} for row in group.rows]}
            for group in found.groups
        ],
    }


def scheme_head(row: Scheme) -> dict[str, Any]:
    """What the list and the document say alike."""
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in ("name", "version", "state", "note")},
        "first_month": month_word(row.valid.lower),
        "until": row.valid.upper.isoformat() if row.valid.upper else None,
        "basis": row.basis_id,
        "approved_at": row.approved_at.isoformat() if row.approved_at else None,
    }


def document_of(row: Scheme, sheets: Sequence[Sheet]) -> dict[str, Any]:
    """A scheme with everything in it, as plain values."""
    numbers = ("min_coverage", "min_total", "max_total", "bonus_cap", "deduction_cap")
    raters = raters_in(one for sheet in sheets for one in sheet.indicators)
    return {
        **scheme_head(row),
        "case": row.case_id,
        **{name: plain(getattr(row, name)) for name in numbers},
        "is_gated": row.is_gated,
        "grades": row.grades,
        **{name: getattr(row, name) for name in STANDING},
        **{name: plain(getattr(row, name)) for name in STANDING_NUMBERS},
        "scorecards": [card_values(sheet, raters) for sheet in sheets],
    }


def card_values(sheet: Sheet, raters: Mapping[int, Raters]) -> dict[str, Any]:
    """A scorecard as plain values."""
    places = [
        {
            "department": place.department_id,
            "code": place.department.code,
            "name": place.department.name,
            "difficulty": plain(place.coefficient),
        }
        for place in sheet.places
    ]
    return {
        "id": sheet.card.pk,
        "name": sheet.card.name,
        "weight": plain(sheet.weight),
        "department_count": sheet.place_count,
        "departments": places,
        "indicators": [indicator_values(row, raters.get(row.pk, {})) for row in sheet.indicators],
    }


def indicator_values(row: Indicator, raters: Raters) -> dict[str, Any]:
    """An indicator as plain values."""
    names = ("code", "name", "method", "params", "target_policy", "clause")
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in names},
        "raters": rater_values(raters),
        "kpi": row.kpi_id,
        "kpi_code": row.kpi.code if row.kpi else None,
        "weight": plain(row.weight),
    }


def rater_values(raters: Raters) -> list[dict[str, Any]]:
    """Raters as plain values."""
    return [{"named": name, "id": user.pk, "name": user.name, "email": user.email} for name, user in raters.items()]


def short(row: Any) -> dict[str, Any]:
    """A department in short."""
    return {"id": row.pk, "code": row.code, "name": row.name}


def scheme_ref(row: Scheme) -> dict[str, Any]:
    """A scheme in short."""
    return {"id": row.pk, "name": row.name, "version": row.version}
