"""Files as rows of cells. Runs in the reading child only: nothing here may be called on an upload in a web process.

A cell is None, str, int, float, bool, {"d": "2026-03-31"} for a date, or {"flaw": code, "text": …} for what must be named
to the user instead of guessed (a formula, a merged cell, an error value, bytes that are no text).
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

from defusedxml.common import DefusedXmlException
from openpyxl.reader import strings
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.utils import column_index_from_string
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from apps.files.rules.archive import ArchiveLimits, check_workbook
from apps.imports.rules.limits import Limits, Unreadable
from apps.imports.rules.sniffing import delimiter_of, encoding_of

Row = tuple[int, list[Any]]
MERGED_RANGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
FAR_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?r="([A-Z]{2,3})\d{1,7}"[^>/]*>\s*<(?:\w+:)?(?:v>[^<]|is>)')
DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
TEXT_ITEM, TEXT_RUN, TEXT = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("si", "r", "t"))
ESCAPED = re.compile(r"_x(0009|000[AaDd]|005[Ff])_")
"""How workbooks write tab, line feed, carriage return, and the underscore before what is none of these."""
LITERAL = re.compile(r'"[^"]*"|\\.')
"""Signs of a number format that are only printed: 0.0"%" does not take the number for a share."""
CHUNK = 1 << 20
MERGED_ROWS = 400_000


@dataclass(slots=True)
class Source:
    """An opened file: its rows, and what was found out about how it is laid out."""

    rows: Iterator[Row]
    layout: dict[str, Any] = field(default_factory=dict)
    headings: list[str] | None = None
    """Known beforehand for JSON, where every object names its values."""


def open_csv(path: Path, *, options: dict[str, Any], limits: Limits) -> Source:
    """Delimited text in any common encoding."""
    data = path.read_bytes()
    encoding = options.get("encoding") or encoding_of(data)
    try:
        text = data.decode(encoding, errors="surrogateescape" if encoding.startswith("utf-8") else "strict")
    except (UnicodeDecodeError, LookupError) as error:
        raise Unreadable("wrong_encoding", encoding=encoding) from error
    if "\x00" in text:
        raise Unreadable("nul", line=text[: text.index("\x00")].count("\n") + 1)
    delimiter = options.get("delimiter") or delimiter_of(text)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise Unreadable("wrong_delimiter")
    return Source(rows=csv_rows(text, delimiter, limits), layout={"encoding": encoding, "delimiter": delimiter})


def csv_rows(text: str, delimiter: str, limits: Limits) -> Iterator[Row]:
    """Records with the line each starts on."""
    csv.field_size_limit(limits.cell_characters)
    reader = csv.reader(physical_lines(text), delimiter=delimiter, strict=True)
    start = 1
    try:
        for record in reader:
            if len(record) > limits.columns and any(record[limits.columns :]):
                raise Unreadable("too_many_columns", count=len(record), limit=limits.columns)
            is_hint = start == 1 and len(record) <= 2 and record and record[0].lower().startswith("sep=")
            if not is_hint:
                yield start, [text_cell(cell) for cell in record[: limits.columns]]
            start = reader.line_num + 1
    except csv.Error as error:
        code = "cell_too_long" if "field limit" in str(error) else "broken_quotes"
        raise Unreadable(code, line=start, limit=limits.cell_characters) from error


def physical_lines(text: str) -> Iterator[str]:
    """Lines with their ends, one at a time: a file-like copy of the text would take four bytes a character."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        yield text[at:end]
        at = end


def text_cell(text: str) -> Any:
    """A text cell; bytes that were no text become a flaw."""
    if text.isascii():
        return text
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        return {"flaw": "encoding", "text": text.encode("utf-8", "replace").decode("utf-8")}
    return text


def open_json(path: Path, *, options: dict[str, Any], limits: Limits) -> Source:
    """A list of objects, or an object with such a list under `rows` or `data`."""
    data = path.read_bytes()
    encoding = options.get("encoding") or encoding_of(data)
    try:
        found = json_in(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise Unreadable("wrong_encoding", encoding=encoding) from error
    except json.JSONDecodeError as error:
        raise Unreadable("broken_json", line=error.lineno, column=error.colno) from error
    if isinstance(found, dict):
        found = next((found[key] for key in ("rows", "data", "items") if isinstance(found.get(key), list)), None)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Unreadable("json_shape")
    headings = list(dict.fromkeys(str(key) for item in found for key in item))
    if len(headings) > limits.columns:
        raise Unreadable("too_many_columns", count=len(headings), limit=limits.columns)
    rows = ((number, [json_cell(item.get(key)) for key in headings]) for number, item in enumerate(found, start=1))
    return Source(rows=rows, layout={"encoding": encoding}, headings=headings)


def json_in(text: str) -> Any:
    """What the text says; objects one a line are a list of them."""
    read = json.JSONDecoder(parse_constant=refuse_constant, object_pairs_hook=refuse_repeats)
    try:
        return read.decode(text)
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if error.lineno == 1 or not error.msg.startswith("Extra data") or not all(map(is_object, lines)):
            raise
    return [read.decode(line) for line in lines]


def is_object(line: str) -> bool:
    """Whether the line could be one object."""
    return line.lstrip().startswith("{") and line.rstrip().endswith("}")


def refuse_constant(name: str) -> Any:
    """NaN and Infinity are not JSON."""
    raise Unreadable("json_constant", name=name)


def refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One name twice in an object has no one meaning."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("json_repeat", name=next(key for key, _ in pairs if [k for k, _ in pairs].count(key) > 1))
    return found


def json_cell(value: Any) -> Any:
    """Plain values as they are; lists, objects and numbers beyond all measure (1e400) are flaws."""
    if isinstance(value, (list, dict)):
        return {"flaw": "nested", "text": json.dumps(value)[:60]}
    if isinstance(value, float) and not isfinite(value):
        return {"flaw": "number_too_large", "text": ""}
    return text_cell(value) if isinstance(value, str) else value


class WorkbookReader(ExcelReader):
    """openpyxl's reader, which reads the shared texts only once the sheet has passed, and builds no objects for them."""

    def read_strings(self) -> None:
        """Not yet: see `read_texts`."""

    def read_texts(self) -> None:
        """The shared texts without their formatting and without the reading aids above East Asian signs."""
        part = self.package.find(SHARED_STRINGS)  # type: ignore[no-untyped-call]
        if part is None:
            return
        with self.archive.open(part.PartName[1:]) as source:
            for _event, node in strings.iterparse(source):  # type: ignore[attr-defined]  # the one that refuses entities
                if node.tag == TEXT_ITEM:
                    pieces = [*node.iterfind(TEXT), *node.iterfind(f"{TEXT_RUN}/{TEXT}")]
                    # The sheets hold this very list.
                    self.shared_strings.append("".join(piece.text or "" for piece in pieces))
                    node.clear()


def open_workbook(path: Path, *, options: dict[str, Any], limits: Limits) -> Source:
    """One sheet of a workbook whose directory has passed."""
    check_workbook(path, limits=ArchiveLimits())
    try:
        # By its content: the copy has no extension. It stays open as long as the child lives.
        reader = WorkbookReader(path.open("rb"), read_only=True, data_only=False, keep_links=False)
        reader.read()
    except ValueError as error:
        # openpyxl wraps what its XML parser raised.
        if any(isinstance(cause, DefusedXmlException) for cause in (error, error.__cause__, error.__context__)):
            raise Unreadable("crafted_xml") from error
        raise
    book = reader.wb
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
    if not sheets:
        raise Unreadable("no_sheet")
    names = [sheet.title for sheet in sheets]
    chosen = options.get("sheet") or names[0]
    if chosen not in names:
        raise Unreadable("unknown_sheet", name=chosen, known=", ".join(names))
    sheet = sheets[names.index(chosen)]
    merged = merged_cells(sheet, limits)
    percents = percent_styles(book)
    try:
        reader.read_texts()
    except DefusedXmlException as error:
        raise Unreadable("crafted_xml") from error
    return Source(rows=sheet_rows(sheet, merged, percents, limits), layout={"sheet": chosen, "sheets": names})


def percent_styles(book: Any) -> frozenset[int]:
    """The numbers of the cell styles that show a share in percent."""
    found = set()
    for number, style in enumerate(book._cell_styles):
        place = style.numFmtId - BUILTIN_FORMATS_MAX_SIZE
        custom = book._number_formats[place] if 0 <= place < len(book._number_formats) else ""
        shown = BUILTIN_FORMATS.get(style.numFmtId) or custom
        if "%" in LITERAL.sub("", shown):
            found.add(number)
    return frozenset(found)


def merged_cells(sheet: Any, limits: Limits) -> dict[int, list[tuple[int, int]]]:
    """Row → (first, last column, 0-based) of the cells hidden under a merge, the one that keeps the value left out.

    The reader for large sheets does not tell merges, so the sheet's own text is scanned; document types end it here too,
    and so do cells beyond the last column: the scan costs a tenth of reading them.
    """
    hidden: dict[int, list[tuple[int, int]]] = {}
    count = 0
    with sheet._get_source() as source:
        carried = b""
        while chunk := source.read(CHUNK):
            text = carried + chunk
            if DOCTYPE.search(text):
                raise Unreadable("crafted_xml")
            farthest = max((column_index_from_string(found.decode()) for found in FAR_CELL.findall(text)), default=0)
            if farthest > limits.columns:
                raise Unreadable("too_many_columns", count=farthest, limit=limits.columns)
            end = 0
            for match in MERGED_RANGE.finditer(text):
                end = match.end()
                left, right = (column_index_from_string(match[part].decode()) - 1 for part in (1, 3))
                top, bottom = int(match[2]), min(int(match[4]), limits.rows)
                count += max(bottom - top, 0) + 1
                if count > MERGED_ROWS:
                    raise Unreadable("too_many_merges")
                for row in range(top, bottom + 1):
                    hidden.setdefault(row, []).append((left + 1 if row == top else left, right))
            carried = text[max(end, len(text) - 200) :]
    return hidden


def sheet_rows(
    sheet: Any, merged: dict[int, list[tuple[int, int]]], percents: frozenset[int], limits: Limits
) -> Iterator[Row]:
    """Rows with their sheet number. The stated dimensions are not believed: a crafted file claims a million columns."""
    sheet.reset_dimensions()
    try:
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            if len(cells) > limits.columns and any(cell.value is not None for cell in cells[limits.columns :]):
                raise Unreadable("too_many_columns", count=len(cells), limit=limits.columns)
            row = [sheet_cell(cell, percents) for cell in cells[: limits.columns]]
            for left, right in merged.get(number, ()):
                for index in range(left, min(right + 1, len(row))):
                    row[index] = {"flaw": "merged", "text": ""}
            yield number, row
    except DefusedXmlException as error:
        raise Unreadable("crafted_xml") from error


def sheet_cell(cell: Any, percents: frozenset[int]) -> Any:
    """A cell's value; formulas and error values are flaws, whatever the file claims they last came to.

    What is shown in percent is read as it is shown: 0.952 as 95.2, like the text 95.2 %.
    """
    value = cell.value
    if percents and isinstance(value, (int, float)) and cell._style_id in percents:
        value = float(Decimal(repr(value)) * 100)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str) and cell.data_type not in {"f", "e"}:
        return text_cell(unescaped(value))
    if isinstance(value, (date, datetime)):
        return date_cell(value)
    if cell.data_type == "e":
        return {"flaw": "error_value", "text": str(value)[:60]}
    if isinstance(value, time):
        return value.isoformat()
    return {"flaw": "formula", "text": str(getattr(value, "text", value))[:60]}


def unescaped(text: str) -> str:
    """A workbook's text as it is shown."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def date_cell(value: date) -> Any:
    """Dates as dates; a time of day other than midnight stays text."""
    if isinstance(value, datetime):
        return {"d": value.date().isoformat()} if value.time() == time.min else value.isoformat(sep=" ")
    return {"d": value.isoformat()}


OPENERS = {"csv": open_csv, "xlsx": open_workbook, "json": open_json}
