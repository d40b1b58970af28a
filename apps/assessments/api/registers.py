"""Shapes of the registers: what is reported, rated, and stands beside the hundred points."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from apps.assessments.api.bodies import KeyField
from apps.assessments.api.frame import month_word, plain
from apps.assessments.api.shapes import POINTS, AnyObjectField, ScoreDepartmentSerializer, short
from apps.assessments.choices import AdjustmentKind, AdjustmentState, Method
from apps.assessments.models import Adjustment, Entry, Rating
from apps.assessments.rules.raters import Flag, RaterCheck
from apps.assessments.selectors.rating import StandardLine
from apps.core.http.fields import IdsField, MonthField, id_field
from apps.core.rounding import round_half_up

MOST_RATINGS = 500


class NamedIndicatorSerializer(serializers.Serializer[Any]):
    """An indicator in short."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    method = serializers.ChoiceField(choices=Method.choices)


class SaidBySerializer(serializers.Serializer[Any]):
    """An account in short."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class EntrySerializer(serializers.Serializer[Entry]):
    """One version of what was reported; the newest counts."""

    id = serializers.IntegerField()
    month = serializers.CharField(help_text="YYYY-MM")
    department = ScoreDepartmentSerializer()
    indicator = NamedIndicatorSerializer()
    version = serializers.IntegerField()
    content = AnyObjectField(help_text="Counts by code ({}: nothing happened), or `items` of milestones.")
    note = serializers.CharField()
    evidence = serializers.CharField(
        help_text="Where it can be checked; may be empty for whoever is of the department."
    )
    is_restated = serializers.BooleanField(help_text="A correction after the cut-off.")
    said_by = SaidBySerializer()
    said_at = serializers.DateTimeField()

    def to_representation(self, instance: Entry) -> dict[str, Any]:
        """A version as plain values."""
        own = {name: getattr(instance, name) for name in ("content", "evidence", "is_restated")}
        return {**said_values(instance), **own}


class RatingSerializer(serializers.Serializer[Rating]):
    """One version of what one rater said; the newest of each counts."""

    id = serializers.IntegerField()
    month = serializers.CharField(help_text="YYYY-MM")
    department = ScoreDepartmentSerializer()
    indicator = NamedIndicatorSerializer()
    version = serializers.IntegerField()
    level = serializers.CharField(help_text="A level's name, or a percentage.")
    note = serializers.CharField()
    said_by = SaidBySerializer()
    said_at = serializers.DateTimeField()
    is_restated = serializers.BooleanField(help_text="A correction after the month was handed in.")

    def to_representation(self, instance: Rating) -> dict[str, Any]:
        """A version as plain values."""
        return {**said_values(instance), "level": instance.level, "is_restated": instance.is_restated}


def said_values(row: Entry | Rating) -> dict[str, Any]:
    """What every version says alike."""
    one = row.indicator
    return {
        "id": row.pk,
        "month": month_word(row.month),
        "department": short(row.department),
        "indicator": {"id": one.pk, "code": one.code, "name": one.name, "method": one.method},
        "version": row.version,
        "note": row.note,
        "said_by": {"id": row.said_by_id, "name": row.said_by.name},
        "said_at": row.said_at.isoformat(),
    }


class EntryInput(serializers.Serializer[Any]):
    """A report."""

    month = MonthField(help_text="YYYY-MM")
    department = KeyField(help_text="Id, code or another name of the department.")
    indicator = KeyField(help_text="Id or code of the indicator.")
    content = AnyObjectField(
        help_text="Counts by code, {} for nothing happened; or {items: [{code, name, weight, due, done}]}."
    )
    note = serializers.CharField(
        max_length=500, allow_blank=True, required=False, default="", help_text="After the cut-off: the reason."
    )
    evidence = serializers.CharField(
        max_length=2000, allow_blank=True, required=False, default="",
        help_text="Needed of whoever is not of the department: papers, numbers, links.",
    )  # fmt: skip
    based_on = serializers.IntegerField(
        min_value=0, required=False, allow_null=True, default=None, help_text="The version you looked at; 0: none."
    )


class ReportedSerializer(EntrySerializer):
    """What came of a report."""

    is_new = serializers.BooleanField(help_text="false: the same was reported already.")
    needs_revision = serializers.BooleanField(help_text="The month is published: its scores change only by a revision.")


class RatingInput(serializers.Serializer[Any]):
    """What is said of one department."""

    department = KeyField(help_text="Id or code of the department.")
    indicator = KeyField(help_text="Id or code of the indicator.")
    level = serializers.CharField(max_length=40)


class RatingsInput(serializers.Serializer[Any]):
    """Ratings of one month, saved together or not at all."""

    month = MonthField(help_text="YYYY-MM")
    ratings = serializers.ListField(child=RatingInput(), min_length=1, max_length=MOST_RATINGS)
    note = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class RatedSerializer(serializers.Serializer[Any]):
    """What came of ratings."""

    new = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    needs_revision = serializers.BooleanField()


class RatingCheckSerializer(serializers.Serializer[Any]):
    """How one rater rated; figures in percent points, null where too little was said."""

    rater = SaidBySerializer()
    count = serializers.IntegerField()
    mean = serializers.DecimalField(**POINTS)
    spread = serializers.DecimalField(**POINTS)
    leniency = serializers.DecimalField(**POINTS, help_text="Mean distance from the other raters.")
    halo = serializers.DecimalField(**POINTS, help_text="Mean correlation between criteria.")
    top_level = serializers.CharField()
    top_share = serializers.DecimalField(**POINTS, help_text="Share of ratings with that level, percent.")
    flags = serializers.ListField(child=serializers.ChoiceField(choices=[(flag.value, flag.name) for flag in Flag]))
    partners = SaidBySerializer(many=True, help_text="Raters of departments this one favours, who favour this one's.")


class OnScaleSerializer(serializers.Serializer[StandardLine]):
    """What somebody gave, beside it on the scale of all who gave something."""

    rater = SaidBySerializer(help_text="Who gave it.")
    raw = serializers.DecimalField(**POINTS, help_text="As given.")
    standardised = serializers.DecimalField(**POINTS, help_text="On one scale; may lie below 0 or above 100.")
    moved = serializers.DecimalField(**POINTS, help_text="How far that is from what was given.")
    raw_mean = serializers.DecimalField(**POINTS, help_text="Plain mean of all who gave something, as given.")
    standardised_mean = serializers.DecimalField(**POINTS)

    def to_representation(self, instance: StandardLine) -> dict[str, Any]:
        """A line as plain values."""
        found = instance.found
        return {
            "rater": {"id": int(found.opinion.rater), "name": instance.rater},
            "raw": str(round_half_up(found.opinion.pct, 2)),
            "standardised": str(found.pct),
            "moved": str(found.moved),
            "raw_mean": str(found.raw_mean),
            "standardised_mean": str(found.mean),
        }


class StandardisedSerializer(OnScaleSerializer):
    """One rating as given and on the scale of all raters, both in percent."""

    department = serializers.IntegerField()
    department_name = serializers.CharField(help_text="With its code.")
    indicator = serializers.IntegerField()
    indicator_name = serializers.CharField()
    level = serializers.CharField()

    def to_representation(self, instance: StandardLine) -> dict[str, Any]:
        """A line as plain values."""
        said = instance.found.opinion
        return {
            **{"department": said.subject, "department_name": instance.subject},
            **{"indicator": said.criterion, "indicator_name": instance.criterion, "level": said.level},
            **super().to_representation(instance),
        }


class StandardisedPartSerializer(OnScaleSerializer):
    """One personal part as given and on the scale of all who gave one, both in points of 100."""

    person = serializers.IntegerField()
    person_name = serializers.CharField()

    def to_representation(self, instance: StandardLine) -> dict[str, Any]:
        """A line as plain values."""
        about = {"person": instance.found.opinion.subject, "person_name": instance.subject}
        return {**about, **super().to_representation(instance)}


def check_values(check: RaterCheck, names: dict[str, str]) -> dict[str, Any]:
    """A rater's habits as plain values."""
    figures = {name: getattr(check, name) for name in ("mean", "spread", "leniency", "halo")}
    return {
        "rater": {"id": int(check.rater), "name": names[check.rater]},
        "count": check.count,
        **{name: None if found is None else str(round_half_up(found, 2)) for name, found in figures.items()},
        "top_level": check.top_level,
        "top_share": str(round_half_up(check.top_share * 100, 2)),
        "flags": [flag.value for flag in check.flags],
        "partners": [{"id": int(key), "name": names[key]} for key in check.partners],
    }


class AdjustmentSerializer(serializers.Serializer[Adjustment]):
    """A bonus claim, a deduction, a veto, or a line that does not apply."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=AdjustmentKind.choices)
    month = serializers.CharField(help_text="YYYY-MM")
    last_month = serializers.CharField(help_text="YYYY-MM; later than month only for a veto.")
    department = ScoreDepartmentSerializer()
    item = serializers.CharField(help_text="Code of the scheme's item; of an exemption, of the line.")
    name = serializers.CharField()
    happened_on = serializers.DateField()
    evidence = serializers.CharField()
    count = serializers.DecimalField(max_digits=9, decimal_places=2)
    action = serializers.CharField(help_text="What a veto does: zero, cap, grade_cap; else empty.")
    value = serializers.DecimalField(**POINTS, help_text="Most points a veto leaves.")
    grade = serializers.CharField(help_text="Best grade a veto leaves.")
    scope = serializers.CharField(help_text="Whom a veto hits: department, head, line; else empty.")
    points = serializers.DecimalField(
        **POINTS, help_text="Set when it is confirmed; the item's cap holds over all claims."
    )
    state = serializers.ChoiceField(choices=AdjustmentState.choices)
    proposed_by = SaidBySerializer()
    proposed_at = serializers.DateTimeField()
    decided_by = SaidBySerializer(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    ruling = serializers.CharField()
    lifted_from = serializers.CharField(
        allow_null=True, help_text="First month it no longer hits, YYYY-MM; null: none."
    )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """An event as plain values."""
        row = instance
        decider = {"id": row.decided_by.pk, "name": row.decided_by.name} if row.decided_by else None
        return {
            "id": row.pk,
            **{
                name: getattr(row, name)
                for name in ("kind", "name", "evidence", "action", "grade", "scope", "state", "ruling")
            },
            "month": month_word(row.month),
            "last_month": month_word(row.last_month),
            "department": short(row.department),
            "item": row.code,
            "happened_on": row.happened_on.isoformat(),
            **{name: plain(getattr(row, name)) for name in ("count", "value", "points")},
            "lifted_from": month_word(row.lifted_from) if row.lifted_from else None,
            "proposed_by": {"id": row.proposed_by_id, "name": row.proposed_by.name},
            "proposed_at": row.proposed_at.isoformat(),
            "decided_by": decider,
            "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        }


class RuledAdjustmentSerializer(AdjustmentSerializer):
    """An event with what follows from it."""

    revisions = serializers.ListField(
        child=serializers.CharField(), help_text="Published months it hits that need a revision, YYYY-MM."
    )


class AdjustmentInput(serializers.Serializer[Any]):
    """An event to be put into the register."""

    kind = serializers.ChoiceField(choices=AdjustmentKind.choices)
    item = serializers.CharField(
        max_length=40,
        help_text="Code of an item of the scheme in force; of an exemption, of a line of the department's scorecard.",
    )
    month = MonthField(help_text="YYYY-MM")
    last_month = MonthField(required=False, help_text="Of a veto that hits several months.")
    department = KeyField(help_text="Id, code or another name of the department.")
    happened_on = serializers.DateField(
        required=False, help_text="Left out only of an exemption, which holds for the whole month."
    )
    evidence = serializers.CharField(max_length=2000, allow_blank=True)
    name = serializers.CharField(
        max_length=200,
        allow_blank=True,
        required=False,
        default="",
        help_text="Of an exemption: why it does not apply.",
    )
    count = serializers.DecimalField(max_digits=9, decimal_places=2, required=False, default=Decimal(1))
    due_at = serializers.DateTimeField(
        required=False, help_text="Of a late report: its deadline. Count is then the working days late."
    )
    submitted_at = serializers.DateTimeField(required=False, help_text="When it came; left out: not yet.")

    def validate_item(self, value: str) -> str:
        """A code without the signs no code has."""
        if "\x00" in value:
            raise serializers.ValidationError(_("Write the code of an item."))
        return value


class RulingInput(serializers.Serializer[Any]):
    """Words for whoever proposed it."""

    ruling = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class LiftInput(serializers.Serializer[Any]):
    """From when something confirmed no longer hits, why, and what shows it."""

    from_month = MonthField(help_text="The first month in which it does not count, YYYY-MM.")
    reason = serializers.CharField(max_length=500)
    evidence = serializers.CharField(max_length=2000)


class EntriesQuery(serializers.Serializer[Any]):
    """Narrow what was reported."""

    month = MonthField(required=False, help_text="Of this month, YYYY-MM.")
    department = IdsField(required=False, help_text="Ids of departments.")
    indicator = id_field("Id of an indicator.", required=False)


class RatingsQuery(EntriesQuery):
    """Narrow what was said."""


class RatingChecksQuery(serializers.Serializer[Any]):
    """The month whose raters are compared."""

    month = MonthField(help_text="YYYY-MM")


class AdjustmentsQuery(serializers.Serializer[Any]):
    """Narrow the register."""

    kind = serializers.ChoiceField(required=False, choices=AdjustmentKind.choices, help_text="Of this kind.")
    state = serializers.ChoiceField(required=False, choices=AdjustmentState.choices, help_text="In this state.")
    month = MonthField(required=False, help_text="Hits this month, YYYY-MM.")
    department = IdsField(required=False, help_text="Ids of departments.")
