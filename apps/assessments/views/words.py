"""How schemes are said on every page: weights, limits, what a missing value is worth."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.choices import MissingPolicy
from apps.assessments.models import Indicator, Scheme


def weight_text(number: Decimal | None) -> str:
    """A number without zeros at the end."""
    return "–" if number is None else f"{number.normalize():f}"


def missing_words(row: Indicator) -> str:
    """What a value that is missing after the cut-off is worth."""
    missing = row.params.get("missing") or {}
    policy = missing.get("policy", MissingPolicy.PENDING)
    label = str(dict(MissingPolicy.choices).get(policy, policy))
    if policy != MissingPolicy.CARRY:
        return label
    count = int(missing.get("max_periods") or 1)
    months = ngettext("for one month", "for at most %(count)s months", count) % {"count": count}
    return f"{label}, {months}"


def limit_facts(scheme: Scheme) -> list[tuple[Any, str]]:
    """What holds for all scorecards."""
    none = _("no cap")
    return [
        (_("Least weight with data"), f"{weight_text(scheme.min_coverage)} %"),
        (_("Totals from"), weight_text(scheme.min_total)),
        (_("Totals to"), weight_text(scheme.max_total)),
        (_("Most bonus points"), none if scheme.bonus_cap is None else weight_text(scheme.bonus_cap)),
        (_("Most deducted points"), none if scheme.deduction_cap is None else weight_text(scheme.deduction_cap)),
        (_("One missed indicator caps the others"), _("yes") if scheme.is_gated else _("no")),
    ]
