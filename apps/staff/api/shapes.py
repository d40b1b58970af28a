"""What the staff API sends and takes. Plain values only: no row of another table can be reached through them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.clock import today
from apps.core.errors import NotFound
from apps.core.scope import Scope
from apps.departments.selectors import department_for
from apps.staff import selectors
from apps.staff.choices import AppointmentRole, ContractKind, LeaveKind, MovementKind, PersonState
from apps.staff.models import Appointment, Employment, HeadcountPlan, Movement, Person, Position
from apps.staff.services import Place


class DepartmentRefSerializer(serializers.Serializer[Any]):
    """A department in short."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class PersonRefSerializer(serializers.Serializer[Any]):
    """A person in short."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()


class PositionSerializer(serializers.Serializer[Position]):
    """A job as the company names it."""

    id = serializers.IntegerField(read_only=True)
    code = serializers.CharField(max_length=20)
    title = serializers.CharField(max_length=150)
    grade = serializers.CharField(max_length=20, allow_blank=True, default="")
    is_key = serializers.BooleanField(default=False, help_text="The company needs a successor for it.")


class PersonSerializer(serializers.Serializer[Person]):
    """Somebody who works or worked here, with the place they have today (or had last, or will have first)."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()
    state = serializers.ChoiceField(choices=PersonState.choices)
    hired_on = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    department = DepartmentRefSerializer(allow_null=True)
    position = serializers.CharField(allow_null=True, help_text="Title of the position.")
    role = serializers.ChoiceField(choices=AppointmentRole.choices, allow_null=True)
    share = serializers.IntegerField(allow_null=True, help_text="Share of the working time, in percent.")
    updated_at = serializers.DateTimeField()

    def to_representation(self, instance: Person) -> dict[str, Any]:
        """Written out: a list of these is the portal's busiest answer."""
        day = today()
        place, spell = selectors.place_of(instance, day), selectors.spell_of(instance, day)
        return {
            "id": instance.pk,
            "number": instance.number,
            "name": instance.name,
            "email": instance.email,
            "state": str(selectors.state_of(instance, day)),
            "hired_on": spell.hired_on.isoformat() if spell else None,
            "last_day": spell.last_day.isoformat() if spell and spell.last_day else None,
            "department": short_department(place.department) if place else None,
            "position": place.position.title if place and place.position else None,
            "role": place.role if place else None,
            "share": place.share if place else None,
            "updated_at": instance.updated_at.isoformat(),
        }


def short_department(department: Any) -> dict[str, Any] | None:
    """A department in short, as plain values."""
    return {"id": department.pk, "code": department.code, "name": department.name} if department else None


class EmploymentSerializer(serializers.Serializer[Employment]):
    """One spell of employment."""

    id = serializers.IntegerField()
    person = PersonRefSerializer()
    hired_on = serializers.DateField()
    last_day = serializers.DateField(allow_null=True, help_text="Still employed on this day.")
    contract = serializers.ChoiceField(choices=ContractKind.choices)
    leave_kind = serializers.ChoiceField(choices=LeaveKind.choices, allow_blank=True)
    updated_at = serializers.DateTimeField()


class AppointmentSerializer(serializers.Serializer[Appointment]):
    """Somebody's place in a department over some days."""

    id = serializers.IntegerField()
    person = PersonRefSerializer()
    department = DepartmentRefSerializer()
    position = PositionSerializer(allow_null=True)
    role = serializers.ChoiceField(choices=AppointmentRole.choices)
    share = serializers.IntegerField()
    is_main = serializers.BooleanField(help_text="The person is counted here.")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    updated_at = serializers.DateTimeField()


class MovementSerializer(serializers.Serializer[Movement]):
    """A dated act: joined, transferred, left."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=MovementKind.choices)
    person = PersonRefSerializer()
    on = serializers.DateField(help_text="First day, day of the move, or last day.")
    from_department = DepartmentRefSerializer(allow_null=True)
    to_department = DepartmentRefSerializer(allow_null=True)
    leave_kind = serializers.ChoiceField(choices=LeaveKind.choices, allow_blank=True)
    reason = serializers.CharField()
    created_at = serializers.DateTimeField(help_text="When it was recorded.")


class PlanCellSerializer(serializers.Serializer[HeadcountPlan]):
    """Planned heads of a department at the end of a month."""

    department = DepartmentRefSerializer()
    month = serializers.DateField(help_text="First day of the month.")
    planned = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class PlaceInput(serializers.Serializer[Any]):
    """Where somebody is to work, and as what."""

    department = serializers.IntegerField(help_text="Id of a department.")
    position = serializers.IntegerField(required=False, allow_null=True, default=None, help_text="Id of a position.")
    role = serializers.ChoiceField(choices=AppointmentRole.choices, default=AppointmentRole.MEMBER)
    share = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0, max_value=100)

    def place(self, scope: Scope) -> Place:
        """The place asked for; what lies outside the scope is answered like what does not exist."""
        given = self.validated_data
        return Place(
            department=department_for(scope, given["department"]),
            role=given["role"],
            position=position_for(given["position"]),
            share=given["share"],
        )


def position_for(pk: int | None) -> Position | None:
    """The position with this key."""
    if pk is None:
        return None
    position = selectors.public_positions().filter(pk=pk).first()
    if position is None:
        raise NotFound(_("There is no such position."), field="position")
    return position


class ReasonInput(serializers.Serializer[Any]):
    """Why, for the history."""

    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class HireInput(PlaceInput, ReasonInput):
    """Somebody new."""

    number = serializers.CharField(max_length=20)
    name = serializers.CharField(max_length=150)
    email = serializers.EmailField(max_length=254, allow_blank=True, default="")
    hired_on = serializers.DateField()
    contract = serializers.ChoiceField(choices=ContractKind.choices, default=ContractKind.PERMANENT)


class RehireInput(PlaceInput, ReasonInput):
    """Somebody who comes back."""

    hired_on = serializers.DateField()
    contract = serializers.ChoiceField(choices=ContractKind.choices, default=ContractKind.PERMANENT)


class PersonInput(ReasonInput):
    """Corrections; what is left out stays."""

    number = serializers.CharField(max_length=20, required=False)
    name = serializers.CharField(max_length=150, required=False)
    email = serializers.EmailField(max_length=254, allow_blank=True, required=False)


class LeaveInput(ReasonInput):
    """A leaving."""

    last_day = serializers.DateField()
    leave_kind = serializers.ChoiceField(choices=LeaveKind.choices)


class TransferInput(PlaceInput, ReasonInput):
    """A move to another department."""

    on = serializers.DateField(help_text="First day in the new department.")


class AppointInput(PlaceInput, ReasonInput):
    """A further appointment."""

    starts_on = serializers.DateField()
    ends_on = serializers.DateField(required=False, allow_null=True, default=None)


class ChangeInput(ReasonInput):
    """Another role, position or share in the same department."""

    on = serializers.DateField()
    position = serializers.IntegerField(required=False, allow_null=True, default=None)
    role = serializers.ChoiceField(choices=AppointmentRole.choices)
    share = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0, max_value=100)


class EndInput(ReasonInput):
    """The end of a further appointment."""

    last_day = serializers.DateField()


class CancelInput(serializers.Serializer[Any]):
    """Why it is taken back."""

    reason = serializers.CharField(max_length=500)


class CellInput(serializers.Serializer[Any]):
    """One cell of the plan; null takes it away."""

    department = serializers.IntegerField()
    month = serializers.DateField(help_text="Any day of the month.")
    planned = serializers.IntegerField(min_value=0, max_value=1_000_000, allow_null=True)


class PlanInput(ReasonInput):
    """Cells of the plan: all are stored or none."""

    cells = CellInput(many=True, max_length=5_000)  # type: ignore[call-arg]


class PlanChangeSerializer(serializers.Serializer[Any]):
    """How many cells were written."""

    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    removed = serializers.IntegerField()


class MonthStatementSerializer(serializers.Serializer[Any]):
    """What happened to a headcount in a month."""

    month = serializers.CharField(help_text="YYYY-MM")
    opening = serializers.IntegerField()
    joiners = serializers.IntegerField()
    transfers_in = serializers.IntegerField()
    leavers = serializers.IntegerField()
    voluntary_leavers = serializers.IntegerField()
    transfers_out = serializers.IntegerField()
    closing = serializers.IntegerField()
    planned = serializers.IntegerField(allow_null=True)


class StatementSerializer(serializers.Serializer[Any]):
    """A headcount over months, with its turnover."""

    months = MonthStatementSerializer(many=True)
    measured_closing = serializers.IntegerField(help_text="Counted afresh; equal to the last closing.")
    is_balanced = serializers.BooleanField()
    average_headcount = serializers.DecimalField(max_digits=12, decimal_places=2)
    turnover_pct = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    voluntary_turnover_pct = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    stability_pct = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    full_time_equivalents = serializers.DecimalField(max_digits=12, decimal_places=2)
