"""Full points inside a range, fewer the further outside."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import MethodForm, number_field
from apps.assessments.services.method_words import ENDS, Params, fraction


class RangeForm(MethodForm):
    """Straight down to nothing on both sides of the range."""

    name: ClassVar[str] = "range"
    hint: ClassVar[Any] = _("Full points inside the range, straight down to none on both sides. It needs no target.")
    fields: ClassVar[Mapping[str, forms.Field]] = {
        "outer_lo": number_field(_("No points up to"), required=True),
        "lo": number_field(_("Full points from"), required=True),
        "hi": number_field(_("Full points to"), required=True),
        "outer_hi": number_field(_("No points from"), required=True),
    }

    @staticmethod
    def landmarks(params: Params, target: Fraction | None) -> list[Fraction]:
        """The four ends."""
        del target
        return [end for end in (fraction(params, name) for name in ENDS) if end is not None]
