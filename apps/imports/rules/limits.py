"""How much a table may hold, and the exceptions of this package."""

from dataclasses import dataclass
from typing import Any

from apps.files.rules.problems import FileProblem


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one table. The defaults fit a company of 200,000 people; a bomb meets one of them in its first moments."""

    file_bytes: int = 25 * 1024 * 1024
    rows: int = 200_000
    columns: int = 400
    cell_characters: int = 32_767
    preamble_rows: int = 20
    cpu_seconds: int = 60
    memory_bytes: int = 384 * 1024 * 1024
    wall_seconds: int = 120


class Unreadable(FileProblem):
    """The file cannot or must not be read as a table."""


class MappingProblem(ValueError):
    """The mapping itself is wrong. CODE picks the sentence, FACTS fill it."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
