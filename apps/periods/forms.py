"""Input of the calendar's pages. Whether it may be so is the services' question."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.periods.choices import DayKind, FactKind

MOMENT_FORMAT = "%Y-%m-%dT%H:%M"


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A date, picked or typed."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


def moment_field(label: Any, **options: Any) -> forms.DateTimeField:
    """A moment on the company's clock, picked or typed."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT_FORMAT)
    return forms.DateTimeField(label=label, widget=widget, **options)


def reason_field() -> forms.CharField:
    """Why: kept in the history."""
    return forms.CharField(
        label=_("Reason"),
        max_length=500,
        strip=True,
        help_text=_("Kept in the history, where everyone who may see it can read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DaysForm(forms.Form):
    """A stretch of holidays or make-up workdays."""

    kind = forms.ChoiceField(label=_("These days are"), choices=DayKind.choices)
    first_day = day_field(_("First day"))
    last_day = day_field(_("Last day"), required=False, help_text=_("Leave empty for a single day."))
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("As it should stand in the calendar."))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("last_day") is None:
            cleaned["last_day"] = cleaned.get("first_day")
        return cleaned


class CutOffForm(forms.Form):
    """A new moment for one cut-off."""

    closes_at = moment_field(_("New cut-off"))
    reason = reason_field()


class ReopenForm(forms.Form):
    """Until when a closed month takes entries again, and which."""

    closes_at = moment_field(_("Open until"))
    kinds = forms.MultipleChoiceField(
        label=_("For"),
        choices=FactKind.choices,
        initial=FactKind.values,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only these may be entered again."),
    )
    reason = reason_field()


class CutOffRuleForm(forms.Form):
    """On which working day, and when, a kind of fact closes."""

    working_day = forms.IntegerField(
        label=_("Working day after the month"), min_value=1, max_value=20, help_text=_("1 is the first working day.")
    )
    closes_time = forms.TimeField(
        label=_("Time of day"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    reason = reason_field()


class YearForm(forms.Form):
    """A fiscal year to lay out."""

    year = forms.IntegerField(
        label=_("Year"),
        min_value=1900,
        max_value=2200,
        help_text=_("The calendar year in which the fiscal year begins."),
    )
