"""What the API of assessments sends of months: runs, scores and lines."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from apps.assessments.api.frame import exact_text, month_word, plain
from apps.assessments.api.shapes import (
    POINTS,
    AnyObjectField,
    SchemeRefSerializer,
    ScoreDepartmentSerializer,
    scheme_ref,
    short,
)
from apps.assessments.choices import AdjustmentKind, LineStatus, Method, Presence, RunState, ScoreStatus
from apps.assessments.models import Score, ScoreLine, ScoreRun
from apps.assessments.rules.results import Explained

FIGURE: dict[str, Any] = {"max_digits": 32, "decimal_places": 14, "allow_null": True}
FIGURES = ("value", "numerator", "denominator", "scale", "target", "floor", "stretch", "rate")


class ScoreRunSerializer(serializers.Serializer[ScoreRun]):
    """One version of a whole month."""

    id = serializers.IntegerField()
    month = serializers.CharField(help_text="YYYY-MM")
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=RunState.choices)
    scheme = SchemeRefSerializer()
    gathered_at = serializers.DateTimeField(help_text="Values entered later had no part in it.")
    is_past_cut_off = serializers.BooleanField(help_text="KPI values could no longer come in time.")
    is_past_reports = serializers.BooleanField(help_text="Nor could reports of what is no KPI value.")
    score_count = serializers.IntegerField()
    scored_count = serializers.IntegerField()
    pending_count = serializers.IntegerField()
    line_count = serializers.IntegerField()
    with_data_count = serializers.IntegerField()
    mean_total = serializers.DecimalField(**POINTS)
    person_count = serializers.IntegerField()
    revises = serializers.IntegerField(allow_null=True, help_text="The published run it corrects.")
    reason = serializers.CharField(help_text="Why it was worked out again.")
    digest = serializers.CharField(help_text="Covers every score and line of it.")
    case = serializers.IntegerField(allow_null=True, help_text="Id of the case in which it is ruled on.")
    approved_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(help_text="Why it was sent back.")
    edition = serializers.IntegerField(allow_null=True, help_text="Number of its publication; null: never published.")
    published_at = serializers.DateTimeField(allow_null=True)
    publication_digest = serializers.CharField(
        allow_null=True, help_text="SHA-256 of the digest of the publication before and that of the run, as text."
    )
    previous_publication_digest = serializers.CharField(
        allow_null=True, help_text="Of the publication before, whichever month that was; null: there was none."
    )

    def to_representation(self, instance: ScoreRun) -> dict[str, Any]:
        """A run as plain values."""
        numbers = ("score_count", "scored_count", "pending_count", "line_count", "with_data_count", "person_count")
        names = ("version", "state", "is_past_cut_off", "is_past_reports", *numbers, "reason", "digest", "note")
        published = getattr(instance, "publication", None)
        return {
            "id": instance.pk,
            "month": month_word(instance.month),
            **{name: getattr(instance, name) for name in names},
            "scheme": scheme_ref(instance.scheme),
            "gathered_at": instance.gathered_at.isoformat(),
            "mean_total": plain(instance.mean_total),
            "revises": instance.revises_id,
            "case": instance.case_id,
            "approved_at": instance.approved_at.isoformat() if instance.approved_at else None,
            "edition": published.number if published else None,
            "published_at": published.published_at.isoformat() if published else None,
            "publication_digest": published.digest if published else None,
            "previous_publication_digest": published.previous.digest if published and published.previous else None,
        }


class ScoreRunJobSerializer(serializers.Serializer[Any]):
    """The job that works a month out."""

    job = serializers.IntegerField()
    month = serializers.CharField()
    state = serializers.CharField()


EXTRA_FIELDS = ("kind", "code", "name", "points", "action", "value", "grade", "scope")
EXTRA_KINDS = [(kind, kind) for kind in (*AdjustmentKind.values, "calibration")]


class ScoreExtraSerializer(serializers.Serializer[Any]):
    """What stood beside the hundred points: a bonus, a deduction, a veto, a calibration; or that a line does not apply."""

    kind = serializers.ChoiceField(choices=EXTRA_KINDS)
    code = serializers.CharField(help_text="The item of the scheme; of an exemption, the line that is left out.")
    name = serializers.CharField()
    points = serializers.DecimalField(**POINTS)
    action = serializers.CharField(allow_null=True, help_text="What a veto does.")
    value = serializers.DecimalField(**POINTS, help_text="Most points a veto leaves.")
    grade = serializers.CharField(allow_null=True, help_text="Best grade a veto leaves.")
    scope = serializers.CharField(
        allow_null=True, help_text="line: a veto of the department and all above it; else null."
    )
    from_department = serializers.CharField(
        allow_null=True, help_text="Name of the department below whose line it is; null: the own one."
    )


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
    calibration = serializers.DecimalField(**POINTS)
    uncalibrated = serializers.DecimalField(**POINTS, help_text="The total as it would be without the calibration.")
    extras = ScoreExtraSerializer(many=True)
    total = serializers.DecimalField(**POINTS, help_text="null: not assessed, which is not 0.")
    grade = serializers.CharField()
    rank = serializers.IntegerField(allow_null=True)
    digest = serializers.CharField()

    def to_representation(self, instance: Score) -> dict[str, Any]:
        """A score as plain values."""
        points = ("base", "bonus", "deduction", "calibration", "uncalibrated", "total")
        return {
            "id": instance.pk,
            **of_run(instance.run),
            "department": short(instance.department),
            "scorecard": instance.scorecard.name,
            **{name: getattr(instance, name) for name in ("status", "grade", "rank", "digest")},
            "coverage_pct": str(instance.coverage_pct),
            "coefficient": plain(instance.coefficient),
            "extras": [extra_values(extra) for extra in instance.extras],
            **{name: None if getattr(instance, name) is None else str(getattr(instance, name)) for name in points},
        }


class ScoreIndicatorSerializer(serializers.Serializer[Any]):
    """An indicator as a line names it."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    kpi = serializers.IntegerField(allow_null=True)
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
    reported = serializers.JSONField(
        allow_null=True,
        help_text="What is not one figure, as the method takes it; of a composite by the codes of its KPIs the figure, the "
        "target and the share reached.",
    )
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
            "reported": instance.reported,
            "weight": plain(instance.weight),
            "points": None if instance.points is None else str(instance.points),
            "status": instance.status,
        }


class ScoreStepSerializer(serializers.Serializer[Any]):
    """One step of the formula: CODE names the sentence, NUMBERS stand in it."""

    code = serializers.CharField()
    numbers = AnyObjectField(help_text="Exact: decimals as text, or a fraction such as 19/21 where they never end.")


def of_run(run: ScoreRun) -> dict[str, Any]:
    """Which version of which month a row belongs to."""
    published = getattr(run, "publication", None)
    edition = published.number if published else None
    return {"month": month_word(run.month), "run": run.pk, "edition": edition, "state": run.state}


def step_values(step: Explained) -> dict[str, Any]:
    """One step as plain values."""
    return {"code": step.code, "numbers": {name: exact_text(value) for name, value in step.numbers.items()}}


def extra_values(extra: Mapping[str, Any]) -> dict[str, Any]:
    """An extra as plain values; what it does not have is null."""
    return {**{name: extra.get(name) for name in EXTRA_FIELDS}, "from_department": extra.get("from")}
