"""So many points for each step above or below the target."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.methods.frame import MethodForm, direction_field, number_field
from apps.assessments.rules.reading import sign_of
from apps.assessments.services.method_words import Params, direction_of, fraction

UNITS = (("percent", _("percent of the target")), ("absolute", _("the KPI's own unit")))
PARTIALS = (
    ("floor", _("does not count: only full steps do")),
    ("ceil", _("counts as a full one")),
    ("linear", _("counts in proportion")),
)
SIDES = {"up": 1, "down": -1}
PARTS = ("per", "points", "cap")
STEPS_DRAWN = 5


def grade_field(label: Any, help_text: Any) -> forms.CharField:
    """The name of a grade; none where nothing limits it."""
    return forms.CharField(label=label, help_text=help_text, max_length=10, required=False)


class StepForm(MethodForm):
    """All points at the target, so many more or fewer for each step away from it."""

    name: ClassVar[str] = "step"
    hint: ClassVar[Any] = _("All points at the target; so many more or fewer for each step above or below it.")
    fields: ClassVar[Mapping[str, forms.Field]] = {
        "direction": direction_field(),
        "unit": forms.ChoiceField(label=_("Steps are measured in"), choices=UNITS, initial="percent"),
        "up_per": number_field(_("Better than the target: size of a step"), _("Empty: better earns no more.")),
        "up_points": number_field(_("Points for each better step"), min_value=0),
        "up_cap": number_field(_("At most so many points more"), _("Empty: no cap."), min_value=0),
        "down_per": number_field(_("Worse than the target: size of a step"), _("Empty: worse costs nothing.")),
        "down_points": number_field(_("Points off for each worse step"), min_value=0),
        "down_cap": number_field(_("At most so many points off"), _("Empty: no cap."), min_value=0),
        "partial": forms.ChoiceField(label=_("A step that is begun"), choices=PARTIALS, initial="floor"),
        "base": number_field(_("Points at the target"), _("Empty: the weight.")),
        "min_points": number_field(_("Never less than, points"), _("Empty: 0.")),
        "loss_half": forms.BooleanField(
            label=_("A loss that shrinks counts half"),
            required=False,
            help_text=_("For a target below 0 (a planned loss): what the loss shrank counts half, a profit in full."),
        ),
        "loss_grade": grade_field(
            _("Still in loss: best grade of the department"), _("For a target below 0. Usual: C. Empty: any grade.")
        ),
        "profit_grade": grade_field(
            _("Loss turned to profit: best grade of the department"),
            _("For a target below 0. Usual: B. Empty: any grade."),
        ),
    }

    @staticmethod
    def stored(values: Mapping[str, Any]) -> dict[str, Any]:
        """Both sides are objects of their own; a side without anything is left out."""
        found = {key: value for key, value in values.items() if not key.startswith(("up_", "down_"))}
        for side in SIDES:
            parts = {part: values[f"{side}_{part}"] for part in PARTS if f"{side}_{part}" in values}
            if parts:
                found[side] = parts
        for key in ("loss_half", "loss_grade", "profit_grade"):
            if not found.get(key):
                found.pop(key, None)
        return found

    @staticmethod
    def started(params: Params) -> dict[str, Any]:
        """The sides as fields of their own."""
        found = {key: value for key, value in params.items() if key not in SIDES}
        for side in SIDES:
            found |= {f"{side}_{part}": value for part, value in (params.get(side) or {}).items()}
        return found

    @staticmethod
    def landmarks(params: Params, target: Fraction | None) -> list[Fraction]:
        """The target and the edges of some steps on both sides, up to where a cap holds."""
        if target is None:
            return []
        known = [target]
        for side, sign in SIDES.items():
            size = step_size(params, side, target)
            steps = steps_drawn(params, side) if size else 0
            known += [target + sign * sign_of(direction_of(params)) * size * number for number in range(1, steps + 1)]
        return known


def step_size(params: Params, side: str, target: Fraction) -> Fraction:
    """A step in the KPI's unit; 0 where the side has none."""
    per = fraction(params.get(side) or {}, "per")
    if per is None or per <= 0:
        return Fraction(0)
    return per * abs(target) / 100 if params.get("unit") == "percent" else per


def steps_drawn(params: Params, side: str) -> int:
    """As many steps as are worth drawing: one beyond the cap, else a few."""
    known = params.get(side) or {}
    cap, points = fraction(known, "cap"), fraction(known, "points")
    return min(int(cap / points) + 2, 4 * STEPS_DRAWN) if cap is not None and points else STEPS_DRAWN
