"""Where somebody was counted in a month, and as what: two accounts of it beside each other."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Placement(NamedTuple):
    """A person's month: the ROLE of their last day, and DAYS by assessed department (None: none at or above), by when they
    first came there."""

    role: str
    days: tuple[tuple[int | None, int], ...]


def placement_of(role: str, stays: Iterable[tuple[int | None, int]]) -> Placement | None:
    """STAYS (assessed department, days) in the order of time, each department once; None without any day."""
    found: dict[int | None, int] = {}
    for department, days in stays:
        found[department] = found.get(department, 0) + days
    return Placement(role, tuple(found.items())) if found else None


def days_beside(before: Placement | None, after: Placement | None) -> Iterator[tuple[int | None, int, int]]:
    """(assessed department, days before, days after) for each department whose days are not the same in both."""
    old, new = (dict(one.days) if one else {} for one in (before, after))
    for department in dict.fromkeys([*old, *new]):
        sides = old.get(department, 0), new.get(department, 0)
        if sides[0] != sides[1]:
            yield department, *sides
