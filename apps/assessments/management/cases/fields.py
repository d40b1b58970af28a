"""The inputs of a case, read or refused; the outputs, as text of a fixed number of places."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.assessments.rules.reading import day, exact
from apps.core.rounding import round_half_up
from apps.periods.rules import WorkDays

Input = Mapping[str, Any]
Answer = dict[str, Any]
Answerer = Callable[[Input], Answer]


class Unreadable(ValueError):
    """A case cannot be read. The message is a sentence with the remedy."""


def number(value: object, name: str = "number") -> Fraction:
    """An exact number; Unreadable for anything else."""
    found = exact(value)
    if found is None:
        message = f'{name} is {shortened(value)}, which is no decimal number: write it as text, such as "12.5".'
        raise Unreadable(message)
    return found


def decimal(value: object, name: str = "number") -> Decimal:
    """The same, as a decimal, for rules that take nothing else."""
    number(value, name)
    return value if isinstance(value, Decimal) else Decimal(str(value).strip())


def number_or_none(value: object, name: str = "number") -> Fraction | None:
    """An exact number, or None where nothing was reported."""
    return None if value is None else number(value, name)


def decimal_or_none(value: object, name: str = "number") -> Decimal | None:
    """The same, as a decimal."""
    return None if value is None else decimal(value, name)


def whole(value: object, name: str) -> int:
    """A whole number."""
    found = number(value, name)
    if found.denominator != 1:
        message = f"{name} is {shortened(value)}, which is no whole number: leave the fraction out."
        raise Unreadable(message)
    return int(found)


def needed(given: Input, key: str) -> Any:
    """What stands under a key that must be there."""
    if key not in given:
        message = f"The input has no {key!r}: add it."
        raise Unreadable(message)
    return given[key]


def listed(value: object, name: str) -> Sequence[Any]:
    """A list; nothing written is an empty one."""
    if value is None:
        return ()
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        message = f"{name} is {shortened(value)}, which is no list: write it in square brackets."
        raise Unreadable(message)
    return value


def objects(value: object, name: str) -> list[Input]:
    """A list of objects."""
    found = listed(value, name)
    for each in found:
        mapping(each, f"an entry of {name}")
    return list(found)


def mapping(value: object, name: str) -> Input:
    """An object."""
    if not isinstance(value, Mapping):
        message = f"{name} is {shortened(value)}, which is no object: write it in curly brackets."
        raise Unreadable(message)
    return value


def calendar_day(value: object, name: str = "date") -> date:
    """A calendar day, YYYY-MM-DD."""
    try:
        return day(value, name)
    except ValueError:
        message = f"{name} is {shortened(value)}, which is no date: write it as YYYY-MM-DD."
        raise Unreadable(message) from None


def calendar_day_or_none(value: object) -> date | None:
    """A calendar day, or None."""
    return None if value is None else calendar_day(value)


def zone_of(value: object) -> ZoneInfo:
    """A time zone by its name."""
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f'tz is {shortened(value)}, which is no time zone: write it as in "Europe/Madrid".'
        raise Unreadable(message) from None


def moment(value: object, zone: ZoneInfo, name: str) -> datetime:
    """A moment in UTC; one without an offset is read by the clock of the zone."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        message = f"{name} is {shortened(value)}, which is no moment: write it as 2026-05-07T18:00:00+02:00."
        raise Unreadable(message) from None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def work_days(given: Input) -> WorkDays:
    """The calendar of a case."""
    return WorkDays(
        holidays=frozenset(calendar_day(each) for each in listed(given.get("holidays"), "holidays")),
        extra_workdays=frozenset(calendar_day(each) for each in listed(given.get("extra_workdays"), "extra_workdays")),
    )


def word_of(given: Input, key: str, allowed: Iterable[str], default: str | None = None) -> Any:
    """One of the ALLOWED words; DEFAULT where nothing is written."""
    found = default if given.get(key) is None else given[key]
    if not isinstance(found, str) or found not in allowed:
        message = f"{key} is {shortened(found)}: write one of {', '.join(allowed)}."
        raise Unreadable(message)
    return found


def direction_of(given: Input) -> Any:
    """`higher` (where nothing is written) or `lower`."""
    return word_of(given, "direction", ("higher", "lower"), "higher")


def shown(value: Decimal | Fraction | int | None, places: int) -> str | None:
    """Plain text of a fixed number of places, never an exponent, never a negative zero."""
    return None if value is None else format(round_half_up(Fraction(value), places), "f")


def shortened(value: object) -> str:
    """A value as it may stand in a sentence."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
