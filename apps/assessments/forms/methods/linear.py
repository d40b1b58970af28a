"""Straight lines through floor, target and stretch."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import MethodForm, direction_field, number_field
from apps.assessments.rules.reading import sign_of
from apps.assessments.services.method_words import Params, direction_of, fraction

FROM_KPI = _("Empty: as it is set with the KPI's target.")


class LinearForm(MethodForm):
    """Nothing below the floor, all points at the target, more up to the stretch."""

    name: ClassVar[str] = "linear"
    hint: ClassVar[Any] = _("A straight line from the floor to the target, and on to the stretch.")
    fields: ClassVar[Mapping[str, forms.Field]] = {
        "direction": direction_field(),
        "floor": number_field(_("Floor"), FROM_KPI),
        "floor_pct": number_field(_("Earned at the floor, %"), _("Empty: 0."), min_value=0, max_value=100),
        "stretch": number_field(_("Stretch"), FROM_KPI),
        "stretch_pct": number_field(
            _("Earned at the stretch, %"), _("Empty only where there is no stretch."), min_value=100
        ),
    }

    @staticmethod
    def landmarks(params: Params, target: Fraction | None) -> list[Fraction]:
        """Floor, target, stretch, and as far again on the good side where there is no stretch."""
        floor, stretch = fraction(params, "floor"), fraction(params, "stretch")
        known = [one for one in (floor, target, stretch) if one is not None]
        if stretch is None and floor is not None and target is not None:
            known.append(target + sign_of(direction_of(params)) * abs(target - floor) / 2)
        return known
