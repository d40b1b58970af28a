"""Bands: a fixed share of the points for each."""

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
    shown,
)
from apps.assessments.forms.rows import Cell, RowsField, number_or_nothing, number_text
from apps.assessments.rules.curve import actual_at

BASES = (("actual", _("the actual itself")), ("rate_pct", _("the share of the target, in percent")))
BOUNDS = (
    ("", _("the better band's")),
    ("[)", _("the band that begins there")),
    ("(]", _("the band that ends there")),
)
SHOWN = 4


class IntervalForm(MethodForm):
    """Each band of figures earns its share."""

    name: ClassVar[str] = "interval"
    hint: ClassVar[Any] = _(
        "Each band earns a fixed share of the points. The first is open below, the last open above."
    )
    fields: ClassVar[Mapping[str, forms.Field]] = {
        "basis": forms.ChoiceField(label=_("Bands of"), choices=BASES, initial="actual"),
        "bands": RowsField(
            (
                Cell("min", _("From"), number_or_nothing),
                Cell("max", _("To"), number_or_nothing),
                Cell("pct", _("Earned, % of the points"), number_text),
            ),
            label=_("Bands"),
            help_text=_("Leave From empty in the first and To in the last."),
        ),
        "bounds": forms.ChoiceField(label=_("A figure on an edge is"), choices=BOUNDS, required=False),
        "direction": direction_field(),
    }

    @staticmethod
    def sentence(params: Params, weight: Decimal) -> str:
        """20 points by bands: below 1: 100 %, 1 to 4: 80 %, from 4 on: 0 %."""
        bands = [band for band in params.get("bands") or [] if isinstance(band, dict)]
        words = _now("%(weight)s points by bands of the share of target in percent")
        if params.get("basis") != "rate_pct":
            words = _now("%(weight)s points by bands of the actual")
        said = listed([band_words(band) for band in bands[:SHOWN]])
        if len(bands) > SHOWN:
            said = _now("%(bands)s and %(count)s more") % {"bands": said, "count": len(bands) - SHOWN}
        return f"{words % {'weight': shown(weight)}}: {said}"

    @staticmethod
    def landmarks(params: Params, target: Fraction | None) -> list[Fraction]:
        """The edges; of bands of the share the actuals that reach them."""
        bands = [band for band in params.get("bands") or [] if isinstance(band, dict)]
        edges = {fraction(band, key) for band in bands for key in ("min", "max")}
        known = sorted(edge for edge in edges if edge is not None)
        if params.get("basis") != "rate_pct":
            return known
        return [] if target is None else [actual_at(edge / 100, target, direction_of(params)) for edge in known]


def band_words(band: Params) -> str:
    """One band: where it lies and what it earns."""
    pct = shown(band.get("pct"))
    if band.get("min") is None and band.get("max") is None:
        return _now("any: %(pct)s %%") % {"pct": pct}
    if band.get("min") is None:
        return _now("below %(max)s: %(pct)s %%") % {"max": shown(band["max"]), "pct": pct}
    if band.get("max") is None:
        return _now("from %(min)s on: %(pct)s %%") % {"min": shown(band["min"]), "pct": pct}
    return _now("%(min)s to %(max)s: %(pct)s %%") % {"min": shown(band["min"]), "max": shown(band["max"]), "pct": pct}
