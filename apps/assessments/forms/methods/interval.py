"""Bands: a fixed share of the points for each."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import MethodForm, direction_field
from apps.assessments.forms.rows import Cell, RowsField, number_or_nothing, number_text
from apps.assessments.rules.curve import actual_at
from apps.assessments.services.method_words import Params, direction_of, fraction

BASES = (("actual", _("the actual itself")), ("rate_pct", _("the share of the target, in percent")))
BOUNDS = (
    ("", _("the better band's")),
    ("[)", _("the band that begins there")),
    ("(]", _("the band that ends there")),
)


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
    def landmarks(params: Params, target: Fraction | None) -> list[Fraction]:
        """The edges; of bands of the share the actuals that reach them."""
        bands = [band for band in params.get("bands") or [] if isinstance(band, dict)]
        edges = {fraction(band, key) for band in bands for key in ("min", "max")}
        known = sorted(edge for edge in edges if edge is not None)
        if params.get("basis") != "rate_pct":
            return known
        return [] if target is None else [actual_at(edge / 100, target, direction_of(params)) for edge in known]
