"""Files of KPI values, right ones and ones with planted errors of twelve kinds. Made here, cell by cell, for drill R11."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import xlsxwriter

from apps.core.month import Month

HEADINGS = ("Department", "KPI code", "Month", "Value", "Why it moved")
DEPARTMENT, KPI, MONTH, VALUE, NOTE = range(5)
BROKEN, MERGED, SHIFTED, REPEATED = "§broken§", "§merged§", "§shifted§", "§repeated§"
"""Stand for bytes that are no UTF-8, a cell merged with the one above it, a cell too many, the key of the first row."""
HIGHEST = 1_000
TOO_HIGH = Decimal(HIGHEST) + Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Firm:
    """What the rows speak of: codes of departments and KPIs, months. FAR lies outside the sender's scope."""

    branches: Sequence[str]
    kpis: Sequence[str]
    far: str
    open_month: Month
    closed_month: Month
    coming_month: Month


@dataclass(frozen=True, slots=True)
class Planted:
    """One error: its row, the column it is to be named in, words of its reason."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of error: the column it stands in, the cell (`{}`: its row's number), words of its reason."""

    column: int
    cell: Any
    reason: str


BOOK_KINDS = (
    Kind(MONTH, "the 3rd of May", "is not a month"),
    Kind(VALUE, "=1+1", "is a formula"),
    Kind(VALUE, MERGED, "is merged with another one"),
)
TEXT_KINDS = (
    Kind(MONTH, "2025-10-31T22:00:00Z", "depending on the time zone"),
    Kind(NOTE, BROKEN, "bytes that are not readable"),
    Kind(NOTE, SHIFTED, "more cells than there are headings"),
)


def kinds_for(firm: Firm, *, is_book: bool) -> tuple[Kind, ...]:
    """Twelve kinds: nine that any file can hold, three that text or workbooks have in their own way."""
    return (
        Kind(VALUE, "twelve", "is not a number"),
        Kind(VALUE, TOO_HIGH, "is above the highest possible value"),
        Kind(VALUE, None, "There is no number"),
        Kind(KPI, "NOPE-{}", "There is no such KPI"),
        Kind(DEPARTMENT, "Nowhere {}", "There is no such department"),
        Kind(DEPARTMENT, firm.far, "lies outside what you may see"),
        Kind(DEPARTMENT, REPEATED, "stands in row 2 already"),
        Kind(MONTH, firm.closed_month, "Record a correction with a reason"),
        Kind(MONTH, firm.coming_month, "has not begun"),
        *(BOOK_KINDS if is_book else TEXT_KINDS),
    )


def right_rows(firm: Firm) -> list[list[Any]]:
    """A value of each branch and KPI in the open month."""
    pairs = [(branch, kpi) for branch in firm.branches for kpi in firm.kpis]
    return [
        [branch, kpi, firm.open_month, Decimal(number % 90_000) / 100, f"Fête n° {number}"]
        for number, (branch, kpi) in enumerate(pairs)
    ]


def planted_rows(firm: Firm, *, errors: int, is_book: bool) -> tuple[list[list[Any]], list[Planted]]:
    """The same with ERRORS errors, the kinds in turn, evenly spread; the first row stays right."""
    rows, kinds, planted = right_rows(firm), kinds_for(firm, is_book=is_book), []
    step = (len(rows) - 1) // errors
    for place in range(errors):
        index, kind = 1 + place * step, kinds[place % len(kinds)]
        row = rows[index]
        if kind.cell == SHIFTED:
            row.append("one too many")
        elif kind.cell == REPEATED:
            row[:VALUE] = rows[0][:VALUE]
        else:
            row[kind.column] = kind.cell.format(index) if isinstance(kind.cell, str) else kind.cell
        is_whole_row = kind.cell == SHIFTED
        planted.append(Planted(index + 2, "" if is_whole_row else HEADINGS[kind.column], kind.reason))
    return rows, planted


def as_csv(rows: Sequence[Sequence[Any]]) -> bytes:
    """The rows as text."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerows([HEADINGS, *rows])
    return file.getvalue().encode().replace(BROKEN.encode(), b"\xff\xfe\xfd")


def as_xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    """The rows as a workbook: months as dates, values as numbers, a merged cell merged with the one above it."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("Values")
    day = book.add_format({"num_format": "yyyy-mm"})
    sheet.write_row(0, 0, HEADINGS)
    for line, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, Month):
                sheet.write_datetime(line, column, cell.first_day, day)
            elif cell == MERGED:
                sheet.merge_range(line - 1, column, line, column, float(rows[line - 2][column]))
            elif cell is not None:
                sheet.write(line, column, float(cell) if isinstance(cell, Decimal) else cell)
    book.close()
    return file.getvalue()


WRITERS = {"csv": as_csv, "xlsx": as_xlsx}
