"""Input of the ruling desk."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def words_field(label: Any, **options: Any) -> forms.CharField:
    """A few sentences."""
    return forms.CharField(label=label, max_length=4_000, widget=forms.Textarea(attrs={"rows": 3}), **options)


class RulingForm(forms.Form):
    """An answer to a step. VERDICTS: what the step may answer."""

    ruling = forms.ChoiceField(label=_("Your ruling"), widget=forms.RadioSelect)
    reason = words_field(
        _("Reason"), required=False, help_text=_("Needed to return or veto. Everyone who may see the case reads it.")
    )
    conditions = words_field(_("Conditions"), required=False, help_text=_("Needed to approve with conditions."))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, verdicts: Sequence[tuple[str, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["ruling"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(verdicts)


class WithdrawForm(forms.Form):
    """Why something is taken back."""

    reason = words_field(_("Reason"), help_text=_("The people you asked will read it."))
    version = forms.IntegerField(widget=forms.HiddenInput)
