"""What people put beside a forecast: their own figure, its taking back, a what-if."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core.month import Month
from apps.forecasts.rules.what_if import Change
from apps.forecasts.services.overriding import LONGEST_REASON
from apps.forecasts.services.scenarios import GROWTH_ENDS, LEVEL_ENDS, LONGEST_NAME


def month_choices(months: Sequence[Month]) -> list[tuple[str, str]]:
    """Months ahead, as the address names them and as people read them."""
    return [(str(month), date_format(month.first_day, "F Y")) for month in months]


def reason_field(help_text: Any) -> forms.CharField:
    """Why."""
    return forms.CharField(
        label=_("Reason"), max_length=LONGEST_REASON, help_text=help_text, widget=forms.Textarea(attrs={"rows": 3})
    )


class OverrideForm(forms.Form):
    """An own figure for one month ahead."""

    month = forms.TypedChoiceField(label=_("Month"), coerce=Month.parse)
    value = forms.DecimalField(label=_("Your figure"), max_digits=18, decimal_places=6)
    reason = reason_field(_("What you know that the figures do not: an order, a closure, a campaign."))

    def __init__(self, *arguments: Any, months: Sequence[Month], unit: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["month"]
        field.choices = month_choices(months)
        self.fields["value"].help_text = unit


class TakeBackForm(forms.Form):
    """Which own figure is taken back, and why."""

    month = forms.TypedChoiceField(label=_("Month"), coerce=Month.parse)
    reason = reason_field(_("The figure stays readable; from now on the forecast counts again."))

    def __init__(self, *arguments: Any, months: Sequence[Month], **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["month"]
        field.choices = month_choices(months)


class ChangeForm(forms.Form):
    """What changes, from when on. Everything may stay empty: then nothing changes."""

    from_month = forms.TypedChoiceField(label=_("From"), coerce=Month.parse, required=False, empty_value=None)
    level_pct = forms.DecimalField(
        label=_("Level, %"), required=False, max_digits=8, decimal_places=3, min_value=LEVEL_ENDS[0],
        max_value=LEVEL_ENDS[1], help_text=_("Every month higher (or lower) by so much."),
    )  # fmt: skip
    growth_pct = forms.DecimalField(
        label=_("Growth a month, %"), required=False, max_digits=7, decimal_places=3, min_value=GROWTH_ENDS[0],
        max_value=GROWTH_ENDS[1], help_text=_("Added from month to month."),
    )  # fmt: skip
    one_off = forms.DecimalField(
        label=_("One-off"), required=False, max_digits=18, decimal_places=6,
        help_text=_("Added once, in the first month, in the unit of the figure."),
    )  # fmt: skip

    def __init__(self, *arguments: Any, months: Sequence[Month], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.months = list(months)
        field: Any = self.fields["from_month"]
        field.choices = month_choices(months)

    def change(self) -> Change:
        """What the form says."""
        given = self.cleaned_data
        nothing = Decimal(0)
        return Change(*(given.get(name) or nothing for name in ("level_pct", "growth_pct", "one_off")))

    def first_month(self) -> Month:
        """From when on: the next month where nothing was chosen."""
        chosen: Month | None = self.cleaned_data.get("from_month")
        return chosen or self.months[0]


class ScenarioForm(ChangeForm):
    """The same, to be kept under a name."""

    field_order = ("name", "from_month", "level_pct", "growth_pct", "one_off")
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, help_text=_("Such as: new line from September."))
