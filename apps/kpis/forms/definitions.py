"""Input of the pages that define indicators."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import placeable_departments
from apps.kpis.choices import DEPARTMENT_AGGREGATIONS, TIME_AGGREGATIONS, Direction, Frequency
from apps.kpis.models import Kpi, KpiVersion
from apps.kpis.services import Definition, Identity
from apps.staff.models import Person
from apps.staff.selectors import search_people

CHOOSE = [("", _("Choose …"))]


def number_field(label: Any, **options: Any) -> forms.DecimalField:
    """A number as KPIs hold it."""
    return forms.DecimalField(label=label, max_digits=28, decimal_places=10, **options)


class DepartmentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A department by name and code."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.code})"


class DepartmentChoices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Several departments by name and code."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.code})"


class MonthField(forms.Field):
    """A month, as its first day, with the browser's own picker."""

    widget = forms.TextInput(attrs={"type": "month"})

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        try:
            return Month.parse(str(value)).first_day
        except ValueError as error:
            raise forms.ValidationError(_now("Write the month as YYYY-MM.")) from error

    def prepare_value(self, value: Any) -> Any:
        return str(Month.of(value)) if isinstance(value, date) else value


class TagsField(forms.CharField):
    """Words with commas between them."""

    def to_python(self, value: Any) -> Any:
        return tuple(word.strip() for word in str(value or "").split(",") if word.strip())

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value


def reason_field(*, is_required: bool = False) -> forms.CharField:
    """Why: kept in the history."""
    return forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=is_required,
        help_text=_("Stands in the history, for whoever asks later."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class IdentityForm(forms.Form):
    """What is not dated. The owner is named by staff number, e-mail or full name."""

    code = forms.CharField(
        label=_("Code"), max_length=40, help_text=_("Formulas, files and other systems name the KPI by it.")
    )
    family = forms.CharField(label=_("Family"), max_length=60, required=False)
    tags = TagsField(label=_("Tags"), required=False, help_text=_("With commas between them."))
    owner = forms.CharField(
        label=_("Owner"),
        max_length=150,
        required=False,
        help_text=_("Staff number, e-mail or full name of the person."),
    )
    needs_approval = forms.BooleanField(
        label=_("Values need approval"), required=False, help_text=_("By somebody else than who entered them.")
    )

    def __init__(self, *arguments: Any, scope: Scope, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.scope = scope

    def clean_owner(self) -> Person | None:
        """The one person who is meant."""
        text = self.cleaned_data["owner"].strip()
        if not text:
            return None
        found = search_people(scope=self.scope, text=text, limit=3)
        exact = [row for row in found if text.casefold() in {row.number.casefold(), row.name.casefold()}]
        choices = exact if len(exact) == 1 else found
        if len(choices) == 1:
            return choices[0]
        if choices:
            raise forms.ValidationError(_now("Several people are called that. Give the staff number."))
        raise forms.ValidationError(_now("Nobody is called that. Give the staff number or the full name."))

    def identity(self, department: Department) -> Identity:
        """What the services take."""
        given = self.cleaned_data
        return Identity(
            department=department,
            code=given["code"],
            family=given["family"],
            tags=given["tags"],
            owner=given["owner"],
            needs_approval=given["needs_approval"],
            reporting=tuple(given.get("reporting", ())),
        )


def identity_of(kpi: Kpi) -> dict[str, Any]:
    """What the fields start from."""
    owner = kpi.owner.number if kpi.owner else ""
    return {
        "code": kpi.code,
        "family": kpi.family,
        "tags": kpi.tags,
        "owner": owner,
        "needs_approval": kpi.needs_approval,
    }


class DefinitionForm(forms.Form):
    """What an indicator is, from a month on. `is_checked` confirms what the page doubts."""

    name = forms.CharField(label=_("Name"), max_length=200)
    description = forms.CharField(
        label=_("What is measured, and how"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    direction = forms.ChoiceField(label=_("Which way is better"), choices=[*CHOOSE, *Direction.choices])
    unit = forms.CharField(label=_("Unit"), max_length=30, required=False, help_text=_("Such as %, €, days, pieces."))
    decimals = forms.IntegerField(label=_("Decimals shown"), min_value=0, max_value=6, initial=2)
    frequency = forms.ChoiceField(
        label=_("Reported"),
        choices=Frequency.choices,
        help_text=_("Quarterly and yearly values stand on the last month of the quarter or fiscal year."),
    )
    over_departments = forms.ChoiceField(
        label=_("Over departments"),
        choices=[*CHOOSE, *DEPARTMENT_AGGREGATIONS],
        help_text=_("How the values of departments become the one of the department above."),
    )
    over_time = forms.ChoiceField(
        label=_("Over months"),
        choices=[*CHOOSE, *TIME_AGGREGATIONS],
        help_text=_("How months become the year to date."),
    )
    scale = forms.DecimalField(
        label=_("Scale of a ratio"),
        max_digits=12,
        decimal_places=4,
        initial=1,
        help_text=_("The quotient is multiplied by it: 100 gives percent."),
    )
    minimum = number_field(_("Lowest possible value"), required=False)
    maximum = number_field(_("Highest possible value"), required=False)
    amber_pct = forms.DecimalField(
        label=_("Slightly off up to, % of the target"), max_digits=7, decimal_places=3, initial=5
    )
    formula = forms.CharField(
        label=_("Formula"),
        max_length=500,
        required=False,
        help_text=_("For a KPI that is worked out from others. Empty: its values are entered."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    source = forms.CharField(label=_("Source"), max_length=200, required=False)

    def definition(self) -> Definition:
        """What the services take."""
        given = self.cleaned_data
        names = Definition.__dataclass_fields__
        return Definition(**{name: given[name] for name in names})


def definition_of(version: KpiVersion) -> dict[str, Any]:
    """What the fields start from; numbers without zeros at the end."""
    found = {name: getattr(version, name) for name in Definition.__dataclass_fields__}
    for name in ("scale", "minimum", "maximum", "amber_pct"):
        if found[name] is not None:
            found[name] = f"{found[name].normalize():f}"
    return found


class NewForm(DefinitionForm, IdentityForm):
    """A new indicator."""

    department = DepartmentChoice(label=_("Owning department"), queryset=None)
    reporting = DepartmentChoices(
        label=_("Reported by"),
        queryset=None,
        required=False,
        help_text=_("The owner or departments below it. Empty: whoever enters values."),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    valid_from = MonthField(
        label=_("Defined from"), required=False, help_text=_("Empty: for all months, however long ago.")
    )
    reason = reason_field()
    field_order = (
        "department", "code", "name", "description", "direction", "unit", "decimals", "frequency", "over_departments",
        "over_time", "scale", "formula", "minimum", "maximum", "amber_pct", "reporting", "needs_approval", "owner",
        "family", "tags", "source", "valid_from", "reason",
    )  # fmt: skip

    def __init__(self, *arguments: Any, scope: Scope, **options: Any) -> None:
        super().__init__(*arguments, scope=scope, **options)
        for name in ("department", "reporting"):
            field: Any = self.fields[name]
            field.queryset = placeable_departments(scope, clock.today())


class ChangeForm(DefinitionForm):
    """The same indicator, measured otherwise from a month on."""

    valid_from = MonthField(
        label=_("Holds from"), help_text=_("Earlier months keep the definition they were measured by.")
    )
    reason = reason_field(is_required=True)
    field_order = (
        "valid_from", "reason", "name", "description", "direction", "unit", "decimals", "frequency",
        "over_departments", "over_time", "scale", "formula", "minimum", "maximum", "amber_pct", "source",
    )  # fmt: skip


class RetireForm(forms.Form):
    """From when nothing is expected any more."""

    retired_from = MonthField(label=_("Retired from"), help_text=_("The first month that is not reported any more."))
    reason = reason_field(is_required=True)


class BringBackForm(forms.Form):
    """In use again."""

    reason = reason_field(is_required=True)
