"""What the API says of appeals and calibrations, and what it takes."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.assessments.api.frame import month_word
from apps.assessments.choices import AppealState
from apps.assessments.models import Appeal, Calibration
from apps.assessments.rules.appeals import RULINGS
from apps.core.http.fields import MonthField, id_field

RULING_CHOICES = [(state.value, state.label) for state in AppealState if state in RULINGS]
POINTS: dict[str, Any] = {"max_digits": 9, "decimal_places": 2}
MOST_LINES = 200


class AppealsQuery(serializers.Serializer[Any]):
    """Narrow the appeals."""

    month = MonthField(required=False, help_text="About this month, YYYY-MM.")
    state = serializers.ChoiceField(required=False, choices=AppealState.choices, help_text="In this state.")
    department = id_field("Id of a department.", required=False)


class AppealInput(serializers.Serializer[Any]):
    """An appeal: against a department's month, one line of it, or the caller's own score."""

    month = MonthField(help_text="A published month, YYYY-MM.")
    department = id_field("Id of the department; left out for the own score.", required=False)
    indicator = id_field("Id of the indicator whose line it is about; left out: the score as a whole.", required=False)
    is_own_score = serializers.BooleanField(required=False, default=False, help_text="The caller's own score.")
    reason = serializers.CharField(max_length=2000, help_text="What is wrong.")
    wish = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default="", help_text="What it should be."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Either a department or the own score."""
        if attrs["is_own_score"] == ("department" in attrs):
            raise serializers.ValidationError(
                {"department": _("Name a department, or say is_own_score: one of the two.")}
            )
        return attrs


class AppealReasonInput(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=2000)


class AppealRulingInput(serializers.Serializer[Any]):
    """A ruling, and what is read afresh if it grants something."""

    ruling = serializers.ChoiceField(choices=RULING_CHOICES)
    reason = serializers.CharField(max_length=2000)
    indicators = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        max_length=MOST_LINES,
        required=False,
        default=list,
        help_text="Ids of the indicators whose lines are read afresh. Nothing at all: what the appeal is about. "
        "The appeal of a person reads the personal part afresh and takes neither lines nor `is_beside`.",
    )
    is_beside = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Read bonuses, deductions, vetoes and exemptions of the department afresh.",
    )
    is_placement = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Only for the appeal of a person: read days, departments and role afresh too, as the records have them. "
        "Refused where they say what was counted.",
    )


class AppealIndicatorSerializer(serializers.Serializer[Any]):
    """The line an appeal is about."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class AppealSerializer(serializers.Serializer[Appeal]):
    """A disagreement with a published score, and where it stands."""

    id = serializers.IntegerField()
    month = serializers.CharField(help_text="YYYY-MM")
    run = serializers.IntegerField(help_text="Id of the run it is about.")
    version = serializers.IntegerField(help_text="Version of that run.")
    department = serializers.IntegerField()
    department_name = serializers.CharField()
    indicator = AppealIndicatorSerializer(allow_null=True)
    person = serializers.IntegerField(allow_null=True, help_text="Id of the person whose score it is about.")
    level = serializers.IntegerField(help_text="1, or 2 where the general manager was asked.")
    former = serializers.IntegerField(allow_null=True, help_text="Id of the appeal of the first level.")
    state = serializers.ChoiceField(choices=AppealState.choices)
    reason = serializers.CharField()
    wish = serializers.CharField()
    filed_by = serializers.CharField()
    filed_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="The answer is due by then.")
    held_since = serializers.DateTimeField(
        allow_null=True,
        help_text="The clock stands still since then: another version of the month is under way, beside which nothing can "
        "be granted. `due_at` moves by the working days lost once it is out of the way.",
    )
    reviewer = serializers.CharField(allow_null=True)
    ruled_by = serializers.CharField(allow_null=True)
    ruled_at = serializers.DateTimeField(allow_null=True)
    ruling = serializers.CharField(help_text="Reason of the ruling, or of not admitting it.")
    revision = serializers.IntegerField(allow_null=True, help_text="Id of the run that corrects what was granted.")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """An appeal (of `public_holds`) as plain values."""
        line = instance.indicator
        return {
            "id": instance.pk,
            "month": month_word(instance.run.month),
            "run": instance.run_id,
            "version": instance.run.version,
            "department": instance.department_id,
            "department_name": instance.department.name,
            "indicator": {"id": line.pk, "code": line.code, "name": line.name} if line else None,
            "person": instance.person_id,
            "former": instance.former_id,
            **{name: getattr(instance, name) for name in ("level", "state", "reason", "wish", "ruling")},
            "filed_by": instance.filed_by.name,
            "filed_at": instance.filed_at.isoformat(),
            "due_at": instance.due_at.isoformat(),
            "held_since": instance.held_since.isoformat() if instance.held_since else None,
            "reviewer": instance.reviewer.name if instance.reviewer else None,
            "ruled_by": instance.ruled_by.name if instance.ruled_by else None,
            "ruled_at": instance.ruled_at.isoformat() if instance.ruled_at else None,
            "revision": instance.revision_id,
        }


class CalibrationsQuery(serializers.Serializer[Any]):
    """Narrow the calibrations."""

    month = MonthField(required=False, help_text="Of this month, YYYY-MM.")
    department = id_field("Id of a department.", required=False)


class CalibrationInput(serializers.Serializer[Any]):
    """By how much one score of a draft is moved."""

    month = MonthField(help_text="A month with a draft, YYYY-MM.")
    department = id_field("Id of the department.")
    points = serializers.DecimalField(**POINTS, help_text="Added to the computed score; 0 takes a calibration back.")
    reason = serializers.CharField(max_length=500)
    version = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, help_text="The version of the draft that was looked at; another is refused."
    )


class CalibrationSerializer(serializers.Serializer[Calibration]):
    """A calibration that was made; the newest one of a department and month counts."""

    id = serializers.IntegerField()
    month = serializers.CharField(help_text="YYYY-MM")
    department = serializers.IntegerField()
    run = serializers.IntegerField(help_text="Id of the draft that was looked at.")
    computed = serializers.DecimalField(**POINTS, allow_null=True, help_text="The score without any calibration.")
    points = serializers.DecimalField(**POINTS)
    total = serializers.DecimalField(**POINTS, allow_null=True, help_text="What the score was moved to.")
    is_replaced = serializers.BooleanField(help_text="A newer one of the department and month has taken its place.")
    reason = serializers.CharField()
    made_by = serializers.CharField()
    made_at = serializers.DateTimeField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """A calibration with what came of it, as plain values."""
        return {
            "id": instance.pk,
            "month": month_word(instance.month),
            "department": instance.department_id,
            "run": instance.run_id,
            "computed": None if instance.computed is None else f"{instance.computed:.2f}",
            "points": f"{instance.points:.2f}",
            "total": None if instance.moved_to is None else f"{instance.moved_to:.2f}",
            "is_replaced": instance.is_replaced,
            "reason": instance.reason,
            "made_by": instance.made_by.name,
            "made_at": instance.made_at.isoformat(),
        }
