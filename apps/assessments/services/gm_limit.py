"""Which rewards are the GM's to decide on: those above the amount that the month's scheme names, but for the GM's own."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.selectors import roles_of, users_with_role
from apps.assessments.models import Scheme
from apps.assessments.rules.consequences import is_above
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.services.standing import GM_LIMIT
from apps.core.clock import local_date
from apps.notifications.selectors import covered_by

NAMED_AT_MOST = 3


def limit_of(scheme: Scheme) -> Decimal | None:
    """The amount above which the GM decides, in the company's currency; None where the scheme names none."""
    text = scheme.reward_rules.get(GM_LIMIT)
    return None if text is None else Decimal(text)


def is_for_gm(reward: Any) -> bool:
    """Whether a reward (with score, run, scheme and `is_of_gm`) lies above its scheme's limit and is not the GM's own.

    The GM's own is the COO's to decide on, however large: it would wait for ever otherwise.
    """
    return not reward.is_of_gm and is_above(reward.amount, reward.settles_amount, limit_of(reward.rules))


def acts_as_gm(user: User, day: date) -> bool:
    """Whether USER is a GM, or stands in for one on DAY. Two queries at most."""
    if Role.GM in roles_of(user):
        return True
    return users_with_role(Role.GM).filter(pk__in=covered_by(user.pk, day)).exists()


def require_within_limit(rows: Iterable[Any], *, by: User, now: datetime) -> None:
    """Refuse rewards above the limit for everybody but the GM and who stands in for the GM."""
    large = [row for row in rows if is_for_gm(row)]
    if not large or acts_as_gm(by, local_date(now)):
        return
    names = ", ".join(row.person.name for row in large[:NAMED_AT_MOST])
    if len(large) > NAMED_AT_MOST:
        names = _("%(names)s and %(count)s more") % {"names": names, "count": len(large) - NAMED_AT_MOST}
    raise NotYourStep(
        _("Rewards above %(limit)s are decided on by the GM, or by who stands in for the GM: leave out %(names)s.")
        % {"limit": f"{limit_of(large[0].rules):,.2f}", "names": names},
        field="rewards",
        details={"rewards": [row.pk for row in large]},
    )
