"""Refusals: what a service raises when a rule says no. Pages show the message, the API wraps it in the one error shape."""

from collections.abc import Mapping
from typing import Any, ClassVar


class Refusal(Exception):
    """A rule said no. MESSAGE says what was wrong and how to mend it, in one sentence a user understands.

    FIELD names the input it belongs to; `rows` lists further problems (for bulk input), each {row, field, message}.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422

    def __init__(self, message: Any, *, field: str = "", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = dict(details or {})

    def __str__(self) -> str:
        return str(self.message)


class Conflict(Refusal):
    """Somebody was first: the record is no longer in the state the request was made for. DETAILS tell the present state."""

    code = "conflict"
    status = 409


class NotFound(Refusal):
    """There is no such thing, or it lies outside what this person may see: the two answers are the same on purpose."""

    code = "not_found"
    status = 404


class NotAllowed(Refusal):
    """The person lacks the capability, or is barred from deciding on their own item."""

    code = "not_allowed"
    status = 403


class Busy(Refusal):
    """The same request is being worked on; try again in a moment."""

    code = "busy"
    status = 409
