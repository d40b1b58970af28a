"""What the KPI API sends. Written out as plain values: these lists are long, and nothing else is reached through them."""

from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from rest_framework import serializers

from apps.kpis.api.frame import NumberField, month_word, plain
from apps.kpis.choices import (
    DEPARTMENT_AGGREGATIONS,
    TIME_AGGREGATIONS,
    Absence,
    Direction,
    Frequency,
    Status,
    ValueKind,
    ValueSource,
    ValueState,
)
from apps.kpis.models import Kpi, KpiTarget, KpiValue, KpiVersion
from apps.kpis.selectors.timetable import MONTH_COUNTS, MONTH_NUMBERS

NUMBERS = ("minimum", "maximum", "scale", "amber_pct")
WORDS = (
    "name",
    "description",
    "unit",
    "decimals",
    "direction",
    "frequency",
    "over_time",
    "over_departments",
    "formula",
)


class KpiDepartmentSerializer(serializers.Serializer[Any]):
    """A department in short."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class KpiAccountSerializer(serializers.Serializer[Any]):
    """Who did it."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class KpiRefSerializer(serializers.Serializer[Any]):
    """A KPI in short."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class DefinitionSerializer(serializers.Serializer[KpiVersion]):
    """What a KPI is, over some days."""

    id = serializers.IntegerField()
    first = serializers.DateField(help_text="The first day it holds.")
    until = serializers.DateField(allow_null=True, help_text="The first day it no longer holds; null: open end.")
    name = serializers.CharField()
    description = serializers.CharField()
    unit = serializers.CharField()
    decimals = serializers.IntegerField(help_text="Decimals to show.")
    direction = serializers.ChoiceField(choices=Direction.choices)
    frequency = serializers.ChoiceField(choices=Frequency.choices)
    over_time = serializers.ChoiceField(choices=TIME_AGGREGATIONS, help_text="How months become a year to date.")
    over_departments = serializers.ChoiceField(
        choices=DEPARTMENT_AGGREGATIONS, help_text="How departments become the one above."
    )
    scale = serializers.CharField(help_text="A ratio is numerator x scale / denominator: 100 gives percent.")
    minimum = NumberField(allow_null=True)
    maximum = NumberField(allow_null=True)
    amber_pct = serializers.CharField(help_text="Slightly off up to this many percent of the target.")
    formula = serializers.CharField(help_text="Worked out from other KPIs; empty when it is reported.")
    source = serializers.CharField(help_text="Where the figures come from.")  # type: ignore[assignment]
    note = serializers.CharField(help_text="Why it changed.")

    def to_representation(self, instance: KpiVersion) -> dict[str, Any]:
        """A definition as plain values."""
        return {
            "id": instance.pk,
            **days(instance.valid),
            **{name: getattr(instance, name) for name in WORDS},
            **{name: plain(getattr(instance, name)) for name in NUMBERS},
            "source": instance.source,
            "note": instance.note,
        }


class KpiSerializer(serializers.Serializer[Kpi]):
    """A KPI with its definition of today."""

    id = serializers.IntegerField()
    department = KpiDepartmentSerializer(help_text="Who owns it; it and departments below report it.")
    code = serializers.CharField(help_text="Department and code identify it, never the name.")
    name = serializers.CharField()
    family = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    owner = serializers.IntegerField(allow_null=True, help_text="Id of the person who answers for it.")
    needs_approval = serializers.BooleanField(help_text="Its values wait until somebody else approves them.")
    retired_from = serializers.DateField(allow_null=True, help_text="The first month without it.")
    definition = DefinitionSerializer(allow_null=True)
    updated_at = serializers.DateTimeField()

    def to_representation(self, instance: Kpi) -> dict[str, Any]:
        """A KPI as plain values."""
        return {
            "id": instance.pk,
            "department": short(instance.department),
            "code": instance.code,
            "name": instance.name,
            "family": instance.family,
            "tags": list(instance.tags),
            "owner": instance.owner_id,
            "needs_approval": instance.needs_approval,
            "retired_from": instance.retired_from.isoformat() if instance.retired_from else None,
            "definition": DefinitionSerializer().to_representation(instance.definition)
            if instance.definition
            else None,
            "updated_at": instance.updated_at.isoformat(),
        }


class KpiWrittenSerializer(KpiSerializer):
    """A KPI as it now is, and what deserves a second look."""

    doubts = serializers.ListField(child=serializers.CharField(), help_text="Sentences; nothing was refused.")

    def to_representation(self, instance: Kpi) -> dict[str, Any]:
        """The KPI, with the doubts handed over in the context."""
        return {**super().to_representation(instance), "doubts": list(self.context.get("doubts", ()))}


class KpiTargetSerializer(serializers.Serializer[KpiTarget]):
    """What should be reached over some days."""

    id = serializers.IntegerField()
    kpi = KpiRefSerializer()
    department = KpiDepartmentSerializer(allow_null=True, help_text="null: everybody who reports it.")
    first = serializers.DateField()
    until = serializers.DateField(allow_null=True, help_text="The first day it no longer holds; null: open end.")
    target = NumberField(help_text="For a range its lower end.")
    floor = NumberField(allow_null=True)
    stretch = NumberField(allow_null=True)
    upper = NumberField(allow_null=True, help_text="The upper end of a range.")
    reason = serializers.CharField()
    updated_at = serializers.DateTimeField()

    def to_representation(self, instance: KpiTarget) -> dict[str, Any]:
        """A target as plain values."""
        return {
            "id": instance.pk,
            "kpi": short(instance.kpi),
            "department": short(instance.department),
            **days(instance.valid),
            **{name: plain(getattr(instance, name)) for name in ("target", "floor", "stretch", "upper")},
            "reason": instance.reason,
            "updated_at": instance.updated_at.isoformat(),
        }


class KpiValueSerializer(serializers.Serializer[KpiValue]):
    """One version of what a department reported for a month."""

    id = serializers.IntegerField()
    kpi = KpiRefSerializer()
    department = KpiDepartmentSerializer()
    month = serializers.CharField(help_text="YYYY-MM")
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ValueState.choices)
    kind = serializers.ChoiceField(choices=ValueKind.choices, help_text="A number, or which kind of nothing.")
    value = NumberField(allow_null=True)
    numerator = NumberField(allow_null=True)
    denominator = NumberField(allow_null=True)
    ytd_value = NumberField(allow_null=True, help_text="Year to date as the source gave it.")
    source = serializers.ChoiceField(choices=ValueSource.choices)  # type: ignore[assignment]
    note = serializers.CharField(help_text="Why it moved.")
    is_late = serializers.BooleanField(help_text="It came after the cut-off of its month.")
    is_restated = serializers.BooleanField(help_text="It replaced another after the cut-off.")
    entered_by = KpiAccountSerializer(allow_null=True)
    entered_at = serializers.DateTimeField()
    import_run = serializers.IntegerField(allow_null=True, help_text="Id of the import it came with.")
    decided_by = KpiAccountSerializer(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: KpiValue) -> dict[str, Any]:
        """A value as plain values."""
        decided_at = instance.decided_at
        return {
            "id": instance.pk,
            "kpi": short(instance.series.kpi),
            "department": short(instance.series.department),
            "month": month_word(instance.month),
            "version": instance.number,
            **{name: getattr(instance, name) for name in ("state", "kind", "source", "note", "is_late", "is_restated")},
            **{name: plain(getattr(instance, name)) for name in ("value", "numerator", "denominator", "ytd_value")},
            "entered_by": account(instance.entered_by),
            "entered_at": instance.entered_at.isoformat(),
            "import_run": instance.import_run_id,
            "decided_by": account(instance.decided_by),
            "decided_at": decided_at.isoformat() if decided_at else None,
        }


class KpiMonthSerializer(serializers.Serializer[Any]):
    """What a KPI came to in a department and month, rolled up over the tree of that month's last day."""

    kpi = KpiRefSerializer()
    department = KpiDepartmentSerializer()
    month = serializers.CharField(help_text="YYYY-MM")
    kind = serializers.ChoiceField(
        choices=ValueKind.choices, allow_null=True, help_text="What was reported; null: nothing at all."
    )
    absence = serializers.ChoiceField(
        choices=Absence.choices, allow_blank=True, help_text="Which kind of nothing it is; empty: there is a figure."
    )
    value = NumberField(allow_null=True)
    numerator = NumberField(allow_null=True)
    denominator = NumberField(allow_null=True)
    ytd_value = NumberField(allow_null=True, help_text="Fiscal year to date, by the KPI's own rule.")
    ytd_numerator = NumberField(allow_null=True)
    ytd_denominator = NumberField(allow_null=True)
    floor = NumberField(allow_null=True)
    target = NumberField(allow_null=True, help_text="null: there is none, which is not a target of 0.")
    stretch = NumberField(allow_null=True)
    upper = NumberField(allow_null=True)
    status = serializers.ChoiceField(choices=Status.choices)
    reporting_count = serializers.IntegerField(help_text="Departments that reported.")
    expected_count = serializers.IntegerField(help_text="Departments that reported or were to; 0 for a formula.")
    is_late = serializers.BooleanField(help_text="Something in it came after the cut-off of the month.")
    is_restated = serializers.BooleanField(help_text="Something in it replaced another value after the cut-off.")

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        """A row of MONTH_COLUMNS, with its absence, as plain values."""
        row = instance
        return {
            "kpi": {"id": row["kpi_id"], "code": row["kpi__code"], "name": row["kpi__name"]},
            "department": {
                "id": row["department_id"],
                "code": row["department__code"],
                "name": row["department__name"],
            },
            "month": month_word(row["month"]),
            "kind": row["kind"],
            "absence": row["absence"],
            **{name: plain(row[name]) for name in MONTH_NUMBERS},
            "status": row["status"],
            **{name: row[name] for name in MONTH_COUNTS},
        }


def short(row: Any) -> dict[str, Any] | None:
    """A KPI or department in short."""
    return {"id": row.pk, "code": row.code, "name": row.name} if row is not None else None


def account(user: Any) -> dict[str, Any] | None:
    """An account in short."""
    return {"id": user.pk, "name": user.name} if user is not None else None


def days(valid: DateRange) -> dict[str, str | None]:
    """The ends of some days."""
    return {"first": valid.lower.isoformat(), "until": valid.upper.isoformat() if valid.upper else None}
