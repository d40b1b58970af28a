"""The one exception of the pure checks."""

from typing import Any


class FileProblem(ValueError):
    """The file cannot or must not be taken. CODE picks the sentence, FACTS fill it (services word them)."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
