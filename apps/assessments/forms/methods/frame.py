"""What every method's form offers: its fields, its parameters, a sentence, and where its curve bends."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.assessments.rules.reading import Direction, exact
from apps.kpis.choices import Direction as KpiDirection

PREFIX = "param_"
"""Before the names of parameters, so that they cannot be taken for fields of the indicator."""
Params = Mapping[str, Any]


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
    def sentence(params: Params, weight: Decimal) -> str:
        """The method with its numbers as one sentence."""
        raise NotImplementedError

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


def direction_of(params: Params) -> Direction:
    """The direction that is written, or the usual one."""
    return "lower" if params.get("direction") == "lower" else "higher"


def fraction(params: Params, key: str) -> Fraction | None:
    """A number that is written; None for nothing, and for what is no number."""
    return exact(params.get(key))


def objects(params: Params, key: str) -> list[Params]:
    """The objects of a list that is written; what is none is left out, for the refusal to name."""
    found = params.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []


def some(parts: list[str], most: int) -> str:
    """The first few parts of a long list."""
    if len(parts) <= most:
        return listed(parts)
    return _now("%(parts)s and %(count)s more") % {"parts": listed(parts[:most]), "count": len(parts) - most}


def shown(value: Any) -> str:
    """A number for a sentence: no zeros that nobody wrote, a true minus."""
    found = exact(value)
    if found is None:
        return "–"
    text = f"{Decimal(found.numerator) / Decimal(found.denominator):.10f}".rstrip("0").rstrip(".")
    return text.replace("-", "\u2212")


def share(value: Any) -> str:
    """A share as percent: 1.2 is 120 %."""
    found = exact(value)
    return "–" if found is None else f"{shown(found * 100)}\u00a0%"


def listed(parts: list[str]) -> str:
    """Parts of a sentence with commas between them."""
    return ", ".join(part for part in parts if part)


def lower_words(params: Params) -> str:
    """Said only where less is better: more is what people expect."""
    return _now("less is better") if direction_of(params) == "lower" else ""
