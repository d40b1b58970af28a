"""What a search finds."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found."""

    label: str
    url: str
    note: str
    icon: str


@dataclass(frozen=True, slots=True)
class HitGroup:
    """Things of one kind."""

    label: Any
    hits: list[Hit]
