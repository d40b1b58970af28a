"""Numbers, days and choices out of parameters that people wrote: read exactly, or refused with the place of the fault.

Parameters are JSON; their numbers are text decimals (DOMAIN.md section 10). Whole numbers and decimals are taken too; a
binary float is not, for it has already lost the ties that rounding depends on.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeVar, cast

from apps.assessments.rules.results import WrongConfiguration

Direction = Literal["higher", "lower"]
Word = TypeVar("Word", bound=str)

NUMBER = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,2})?", re.ASCII)
LARGEST = 10**60
LONGEST_EXPONENT = 99
"""Beyond these sizes a number is a slip of the pen, and arithmetic on it a way to keep the machine busy."""
FREE_WORDS = frozenset({"name", "note"})
"""Keys that are written for people and mean nothing to a formula: allowed everywhere."""


def exact(value: object) -> Fraction | None:
    """VALUE as an exact number; None when it is no plain finite number."""
    if type(value) is Fraction:
        return value
    if isinstance(value, Decimal):
        return Fraction(value) if value.is_finite() and abs(value.adjusted()) <= LONGEST_EXPONENT else None
    if isinstance(value, str):
        written = value.strip()
        return Fraction(Decimal(written)) if NUMBER.fullmatch(written) else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST:
        return Fraction(value)
    return None


def number(value: object, key: str) -> Fraction:
    """VALUE as an exact number; WrongConfiguration `missing` for nothing, `not_a_number` for anything else."""
    if type(value) is Fraction:
        return value
    if value is None:
        raise WrongConfiguration("missing", key)
    found = exact(value)
    if found is None:
        raise WrongConfiguration("not_a_number", key)
    return found


def count(value: object, key: str) -> Fraction:
    """How often something happened: a number that is not negative."""
    found = number(value, key)
    if found.numerator < 0:
        raise WrongConfiguration("negative", key)
    return found


def day(value: object, key: str) -> date:
    """A calendar day, as a date or as YYYY-MM-DD."""
    if type(value) is date:
        return value
    if value is None:
        raise WrongConfiguration("missing", key)
    try:
        return date.fromisoformat(cast(str, value))
    except (TypeError, ValueError):
        raise WrongConfiguration("not_a_day", key) from None


def rows(value: object, key: str) -> Sequence[object]:
    """A list; WrongConfiguration `not_a_list` for anything else."""
    if value is None:
        raise WrongConfiguration("missing", key)
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise WrongConfiguration("not_a_list", key)
    return value


def sign_of(direction: Direction) -> int:
    """+1 where more is better, -1 where less is: the s of the formulas."""
    return 1 if direction == "higher" else -1


class Fields:
    """An object of parameters, read key by key; `refuse_unknown` refuses whatever nobody asked for."""

    def __init__(self, raw: object, place: str = "") -> None:
        if not isinstance(raw, Mapping):
            raise WrongConfiguration("not_an_object", place or "params")
        self.raw = raw
        self.place = place
        self.asked: set[object] = set(FREE_WORDS)

    def key_of(self, key: str) -> str:
        """The key with the place it stands in: `bands[2].max`."""
        return f"{self.place}.{key}" if self.place else key

    def get(self, key: str) -> object:
        """What stands under the key; None when nothing does."""
        self.asked.add(key)
        return self.raw.get(key)

    def ignore(self, *keys: str) -> None:
        """Keys that may stand here although this method has no use for them."""
        self.asked.update(keys)

    def number(
        self, key: str, default: Fraction | int | None = None, *, least: int | None = None, above: int | None = None
    ) -> Fraction:
        """A number, not below LEAST, or greater than ABOVE; DEFAULT where nothing is written."""
        raw = self.get(key)
        if raw is None and default is not None:
            return Fraction(default)
        found = number(raw, self.key_of(key))
        if (least is not None and found < least) or (above is not None and found <= above):
            raise WrongConfiguration("out_of_range", self.key_of(key))
        return found

    def number_or_none(self, key: str, *, least: int | None = None) -> Fraction | None:
        """A number, or None where nothing is written."""
        return None if self.get(key) is None else self.number(key, least=least)

    def whole(self, key: str, default: int, *, least: int = 0) -> int:
        """A whole number."""
        found = self.number(key, default, least=least)
        if found.denominator != 1:
            raise WrongConfiguration("not_whole", self.key_of(key))
        return int(found)

    def choice(self, key: str, allowed: tuple[Word, ...], default: Word | None = None) -> Word:
        """One of the ALLOWED words; DEFAULT where nothing is written."""
        raw = self.get(key)
        if raw is None and default is not None:
            return default
        for word in allowed:
            if isinstance(raw, str) and raw == word:
                return word
        raise WrongConfiguration("missing" if raw is None else "unknown_word", self.key_of(key))

    def flag(self, key: str) -> bool:
        """Yes or no; no where nothing is written."""
        raw = self.get(key)
        if raw is not None and not isinstance(raw, bool):
            raise WrongConfiguration("not_yes_or_no", self.key_of(key))
        return bool(raw)

    def word_or_nothing(self, key: str) -> str:
        """A word; empty where nothing is written."""
        raw = self.get(key)
        if raw is not None and not isinstance(raw, str):
            raise WrongConfiguration("not_a_word", self.key_of(key))
        return (raw or "").strip()

    def text(self, key: str) -> str:
        """A word that is not empty."""
        raw = self.get(key)
        if not isinstance(raw, str) or not raw:
            raise WrongConfiguration("missing" if raw is None else "not_a_word", self.key_of(key))
        return raw

    def direction(self) -> Direction:
        """`higher` (where nothing is written) or `lower`."""
        return self.choice("direction", ("higher", "lower"), "higher")

    def inner(self, key: str) -> "Fields | None":
        """The object under the key; None where nothing is written."""
        raw = self.get(key)
        return None if raw is None else Fields(raw, self.key_of(key))

    def objects(self, key: str) -> "Iterator[Fields]":
        """The objects of the list under the key, each checked for unknown keys after it was read."""
        for index, raw in enumerate(rows(self.get(key), self.key_of(key))):
            item = Fields(raw, f"{self.key_of(key)}[{index}]")
            yield item
            item.refuse_unknown()

    def refuse_unknown(self) -> None:
        """WrongConfiguration `unknown_key` for the first key that was not asked for."""
        unknown = sorted(str(key) for key in self.raw if key not in self.asked)
        if unknown:
            raise WrongConfiguration("unknown_key", self.key_of(unknown[0]))
