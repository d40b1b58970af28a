"""Described levels, chosen by raters."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import MethodForm, Params, listed, objects, shown, some
from apps.assessments.forms.rows import Cell, RowsField, number_text, words
from apps.assessments.rules.reading import exact

SHOWN = 4


class DescriptiveForm(MethodForm):
    """The mean of what the raters chose."""

    name: ClassVar[str] = "descriptive"
    hint: ClassVar[Any] = _(
        "Raters choose a level, or give a percentage; their mean counts. It is rated every month: no KPI is needed."
    )
    fields: ClassVar[Mapping[str, forms.Field]] = {
        "levels": RowsField(
            (
                Cell("name", _("Level"), words(40), is_number=False, is_wide=True),
                Cell("pct", _("Earns, % of the points"), number_text),
            ),
            label=_("Levels"),
            once="name",
            required=False,
            help_text=_("From 0 to 100 %. Without any level raters give a percentage."),
        ),
        "raters": RowsField(
            (
                Cell("id", _("Account (e-mail)"), words(254), is_number=False, longest=254, is_wide=True),
                Cell("weight", _("Weight"), number_text),
            ),
            label=_("Raters"),
            once="id",
            help_text=_("Weights need not add up: each rater counts by the share among those who rated."),
        ),
        "min_raters": forms.IntegerField(
            label=_("Fewest ratings"),
            min_value=1,
            max_value=20,
            required=False,
            help_text=_("Empty: 1. With fewer it waits."),
        ),
        "trim": forms.BooleanField(
            label=_("Leave out the highest and the lowest"),
            required=False,
            help_text=_("From five ratings of equal weight on."),
        ),
    }

    @staticmethod
    def stored(values: Mapping[str, Any]) -> dict[str, Any]:
        """Levels by their names, numbers as text, leaving out as 1."""
        found = {key: value for key, value in values.items() if key != "trim"}
        if "levels" in values:
            found["levels"] = {row["name"]: row["pct"] for row in values["levels"]}
        if "min_raters" in values:
            found["min_raters"] = str(values["min_raters"])
        return {**found, "trim": "1"} if values.get("trim") else found

    @staticmethod
    def started(params: Params) -> dict[str, Any]:
        """Levels as lines."""
        return {
            **params,
            "levels": [{"name": name, "pct": pct} for name, pct in levels_of(params)],
            "trim": str(params.get("trim") or "0") == "1",
        }

    @staticmethod
    def sentence(params: Params, weight: Decimal) -> str:
        """20 points by the mean of 3 raters: very good 100 %, good 80 %."""
        count = len(objects(params, "raters"))
        parts = [_now("%(weight)s points by the mean of %(count)s raters") % {"weight": shown(weight), "count": count}]
        said = some([f"{name} {shown(pct)}\u00a0%" for name, pct in levels_of(params)], SHOWN)
        needed = params.get("min_raters")
        if needed is not None and str(needed) != "1":
            parts.append(_now("at least %(count)s must rate") % {"count": shown(needed)})
        if str(params.get("trim") or "0") == "1":
            parts.append(_now("without the highest and the lowest"))
        return f"{listed(parts)}: {said}" if said else listed(parts)


def levels_of(params: Params) -> list[tuple[str, Any]]:
    """(level, percentage), the best first: the database keeps no order of names."""
    found = params.get("levels")
    rows = [(str(name), pct) for name, pct in found.items()] if isinstance(found, Mapping) else []
    return sorted(rows, key=lambda row: -(exact(row[1]) or 0))
