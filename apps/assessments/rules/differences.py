"""What is otherwise in one account of a thing than in another: field by field, in the digits in which it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that says something else. INDICATOR None: it is the score itself, or what stands beside its lines."""

    field: str
    before: str | None
    after: str | None
    indicator: int | None = None
    code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """The line a difference stands in; without INDICATOR the score itself."""

    indicator: int | None = None
    code: str = ""
    name: str = ""


def differences_in(before: Mapping[str, Any], after: Mapping[str, Any], place: Place = Place()) -> Iterator[Difference]:
    """The fields of the two that are not equal, as numbers where they are numbers; one that a side lacks is None there."""
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield Difference(name, digits(old), digits(new), place.indicator, place.code, place.name)


def digits(value: Any) -> str | None:
    """A value in text: numbers exactly, with two places at least and no zeros after those; None stays None."""
    if value is None:
        return None
    if not isinstance(value, Decimal):
        return str(value)
    whole, _dot, rest = f"{value.normalize():f}".partition(".")
    return f"{whole}.{rest:0<2}"
