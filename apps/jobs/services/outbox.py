"""Messages to the outside: written with their cause, delivered at least once, each attempt under a lease."""

import logging
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.errors import Refusal
from apps.jobs.choices import OutboxState
from apps.jobs.models import Outbox
from apps.jobs.rules import retry_wait
from apps.jobs.services.leases import once_it_is_back, taken_until
from apps.jobs.services.publishing import nudge_on_commit
from apps.jobs.services.registry import Topic, topic_of

logger = logging.getLogger(__name__)

NUDGED_AT_ONCE = 100


def emit(*, topic: str, key: str, payload: dict[str, Any], due_at: datetime | None = None) -> Outbox:
    """Write a message in the caller's transaction; a worker sends it after commit, not before DUE_AT.

    Unique by (topic, key): the same message again gives the row there is. Refuses a topic no task is registered for.
    """
    return emit_many(topic=topic, payloads={key: payload}, due_at=due_at)[key]


def emit_many(*, topic: str, payloads: dict[str, dict[str, Any]], due_at: datetime | None = None) -> dict[str, Outbox]:
    """`emit` for many at once, key → payload, in two statements; gives key → row. Only the first hundred are nudged.

    The rest goes with the sweep, so that a message to ten thousand people does not hold up the page that caused it.
    """
    queue = topic_of(topic).queue
    at = due_at or clock.now()
    with transaction.atomic():
        new = [Outbox(topic=topic, key=key, payload=payload, due_at=at) for key, payload in payloads.items()]
        Outbox.objects.bulk_create(new, ignore_conflicts=True, batch_size=2_000)
        rows = {row.key: row for row in Outbox.objects.filter(topic=topic, key__in=list(payloads))}
        waiting = [row.pk for row in rows.values() if row.state == OutboxState.WAITING and row.attempt_count == 0]
        for pk in waiting[:NUDGED_AT_ONCE] if due_at is None else ():
            nudge_on_commit(f"{topic}_job", queue=queue, outbox_id=pk)
    return rows


def claim_message(*, outbox_id: int, now: datetime) -> Outbox | None:
    """Take a message that is due or whose sender went silent; None when there is nothing to take."""
    message = Outbox.objects.filter(pk=outbox_id).only("topic").first()
    if message is None:
        return None
    taken = (
        Outbox.objects.filter(pk=outbox_id)
        .claimable(now)
        .update(**taken_until(now + topic_of(message.topic).lease), state=OutboxState.SENDING)
    )
    return Outbox.objects.get(pk=outbox_id) if taken else None


def deliver(*, outbox_id: int) -> Outbox | None:
    """Claim a message and send it. A refusal gives it up with its sentence; any other error puts it back with back-off.

    The body runs outside any transaction, since it waits for others. Between the outside's yes and the word "sent" a crash
    can send a message twice: receivers tell by its key, which never changes.
    """
    message = once_it_is_back(lambda: claim_message(outbox_id=outbox_id, now=clock.now()))
    if message is None:
        return None
    about = topic_of(message.topic)
    try:
        about.body(message, clock.now())
        _mine(message).update(state=OutboxState.SENT, sent_at=clock.now(), error="", lease_until=None)
    except Refusal as refusal:
        give_up(message=message, error=str(refusal))
    except Exception as error:  # noqa: BLE001 - whatever it was, the message must not be lost
        logger.warning("%s was not sent: %s", message, error)
        _put_back(message, about, error=f"{type(error).__name__}: {error}"[:2000], now=clock.now())
    message.refresh_from_db()
    return message


def give_up(*, message: Outbox, error: str) -> None:
    """Mark a message as never to be sent, with the reason."""
    _mine(message).update(state=OutboxState.FAILED, error=error, lease_until=None)


def send_again(*, message: Outbox, now: datetime) -> Outbox:
    """Put a message that was given up (or sent) back to be sent once more. For jobs.manage or the topic's owner."""
    with transaction.atomic():
        changed = Outbox.objects.filter(pk=message.pk, state__in=(OutboxState.FAILED, OutboxState.SENT)).update(
            state=OutboxState.WAITING,
            due_at=now,
            attempt_count=0,
            nudge_count=0,
            nudged_at=None,
            error="",
            sent_at=None,
        )
        message.refresh_from_db()
        if changed:
            nudge_on_commit(f"{message.topic}_job", queue=topic_of(message.topic).queue, outbox_id=message.pk)
    return message


def _put_back(message: Outbox, about: Topic, *, error: str, now: datetime) -> None:
    if message.attempt_count >= about.attempts:
        give_up(
            message=message,
            error=_("%(error)s Tried %(count)s times.") % {"error": error, "count": message.attempt_count},
        )
        return
    wait = retry_wait(message.attempt_count, jitter=secrets.randbelow(1001) / 1000)
    _mine(message).update(
        state=OutboxState.WAITING, error=error, due_at=now + wait, lease_until=None, nudged_at=None, nudge_count=0
    )


def _mine(message: Outbox) -> Any:
    return Outbox.objects.filter(pk=message.pk, fence=message.fence, state=OutboxState.SENDING)
