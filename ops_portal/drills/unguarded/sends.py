"""The portal with one protection against sending twice taken out of this process. Used by drill `sends` alone."""

from contextlib import nullcontext
from typing import Any
from unittest import mock

from apps.approvals.models import CaseQuerySet, StepQuerySet
from apps.jobs.models import IdempotencyKey
from apps.jobs.services.idempotency import Answer
from apps.kpis.models import KpiQuerySet


def take_out(name: str) -> None:
    """Take the protection of that name out, by patching, until the process ends."""
    OUT[name]()


def no_key_lock() -> None:
    """A key is looked up, but nobody waits for the request that is still at work under it."""
    mock.patch("apps.jobs.http.idempotency.reserve_key", looked_up).start()


def looked_up(*, user_id: int, key: str, digest: str) -> Answer | None:
    """The answer given before, if there is one."""
    known = IdempotencyKey.objects.filter(user_id=user_id, key=key, digest=digest).first()
    return Answer(known.status, known.body, known.headers) if known else None


def no_answers() -> None:
    """No answer is kept."""
    mock.patch("apps.jobs.http.idempotency.keep_answer").start()


def no_digest() -> None:
    """What is sent under a key is not compared."""
    mock.patch("apps.jobs.http.idempotency.digest_of", return_value="").start()


def no_words() -> None:
    """What the database refuses stays an error."""

    def as_it_comes() -> Any:
        return nullcontext()

    mock.patch("apps.staff.services.movements.constraints_in_words", as_it_comes).start()


def no_tree_lock() -> None:
    """Two changes of the tree go on side by side."""
    mock.patch("apps.departments.services.timeline.lock_tree").start()


def no_case_lock() -> None:
    """A case and its step are read without holding them."""
    for rows in (CaseQuerySet, StepQuerySet):
        mock.patch.object(rows, "select_for_update", read_only).start()


def no_kpi_lock() -> None:
    """A KPI is read without holding it, and so is what stands there."""
    mock.patch.object(KpiQuerySet, "select_for_update", read_only).start()


def read_only(rows: Any, **how: Any) -> Any:
    """The rows, free for everybody."""
    del how
    return rows.all()


OUT = {
    "key_lock": no_key_lock,
    "answers": no_answers,
    "digest": no_digest,
    "words": no_words,
    "tree_lock": no_tree_lock,
    "case_lock": no_case_lock,
    "kpi_lock": no_kpi_lock,
}
