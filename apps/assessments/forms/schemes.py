"""Input of the pages about a scheme as a whole: begin, change, name a scorecard, say why."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.rows import Cell, Redrawn, RowsField, number_or_nothing, number_text
from apps.assessments.models import Scheme
from apps.assessments.services.schemes import FIVE_GRADES, LONGEST_GRADE
from apps.core.month import Month


class MonthField(forms.Field):
    """A month, with the browser's own picker."""

    widget = forms.TextInput(attrs={"type": "month"})

    def to_python(self, value: Any) -> Month | None:
        if value in self.empty_values:
            return None
        try:
            return Month.parse(str(value))
        except ValueError as error:
            raise ValidationError(_now("Write the month as YYYY-MM.")) from error


def grade_name(text: str) -> str:
    """The name of a grade."""
    if not text:
        raise ValidationError(_now("Give it a name."))
    if len(text) > LONGEST_GRADE:
        raise ValidationError(_now("At most 10 signs."))
    return text


def points_field(label: Any, help_text: Any = "", **options: Any) -> forms.DecimalField:
    """Points."""
    return forms.DecimalField(label=label, help_text=help_text, max_digits=9, decimal_places=2, **options)


class BasisChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A scheme by name, version and state."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.get_state_display()})"


class NewSchemeForm(forms.Form):
    """The next scheme: empty, or everything of another one in it."""

    basis = BasisChoice(
        label=_("Copy from"),
        queryset=Scheme.objects.none(),
        required=False,
        empty_label=_("Nothing: begin empty"),
        help_text=_("Scorecards, departments, indicators and limits are copied; the other scheme stays as it is."),
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    first_month = MonthField(label=_("Holds from"), help_text=_("The first month that is assessed by it."))
    note = forms.CharField(
        label=_("Why it changes"),
        max_length=500,
        required=False,
        help_text=_("Whoever approves it reads this first."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *arguments: Any, schemes: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["basis"]
        field.queryset = schemes


class SchemeForm(Redrawn, forms.Form):
    """What holds for all scorecards of a draft."""

    name = forms.CharField(label=_("Name"), max_length=120)
    first_month = MonthField(label=_("Holds from"), help_text=_("The first month that is assessed by it."))
    note = forms.CharField(
        label=_("Why it changes"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    min_coverage = forms.DecimalField(
        label=_("Least weight with data, %"),
        max_digits=5,
        decimal_places=2,
        help_text=_("A department with less is published as not assessed."),
    )
    min_total = points_field(_("Lowest total"))
    max_total = points_field(_("Highest total"))
    bonus_cap = points_field(_("Most bonus points"), _("Empty: no cap."), required=False)
    deduction_cap = points_field(_("Most deducted points"), _("Empty: no cap."), required=False)
    is_gated = forms.BooleanField(
        label=_("One missed indicator caps the others"),
        required=False,
        help_text=_("Once a line earns less than its weight, no other counts for more than its own."),
    )
    grades = RowsField(
        (
            Cell("grade", _("Grade"), grade_name, is_number=False),
            Cell("min", _("From a total of"), number_text),
            Cell("quota", _("Recommended for at most, %"), number_or_nothing),
        ),
        label=_("Grades"),
        help_text=_(
            "From the best down; the last begins at the lowest total. More than the recommended share is a warning, never "
            "in the way. All shares empty: 20 % for the best grade."
        ),
    )

    def limits(self) -> dict[str, Any]:
        """The limits that stand on this page; the others stay as they are."""
        names = ("min_coverage", "min_total", "max_total", "bonus_cap", "deduction_cap", "is_gated", "grades")
        return {name: self.cleaned_data[name] for name in names}


def start_of(scheme: Scheme) -> dict[str, Any]:
    """What the fields start from."""
    names = ("min_coverage", "min_total", "max_total", "bonus_cap", "deduction_cap")
    return {
        "name": scheme.name,
        "first_month": str(Month.of(scheme.valid.lower)),
        "note": scheme.note,
        **{name: plain(getattr(scheme, name)) for name in names},
        "is_gated": scheme.is_gated,
        "grades": scheme.grades or FIVE_GRADES,
    }


def plain(number: Decimal | None) -> str | None:
    """A number without zeros at the end."""
    return None if number is None else f"{number.normalize():f}"


class CardForm(forms.Form):
    """A scorecard's name."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Departments in it are judged by the same indicators and weights.")
    )


class NothingForm(forms.Form):
    """A question that is answered by its button."""


class DiscardForm(forms.Form):
    """Why a draft is given up."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("Stands in the history, for whoever asks later."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
