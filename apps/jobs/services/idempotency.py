"""Answers that were already given. The answer's row and the effect it tells of commit in one transaction."""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.core.errors import Busy, Refusal
from apps.jobs.models import IdempotencyKey


class KeyReused(Refusal):
    """The key was used before for another request."""

    code = "idempotency_key_reused"


class KeyInFlight(Busy):
    """The first request with this key is still being worked on."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored answer, in plain values."""

    status: int
    body: Any
    headers: dict[str, str]


def reserve_key(*, user_id: int, key: str, digest: str) -> Answer | None:
    """Begin a request under KEY, inside the transaction of its effect: None means go on, else the answer given before.

    Refuses a key used for another request, and one whose first request is still running. The advisory lock ends with the
    transaction, so a process that dies leaves nothing locked.
    """
    if not connection.in_atomic_block:
        message = "reserve_key belongs in the transaction of the effect."
        raise transaction.TransactionManagementError(message)
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"idempotency:{user_id}:{key}"])
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        message = _("A request with this Idempotency-Key is still being worked on. Send it again in a few seconds.")
        raise KeyInFlight(message)
    known = IdempotencyKey.objects.filter(user_id=user_id, key=key).first()
    if known is None:
        return None
    if known.digest != digest:
        message = _("This Idempotency-Key was used for another request. Send a changed request under a new key.")
        raise KeyReused(message, field="Idempotency-Key")
    return Answer(known.status, known.body, known.headers)


def keep_answer(*, user_id: int, key: str, digest: str, answer: Answer) -> None:
    """Store the answer under KEY, in the transaction of the effect."""
    IdempotencyKey.objects.create(
        user_id=user_id, key=key, digest=digest, status=answer.status, body=answer.body, headers=answer.headers
    )
