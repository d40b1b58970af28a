"""Points taken off for each event."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import (
    MethodForm,
    Params,
    fraction,
    listed,
    number_field,
    objects,
    shown,
    some,
)
from apps.assessments.forms.rows import Cell, RowsField, number_or_nothing, number_text, words

SHOWN = 3
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

    @staticmethod
    def sentence(params: Params, weight: Decimal) -> str:
        """15 points, less 2 for each complaint after 2 free ones, at most 10."""
        said = some([item_words(item) for item in objects(params, "items")], SHOWN)
        parts = [_now("%(weight)s points, less %(items)s") % {"weight": shown(weight), "items": said or "–"}]
        if fraction(params, "min_points"):
            parts.append(_now("never less than %(least)s") % {"least": shown(params["min_points"])})
        return listed(parts)


def item_words(item: Params) -> str:
    """One kind of event: what it costs."""
    name = item.get("name") or item.get("code") or "–"
    text = _now("%(points)s for each “%(name)s”") % {"points": shown(item.get("points_each")), "name": name}
    if fraction(item, "allowance"):
        text = _now("%(text)s after %(free)s free") % {"text": text, "free": shown(item["allowance"])}
    if fraction(item, "cap") is not None:
        text = _now("%(text)s (at most %(cap)s)") % {"text": text, "cap": shown(item["cap"])}
    return text
