"""Files nobody sends by accident, and a few honest ones that look odd. Made here, byte by byte, for drill R12."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import xlsxwriter

HEADINGS = ("E-mail", "Name", "Level")
TYPES = "[Content_Types].xml"
BOOK = "xl/workbook.xml"
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
MEGABYTE = 1 << 20
REFUSED_AT_ONCE = 1.0
"""Seconds for a file that is refused."""
READ_TWICE = 2.0
"""Seconds for a file that is taken: it is looked into, then checked."""


@dataclass(frozen=True, slots=True)
class HostileFile:
    """A file, how it is called, and the word its refusal must hold (empty: it must be read, and hold `rows` rows)."""

    title: str
    name: str
    content: bytes
    said: str = ""
    rows: int = 0
    seconds: float = REFUSED_AT_ONCE
    megabytes: int = 100

    @property
    def group(self) -> str:
        """Which limit the file is held against: each has a row of its own in the drill's report."""
        if self.said:
            return "refused" if self.seconds <= REFUSED_AT_ONCE else "dear_to_read"
        return "read"


def workbook(rows: Iterable[Iterable[object]] = (("a@example.com", "Ada", 3),)) -> bytes:
    """An honest workbook."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("Sheet")
    for line, row in enumerate((HEADINGS, *rows)):
        sheet.write_row(line, 0, list(row))
    book.close()
    return file.getvalue()


def changed(change: Callable[[str, bytes], bytes | None], extra: dict[str, bytes] | None = None) -> bytes:
    """An honest workbook with its parts changed (None drops one) and EXTRA parts added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name in source.namelist():
            content = change(name, source.read(name))
            if content is not None:
                out.writestr(name, content)
        for name, content in (extra or {}).items():
            out.writestr(name, content)
    return file.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """An honest workbook in which one part is replaced."""
    return changed(lambda part, old: content if part == name else old)


def bomb() -> bytes:
    """A megabyte that unpacks to 360 MB of rows."""
    row = b'<row><c t="inlineStr"><is><t>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</t></is></c></row>'
    start = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return with_part(SHEET, start + row * (360 * MEGABYTE // len(row)) + b"</sheetData></worksheet>")


def lying_bomb() -> bytes:
    """A bomb whose directory says that its sheet is small."""
    content = bytearray(bomb())
    at = content.rfind(SHEET.encode()) - 46
    assert content[at : at + 4] == b"PK\x01\x02"
    content[at + 24 : at + 28] = (1_000).to_bytes(4, "little")
    return bytes(content)


def entity_bomb() -> bytes:
    """Ten entities, each ten of the one before."""
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{lines}]><sst><si><t>&e9;</t></si></sst>'
    return with_part(STRINGS, text.encode())


def outside_entity() -> bytes:
    """An entity that reads a file of the machine."""
    text = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row><c t="inlineStr"><is><t>&secret;</t></is></c></row></sheetData></worksheet>'
    )
    return with_part(SHEET, text.encode())


def wide() -> bytes:
    """One row of 16,384 columns."""
    return workbook([[f"c{index}" for index in range(16_384)]])


def many_entries() -> bytes:
    """A workbook with 10,000 parts."""
    return changed(lambda _name, old: old, {f"xl/extra/{index}.xml": b"<x/>" for index in range(10_000)})


def claiming_a_million_rows() -> bytes:
    """A sheet that claims every cell there can be and holds three."""

    def claim(name: str, old: bytes) -> bytes:
        return old.replace(b'ref="A1:C2"', b'ref="A1:XFD1048576"') if name == SHEET else old

    return changed(claim)


def slow() -> bytes:
    """Inside every limit of size, and yet dear: 90 MB of shared texts."""
    item = "".join(f"<si><t>{index:07d}{'x' * 60}</t></si>" for index in range(1_100_000))
    start = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return with_part(STRINGS, f"{start}{item}</sst>".encode())


def locked() -> bytes:
    """A workbook whose parts are marked as encrypted."""
    content = bytearray(workbook())
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        content[at + 8] |= 1
        at += 4
    return bytes(content)


def table(encoding: str, *, mark: bytes = b"") -> bytes:
    """A small table with names that need more than ASCII."""
    rows = [HEADINGS, ("li@example.com", "李小龙", "3"), ("wang@example.com", "王芳", "4")]
    return mark + "\r\n".join(",".join(row) for row in rows).encode(encoding)


def heavy_archives() -> list[HostileFile]:
    """Workbooks that cost time and memory even to make."""
    return [
        HostileFile("bomb", "bomb.xlsx", bomb(), "unpack to"),
        HostileFile("bomb with a false directory", "bomb.xlsx", lying_bomb(), "damaged"),
        HostileFile("dear to read", "slow.xlsx", slow(), "than is allowed", seconds=8, megabytes=400),
    ]


def light_archives() -> list[HostileFile]:
    """Workbooks that are crafted, not large."""
    up = changed(lambda _name, old: old, {"../../../../etc/cron.d/x": b"* * * * * root true"})
    absolute = changed(lambda _name, old: old, {"/etc/passwd": b"x"})
    macros = changed(lambda _name, old: old, {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})
    typed = changed(lambda name, old: old.replace(b"sheet.main", b"sheet.macroEnabled.main") if name == TYPES else old)
    return [
        HostileFile("entity bomb", "e.xlsx", entity_bomb(), "entities"),
        HostileFile("entity that reads a file", "xxe.xlsx", outside_entity(), "entities"),
        HostileFile("16,384 columns", "wide.xlsx", wide(), "columns"),
        HostileFile("10,000 entries", "many.xlsx", many_entries(), "parts inside"),
        HostileFile("a million rows claimed", "claims.xlsx", claiming_a_million_rows(), rows=1, seconds=READ_TWICE),
        HostileFile("name that climbs folders", "up.xlsx", up, "no spreadsheet program builds"),
        HostileFile("absolute name", "abs.xlsx", absolute, "no spreadsheet program builds"),
        HostileFile("macros", "m.xlsx", macros, "macros"),
        HostileFile("macros by type alone", "t.xlsx", typed, "macros"),
        HostileFile("xlsm", "m.xlsm", workbook(), "macros"),
        HostileFile("password", "p.xlsx", locked(), "password"),
        HostileFile("cut off", "cut.xlsx", workbook()[:3_000], "damaged"),
        HostileFile("no workbook", "z.xlsx", changed(lambda n, o: None if n == BOOK else o), "not an Excel workbook"),
    ]


def texts() -> list[HostileFile]:
    """CSV and JSON, and what is neither."""
    objects = json.dumps([{"E-mail": "a@example.com", "Name": "Ada"}]).encode()
    return [
        HostileFile("old workbook", "old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096, "old .xls"),
        HostileFile("old workbook under a new name", "old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 64, "old .xls"),
        HostileFile("document", "a.csv", b"%PDF-1.7\n1 0 obj", "not a table"),
        HostileFile("picture", "a.csv", b"\x89PNG\r\n\x1a\n", "not a table"),
        HostileFile("program", "a.csv", b"\x7fELF\x02\x01", "not a table"),
        HostileFile("web page", "a.xls", b"<html><table><tr><td>1</td></tr></table>", "web page"),
        HostileFile("xml with an entity", "a.csv", b'<?xml version="1.0"?><!DOCTYPE x><x/>', "web page or XML"),
        HostileFile("nothing", "a.csv", b"", "empty"),
        HostileFile("headings alone", "a.csv", b"E-mail,Name\n", "no rows"),
        HostileFile("NUL", "a.csv", b"E-mail,Name\na@example.com,A\x00da\n", "NUL"),
        HostileFile("NUL far below", "a.csv", b"a,b\n" + b"1,2\n" * 5_000 + b"\x00,3\n", "Line 5002"),
        HostileFile("quotation mark never closed", "a.csv", b'a,b\n"1,2\n' + b"3,4\n" * 100_000, "line 2"),
        HostileFile("one line of 20 MB", "a.csv", b"a,b\n" + b"x" * (20 * MEGABYTE), "line 2"),
        HostileFile("one line of a million columns", "a.csv", b"a,b\n" + b"1," * MEGABYTE, "columns"),
        HostileFile("deep JSON", "a.json", b'[{"a":' * 200_000, "nested too deeply"),
        HostileFile("JSON that is cut off", "a.json", b'[{"a": 1}, {"a":', "line 1"),
        HostileFile("NaN in JSON", "a.json", b'[{"a": NaN}]', "NaN"),
        HostileFile("one name twice in JSON", "a.json", b'[{"a": 1, "a": 2}]', "twice"),
        HostileFile("number of 100,000 digits", "a.json", b'[{"a": ' + b"9" * 100_000 + b"}]", "damaged"),
        HostileFile("GBK", "a.csv", table("gbk"), rows=2, seconds=READ_TWICE),
        HostileFile("UTF-8 with mark", "a.csv", table("utf-8-sig"), rows=2, seconds=READ_TWICE),
        HostileFile("UTF-16", "a.csv", table("utf-16"), rows=2, seconds=READ_TWICE),
        HostileFile("UTF-16 without mark", "a.csv", table("utf-16-le"), rows=2, seconds=READ_TWICE),
        HostileFile("JSON", "a.json", objects, rows=1, seconds=READ_TWICE),
    ]


def hostile_files() -> list[HostileFile]:
    """All of them."""
    return heavy_archives() + light_archives() + texts()
