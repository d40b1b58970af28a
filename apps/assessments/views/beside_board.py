"""The ways from the board to what stands beside the scores of a month."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.selectors.awaiting import beside_month
from apps.core.month import Month
from apps.core.scope import Scope


def beside_links(scope: Scope, month: Month) -> list[dict[str, Any]]:
    """Where the reader goes on: what is to report and to rate, claims, appeals, calibrations; each with what is open."""
    found = beside_month(scope, month)
    calibrations = reverse("assessments:calibrated", args=[month])
    links = [
        link(_("To report"), reverse("assessments:entries", args=[month]), not_reported(found.to_report or 0))
        if found.to_report is not None
        else None,
        link(_("To rate"), reverse("assessments:ratings", args=[month]), _("your ratings")) if found.may_rate else None,
        link(_("Personal parts"), reverse("assessments:appraise", args=[month]), _("of the people you lead"))
        if found.may_appraise
        else None,
        link(
            _("Bonuses, deductions, vetoes, exemptions"),
            f"{reverse('assessments:adjustments')}?month={month}",
            ngettext("one is not confirmed yet", "%(n)s are not confirmed yet", found.claims) % {"n": found.claims}
            if found.claims
            else "",
        ),
        link(
            _("Appeals"),
            f"{reverse('assessments:all_appeals')}?month={month}",
            ngettext("one is open", "%(n)s are open", found.appeals) % {"n": found.appeals} if found.appeals else "",
        ),
        link(_("Calibrations"), calibrations, times(found.calibrations)) if found.calibrations else None,
    ]
    return [one for one in links if one is not None]


def not_reported(count: int) -> str:
    """How many indicators nobody has reported for."""
    return ngettext("one is not reported yet", "%(n)s are not reported yet", count) % {"n": count} if count else ""


def times(count: int | None) -> str:
    """How often scores were moved."""
    return ngettext("moved once", "moved %(n)s times", count or 0) % {"n": count}


def link(label: str, url: str, note: str) -> dict[str, str]:
    """One way; an empty NOTE: nothing is open there."""
    return {"label": label, "url": url, "note": note or _("nothing open")}
