"""Files with planted errors of twelve kinds, for R11: which row and column each stands in, and how it must be named."""

import io
from dataclasses import dataclass

import openpyxl

HEADINGS = ("E-mail", "Name", "Level", "Amount", "Joined on", "Month", "Branch")
EMAIL, NAME, LEVEL, AMOUNT, JOINED, MONTH, BRANCH = range(7)
BROKEN_BYTES = "§"
"""Stands for bytes that are no UTF-8 until the text is encoded."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One error: the row, the column it is reported in, words of its reason."""

    line: int
    column: str
    reason: str


BOTH = (
    ("type", AMOUNT, "twelve", "is not a number"),
    ("range", LEVEL, 12, "must be 9 or less"),
    ("unknown id", EMAIL, "nobody", "no such address"),
    ("other department", BRANCH, "South", "not yours"),
    ("closed month", MONTH, "2019-05", "month is closed"),
    ("dates as text", JOINED, "the 3rd of May", "is not a date"),
    ("missing", NAME, "", "a value is needed"),
    ("too long", NAME, "x" * 41, "at most 40"),
    ("unknown choice", BRANCH, "East", "is not one of"),
    ("duplicate", EMAIL, None, "stands in row 2 already"),
)
TEXT_ONLY = (("encoding", NAME, BROKEN_BYTES, "not readable"), ("shifted", None, "one, too many", "more cells than"))
BOOK_ONLY = (("formula", AMOUNT, "=1+1", "is a formula"), ("merged", NAME, "merged", "is merged"))


def right_row(number: int) -> list:
    """A row without fault."""
    return [
        f"p{number}@example.com",
        f"Person {number}",
        number % 9 + 1,
        f"{number}.50",
        "2024-05-03",
        "2026-05",
        "North",
    ]


def planted_rows(count: int, errors: int, kinds: tuple) -> tuple[list[list], list[Planted]]:
    """COUNT rows with ERRORS errors of the KINDS in turn, evenly spread, and what must be said of them."""
    rows = [right_row(number) for number in range(count)]
    planted = []
    step = (count - 1) // errors
    for place in range(errors):
        index = 1 + place * step
        _name, column, value, reason = kinds[place % len(kinds)]
        if column is None:
            rows[index].append(value)
        else:
            fresh = f"{value}{index}" if value == "nobody" else value
            rows[index][column] = rows[0][column] if value is None else fresh
        planted.append(Planted(index + 2, "" if column is None else HEADINGS[column], reason))
    return rows, planted


def bad_csv(count: int, errors: int) -> tuple[bytes, list[Planted]]:
    """The file as text."""
    rows, planted = planted_rows(count, errors, BOTH + TEXT_ONLY)
    lines = [",".join(f'"{cell}"' if "," in str(cell) else str(cell) for cell in row) for row in (HEADINGS, *rows)]
    text = "\n".join(lines)
    named = text.replace("Person", "Pérson").encode()
    return named.replace(BROKEN_BYTES.encode(), b"\xff\xfe\xfd"), planted


def bad_xlsx(count: int, errors: int) -> tuple[bytes, list[Planted]]:
    """The file as a workbook; a merged cell is merged with the one above it."""
    rows, planted = planted_rows(count, errors, BOTH + BOOK_ONLY)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEADINGS)
    for line, row in enumerate(rows, start=2):
        sheet.append(row)
        if row[NAME] == "merged":
            sheet.merge_cells(start_row=line - 1, end_row=line, start_column=NAME + 1, end_column=NAME + 1)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue(), planted
