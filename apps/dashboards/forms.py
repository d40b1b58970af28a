"""Forms of the gallery: they send nothing anywhere."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SampleForm(forms.Form):
    """Every kind of field, for looking at."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As it stands on the contract."))
    email = forms.EmailField(label=_("E-mail"), required=False)
    department = forms.ChoiceField(
        label=_("Department"), choices=[("", "—"), ("north", _("Warehouse North")), ("stores", _("Store operations"))]
    )
    starts_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    share = forms.IntegerField(label=_("Share of working time, %"), min_value=1, max_value=100, initial=100)
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    is_key = forms.BooleanField(label=_("Key position"), required=False)
