"""Forms of the report: which month, what is said, why, to whom."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.month import Month
from apps.core.wording import month_text
from apps.forecasts.services.reporting import LONGEST
from apps.forecasts.services.sections import FREE, SECTIONS

LONGEST_REASON = 500
MONTHS_OFFERED = 24
HINTS = {
    "summary": _("Two or three sentences: what matters this month, and what you do about it."),
    "wanted": _("What is to be decided, by whom, until when. Leave it empty if nothing is."),
}


def reason_field(*, is_required: bool, help_text: Any = "") -> forms.CharField:
    """Why something is done."""
    return forms.CharField(
        label=_("Reason"),
        required=is_required,
        max_length=LONGEST_REASON,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class BeginForm(forms.Form):
    """The month a report is put together of."""

    month = forms.ChoiceField(label=_("Month"))
    reason = reason_field(
        is_required=False, help_text=_("Only for a month whose report was issued already: why a new version is begun.")
    )

    def __init__(self, *args: Any, current: Month, **options: Any) -> None:
        """CURRENT: the month that still runs."""
        super().__init__(*args, **options)
        months = [current.plus(-back) for back in range(1, MONTHS_OFFERED + 1)]
        self.fields["month"].choices = [(str(month), month_text(month)) for month in months]  # type: ignore[attr-defined]

    def clean_month(self) -> Month:
        """The month chosen."""
        return Month.parse(self.cleaned_data["month"])


class SaidForm(forms.Form):
    """What a person writes: first what they want to say and have ruled, then a remark on any section."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, said: Mapping[str, str], **options: Any) -> None:
        """SAID: what stands in the report."""
        super().__init__(*args, **options)
        for code, title in FREE:
            self.fields[code] = words_field(title, said.get(code, ""), rows=6, help_text=HINTS.get(code, ""))
        for builder in SECTIONS:
            label = _("Remark on “%(title)s”") % {"title": builder.title}
            self.fields[builder.code] = words_field(label, said.get(builder.code, ""), rows=2)

    def said(self) -> dict[str, str]:
        """What was written, by section."""
        return {code: text for code, text in self.cleaned_data.items() if code != "seen"}


def words_field(label: Any, initial: str, *, rows: int, help_text: Any = "") -> forms.CharField:
    """A text of several lines."""
    return forms.CharField(
        label=label,
        initial=initial,
        required=False,
        max_length=LONGEST,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class ReasonForm(forms.Form):
    """Why an approved report goes back."""

    reason = reason_field(is_required=True)


class Readers(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Accounts by name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.email})"


class ReadersForm(forms.Form):
    """Who the report goes to."""

    readers = Readers(
        label=_("Readers"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "They are told at once and may open this report. Whoever may read all reports finds it without being named."
        ),
    )

    def __init__(self, *args: Any, accounts: Any, chosen: Sequence[int] = (), **options: Any) -> None:
        """ACCOUNTS: who may be named; CHOSEN: who is ticked before anything was sent."""
        super().__init__(*args, **options)
        self.fields["readers"].initial = list(chosen)
        self.fields["readers"].queryset = accounts  # type: ignore[attr-defined]
