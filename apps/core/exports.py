"""Rows as a file: CSV, XLSX, JSON. No cell of a file can become a formula, whatever somebody typed into a name field."""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

Columns = Sequence[tuple[str, str]]
"""(key, label) of each column: the label heads a spreadsheet, the key names a JSON member."""
Rows = Iterable[Sequence[Any]]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTE_ORDER_MARK = "\ufeff"
FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""Signs that make a spreadsheet compute a text, with their full-width twins that East Asian versions obey too."""
CELL_LENGTH = 32_767
SHEET_NAME_LENGTH = 31


class Sheet(NamedTuple):
    """One sheet of a workbook."""

    name: str
    columns: Columns
    rows: Rows


def safe_cell(text: str) -> str:
    """TEXT that a spreadsheet shows and does not compute: an apostrophe before a formula sign. `plain_cell` undoes it."""
    return f"'{text}" if text.lstrip("'")[:1] in FORMULA_STARTS and text else text


def plain_cell(text: str) -> str:
    """The text that `safe_cell` was given."""
    return text[1:] if text.startswith("'") and text.lstrip("'")[:1] in FORMULA_STARTS and text.strip("'") else text


def flat(value: Any) -> Any:
    """A value for a spreadsheet cell: text made safe, numbers as they are, moments without their zone."""
    if isinstance(value, str):
        return safe_cell(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if value is None or isinstance(value, (bool, int, float, Decimal, date)):
        return value
    return safe_cell(str(value))


def csv_text(value: Any) -> str:
    """A flat value as CSV text: ISO dates, plain decimals."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def write_csv(columns: Columns, rows: Rows) -> Iterator[str]:
    """The file line by line, with a byte order mark so that spreadsheets read the letters right."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield BYTE_ORDER_MARK
    writer.writerow([safe_cell(label) for _key, label in columns])
    for row in rows:
        writer.writerow([csv_text(flat(value)) for value in row])
        if buffer.tell() > 16_384:
            yield taken(buffer)
    yield taken(buffer)


def taken(buffer: io.StringIO) -> str:
    """What the buffer holds; it is empty afterwards."""
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def write_json(columns: Columns, rows: Rows) -> Iterator[str]:
    """A JSON list of objects, one a line."""
    keys = [key for key, _label in columns]
    between = "[\n"
    for row in rows:
        yield between + json.dumps(dict(zip(keys, map(json_value, row), strict=True)), ensure_ascii=False)
        between = ",\n"
    yield "[]\n" if between == "[\n" else "\n]\n"


def json_value(value: Any) -> Any:
    """A value JSON can hold; decimals as text, so that no digit is lost."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.isoformat() if isinstance(value, date) else f"{value:f}" if isinstance(value, Decimal) else str(value)


def write_xlsx(columns: Columns, rows: Rows) -> "tempfile.SpooledTemporaryFile[bytes]":
    """A workbook of one sheet with a heading row that stays in view."""
    return write_book([Sheet("", columns, rows)])


def write_book(sheets: Iterable[Sheet]) -> "tempfile.SpooledTemporaryFile[bytes]":
    """A workbook of these sheets, row by row, so that memory stays bounded. Text is always written as text, never as
    formula or link."""
    file: tempfile.SpooledTemporaryFile[bytes] = tempfile.SpooledTemporaryFile(max_size=4_000_000)  # noqa: SIM115 - the response closes it
    options = {
        "constant_memory": True,
        "default_date_format": "yyyy-mm-dd",
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for one in sheets:
            write_sheet(book.add_worksheet(sheet_name(one.name)), one, head, moment)
    file.seek(0)
    return file


def sheet_name(text: str) -> str | None:
    """TEXT as spreadsheets take it for the name of a sheet; None, which is their own name, for no text."""
    return "".join(sign for sign in text if sign not in "[]:*?/\\").strip("'")[:SHEET_NAME_LENGTH] or None


def write_sheet(sheet: Any, content: Sheet, head: Any, moment: Any) -> None:
    """Heading and rows of one sheet."""
    sheet.freeze_panes(1, 0)
    for place, (_key, label) in enumerate(content.columns):
        sheet.set_column(place, place, max(12, min(40, len(label) + 4)))
        sheet.write_string(0, place, safe_cell(label), head)
    for line, row in enumerate(content.rows, start=1):
        for place, value in enumerate(row):
            write_cell(sheet, line, place, flat(value), moment)


def write_cell(sheet: Any, line: int, place: int, value: Any, moment: Any) -> None:
    """One cell by its kind; text longer than a cell can hold is cut."""
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(line, place, value[:CELL_LENGTH])
    elif isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(line, place, value, moment)
    elif isinstance(value, date):
        sheet.write_datetime(line, place, value)
    else:
        sheet.write_number(line, place, value)


def csv_response(columns: Columns, rows: Rows) -> HttpResponseBase:
    return StreamingHttpResponse(write_csv(columns, rows), content_type="text/csv; charset=utf-8")


def json_response(columns: Columns, rows: Rows) -> HttpResponseBase:
    return StreamingHttpResponse(write_json(columns, rows), content_type="application/json")


def xlsx_response(columns: Columns, rows: Rows) -> HttpResponseBase:
    return FileResponse(write_xlsx(columns, rows), content_type=XLSX)


FORMATS: dict[str, Callable[[Columns, Rows], HttpResponseBase]] = {
    "csv": csv_response,
    "xlsx": xlsx_response,
    "json": json_response,
}


def export_response(kind: str, *, name: str, columns: Columns, rows: Rows) -> HttpResponseBase:
    """A download called NAME with the ending of its KIND."""
    response = FORMATS[kind](columns, rows)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
