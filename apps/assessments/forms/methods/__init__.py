"""The methods as people fill them in. Another method is one more file and one more line here."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from apps.assessments.choices import Method
from apps.assessments.forms.methods.frame import PREFIX, MethodForm, Params
from apps.assessments.forms.methods.interval import IntervalForm
from apps.assessments.forms.methods.linear import LinearForm
from apps.assessments.forms.methods.ratio import RatioForm

METHOD_FORMS: Mapping[str, type[MethodForm]] = {"ratio": RatioForm, "linear": LinearForm, "interval": IntervalForm}

__all__ = ["METHOD_FORMS", "PREFIX", "MethodForm", "params_from", "sentence_of"]


def sentence_of(method: str, params: Params, weight: Decimal) -> str:
    """How points come about, in one sentence; the method's name where nobody has written one."""
    form = METHOD_FORMS.get(method)
    return form.sentence(params, weight) if form else str(dict(Method.choices).get(method, method))


def params_from(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as they are kept: numbers as text, what was left empty left out."""
    found: dict[str, Any] = {}
    for name in METHOD_FORMS[method].fields:
        value = given.get(f"{PREFIX}{name}")
        if value is None or value in ("", []):
            continue
        found[name] = f"{value.normalize():f}" if isinstance(value, Decimal) else value
    return found
