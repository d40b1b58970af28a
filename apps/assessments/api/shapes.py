"""What the API of assessments sends, written out as plain values."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.assessments.api.frame import exact_text, month_word, plain
from apps.assessments.choices import LineStatus, Method, Presence, RunState, SchemeState, ScoreStatus, TargetPolicy
from apps.assessments.models import Indicator, Scheme, Score, ScoreLine, ScoreRun
from apps.assessments.rules.results import Explained
from apps.assessments.selectors import Sheet

POINTS: dict[str, Any] = {"max_digits": 9, "decimal_places": 2, "allow_null": True}
FIGURE: dict[str, Any] = {"max_digits": 32, "decimal_places": 14, "allow_null": True}
FIGURES = ("value", "numerator", "denominator", "scale", "target", "floor", "stretch", "rate")


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


class SchemeIndicatorSerializer(serializers.Serializer[Any]):
    """An indicator."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    kpi = serializers.IntegerField(help_text="Id of the KPI.")
    kpi_code = serializers.CharField()
    method = serializers.ChoiceField(choices=Method.choices)
    params = AnyObjectField(help_text="Numbers as text.")
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


class SchemeDocumentSerializer(serializers.Serializer[Any]):
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
    """One thing to mend before a draft can be submitted."""

    where = serializers.CharField()
    message = serializers.CharField()
    scorecard = serializers.IntegerField(allow_null=True)
    indicator = serializers.IntegerField(allow_null=True)


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
    return {
        **scheme_head(row),
        "case": row.case_id,
        **{name: plain(getattr(row, name)) for name in numbers},
        "is_gated": row.is_gated,
        "grades": row.grades,
        "scorecards": [card_values(sheet) for sheet in sheets],
    }


def card_values(sheet: Sheet) -> dict[str, Any]:
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
        "indicators": [indicator_values(row) for row in sheet.indicators],
    }


def indicator_values(row: Indicator) -> dict[str, Any]:
    """An indicator as plain values."""
    names = ("code", "name", "method", "params", "target_policy", "clause")
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in names},
        "kpi": row.kpi_id,
        "kpi_code": row.kpi.code if row.kpi else None,
        "weight": plain(row.weight),
    }


class ScoreRunSerializer(serializers.Serializer[ScoreRun]):
    """One version of a whole month."""

    id = serializers.IntegerField()
    month = serializers.CharField(help_text="YYYY-MM")
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=RunState.choices)
    scheme = SchemeRefSerializer()
    gathered_at = serializers.DateTimeField(help_text="Values entered later had no part in it.")
    is_past_cut_off = serializers.BooleanField()
    score_count = serializers.IntegerField()
    scored_count = serializers.IntegerField()
    pending_count = serializers.IntegerField()
    line_count = serializers.IntegerField()
    with_data_count = serializers.IntegerField()
    mean_total = serializers.DecimalField(**POINTS)
    digest = serializers.CharField(help_text="Covers every score and line of it.")
    case = serializers.IntegerField(allow_null=True, help_text="Id of the case in which it is ruled on.")
    approved_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(help_text="Why it was sent back.")
    edition = serializers.IntegerField(allow_null=True, help_text="Number of its publication; null: never published.")
    published_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: ScoreRun) -> dict[str, Any]:
        """A run as plain values."""
        numbers = ("score_count", "scored_count", "pending_count", "line_count", "with_data_count")
        names = ("version", "state", "is_past_cut_off", *numbers, "digest", "note")
        published = getattr(instance, "publication", None)
        return {
            "id": instance.pk,
            "month": month_word(instance.month),
            **{name: getattr(instance, name) for name in names},
            "scheme": scheme_ref(instance.scheme),
            "gathered_at": instance.gathered_at.isoformat(),
            "mean_total": plain(instance.mean_total),
            "case": instance.case_id,
            "approved_at": instance.approved_at.isoformat() if instance.approved_at else None,
            "edition": published.number if published else None,
            "published_at": published.published_at.isoformat() if published else None,
        }


class ScoreRunJobSerializer(serializers.Serializer[Any]):
    """The job that works a month out."""

    job = serializers.IntegerField()
    month = serializers.CharField()
    state = serializers.CharField()


class ScoreSerializer(serializers.Serializer[Score]):
    """A department's month."""

    id = serializers.IntegerField()
    month = serializers.CharField(help_text="YYYY-MM")
    run = serializers.IntegerField()
    edition = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(choices=RunState.choices, help_text="Of the run.")
    department = ScoreDepartmentSerializer()
    scorecard = serializers.CharField()
    status = serializers.ChoiceField(choices=ScoreStatus.choices)
    coverage_pct = serializers.DecimalField(max_digits=5, decimal_places=2, help_text="Weight with data, percent.")
    base = serializers.DecimalField(**POINTS)
    coefficient = serializers.DecimalField(max_digits=6, decimal_places=4)
    bonus = serializers.DecimalField(**POINTS)
    deduction = serializers.DecimalField(**POINTS)
    total = serializers.DecimalField(**POINTS, help_text="null: not assessed, which is not 0.")
    grade = serializers.CharField()
    rank = serializers.IntegerField(allow_null=True)
    digest = serializers.CharField()

    def to_representation(self, instance: Score) -> dict[str, Any]:
        """A score as plain values."""
        points = ("base", "bonus", "deduction", "total")
        return {
            "id": instance.pk,
            **of_run(instance.run),
            "department": short(instance.department),
            "scorecard": instance.scorecard.name,
            **{name: getattr(instance, name) for name in ("status", "grade", "rank", "digest")},
            "coverage_pct": str(instance.coverage_pct),
            "coefficient": plain(instance.coefficient),
            **{name: None if getattr(instance, name) is None else str(getattr(instance, name)) for name in points},
        }


class ScoreIndicatorSerializer(serializers.Serializer[Any]):
    """An indicator as a line names it."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    kpi = serializers.IntegerField()
    method = serializers.ChoiceField(choices=Method.choices)
    clause = serializers.CharField()


class ScoreLineSerializer(serializers.Serializer[ScoreLine]):
    """One indicator of a department's month, with everything it was worked out from."""

    month = serializers.CharField(help_text="YYYY-MM")
    run = serializers.IntegerField()
    edition = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(choices=RunState.choices)
    department = ScoreDepartmentSerializer()
    indicator = ScoreIndicatorSerializer()
    scheme = SchemeRefSerializer()
    presence = serializers.ChoiceField(choices=Presence.choices)
    value = serializers.DecimalField(**FIGURE)
    numerator = serializers.DecimalField(**FIGURE)
    denominator = serializers.DecimalField(**FIGURE)
    scale = serializers.DecimalField(**FIGURE, help_text="The exact figure is scale x numerator / denominator.")
    target = serializers.DecimalField(**FIGURE)
    floor = serializers.DecimalField(**FIGURE)
    stretch = serializers.DecimalField(**FIGURE)
    weight = serializers.DecimalField(max_digits=6, decimal_places=2)
    rate = serializers.DecimalField(**FIGURE, help_text="Share of the weight that was earned, not rounded.")
    points = serializers.DecimalField(**POINTS)
    status = serializers.ChoiceField(choices=LineStatus.choices)

    def to_representation(self, instance: ScoreLine) -> dict[str, Any]:
        """A line as plain values."""
        row = instance.indicator
        return {
            **of_run(instance.run),
            "department": short(instance.department),
            "indicator": {
                **{"id": row.pk, "code": row.code, "name": row.name, "kpi": row.kpi_id},
                **{"method": row.method, "clause": row.clause},
            },
            "scheme": scheme_ref(instance.run.scheme),
            "presence": instance.presence,
            **{name: plain(getattr(instance, name)) for name in FIGURES},
            "weight": plain(instance.weight),
            "points": None if instance.points is None else str(instance.points),
            "status": instance.status,
        }


class ScoreStepSerializer(serializers.Serializer[Any]):
    """One step of the formula: CODE names the sentence, NUMBERS stand in it."""

    code = serializers.CharField()
    numbers = AnyObjectField(help_text="Exact: decimals as text, or a fraction such as 19/21 where they never end.")


class ReceiptLineSerializer(ScoreLineSerializer):
    """A line with its formula."""

    steps = ScoreStepSerializer(many=True)
    is_proven = serializers.BooleanField(help_text="The rules give the stored points again.")


class ReceiptSerializer(ScoreSerializer):
    """A score with its lines, and for each how its points came about."""

    scheme = SchemeRefSerializer()
    lines = ReceiptLineSerializer(many=True)


def of_run(run: ScoreRun) -> dict[str, Any]:
    """Which version of which month a row belongs to."""
    published = getattr(run, "publication", None)
    edition = published.number if published else None
    return {"month": month_word(run.month), "run": run.pk, "edition": edition, "state": run.state}


def step_values(step: Explained) -> dict[str, Any]:
    """One step as plain values."""
    return {"code": step.code, "numbers": {name: exact_text(value) for name, value in step.numbers.items()}}


def short(row: Any) -> dict[str, Any]:
    """A department in short."""
    return {"id": row.pk, "code": row.code, "name": row.name}


def scheme_ref(row: Scheme) -> dict[str, Any]:
    """A scheme in short."""
    return {"id": row.pk, "name": row.name, "version": row.version}
