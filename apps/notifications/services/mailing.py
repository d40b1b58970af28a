"""Mail: one message for one notification, or one a day for all that can wait."""

import hashlib
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.accounts.selectors import open_accounts
from apps.core.errors import Refusal
from apps.jobs.models import Outbox
from apps.jobs.services import emit_many
from apps.notifications.choices import Channel
from apps.notifications.models import Delivery, Notification
from apps.notifications.services.notifying import MAIL_TOPIC

LONGEST_DIGEST = 50
DIGEST_REACHES_BACK = timedelta(days=30)


class NobodyToTell(Refusal):
    """The account was closed, or the notifications removed, before the mail was sent."""

    code = "nobody_to_tell"


def send_mail(*, message: Outbox) -> None:
    """Send the mail an outbox message stands for. The same message always bears the same Message-ID."""
    user = open_accounts().filter(pk=message.payload["user"]).first()
    rows = list(Notification.objects.filter(pk__in=message.payload["notifications"]).select_related("on_behalf_of"))
    if user is None or not rows:
        raise NobodyToTell(_("The account is closed or the notification is gone: no mail was sent."))
    mail = EmailMessage(
        subject=_subject(rows, is_digest=bool(message.payload.get("is_digest"))),
        body=render_to_string("notifications/mail.txt", _context(user, rows)),
        to=[user.email],
        headers={"Message-ID": _message_id(message.key), "Auto-Submitted": "auto-generated"},
    )
    mail.send()


def send_digests(*, period: str, now: datetime) -> dict[str, int]:
    """Put everything that waits for the daily mail into one mail a person. For the job of that name, once a day.

    What was read in the portal meanwhile is left out; who read everything gets no mail.
    """
    waiting = (
        Delivery.objects.filter(channel=Channel.DIGEST, collected_at=None, notification__told_at__lte=now)
        .select_related("notification")
        .order_by("notification__user_id", "-notification__told_at")
    )
    with transaction.atomic():
        rows = list(waiting.select_for_update(of=("self",)))
        payloads: dict[str, dict[str, Any]] = {}
        for user_id, group in groupby(rows, key=lambda row: row.notification.user_id):
            if unread := [row.notification_id for row in group if _is_fresh(row.notification, now)]:
                payloads[_digest_key(user_id, period)] = {"user": user_id, "notifications": unread, "is_digest": True}
        messages = emit_many(topic=MAIL_TOPIC, payloads=payloads) if payloads else {}
        for row in rows:
            row.collected_at = now
            row.message = messages.get(_digest_key(row.notification.user_id, period))
        Delivery.objects.bulk_update(rows, ["collected_at", "message"], batch_size=1_000)
    return {"mails": len(payloads), "notifications": len(rows)}


def _is_fresh(notification: Notification, now: datetime) -> bool:
    return notification.read_at is None and notification.told_at > now - DIGEST_REACHES_BACK


def _digest_key(user_id: int, period: str) -> str:
    return f"digest/{user_id}/{period}"


def _subject(rows: list[Notification], *, is_digest: bool) -> str:
    if not is_digest:
        return rows[0].subject
    count = len(rows)
    return ngettext("%(count)s thing to know", "%(count)s things to know", count) % {"count": count}


def _context(user: User, rows: list[Notification]) -> dict[str, Any]:
    shown = sorted(rows, key=lambda row: row.told_at, reverse=True)[:LONGEST_DIGEST]
    return {
        "user": user,
        "rows": shown,
        "more_count": len(rows) - len(shown),
        "company_name": settings.COMPANY_NAME,
        "public_url": settings.PUBLIC_URL,
    }


def _message_id(key: str) -> str:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"
