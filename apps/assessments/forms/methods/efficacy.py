"""A coefficient interpolated between standard values."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import MethodForm, direction_field
from apps.assessments.forms.rows import Cell, RowsField, number_text
from apps.assessments.rules.reading import exact
from apps.assessments.services.method_words import Params, pairs


class EfficacyForm(MethodForm):
    """Standard values from poor to excellent, each with its coefficient."""

    name: ClassVar[str] = "efficacy"
    hint: ClassVar[Any] = _(
        "Standard values with the share of the points each earns; straight lines between them. It needs no target."
    )
    fields: ClassVar[Mapping[str, forms.Field]] = {
        "direction": direction_field(),
        "rows": RowsField(
            (
                Cell("standard", _("Standard value"), number_text),
                Cell("coef", _("Coefficient (1 = all points)"), number_text),
            ),
            label=_("Standard values"),
            spare=5,
            help_text=_("From the poorest to the best. Below the poorest nothing is earned, beyond the best no more."),
        ),
    }

    @staticmethod
    def stored(values: Mapping[str, Any]) -> dict[str, Any]:
        """Two lists of the same length, as the rules read them."""
        found = {key: value for key, value in values.items() if key != "rows"}
        if "rows" in values:
            found["standards"] = [row["standard"] for row in values["rows"]]
            found["coefs"] = [row["coef"] for row in values["rows"]]
        return found

    @staticmethod
    def started(params: Params) -> dict[str, Any]:
        """Both lists as lines."""
        found = {key: value for key, value in params.items() if key not in {"standards", "coefs"}}
        return {**found, "rows": [{"standard": place, "coef": height} for place, height in pairs(params)]}

    @staticmethod
    def landmarks(params: Params, target: Fraction | None) -> list[Fraction]:
        """The standard values."""
        del target
        return [place for place in (exact(standard) for standard, _coef in pairs(params)) if place is not None]
