"""What every method's form offers: its fields, its parameters, a sentence, and where its curve bends."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.services.method_words import Params
from apps.kpis.choices import Direction as KpiDirection

PREFIX = "param_"
"""Before the names of parameters, so that they cannot be taken for fields of the indicator."""


class MethodForm:
    """A method as people fill it in. One file for each, listed in METHOD_FORMS."""

    name: ClassVar[str]
    hint: ClassVar[Any]
    fields: ClassVar[Mapping[str, forms.Field]]

    @staticmethod
    def stored(values: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of what was typed: numbers are text already, what was left empty is left out."""
        return dict(values)

    @staticmethod
    def started(params: Params) -> dict[str, Any]:
        """What the fields start from."""
        return dict(params)

    @staticmethod
    def landmarks(params: Params, target: Fraction | None) -> list[Fraction]:
        """Actuals at which the curve bends or jumps; none where points do not follow from one figure."""
        del params, target
        return []


def number_field(label: Any, help_text: Any = "", **options: Any) -> forms.DecimalField:
    """A figure in the KPI's unit, or a share."""
    return forms.DecimalField(
        label=label, help_text=help_text, max_digits=28, decimal_places=10, **{"required": False, **options}
    )


def direction_field() -> forms.ChoiceField:
    """Which way is better."""
    words = [(value, label) for value, label in KpiDirection.choices if value in {"higher", "lower"}]
    return forms.ChoiceField(label=_("Which way is better"), choices=words, initial="higher")
