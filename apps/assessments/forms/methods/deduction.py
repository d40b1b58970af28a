"""Points taken off for each event."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import MethodForm, number_field
from apps.assessments.forms.rows import Cell, RowsField, number_or_nothing, number_text, words

EMPTY = ("allowance", "cap")


class DeductionForm(MethodForm):
    """All points, less what each kind of event costs."""

    name: ClassVar[str] = "deduction"
    hint: ClassVar[Any] = _(
        "All points, less so many for each event. The events are entered every month: no KPI is needed."
    )
    fields: ClassVar[Mapping[str, forms.Field]] = {
        "items": RowsField(
            (
                Cell("code", _("Code"), words(40), is_number=False),
                Cell(
                    "name",
                    _("What happened"),
                    words(120, may_be_empty=True),
                    is_number=False,
                    longest=120,
                    is_wide=True,
                ),
                Cell("points_each", _("Points off"), number_text),
                Cell("allowance", _("Free"), number_or_nothing),
                Cell("cap", _("At most"), number_or_nothing),
            ),
            label=_("Events"),
            once="code",
            help_text=_("One line for each kind. “Free”: so many cost nothing. “At most” empty: no limit."),
        ),
        "min_points": number_field(
            _("Never less than, points"), _("Empty: 0. A number below 0 lets it cost more than its own weight.")
        ),
    }

    @staticmethod
    def stored(values: Mapping[str, Any]) -> dict[str, Any]:
        """What was left empty is left out."""
        items = [
            {key: value for key, value in row.items() if value not in (None, "") or key not in {*EMPTY, "name"}}
            for row in values.get("items", ())
        ]
        return {**values, "items": items} if items else dict(values)
