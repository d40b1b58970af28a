"""Input of the page that freezes the months behind a usual range."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.kpis.forms.definitions import MonthField, reason_field


class BaselineForm(forms.Form):
    """From which month to which, and why."""

    first = MonthField(label=_("From"))
    last = MonthField(label=_("Until"), help_text=_("The last month. Twelve months with a figure at least."))
    reason = reason_field(is_required=True)

    def clean(self) -> dict[str, Any]:
        """The end is not before the beginning."""
        given = self.cleaned_data
        if given.get("first") and given.get("last") and given["last"] < given["first"]:
            self.add_error("last", _("The baseline ends before it begins. Choose a later end."))
        return given
