"""Row history, written by the database itself: every insert, update and delete of a tracked table, bulk or single.

`tracked` goes on a model; `because` names the verb and the reason around a write. apps.audit reads what they leave.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pghistory
from django.db import models

ModelT = TypeVar("ModelT", bound=type[models.Model])


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

    Nested calls add to one context; the innermost verb stands. BY is the user (None for jobs, which pass job=run.pk).
    """
    stamp: dict[str, Any] = {"verb": verb}
    if reason:
        stamp["reason"] = reason
    if by is not None and getattr(by, "pk", None):
        stamp["user"] = by.pk
        stamp["user_name"] = str(by)
    with pghistory.context(**stamp, **facts):
        yield
