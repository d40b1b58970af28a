"""Full points inside a range, fewer the further outside."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import MethodForm, Params, fraction, number_field, shown

ENDS = ("outer_lo", "lo", "hi", "outer_hi")


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
    def sentence(params: Params, weight: Decimal) -> str:
        """20 points from 98 to 102, straight down to none at 90 and 110."""
        words = {name: shown(params.get(name)) for name in ENDS}
        text = _now("%(weight)s points from %(lo)s to %(hi)s, straight down to none at %(outer_lo)s and %(outer_hi)s")
        return text % {"weight": shown(weight), **words}

    @staticmethod
    def landmarks(params: Params, target: Fraction | None) -> list[Fraction]:
        """The four ends."""
        del target
        return [end for end in (fraction(params, name) for name in ENDS) if end is not None]
