"""All of the points if a condition holds, else none."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import MethodForm, number_field
from apps.assessments.services.method_words import OPERATORS, Params, fraction


class AllOrNothingForm(MethodForm):
    """One condition decides."""

    name: ClassVar[str] = "all_or_nothing"
    hint: ClassVar[Any] = _("All of the points where the condition holds, none where it does not.")
    fields: ClassVar[Mapping[str, forms.Field]] = {
        "op": forms.ChoiceField(label=_("The actual must be"), choices=OPERATORS, initial=">="),
        "lo": number_field(_("Range from"), _("Only for “inside a range”; both ends belong to it.")),
        "hi": number_field(_("Range to")),
    }

    @staticmethod
    def stored(values: Mapping[str, Any]) -> dict[str, Any]:
        """Ends that the condition has no use for are left out."""
        if values.get("op") == "in":
            return dict(values)
        return {key: value for key, value in values.items() if key not in {"lo", "hi"}}

    @staticmethod
    def landmarks(params: Params, target: Fraction | None) -> list[Fraction]:
        """Where it jumps, with some room on both sides."""
        if params.get("op") == "is_true":
            return [Fraction(0), Fraction(1)]
        ends = [fraction(params, "lo"), fraction(params, "hi")] if params.get("op") == "in" else [target]
        known = [end for end in ends if end is not None]
        room = max((abs(end) for end in known), default=Fraction(0)) / 5 or Fraction(1)
        return [*known, *(end + side * room for end in known for side in (-1, 1))]
