"""Forms on departments: they clean input, services decide."""

from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import placeable_departments

AT_THE_TOP = _("Nothing: it stands at the top")


class PlainSelect(forms.Select):
    """A list of choices written in one go: with thousands of departments a template for each is too slow."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        del renderer
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, SELECTED if str(key) == chosen else "", label) for key, label in self.choices),
        )
        given = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return format_html("<select{}>{}</select>", given, options)


SELECTED = mark_safe(" selected")


class DepartmentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A department by name and code."""

    widget = PlainSelect

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.code})"


class DayField(forms.DateField):
    """A day, with the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


def reason_field(*, is_required: bool = True) -> forms.CharField:
    """Why: kept in the history."""
    return forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=is_required,
        help_text=_("Stands in the history, for whoever asks later."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ScopedForm(forms.Form):
    """A form that offers departments only as far as the person may know of them."""

    def __init__(self, *arguments: Any, scope: Scope, department: Department | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.department = department
        for field in self.fields.values():
            if isinstance(field, DepartmentChoice):
                rows = placeable_departments(scope, clock.today())
                rows = rows.only("pk", "name", "code")
                field.queryset = rows.exclude(pk=department.pk) if department else rows


class CreateForm(ScopedForm):
    code = forms.CharField(label=_("Code"), max_length=20, help_text=_("Short and lasting, for example FIN or OPS-2."))
    name = forms.CharField(label=_("Name"), max_length=150)
    parent = DepartmentChoice(
        label=_("Belongs to"), queryset=Department.objects.none(), required=False, empty_label=AT_THE_TOP
    )
    on = DayField(label=_("Opens on"))
    cost_center = forms.CharField(label=_("Cost centre"), max_length=20, required=False)
    purpose = forms.CharField(
        label=_("What it is for"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    reason = reason_field(is_required=False)


class RenameForm(ScopedForm):
    name = forms.CharField(label=_("New name"), max_length=150)
    on = DayField(label=_("From"))
    reason = reason_field(is_required=False)


class MoveForm(ScopedForm):
    parent = DepartmentChoice(
        label=_("Belongs to"), queryset=Department.objects.none(), required=False, empty_label=AT_THE_TOP
    )
    on = DayField(label=_("From"))
    reason = reason_field()


class MergeForm(ScopedForm):
    into = DepartmentChoice(label=_("Merge into"), queryset=Department.objects.none())
    on = DayField(label=_("From"), help_text=_("The first day on which only the other department exists."))
    reason = reason_field()


class CloseForm(ScopedForm):
    on = DayField(label=_("Closed from"), help_text=_("The first day on which it no longer exists."))
    reason = reason_field()


class ReopenForm(MoveForm):
    on = DayField(label=_("Open again from"))
    field_order = ("parent", "on", "reason")


class ChangeForm(ScopedForm):
    code = forms.CharField(label=_("Code"), max_length=20, help_text=_("The former code leads here still."))
    cost_center = forms.CharField(label=_("Cost centre"), max_length=20, required=False)
    purpose = forms.CharField(
        label=_("What it is for"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class AliasForm(forms.Form):
    alias = forms.CharField(label=_("Other name"), max_length=150)


class DayForm(forms.Form):
    """The day the tree is shown for."""

    on = DayField(required=False)
