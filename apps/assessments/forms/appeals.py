"""Input of the pages of appeals and calibrations."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.choices import AppealState

LONGEST_TEXT = 2000
RULING_CHOICES = tuple(
    (state.value, state.label) for state in (AppealState.UPHELD, AppealState.PARTLY_UPHELD, AppealState.DISMISSED)
)


def words_field(label: Any, *, rows: int = 4, **options: Any) -> forms.CharField:
    """A few sentences."""
    options.setdefault("max_length", LONGEST_TEXT)
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **options)


class FileForm(forms.Form):
    """What somebody disagrees with, and what it should be."""

    indicator = forms.ChoiceField(label=_("What it is about"))
    reason = words_field(
        _("What is wrong"), help_text=_("Name the figure, the day, the document: the reviewer looks there first.")
    )
    wish = forms.CharField(label=_("What it should be"), max_length=500, required=False, help_text=_("May stay empty."))

    def __init__(self, *args: Any, lines: Sequence[tuple[str, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not lines:
            del self.fields["indicator"]
            return
        field: Any = self.fields["indicator"]
        field.choices = list(lines)


class WhyForm(forms.Form):
    """A reason that is read by others."""

    reason = words_field(_("Reason"), help_text=_("The appellant reads it."))


class RuleForm(forms.Form):
    """A ruling, its reason, and what is read afresh."""

    ruling = forms.ChoiceField(label=_("Your ruling"), choices=RULING_CHOICES, widget=forms.RadioSelect)
    reason = words_field(_("Reason"), help_text=_("The appellant and those who lead the department read it."))
    indicators = forms.MultipleChoiceField(
        label=_("Lines to read afresh"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "If you uphold it: what is reported now for these lines is judged again, against the target they had. "
            "Correct the figures before you rule."
        ),
    )
    is_beside = forms.BooleanField(
        label=_("Bonus, deductions and vetoes of the department"),
        required=False,
        help_text=_("If you uphold it: those confirmed by now are counted again."),
    )

    is_placement = forms.BooleanField(label=_("Days, departments and role too"), required=False)

    def __init__(
        self,
        *args: Any,
        lines: Sequence[tuple[str, Any]] = (),
        is_personal: bool = False,
        placement: str = "",
        **kwargs: Any,
    ) -> None:
        """LINES of the department that can be read afresh. IS_PERSONAL: the appeal of a person, which reads none of them.
        PLACEMENT: where they were counted and where the records have them now, in a sentence."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields["indicators"]
        field.choices = list(lines)
        if not lines or is_personal:
            del self.fields["indicators"]
        if is_personal:
            del self.fields["is_beside"]
            self.fields["ruling"].help_text = _(
                "If you uphold it, the personal part is read again as it is then. Have the personal part given anew first: "
                "whoever leads the person was asked to when the appeal was admitted."
            )
            words = _(
                "If you uphold it: where the person was counted is read as the records have it then, and the department’s "
                "part is weighed by those days. Have the movements corrected first."
            )
            self.fields["is_placement"].help_text = f"{words} {placement}".strip()
        else:
            del self.fields["is_placement"]


class CalibrateForm(forms.Form):
    """By how much a score is moved, and why."""

    points = forms.DecimalField(label=_("Calibration"), max_digits=9, decimal_places=2)
    reason = words_field(
        _("Reason"),
        rows=3,
        max_length=500,
        help_text=_("Stands beside the score for good: everybody who sees it reads it."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)
