"""The methods as people fill them in. Another method is one more file and one more line here."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from apps.assessments.forms.methods.all_or_nothing import AllOrNothingForm
from apps.assessments.forms.methods.composite import CompositeForm
from apps.assessments.forms.methods.deduction import DeductionForm
from apps.assessments.forms.methods.descriptive import DescriptiveForm
from apps.assessments.forms.methods.efficacy import EfficacyForm
from apps.assessments.forms.methods.frame import PREFIX, MethodForm
from apps.assessments.forms.methods.interval import IntervalForm
from apps.assessments.forms.methods.linear import LinearForm
from apps.assessments.forms.methods.milestone import MilestoneForm
from apps.assessments.forms.methods.range import RangeForm
from apps.assessments.forms.methods.ratio import RatioForm
from apps.assessments.forms.methods.step import StepForm
from apps.assessments.services.method_words import Params

METHOD_FORMS: Mapping[str, type[MethodForm]] = {
    form.name: form
    for form in (
        *(RatioForm, LinearForm, IntervalForm, StepForm, RangeForm, EfficacyForm, AllOrNothingForm),
        *(CompositeForm, DeductionForm, MilestoneForm, DescriptiveForm),
    )
}

__all__ = ["METHOD_FORMS", "PREFIX", "MethodForm", "params_from", "started_from"]


def params_from(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as they are kept: numbers as text, what was left empty left out."""
    found: dict[str, Any] = {}
    for name in METHOD_FORMS[method].fields:
        value = given.get(f"{PREFIX}{name}")
        if value is None or value in ("", []):
            continue
        found[name] = f"{value.normalize():f}" if isinstance(value, Decimal) else value
    return METHOD_FORMS[method].stored(found)


def started_from(method: str, params: Params) -> dict[str, Any]:
    """What the fields of a method start from, under their names on the page."""
    form = METHOD_FORMS.get(method)
    found = form.started(params) if form else params
    return {f"{PREFIX}{name}": value for name, value in found.items() if name != "missing"}
