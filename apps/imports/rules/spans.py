"""Months, quarters and years as files name them. What could mean two months is a CellProblem, never a guess."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from apps.imports.rules.cells import EARLIEST_YEAR, LATEST_YEAR, CellProblem, month_number

QUARTER_LAST = re.compile(r"^q(?:uarter)?\s*([1-4])[\s,/_-]*(\d{4})$", re.IGNORECASE)
QUARTER_BARE = re.compile(r"^([1-4])\s+(\d{4})$")
YEAR_QUARTER = re.compile(r"^(\d{4})[\s,/_-]*q(?:uarter)?\s*([1-4])$", re.IGNORECASE)
MONTHS_YEAR = re.compile(r"^[a-z]{3,9}\.?\s*(?:-|–|to)\s*([a-z]{3,9})\.?\s+(\d{4})$", re.IGNORECASE)
TWO_YEARS = re.compile(r"^(?:fy\s*)?(\d{4})\s*[-/–]\s*(\d{2}|\d{4})$", re.IGNORECASE)


def period_end(text: str, *, first_month: int = 1) -> date:
    """The first day of the last month of the period TEXT names.

    FIRST_MONTH is the fiscal year's: quarters are counted from it, and a year written 2018-19 ends before it in the second
    of the two. With a fiscal year that starts in January quarters are those of the calendar.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if match := QUARTER_LAST.match(plain) or QUARTER_BARE.match(plain):
        return quarter_end(int(match[2]), int(match[1]), first_month)
    if match := YEAR_QUARTER.match(plain):
        return quarter_end(int(match[1]), int(match[2]), first_month)
    if (match := MONTHS_YEAR.match(plain)) and (month := month_number(match[1])):
        return month_in(int(match[2]), month)
    if (match := TWO_YEARS.match(plain)) and first_month > 1:
        first, second = int(match[1]), int(match[2])
        if second % 100 == (first + 1) % 100:
            return month_in(first + 1, first_month - 1)
    raise CellProblem("not_a_period", text=plain[:60])


def quarter_end(year: int, quarter: int, first_month: int) -> date:
    """The last month of a quarter of the fiscal year that starts in YEAR."""
    index = first_month - 1 + quarter * 3 - 1
    return month_in(year + index // 12, index % 12 + 1)


def month_in_year(year: Decimal, month: str) -> date:
    """The month of a year by number or name."""
    text = month.strip()
    number = int(text) if text.isdecimal() and len(text) <= 2 else month_number(text) if text.isalpha() else None
    if number is None or not 1 <= number <= 12 or year != int(year):
        raise CellProblem("not_a_month", text=f"{year} {text}"[:60])
    return month_in(int(year), number)


def month_in(year: int, month: int) -> date:
    """The first day of a month in a year that can be meant."""
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise CellProblem("year_out_of_range", year=year)
    return date(year, month, 1)
