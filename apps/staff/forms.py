"""Input of the staff pages: they clean it, the services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import placeable_departments
from apps.staff.choices import AppointmentRole, ContractKind, LeaveKind
from apps.staff.models import Position
from apps.staff.selectors import free_accounts, public_positions
from apps.staff.services import Place


class DepartmentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A department by name and code."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.code})"


class DayField(forms.DateField):
    """A day, with the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


def reason_field(*, is_required: bool = False) -> forms.CharField:
    """Why: kept in the history."""
    return forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=is_required,
        help_text=_("Stands in the history, for whoever asks later."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def share_field(**options: Any) -> forms.IntegerField:
    """A share of the working time."""
    return forms.IntegerField(label=_("Share of working time, %"), min_value=0, max_value=100, **options)


class ScopedForm(forms.Form):
    """A form that offers departments only as far as the person may see them."""

    def __init__(self, *arguments: Any, scope: Scope, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for field in self.fields.values():
            if isinstance(field, DepartmentChoice):
                field.queryset = placeable_departments(scope, clock.today())

    def place(self, department: Department | None = None) -> Place:
        """Where and as what: the fields every act on an appointment has."""
        given = self.cleaned_data
        return Place(
            department=department or given["department"],
            role=given["role"],
            position=given["position"],
            share=given["share"],
        )


class IdentityForm(forms.Form):
    number = forms.CharField(
        label=_("Staff number"), max_length=20, help_text=_("As payroll and other systems know the person.")
    )
    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)


class PlaceForm(ScopedForm):
    department = DepartmentChoice(label=_("Department"), queryset=None)
    position = forms.ModelChoiceField(label=_("Position"), queryset=Position.objects.none(), required=False)
    role = forms.ChoiceField(label=_("Role"), choices=AppointmentRole.choices, initial=AppointmentRole.MEMBER)
    share = share_field(initial=100)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        positions: Any = self.fields["position"]
        positions.queryset = public_positions()


class HireForm(PlaceForm, IdentityForm):
    hired_on = DayField(label=_("First day"))
    contract = forms.ChoiceField(label=_("Contract"), choices=ContractKind.choices)
    reason = reason_field()
    field_order = (
        "name", "number", "email", "department", "position", "role", "share", "hired_on", "contract", "reason",
    )  # fmt: skip


class RehireForm(PlaceForm):
    hired_on = DayField(label=_("First day"))
    contract = forms.ChoiceField(label=_("Contract"), choices=ContractKind.choices)
    reason = reason_field()


class LeaveForm(forms.Form):
    last_day = DayField(label=_("Last day"), help_text=_("The person is still employed on this day."))
    leave_kind = forms.ChoiceField(label=_("How they leave"), choices=LeaveKind.choices)
    reason = reason_field()


class TransferForm(PlaceForm):
    on = DayField(label=_("From"), help_text=_("The first day in the new department."))
    share = share_field(required=False, help_text=_("Empty: as before."))
    reason = reason_field()


class AppointForm(PlaceForm):
    share = share_field(initial=0, help_text=_("0 for leading a department beside the main work."))
    starts_on = DayField(label=_("From"))
    ends_on = DayField(label=_("To"), required=False, help_text=_("Empty: until the person leaves."))
    reason = reason_field()


class ChangeAppointmentForm(PlaceForm):
    """The department stays (None takes the field away): moving elsewhere is a transfer."""

    department = None  # type: ignore[assignment]
    share = share_field()
    on = DayField(label=_("From"))
    reason = reason_field()


class EndAppointmentForm(forms.Form):
    last_day = DayField(label=_("Last day"))
    reason = reason_field()


class CancelForm(forms.Form):
    reason = reason_field(is_required=True)


class PersonForm(IdentityForm):
    reason = reason_field()


class AccountForm(forms.Form):
    user: Any = forms.ModelChoiceField(
        label=_("Account"),
        queryset=None,
        required=False,
        empty_label=_("No account"),
        help_text=_("What the person leads decides what the account sees."),
    )
    reason = reason_field()

    def __init__(self, *arguments: Any, person: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        accounts: Any = self.fields["user"]
        accounts.queryset = free_accounts(person)


class PositionForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=20)
    title = forms.CharField(label=_("Title"), max_length=150)
    grade = forms.CharField(label=_("Grade"), max_length=20, required=False)
    is_key = forms.BooleanField(
        label=_("Key position"), required=False, help_text=_("The company needs a successor for it.")
    )
