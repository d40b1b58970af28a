"""What stands in a workbook's cells, as the reading child sees it."""

import io
import zipfile
from typing import IO, ClassVar
from unittest import mock

import pytest
import xlsxwriter
from openpyxl import load_workbook

from apps.files.rules.problems import FileProblem
from apps.imports.rules import tables
from apps.imports.rules.limits import Limits

AIDED = "<si><t>多</t><rPh sb='0' eb='1'><t>duo</t></rPh></si>"
STRINGS = "xl/sharedStrings.xml"


class ClosingReader(tables.WorkbookReader):
    """The child leaves its file to its end; here somebody has to close it."""

    files: ClassVar[list[IO[bytes]]] = []

    def __init__(self, file, **options):
        self.files.append(file)
        super().__init__(file, **options)


@pytest.fixture(autouse=True)
def files_are_closed(monkeypatch):
    monkeypatch.setattr(tables, "WorkbookReader", ClosingReader)
    yield
    while ClosingReader.files:
        ClosingReader.files.pop().close()


def rows_of(path):
    return [cells for _line, cells in tables.open_workbook(path, options={}, limits=Limits()).rows]


def sheet_with(folder, write):
    """A workbook whose first cell says “first”, and what WRITE puts on its sheet."""
    path = folder / "sheet.xlsx"
    made = xlsxwriter.Workbook(path)
    sheet, bold = made.add_worksheet(), made.add_format({"bold": True})
    sheet.write(0, 0, "first")
    write(sheet, bold)
    made.close()
    return path


@pytest.fixture
def book(tmp_path):
    """A workbook with plain, spaced, formatted and escaped texts, and one with a reading aid above its sign."""
    written = io.BytesIO()
    made = xlsxwriter.Workbook(written, {"in_memory": True})
    sheet, bold = made.add_worksheet(), made.add_format({"bold": True})
    sheet.write_row(0, 0, ["plain", "  spaced ", "two\nlines", "SIGN", "x_x005F_y", "a\rb"])
    sheet.write_rich_string(1, 0, "begin ", bold, "bold", " end")
    made.close()
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == STRINGS:
                content = content.replace(b"<si><t>SIGN</t></si>", AIDED.encode())
            target.writestr(name, content)
    return path


def test_texts_are_read_as_openpyxl_reads_them_without_formatting(book):
    rows = rows_of(book)
    # These openpyxl leaves half escaped.
    assert [rows[0].pop(), rows[0].pop()] == ["a\rb", "x_x005F_y"]
    assert rows[0] == ["plain", "  spaced ", "two\nlines", "多"]
    assert rows[1][0] == "begin bold end"
    with book.open("rb") as file:
        usual = load_workbook(file, read_only=True)
        found = [[cell.value for cell in row] for row in usual.active.iter_rows()]
    assert rows == [line[: len(row)] for line, row in zip(found, rows, strict=True)]


@pytest.mark.parametrize("value", ["text", 7])
def test_a_value_beyond_the_last_column_is_refused_before_the_texts_are_read(tmp_path, value):
    path = sheet_with(tmp_path, lambda sheet, _bold: sheet.write(3, 450, value))
    with (
        mock.patch.object(ClosingReader, "read_texts") as read_texts,
        pytest.raises(FileProblem) as refused,
    ):
        rows_of(path)
    assert (refused.value.code, refused.value.facts["count"]) == ("too_many_columns", 451)
    assert not read_texts.called


def test_empty_cells_with_a_format_may_lie_anywhere(tmp_path):
    path = sheet_with(tmp_path, lambda sheet, bold: sheet.write_blank(0, 450, None, bold))
    assert rows_of(path)[0][0] == "first"


def test_the_last_column_may_hold_a_value(tmp_path):
    last = Limits().columns - 1
    path = sheet_with(tmp_path, lambda sheet, _bold: sheet.write(0, last, "last"))
    assert rows_of(path)[0][last] == "last"
