"""Telling everybody a query finds: the same as `notify`, in a fixed number of statements whatever their number."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.notifications.choices import Mode
from apps.notifications.models import Notification, Preference
from apps.notifications.rules.subjects import default_mode, goes_to_stand_in, subject_of
from apps.notifications.services.notifying import LONGEST_SUBJECT, send_mail_of

# A row for each person, and for those who read the daily mail their place in it.
TELL = """
WITH told AS (
    INSERT INTO notifications_notification (created_at, updated_at, user_id, kind, subject, body, url, key, about, told_at)
    SELECT %s, %s, receiver.id, %s, %s, %s, %s, %s, %s, %s FROM ({receivers}) receiver
    ON CONFLICT (user_id, key) DO NOTHING RETURNING id, user_id
), placed AS (
    INSERT INTO notifications_delivery (created_at, updated_at, notification_id, channel)
    SELECT %s, %s, told.id, 'digest' FROM told
    LEFT JOIN notifications_preference chosen ON chosen.user_id = told.user_id AND chosen.about = %s
    WHERE coalesce(chosen.mode, %s) = 'digest'
)
SELECT count(*) FROM told
"""


@transaction.atomic
def broadcast(
    *, users: QuerySet[User], kind: str, subject: str, body: str = "", url: str = "", key: str, now: datetime
) -> int:
    """Tell all USERS something, as `notify` does; gives how many had not been told under this KEY before.

    Refuses no one: the query leaves closed accounts out. For what is no work of one's own: stand-ins are not told.
    """
    about = subject_of(kind)
    assert not goes_to_stand_in(kind), "work and deadlines go to stand-ins too: use notify"
    receivers, given = users.order_by().values("id").query.sql_with_params()
    text = " ".join(subject.split())[:LONGEST_SUBJECT]
    with connection.cursor() as cursor:
        cursor.execute(
            TELL.format(receivers=receivers),
            [now, now, kind, text, body, url, key, about, now, *given, now, now, about, default_mode(about)],
        )
        (count,) = cursor.fetchone()
    told = Notification.objects.filter(key=key, kind=kind, delivery=None)
    chosen = Preference.objects.filter(about=about)
    if default_mode(about) == Mode.INSTANT:
        at_once = told.exclude(user__in=chosen.exclude(mode=Mode.INSTANT).values("user"))
    else:
        at_once = told.filter(user__in=chosen.filter(mode=Mode.INSTANT).values("user"))
    send_mail_of(at_once, about=about, now=now)
    return int(count)
