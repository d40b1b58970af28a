"""Input of the notification pages. Whether it may be so is the services' question."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.notifications.choices import OFFERED, Mode

EVENT_GROUPS = (
    ("staff.*", _("People and movements")),
    ("departments.*", _("Departments")),
    ("periods.*", _("Periods")),
    ("approvals.*", _("Approvals")),
    ("imports.*", _("Imports")),
    ("assessments.*", _("Published scores")),
    ("forecasts.*", _("Issued forecasts and situation reports")),
    ("*", _("Everything, also what later versions add")),
)


class PreferencesForm(forms.Form):
    """One choice for each subject that people are told of."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for about, label in OFFERED:
            self.fields[about] = forms.ChoiceField(label=label, choices=Mode.choices)


class StandInForm(forms.Form):
    """Who acts for me, from when to when."""

    stand_in: "forms.ModelChoiceField[User]" = forms.ModelChoiceField(
        label=_("Who acts for you"),
        queryset=None,
        help_text=_("Everybody who may open the cases that wait for you."),
        error_messages={
            "invalid_choice": _(
                "This person may not open cases, so nobody would answer yours. Name one of those listed, or ask an "
                "administrator to give them a role that reads approvals."
            )
        },
    )
    first_day = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last_day = forms.DateField(
        label=_("Until, this day included"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, help_text=_("Leave, travel: whatever helps them.")
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["stand_in"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = people


class WebhookForm(forms.Form):
    """An address of another system, and what it is told."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("For people: which system this is."))
    url = forms.CharField(label=_("Address"), max_length=500, widget=forms.URLInput(attrs={"placeholder": "https://"}))
    events = forms.MultipleChoiceField(
        label=_("Tell it about"), choices=EVENT_GROUPS, widget=forms.CheckboxSelectMultiple, required=False
    )


class PauseForm(forms.Form):
    """Why an endpoint takes no calls for now."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
