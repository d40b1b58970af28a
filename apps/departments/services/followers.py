"""Apps above that hold records on departments: asked before a department closes, told when one is merged.

They may not be imported here (the graph runs one way), so settings.DEPARTMENT_FOLLOWERS names them, as it names importers.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from apps.departments.models import Department


@dataclass(frozen=True, slots=True)
class Standing:
    """Something that stands on a department from a day on: how many, and the words for it ("12 people are appointed")."""

    count: int
    words: str


class Follower(ABC):
    """One app's answer to a change of the tree."""

    @abstractmethod
    def standing(self, department: Department, *, since: date) -> Sequence[Standing]:
        """What stands on this department on that day or later; empty when it may close."""

    @abstractmethod
    def merge(
        self, source: Department, into: Department, *, on: date, reason: str, by: Any, now: datetime
    ) -> Sequence[Standing]:
        """Carry over what stands on SOURCE from the day ON, inside the caller's transaction; say what was carried."""


@cache
def followers() -> tuple[Follower, ...]:
    """Every follower, from settings.DEPARTMENT_FOLLOWERS."""
    return tuple(import_string(path) for path in getattr(settings, "DEPARTMENT_FOLLOWERS", ()))
