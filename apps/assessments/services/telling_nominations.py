"""What people are told of nominations: those who decide and HR of a new one, whoever is nominated of an accepted one."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.accounts.selectors import users_with_capability
from apps.assessments.choices import NominationKind, NominationState
from apps.assessments.models import Nomination
from apps.core.clock import local_date
from apps.core.month import Month
from apps.core.wording import month_text
from apps.notifications.services import notify
from apps.staff.selectors import leaders_of

NAMED_AT_MOST = 5
PROPOSE = "assessments.propose_rewards"


def workers() -> list[User]:
    """Those who decide on nominations, and HR. Two queries."""
    return each_once([*users_with_capability("assessments.decide_rewards"), *users_with_capability(PROPOSE)])


def each_once(users: Iterable[User]) -> list[User]:
    """Everybody once, in the order they come."""
    return list({user.pk: user for user in users}.values())


def tell_named(keys: Collection[tuple[Any, ...]], months: Sequence[date], now: datetime) -> None:
    """Tell those who decide, and HR, whom each of MONTHS (a few) nominates; one notice for each month and kind."""
    if not keys:
        return
    rows = Nomination.objects.filter(month__in=months, state=NominationState.PROPOSED, proposed_at=now)
    found: dict[tuple[date, str], list[Nomination]] = {}
    for row in rows.select_related("person", "department").order_by(
        "month", "kind", "person__name", "department__name"
    ):
        found.setdefault((row.month, row.kind), []).append(row)
    told = workers()
    for (day, kind), named in found.items():
        month = Month.of(day)
        notify(
            users=told,
            kind="assessments.nominated" if kind == NominationKind.TALENT_POOL else "assessments.department_nominated",
            subject=subject_of(kind, named, month),
            body=body_of(kind, named, month),
            url=named[0].get_absolute_url()
            if len(named) == 1
            else f"{reverse('assessments:nominations')}?state=proposed",
            key=f"nominated-{month}-{kind}-{now:%Y%m%d%H%M%S%f}",
            now=now,
        )


def subject_of(kind: str, named: Sequence[Nomination], month: Month) -> str:
    """Who is nominated for what."""
    words = {"who": named[0].about, "count": len(named), "month": month_text(month)}
    if kind == NominationKind.TALENT_POOL:
        text = ngettext(
            "%(who)s is nominated for the talent pool", "%(count)s people are nominated for the talent pool", len(named)
        )
    else:
        text = ngettext(
            "%(who)s is nominated as department of %(month)s",
            "%(count)s departments are nominated as department of %(month)s",
            len(named),
        )
    return text % words


def body_of(kind: str, named: Sequence[Nomination], month: Month) -> str:
    """Why, and for several who."""
    if kind == NominationKind.TALENT_POOL:
        why = _("Three best grades in six months, the last one in %(month)s. Accept or decline.")
    else:
        why = _("The highest score of %(month)s, with the best grade. Accept or decline.")
    why = why % {"month": month_text(month)}
    if len(named) == 1:
        return why
    names = ", ".join(row.about for row in named[:NAMED_AT_MOST])
    return f"{why} {names}{' …' if len(named) > NAMED_AT_MOST else ''}"


def tell_dropped(rows: Iterable[Nomination], now: datetime) -> None:
    """Tell those who decide, HR and whoever it is about that a correction took an accepted nomination back (rare)."""
    for row in rows:
        if row.state != NominationState.ACCEPTED:
            continue
        notify(
            users=each_once([*workers(), *concerned(row, now)]),
            kind="assessments.nomination_dropped",
            subject=_("A nomination no longer follows from the corrected scores"),
            body=_("%(who)s, %(kind)s, %(month)s: it had been accepted.") % words_of(row),
            url=row.get_absolute_url(),
            key=f"nomination-dropped-{row.pk}-{now:%Y%m%d%H%M%S%f}",
            now=now,
        )


def tell_decided(row: Nomination, now: datetime) -> None:
    """Tell HR what was decided; whoever is nominated, or leads the department, of an accepted one."""
    is_accepted = row.state == NominationState.ACCEPTED
    users = list(users_with_capability(PROPOSE))
    notify(
        users=each_once([*users, *(concerned(row, now) if is_accepted else ())]),
        kind=f"assessments.nomination_{row.state}",
        subject=(_("A nomination was accepted: %(who)s") if is_accepted else _("A nomination was declined: %(who)s"))
        % words_of(row),
        body=" ".join(part for part in (_("%(kind)s, %(month)s.") % words_of(row), row.ruling) if part),
        url=row.get_absolute_url(),
        key=f"nomination-decided-{row.pk}-{now:%Y%m%d%H%M%S%f}",
        now=now,
    )


def concerned(row: Nomination, now: datetime) -> list[User]:
    """Accounts of whoever is nominated: the person, or those who lead the department today."""
    if row.person is not None:
        return [row.person.user] if row.person.user is not None else []
    leaders = leaders_of([row.department_id], local_date(now)).select_related("person__user")
    return [place.person.user for place in leaders if place.person.user is not None]


def words_of(row: Nomination) -> dict[str, Any]:
    """Who, what for and when."""
    return {"who": row.about, "kind": row.get_kind_display(), "month": month_text(Month.of(row.month))}
