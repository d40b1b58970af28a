"""Described levels, chosen by raters."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import MethodForm
from apps.assessments.forms.rows import Cell, RowsField, number_text, words
from apps.assessments.services.method_words import Params, levels_of


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
