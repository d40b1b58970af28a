"""The accounts behind the raters that a scheme names: fixed when it is handed in, let go when it is a draft again.

From the one to the other an address that is corrected, or given to somebody else, changes nobody's part in the rules. A
draft names raters by the addresses of today: that is what those who write and decide on it read.
"""

from collections.abc import Iterable

from apps.assessments.models import Indicator, IndicatorRater, Scheme
from apps.assessments.selectors.assessed import RATED
from apps.assessments.selectors.raters import address_of, params_naming, raters_in


def fix_raters(scheme: Scheme) -> None:
    """Fix whom a draft means by its raters: those who have the addresses now. A name without an account is left out; the
    checks after it find that. Three queries. Inside the transaction that hands it in."""
    IndicatorRater.objects.bulk_create(
        IndicatorRater(scheme=scheme, indicator_id=pk, name=name, user_id=user.pk)
        for pk, raters in raters_in(rated_lines(scheme)).items()
        for name, user in raters.items()
    )


def release_raters(scheme: Scheme) -> None:
    """Turn what was handed in into a draft's again: raters are named by their present addresses, and nothing is fixed. Four
    queries. Inside the transaction that makes it a draft."""
    rows = list(rated_lines(scheme))
    params = params_naming(rows, address_of)
    moved = [row for row in rows if params[row.pk] != row.params]
    for row in moved:
        row.params = params[row.pk]
    Indicator.objects.bulk_update(moved, ["params"])
    IndicatorRater.objects.filter(scheme=scheme).delete()


def rated_lines(scheme: Scheme) -> Iterable[Indicator]:
    """The indicators that raters answer for."""
    return Indicator.objects.filter(scheme=scheme, method__in=RATED)
