"""Who is told when a cut-off moves: the people who enter that kind of fact, and systems that asked. Once for each move."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_capability
from apps.notifications.services import emit_webhook, notify
from apps.periods.choices import FactKind
from apps.periods.models import CutOff, CutOffRule, Period
from apps.periods.services.entry import say_moment

MOVED, REOPENED, RULE_CHANGED = "periods.cut_off_moved", "periods.reopened", "periods.cut_off_rule_changed"


def tell_moved(row: CutOff, *, former: datetime, reason: str, by: User, now: datetime) -> None:
    """One cut-off of one month was put elsewhere."""
    facts = {"kind": FactKind(row.kind).label, "month": row.period.label, "moment": say_moment(row.closes_at)}
    key = f"{row.pk}/{row.closes_at.isoformat()}/{now.isoformat()}"
    tell_people(
        [row.kind],
        event=MOVED,
        subject=_("%(kind)s of %(month)s: entry now closes on %(moment)s") % facts,
        body=_("Before: %(moment)s. Reason: %(reason)s") % {"moment": say_moment(former), "reason": reason},
        url=row.period.get_absolute_url(),
        key=key,
        by=by,
        now=now,
    )
    payload = {**facts_of(row.period), "kind": row.kind, "closes_at": row.closes_at, "former": former}
    emit_webhook(event=MOVED, key=key, payload=payload, now=now)


def tell_reopened(
    period: Period, *, kinds: Iterable[str], closes_at: datetime, reason: str, by: User, now: datetime
) -> None:
    """A closed month takes entries again, of some kinds of fact."""
    chosen = list(kinds) or FactKind.values
    key = f"{period.pk}/{closes_at.isoformat()}/{now.isoformat()}"
    tell_people(
        chosen,
        event=REOPENED,
        subject=_("%(month)s is open again until %(moment)s")
        % {"month": period.label, "moment": say_moment(closes_at)},
        body=_("For: %(kinds)s. Reason: %(reason)s")
        % {"kinds": ", ".join(str(FactKind(kind).label) for kind in chosen), "reason": reason},
        url=period.get_absolute_url(),
        key=key,
        by=by,
        now=now,
    )
    payload = {**facts_of(period), "kinds": chosen, "closes_at": closes_at}
    emit_webhook(event=REOPENED, key=key, payload=payload, now=now)


def tell_rule_changed(row: CutOffRule, moved: Iterable[CutOff], *, reason: str, by: User, now: datetime) -> None:
    """The rule by which a kind of fact closes is another; MOVED: the coming cut-offs that it put elsewhere."""
    count = len(list(moved))
    facts = {"kind": FactKind(row.kind).label, "day": row.working_day, "time": f"{row.closes_time:%H:%M}"}
    key = f"{row.pk}/{now.isoformat()}"
    if count:
        tell_people(
            [row.kind],
            event=RULE_CHANGED,
            subject=_("%(kind)s: entry now closes on working day %(day)s at %(time)s") % facts,
            body=_("Coming cut-offs that moved: %(count)s. Reason: %(reason)s") % {"count": count, "reason": reason},
            url=reverse("periods:list"),
            key=key,
            by=by,
            now=now,
        )
    payload = {"kind": row.kind, "working_day": row.working_day, "closes_time": facts["time"], "moved": count}
    emit_webhook(event=RULE_CHANGED, key=key, payload=payload, now=now)


def tell_people(kinds: Iterable[str], *, event: str, key: str, by: User, now: datetime, **words: str) -> None:
    """Tell everybody who enters these kinds of fact, but whoever did it."""
    wanted = {settings.INPUT_CAPABILITIES[kind] for kind in kinds if kind in settings.INPUT_CAPABILITIES}
    people = {user.pk: user for capability in sorted(wanted) for user in users_with_capability(capability).distinct()}
    people.pop(by.pk, None)
    notify(users=people.values(), kind=event, key=f"{event}/{key}", now=now, **words)


def facts_of(period: Period) -> dict[str, Any]:
    """A month for systems."""
    return {"period": period.pk, "month": str(period.month)}
