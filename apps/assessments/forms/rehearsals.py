"""Input of the page that asks for a rehearsal."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core.month import Month


class RehearseForm(forms.Form):
    """On which published months a scheme is tried."""

    first_month = forms.ChoiceField(label=_("From"))
    last_month = forms.ChoiceField(label=_("To"))

    def __init__(self, *arguments: Any, months: Sequence[Month], **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in ("first_month", "last_month"):
            field: Any = self.fields[name]
            field.choices = [(str(month), date_format(month.first_day, "F Y")) for month in months]

    def span(self) -> dict[str, Month]:
        """What the service takes."""
        given = self.cleaned_data
        return {"first": Month.parse(given["first_month"]), "last": Month.parse(given["last_month"])}
