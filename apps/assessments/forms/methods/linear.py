"""Straight lines through floor, target and stretch."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import (
    MethodForm,
    Params,
    direction_field,
    direction_of,
    fraction,
    listed,
    lower_words,
    number_field,
    shown,
)
from apps.assessments.rules.reading import sign_of

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
    def sentence(params: Params, weight: Decimal) -> str:
        """20 points on a straight line from the floor 80 (0 %) to the target (100 %) and on to the stretch 110 (120 %)."""
        kept = _now("of the KPI")
        floor, stretch = params.get("floor"), params.get("stretch")
        words = {
            "weight": shown(weight),
            "floor": kept if floor is None else shown(floor),
            "pct": shown(params.get("floor_pct") or 0),
        }
        parts = [
            _now("%(weight)s points on a line from the floor %(floor)s (%(pct)s %%) to the target (100 %%)") % words
        ]
        if params.get("stretch_pct") is not None:
            more = {"stretch": kept if stretch is None else shown(stretch), "pct": shown(params["stretch_pct"])}
            parts.append(_now("on to the stretch %(stretch)s (%(pct)s %%)") % more)
        return listed([*parts, lower_words(params)])

    @staticmethod
    def landmarks(params: Params, target: Fraction | None) -> list[Fraction]:
        """Floor, target, stretch, and as far again on the good side where there is no stretch."""
        floor, stretch = fraction(params, "floor"), fraction(params, "stretch")
        known = [one for one in (floor, target, stretch) if one is not None]
        if stretch is None and floor is not None and target is not None:
            known.append(target + sign_of(direction_of(params)) * abs(target - floor) / 2)
        return known
