"""Input of the page that sets targets."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import placeable_departments
from apps.kpis.choices import Direction
from apps.kpis.forms.definitions import DepartmentChoice, MonthField, number_field, reason_field
from apps.kpis.services import Aim


class TargetForm(forms.Form):
    """A target of one department, or of every one that reports, from a month until another."""

    department = DepartmentChoice(
        label=_("Department"), queryset=None, required=False, empty_label=_("Every one that reports")
    )
    first = MonthField(label=_("From"))
    last = MonthField(label=_("Until"), required=False, help_text=_("The last month. Empty: until another one is set."))
    target = number_field(_("Target"))
    floor = number_field(_("Floor"), required=False, help_text=_("What must be reached at least."))
    stretch = number_field(_("Stretch"), required=False, help_text=_("What would be excellent."))
    upper = number_field(_("Upper end"), required=False)
    reason = reason_field()

    def __init__(self, *arguments: Any, scope: Scope, direction: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        departments: Any = self.fields["department"]
        departments.queryset = placeable_departments(scope, clock.today())
        if direction == Direction.RANGE:
            self.fields["target"].label = _("Lower end")
            self.fields["upper"].required = True
            del self.fields["floor"], self.fields["stretch"]
        else:
            del self.fields["upper"]

    def clean(self) -> dict[str, Any]:
        """The end is not before the beginning."""
        given = self.cleaned_data
        if given.get("first") and given.get("last") and given["last"] < given["first"]:
            self.add_error("last", _("The target ends before it begins. Choose a later month."))
        return given

    def aim(self) -> Aim:
        """What the services take."""
        given = self.cleaned_data
        return Aim(given["target"], floor=given.get("floor"), stretch=given.get("stretch"), upper=given.get("upper"))

    def days(self) -> dict[str, Any]:
        """First day, and first day no longer."""
        last = self.cleaned_data["last"]
        return {"first": self.cleaned_data["first"], "until": Month.of(last).plus(1).first_day if last else None}


class RemoveForm(forms.Form):
    """Why a target is taken away."""

    reason = reason_field(is_required=True)
