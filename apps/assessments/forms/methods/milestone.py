"""Milestones: each earns its share when it is done in time."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import MethodForm, number_field

MODES = (
    ("due_only", _("those that are due or done by the end of the month")),
    ("all", _("every one, also those that are not due yet")),
)
LATES = (("zero", _("earns nothing")), ("per_day", _("loses some percent for each day")))


class MilestoneForm(MethodForm):
    """The milestones are entered every month; here stands how they count."""

    name: ClassVar[str] = "milestone"
    hint: ClassVar[Any] = _(
        "Milestones with weights and days are entered every month: no KPI is needed. Here stands how they count."
    )
    fields: ClassVar[Mapping[str, forms.Field]] = {
        "mode": forms.ChoiceField(label=_("Milestones that count"), choices=MODES, initial="due_only"),
        "late": forms.ChoiceField(label=_("A milestone that is late"), choices=LATES, initial="per_day"),
        "per_day_pct": number_field(
            _("Lost for each day late, %"), _("10: done two days late still earns 80 %."), min_value=0, max_value=100
        ),
    }

    @staticmethod
    def stored(values: Mapping[str, Any]) -> dict[str, Any]:
        """A loss a day that does not apply is left out."""
        if values.get("late") == "per_day":
            return dict(values)
        return {key: value for key, value in values.items() if key != "per_day_pct"}
