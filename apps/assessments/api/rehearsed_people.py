"""People of a rehearsal and what the rules pay them, as the API sends them."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from apps.assessments.api.frame import month_word
from apps.assessments.api.shapes import POINTS, ScoreDepartmentSerializer, short
from apps.assessments.models import Rehearsal, RehearsedPerson
from apps.assessments.selectors.rehearsed_people import (
    PaySums,
    PeopleOutcome,
    department_sums,
    pay_of_company,
)
from apps.core.http.fields import MonthField
from apps.core.scope import Scope
from apps.staff.choices import AppointmentRole

AMOUNT: dict[str, Any] = {"max_digits": 18, "decimal_places": 2}
COUNTS = ("all", "compared", "up", "down", "grade_changed", "lost", "gained")


class RehearsedPeopleQuery(serializers.Serializer[Any]):
    """Narrow the people of a rehearsal."""

    month = MonthField(required=False, help_text="Of this month, YYYY-MM.")
    role = serializers.ChoiceField(required=False, choices=AppointmentRole.choices, help_text="In this role.")


class RehearsedRoleSerializer(serializers.Serializer[Any]):
    """People's months of one role by what became of them."""

    role = serializers.ChoiceField(choices=AppointmentRole.choices)
    all = serializers.IntegerField()
    compared = serializers.IntegerField(help_text="With a score before and after.")
    up = serializers.IntegerField(help_text="With a higher score after.")
    down = serializers.IntegerField()
    grade_changed = serializers.IntegerField()
    lost = serializers.IntegerField(help_text="With a score before and none after.")
    gained = serializers.IntegerField()
    old_mean = serializers.DecimalField(**POINTS)
    new_mean = serializers.DecimalField(**POINTS)


class RehearsedPersonRefSerializer(serializers.Serializer[Any]):
    """A person in short."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()


class RehearsedPersonSerializer(serializers.Serializer[RehearsedPerson]):
    """A person's month before and after; null: no score, an empty status: not in those rules."""

    month = serializers.CharField(help_text="YYYY-MM")
    person = RehearsedPersonRefSerializer()
    department = ScoreDepartmentSerializer()
    role = serializers.ChoiceField(choices=AppointmentRole.choices)
    old_status = serializers.CharField()
    old_total = serializers.DecimalField(**POINTS)
    old_grade = serializers.CharField()
    new_status = serializers.CharField()
    new_total = serializers.DecimalField(**POINTS)
    new_grade = serializers.CharField()
    change = serializers.DecimalField(**POINTS)
    old_amount = serializers.DecimalField(**AMOUNT, allow_null=True, help_text="What the rules in force pay.")
    new_amount = serializers.DecimalField(**AMOUNT, allow_null=True, help_text="What the rehearsed rules pay.")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """A row of `rehearsed_people` as plain values."""
        with_amounts = self.context.get("with_amounts", False)
        names = ("role", "old_status", "old_grade", "new_status", "new_grade")
        return {
            "month": month_word(instance.month),
            "person": {"id": instance.person_id, "number": instance.person.number, "name": instance.person.name},
            "department": short(instance.department),
            **{name: getattr(instance, name) for name in names},
            **{name: text(getattr(instance, name)) for name in ("old_total", "new_total", "change")},
            **{name: text(getattr(instance, name)) if with_amounts else None for name in ("old_amount", "new_amount")},
        }


class RehearsedSumsSerializer(serializers.Serializer[Any]):
    """What the rules pay before and after, in the company's currency."""

    old_amount = serializers.DecimalField(**AMOUNT)
    new_amount = serializers.DecimalField(**AMOUNT)
    old_rewards = serializers.DecimalField(**AMOUNT, help_text="Paid above the base for the days worked.")
    new_rewards = serializers.DecimalField(**AMOUNT)
    old_penalties = serializers.DecimalField(**AMOUNT, help_text="Paid below the base for the days worked.")
    new_penalties = serializers.DecimalField(**AMOUNT)
    old_count = serializers.IntegerField(help_text="People's months that are paid something.")
    new_count = serializers.IntegerField()


class RehearsedDepartmentPaySerializer(RehearsedSumsSerializer):
    """The sums of those who were in a department on their last days of the month."""

    department = ScoreDepartmentSerializer()


class RehearsedPaySerializer(serializers.Serializer[Any]):
    """The whole company and its departments."""

    company = RehearsedSumsSerializer()
    departments = RehearsedDepartmentPaySerializer(many=True)


def text(number: Decimal | None) -> str | None:
    """A number with its places."""
    return None if number is None else str(number)


def sums_values(sums: PaySums) -> dict[str, Any]:
    """Sums as plain values, amounts with two places."""
    found = {one.name: getattr(sums, one.name) for one in fields(PaySums)}
    return {name: f"{value:.2f}" if isinstance(value, Decimal) else value for name, value in found.items()}


def pay_values(scope: Scope, rehearsal: Rehearsal) -> dict[str, Any]:
    """What the rules pay as plain values, departments by name."""
    return {
        "company": sums_values(pay_of_company(scope, rehearsal)),
        "departments": [
            {
                "department": {
                    "id": row["department"],
                    "code": row["department__code"],
                    "name": row["department__name"],
                },
                **sums_values(sums),
            }
            for row, sums in department_sums(scope, rehearsal)
        ],
    }


def people_values(found: PeopleOutcome) -> list[dict[str, Any]]:
    """Roles as plain values."""
    return [
        {
            "role": role,
            **{name: getattr(counts, name) for name in COUNTS},
            "old_mean": text(counts.old_mean),
            "new_mean": text(counts.new_mean),
        }
        for role, counts in found.roles
    ]
