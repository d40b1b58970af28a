"""Row history, written by the database itself: every insert, update and delete of a tracked table, bulk or single.

`tracked` goes on a model; `because` names the verb and the reason around a write; `at_work` names the job that writes.
apps.audit reads what they leave.
"""

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import pghistory
from django.db import models
from pghistory import runtime

ModelT = TypeVar("ModelT", bound=type[models.Model])
_work = threading.local()


def tracked(*, exclude: tuple[str, ...] = ()) -> Callable[[ModelT], ModelT]:
    """Class decorator: keep every version of the row in an append-only event table, by statement-level triggers.

    EXCLUDE names columns whose change is no event (last-seen stamps, caches, secrets).
    """
    decorate: Callable[[ModelT], ModelT] = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=[*exclude, "updated_at"] if exclude else ["updated_at"],
        append_only=True,
    )
    return decorate


@contextmanager
def because(verb: str, *, reason: str = "", by: Any = None, **facts: Any) -> Iterator[None]:
    """Stamp every row change inside with the verb (`staff.hired`), the person, the reason and further facts.

    Nested calls add to one context; the innermost verb stands. BY is the user, None for what the portal does on its own.
    Inside a job every outermost call is a deed of its own, and carries the job.
    """
    stamp: dict[str, Any] = {"verb": verb}
    if reason:
        stamp["reason"] = reason
    if by is not None and getattr(by, "pk", None):
        stamp["user"] = by.pk
        stamp["user_name"] = str(by)
    ground = getattr(_work, "ground", None)
    if ground is not None and _standing() is ground:
        with _deed({**ground.metadata, **stamp, **facts}):
            yield
        return
    with pghistory.context(**stamp, **facts):
        yield


@contextmanager
def at_work(*, job: int, kind: str, asked_by: Any = None) -> Iterator[None]:
    """Stamp every row change inside with the job's number and kind, and with who asked for it.

    Changes without a verb get these alone; each `because` inside adds its own and leaves nothing behind for the next.
    """
    facts: dict[str, Any] = {"job": job, "job_kind": kind}
    if asked_by is not None:
        facts |= {"asked_by": asked_by.pk, "asked_by_name": str(asked_by)}
    before = getattr(_work, "ground", None)
    with _deed(facts):
        _work.ground = _standing()
        try:
            yield
        finally:
            _work.ground = before


def _standing() -> Any:
    """The context that changes of this thread are stamped with now; None outside of all."""
    return getattr(runtime._tracker, "value", None)


@contextmanager
def _deed(stamp: Mapping[str, Any]) -> Iterator[None]:
    """A context of its own, even inside another.

    pghistory knows one context a thread, to which everything inside adds: a job that does many things would end with the
    last one's verb, reason and person on all of them. So the standing one is set aside, where pghistory keeps it.
    """
    before = _standing()
    if before is None:
        with pghistory.context(**stamp):
            yield
        return
    runtime._tracker.value = runtime.Context(id=uuid.uuid4(), metadata=dict(stamp))
    try:
        yield
    finally:
        runtime._tracker.value = before
