"""Month: the portal's period word. Stored in columns as its first day."""

import calendar
from dataclasses import dataclass
from datetime import date
from functools import total_ordering
from typing import Self


@total_ordering
@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month. Compare, add whole months, walk."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= 12 or not 1 <= self.year <= 9998:
            message = f"{self.year}-{self.number} is not a month. Write it as YYYY-MM."
            raise ValueError(message)

    @classmethod
    def of(cls, day: date) -> Self:
        """The month a date lies in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From 'YYYY-MM'; anything else is a ValueError that says how to write it."""
        year, dash, number = text.strip().partition("-")
        if not (dash and len(year) == 4 and len(number) == 2 and year.isdecimal() and number.isdecimal()):
            message = f"{text!r} is not a month. Write it as YYYY-MM."
            raise ValueError(message)
        return cls(int(year), int(number))

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    def plus(self, months: int) -> "Month":
        """This month moved by a whole number of months, either way."""
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    def until(self, last: "Month") -> list["Month"]:
        """This month to LAST, both included; empty when LAST is earlier."""
        count = (last.year - self.year) * 12 + last.number - self.number + 1
        return [self.plus(step) for step in range(max(count, 0))]

    def __lt__(self, other: "Month") -> bool:
        return (self.year, self.number) < (other.year, other.number)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"
