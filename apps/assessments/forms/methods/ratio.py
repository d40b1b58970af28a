"""Share of the target reached."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import MethodForm, direction_field, number_field
from apps.assessments.rules.curve import actual_at
from apps.assessments.services.method_words import Params, direction_of, fraction

FORMULAS = (("complement", _("2 − actual / target")), ("inverse", _("target / actual (needs a cap)")))


class RatioForm(MethodForm):
    """Points in proportion to the share of the target that was reached."""

    name: ClassVar[str] = "ratio"
    hint: ClassVar[Any] = _("Points in proportion to the share of the target that was reached.")
    fields: ClassVar[Mapping[str, forms.Field]] = {
        "direction": direction_field(),
        "cap": number_field(_("Cap of the share"), _("1.2 lets at most 120 % be earned. Empty: no cap.")),
        "threshold": number_field(
            _("Nothing below"), _("0.6: below 60 % of the target no points. Empty: no threshold.")
        ),
        "floor": number_field(_("Least share"), _("0.2: never less than 20 % of the points. Empty: 0.")),
        "lower_formula": forms.ChoiceField(
            label=_("Share where less is better"), choices=FORMULAS, required=False, initial="complement"
        ),
    }

    @staticmethod
    def landmarks(params: Params, target: Fraction | None) -> list[Fraction]:
        """Where the share is 0, at the threshold, the floor, 1 and the cap."""
        if target is None:
            return []
        rates = [fraction(params, key) for key in ("cap", "threshold", "floor")]
        known = {Fraction(0), Fraction(1), *(rate for rate in rates if rate is not None)}
        if direction_of(params) == "lower" and params.get("lower_formula") == "inverse":
            return [Fraction(0), *(target / rate for rate in known if rate), target * 2]
        return [actual_at(rate, target, direction_of(params)) for rate in known]
