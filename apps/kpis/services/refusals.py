"""What the services of indicators refuse, and the sentences for everything that can be wrong with a value."""

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, Refusal


class CodeTaken(Conflict):
    """The department has an indicator with this code already."""

    code: ClassVar[str] = "kpi_code_taken"


class KpiChanged(Conflict):
    """Somebody else was faster."""

    code: ClassVar[str] = "kpi_changed"


class WrongDefinition(Refusal):
    """The definition contradicts itself."""

    code: ClassVar[str] = "wrong_definition"


class WrongFormula(Refusal):
    """The formula cannot be read or worked out."""

    code: ClassVar[str] = "wrong_formula"


class WrongTarget(Refusal):
    """The target contradicts itself or the indicator."""

    code: ClassVar[str] = "wrong_target"


class WrongBaseline(Refusal):
    """Nothing can be drawn from these months, or nobody says why."""

    code: ClassVar[str] = "wrong_baseline"


class ValuesRefused(Refusal):
    """One or more values cannot be stored; details name each."""

    code: ClassVar[str] = "values_refused"


class NotWaiting(Conflict):
    """The value has been decided on already."""

    code: ClassVar[str] = "value_not_waiting"


class ChangedMeanwhile(Conflict):
    """Somebody else entered a value since the page was opened; details name the lines."""

    code: ClassVar[str] = "value_changed_meanwhile"


class UndoRefused(Conflict):
    """The import was built upon and stays."""

    code: ClassVar[str] = "import_built_upon"


FAULTS: dict[str, Promise | str] = {
    "unknown_kpi": _("There is no such KPI, or it lies outside what you may see. Correct the code."),
    "unknown_department": _("There is no such department, or it lies outside what you may see. Correct it."),
    "retired": _("The KPI is retired from %(since)s. Choose an earlier month, or bring it back first."),
    "undefined": _("The KPI has no definition for %(month)s yet. Give one that holds from that month."),
    "formula": _("This KPI is worked out by a formula. Enter the figures it is made of instead."),
    "outside_owner": _("The department did not belong to the KPI's owner in %(month)s. Choose one of its departments."),
    "not_last_month": _("This KPI is not monthly: its values stand on the last month of the quarter or fiscal year."),
    "not_yet": _("%(month)s has not begun. Enter values for it later."),
    "past_cut_off": _("%(month)s takes no more values. Record a correction with a reason, if you may correct."),
    "closed": _("%(month)s is closed. Record a correction with a reason, if you may correct."),
    "unknown_month": _("%(month)s is outside the years that are laid out. An administrator can lay them out."),
    "no_reason": _("%(month)s takes no more values: a correction needs a reason. Write why."),
    "empty": _("There is no number. Give a value, or say that there is nothing to measure."),
    "half_ratio": _("Numerator and denominator belong together. Give both or neither."),
    "negative_denominator": _("The denominator is below zero. Correct it."),
    "too_large": _("This number is too large to be meant. Correct it."),
    "too_low": _("%(value)s is below the lowest possible value of this KPI, %(minimum)s. Correct it."),
    "too_high": _("%(value)s is above the highest possible value of this KPI, %(maximum)s. Correct it."),
    "repeated": _("The same KPI, department and month stands in line %(first)s already. Keep one of them."),
}
FIELD_OF = {
    "unknown_kpi": "kpi",
    "retired": "kpi",
    "undefined": "month",
    "formula": "kpi",
    "unknown_department": "department",
    "outside_owner": "department",
    "not_last_month": "month",
    "not_yet": "month",
    "past_cut_off": "month",
    "closed": "month",
    "unknown_month": "month",
    "no_reason": "reason",
    "half_ratio": "denominator",
    "negative_denominator": "denominator",
    "repeated": "kpi",
}


def fault_words(code: str, facts: dict[str, Any]) -> str:
    """The sentence of a fault, filled."""
    return str(FAULTS[code]) % facts
