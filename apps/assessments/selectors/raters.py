"""Whose account an indicator means by each of its raters (models.IndicatorRater says why it is fixed)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from apps.accounts.selectors import accounts_by_email
from apps.assessments.models import Indicator, IndicatorRater
from apps.assessments.selectors.assessed import RATED


class Rater(NamedTuple):
    """An account that rates, with the name and the address of today."""

    pk: int
    name: str
    email: str


Raters = Mapping[str, Rater]
"""By the name in the parameters, in their order; none for a name without an account."""


def names_of_raters(indicator: Indicator) -> list[str]:
    """The raters as the parameters name them; none of an indicator that nobody rates."""
    rows = indicator.params.get("raters") if indicator.method in RATED else None
    return [str(row.get("id", "")) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def fixed_raters() -> ArraySubquery:
    """What `raters_in` asks of approved rules, to be read with the indicators as `fixed_raters`, where each query counts."""
    rows = IndicatorRater.objects.filter(indicator=OuterRef("pk")).order_by("pk")
    return ArraySubquery(rows.values(told=JSONObject(named="name", pk="user", name="user__name", email="user__email")))


def raters_in(indicators: Iterable[Indicator]) -> dict[int, Raters]:
    """By indicator: its raters. One query where somebody rates, none where `fixed_raters` were read; one more for drafts.

    As fixed when the scheme was handed in; in a draft, of which nothing is fixed, by the addresses of today.
    """
    rows = {one.pk: one for one in indicators}
    named = {pk: names for pk, one in rows.items() if (names := names_of_raters(one))}
    fixed: dict[int, dict[str, Rater]] = {}
    for pk in named:
        for told in getattr(rows[pk], "fixed_raters", ()):
            fixed.setdefault(pk, {})[told["named"]] = Rater(told["pk"], told["name"], told["email"])
    asked = [pk for pk in named if not hasattr(rows[pk], "fixed_raters")]
    kept = IndicatorRater.objects.filter(indicator__in=asked) if asked else IndicatorRater.objects.none()
    accounts: Any = kept.values_list("indicator", "name", "user", "user__name", "user__email")
    for pk, name, *account in accounts:
        fixed.setdefault(pk, {})[name] = Rater(*account)
    found = by_address(name for pk, names in named.items() if pk not in fixed for name in names)
    return {
        pk: {name: known[name] for name in names if name in known}
        for pk, names in named.items()
        for known in [fixed.get(pk, found)]
    }


def by_address(names: Iterable[str]) -> dict[str, Rater]:
    """Accounts whose address is one of NAMES today, letter by letter. One query at most."""
    wanted = set(names)
    found = accounts_by_email(wanted) if wanted else {}
    return {user.email: Rater(user.pk, user.name, user.email) for user in found.values() if user.email in wanted}


def label_of(rater: Rater) -> str:
    """How a rater is shown."""
    return _("%(name)s <%(email)s>") % {"name": rater.name, "email": rater.email}


def address_of(rater: Rater) -> str:
    """How a draft names a rater."""
    return rater.email


def params_naming(indicators: Iterable[Indicator], words: Callable[[Rater], str]) -> dict[int, Mapping[str, Any]]:
    """By indicator: its parameters with each rater who has an account named by WORDS, to be shown or copied. The points of a
    month are judged by the names that are stored. As many queries as `raters_in`."""
    rows = list(indicators)
    known = raters_in(rows)
    return {one.pk: renamed(one.params, known[one.pk], words) if one.pk in known else one.params for one in rows}


def renamed(params: Mapping[str, Any], raters: Raters, words: Callable[[Rater], str]) -> dict[str, Any]:
    """Parameters with other names for these raters."""
    return {
        **params,
        "raters": [
            {**row, "id": words(raters[name])}
            if isinstance(row, Mapping) and (name := str(row.get("id", ""))) in raters
            else row
            for row in params["raters"]
        ],
    }
