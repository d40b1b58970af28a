"""What to look for in the history."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.audit.selectors import HistoryFilter, kinds_of_history

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class HistoryForm(forms.Form):
    """Words, a kind of record, days. Sent in the address, so that a view of the history can be passed on."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("Kind of record"), required=False)
    record = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)
    first_day = forms.DateField(label=_("From"), required=False, widget=DATE)
    last_day = forms.DateField(label=_("To"), required=False, widget=DATE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All records")), *kinds_of_history()]

    def chosen(self) -> HistoryFilter:
        """The filter, as far as it was understood."""
        self.full_clean()
        values = self.cleaned_data
        return HistoryFilter(
            text=values.get("q") or "",
            kind=values.get("kind") or "",
            record_id=values.get("record"),
            first_day=values.get("first_day"),
            last_day=values.get("last_day"),
        )
