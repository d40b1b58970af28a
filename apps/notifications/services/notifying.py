"""Telling people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.clock import local_date
from apps.jobs.services import emit_many
from apps.notifications.choices import Channel, Mode
from apps.notifications.models import Delivery, Notification, Preference, StandIn
from apps.notifications.rules import default_mode, goes_to_stand_in, subject_of

MAIL_TOPIC = "notifications.mail"
LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Telling:
    """What one person is to be told. The same KEY to the same person again changes nothing. URL: a path of the portal."""

    user: User
    subject: str
    key: str
    body: str = ""
    url: str = ""


def notify(
    *, users: Iterable[User], kind: str, subject: str, body: str = "", url: str = "", key: str, now: datetime
) -> list[Notification]:
    """Tell USERS something: in the portal at once, by mail as each of them prefers, in the caller's transaction.

    Any service may call it. KEY makes it once: the same key to the same person again changes nothing and sends nothing. URL
    is a path of the portal. Closed accounts are left out. Work and deadlines go to the stand-in of whoever is absent today
    as well. Gives the rows of all these people under the key, new or not.
    """
    return notify_each(tellings=[Telling(user, subject, key, body, url) for user in users], kind=kind, now=now)


def notify_each(*, tellings: Iterable[Telling], kind: str, now: datetime) -> list[Notification]:
    """Tell each person their own words, as `notify` does, in the same few statements however many there are.

    Gives the rows of all these people under their keys, new or not.
    """
    about = subject_of(kind)
    wanted = {(one.user.pk, one.key): one for one in tellings if one.user.is_active}
    receivers: list[tuple[int, int | None, str, Telling]] = [(pk, None, key, one) for (pk, key), one in wanted.items()]
    if goes_to_stand_in(kind):
        covers = StandIn.objects.in_force(local_date(now)).filter(
            user__in={user for user, _key in wanted}, stand_in__is_active=True
        )
        cover_of = {cover.user_id: cover.stand_in_id for cover in covers}
        receivers += [
            (cover_of[user], user, f"{key}#for-{user}", one) for (user, key), one in wanted.items() if user in cover_of
        ]
    with transaction.atomic():
        new = [
            Notification(
                user_id=user_id,
                on_behalf_of_id=absent_id,
                key=own_key,
                kind=kind,
                about=about,
                subject=" ".join(one.subject.split())[:LONGEST_SUBJECT],
                body=one.body,
                url=one.url,
                told_at=now,
            )
            for user_id, absent_id, own_key, one in receivers
        ]
        Notification.objects.bulk_create(new, ignore_conflicts=True, batch_size=2_000)
        told = Notification.objects.filter(
            user__in={row[0] for row in receivers}, key__in={row[2] for row in receivers}
        )
        send_mail_of(told.filter(delivery=None), about=about, now=now)
        known = {(row[0], row[2]) for row in receivers}
        return [row for row in told if (row.user_id, row.key) in known]


def send_mail_of(told: QuerySet[Notification], *, about: str, now: datetime) -> None:
    """Give each new notification its way by mail: now, with the daily mail, or not at all."""
    rows = list(told)
    modes = dict(
        Preference.objects.filter(user__in=[row.user_id for row in rows], about=about).values_list("user_id", "mode")
    )
    by_mode: dict[str, list[Notification]] = {mode: [] for mode in Mode.values}
    for row in rows:
        by_mode[modes.get(row.user_id, default_mode(about))].append(row)
    payloads = {
        f"notification/{row.pk}": {"user": row.user_id, "notifications": [row.pk]} for row in by_mode[Mode.INSTANT]
    }
    messages = emit_many(topic=MAIL_TOPIC, payloads=payloads) if payloads else {}
    Delivery.objects.bulk_create(
        [
            Delivery(
                notification=row,
                channel=Channel.INSTANT,
                message=messages[f"notification/{row.pk}"],
                collected_at=now,
            )
            for row in by_mode[Mode.INSTANT]
        ]
        + [Delivery(notification=row, channel=Channel.DIGEST) for row in by_mode[Mode.DIGEST]],
        ignore_conflicts=True,
        batch_size=2_000,
    )


def mark_read(*, notifications: QuerySet[Notification], now: datetime) -> int:
    """Mark these as read; gives how many were unread. The caller hands in only the person's own rows."""
    return notifications.filter(read_at=None).update(read_at=now)
