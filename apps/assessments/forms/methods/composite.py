"""Several KPIs together."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import MethodForm, number_field
from apps.assessments.forms.rows import Cell, RowsField, number_text, one_of, words

DIRECTIONS = (("", _("as the KPI says")), ("higher", _("more is better")), ("lower", _("less is better")))
MISSING = (
    ("pending", _("Wait for it: blocks publication")),
    ("exclude", _("Leave the KPI out; the others share its weight")),
    ("zero", _("The KPI earns nothing")),
)


class CompositeForm(MethodForm):
    """The weighted mean of the shares of their targets."""

    name: ClassVar[str] = "composite"
    hint: ClassVar[Any] = _("The shares of their targets that several KPIs reached, by weight. Choose the KPIs below.")
    fields: ClassVar[Mapping[str, forms.Field]] = {
        "children": RowsField(
            (
                Cell("code", _("KPI (code)"), words(81), is_number=False, longest=81, is_wide=True),
                Cell("direction", _("Which way is better"), one_of(DIRECTIONS), is_number=False, choices=DIRECTIONS),
                Cell("weight", _("Weight, % of the line"), number_text),
            ),
            label=_("KPIs"),
            once="code",
            help_text=_("Type a part of the code or name and choose. The weights add up to 100."),
        ),
        "child_cap": number_field(
            _("Most that each KPI earns"), _("1: at most all of its weight; 1.2: 120 %. Empty: no cap."), min_value=0
        ),
        "missing_child": forms.ChoiceField(
            label=_("A KPI without a value"),
            choices=MISSING,
            initial="pending",
            help_text=_(
                "Until the cut-off it is waited for. A KPI that is not due in the month, as a quarterly one outside the "
                "last month of a quarter, is left out in any case: the others share its weight."
            ),
        ),
    }

    @staticmethod
    def stored(values: Mapping[str, Any]) -> dict[str, Any]:
        """A direction that is the KPI's own is left out, until it is looked up."""
        children = [
            {key: value for key, value in row.items() if value not in (None, "") or key != "direction"}
            for row in values.get("children", ())
        ]
        return {**values, "children": children} if children else dict(values)
