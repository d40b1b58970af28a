"""What a file is by its content: kind, text encoding, delimiter, heading row. Names and extensions are not believed."""

import codecs
import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from apps.imports.rules.limits import Limits, Unreadable

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
FOREIGN_MAGIC = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_or_locked_workbook"),
    (b"%PDF-", "wrong_kind"),
    (b"\x89PNG", "wrong_kind"),
    (b"\xff\xd8\xff", "wrong_kind"),
    (b"GIF8", "wrong_kind"),
    (b"\x1f\x8b", "wrong_kind"),
    (b"7z\xbc\xaf", "wrong_kind"),
    (b"Rar!", "wrong_kind"),
    (b"\x7fELF", "wrong_kind"),
    (b"MZ", "wrong_kind"),
    (b"{\\rtf", "wrong_kind"),
)
MARKUP = re.compile(rb"\A\s*<(\?xml|!doctype|html|table|svg)", re.IGNORECASE)
DELIMITERS = (",", ";", "\t", "|")
EDITABLE_ENCODINGS = ("utf-8", "gb18030", "cp1252", "cp1250", "cp1251", "utf-16", "big5", "shift_jis", "latin-1")
NUMBER_WORDS = re.compile(r"(?<=\w)(?:[\s._-]+(?:no|nr|num|nbr)\b\.?|\s*(?:#|№))\s*$", re.IGNORECASE)
"""The ways to shorten “number” at the end of a heading: Personnel no., Staff nr, Employee #."""
TOTAL_WORDS = frozenset(
    {"total", "totals", "grandtotal", "subtotal", "overalltotal", "sum", "sumtotal", "summe", "gesamt", "gesamtsumme"}
    | {"zwischensumme", "insgesamt", "totale", "合计", "总计", "小计"}
)
YEAR = re.compile(r"^(?:19|20|21)\d{2}$")
NUMBER_LIKE = re.compile(r"^[-+(]?[\s£$€¥]*[\d.,\s\u00a0\u202f']+[%)]?$")


def kind_of(head: bytes, *, name: str) -> str:
    """'xlsx', 'json' or 'csv' from the first bytes; anything else is refused by what it is."""
    lowered = name.lower()
    if lowered.endswith((".xlsm", ".xltm", ".xlsb", ".xlam")):
        raise Unreadable("macros")
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    for magic, code in FOREIGN_MAGIC:
        if head.startswith(magic):
            raise Unreadable(code)
    if MARKUP.match(head):
        raise Unreadable("markup")
    if not head.strip():
        raise Unreadable("empty")
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith((b"[", b"{")) and (lowered.endswith(".json") or text[:64].lstrip(b"[ \r\n\t").startswith(b"{")):
        return "json"
    return "csv"


def encoding_of(data: bytes) -> str:
    """The most likely encoding of a text file. UTF-8 when it can be; then by what the decoded characters look like."""
    for mark, name in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return name
    if b"\x00" in data[:4096]:
        return unmarked_utf16(data)
    if is_utf8(data):
        return "utf-8"
    if looks_chinese(data):
        return "gb18030"
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def unmarked_utf16(data: bytes) -> str:
    """UTF-16 without a mark has its zeros on one side only; zeros elsewhere mean it is no text."""
    sample = data[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 8 * even and odd > len(sample) // 5:
        return "utf-16-le"
    if even > 8 * odd and even > len(sample) // 5:
        return "utf-16-be"
    raise Unreadable("nul", line=sample[: sample.index(0)].count(b"\n") + 1)


def is_utf8(data: bytes) -> bool:
    """Whole UTF-8, or UTF-8 with so few broken lines that these are mistakes in it (each is then named)."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        lines = [line for line in data.split(b"\n") if not line.isascii()]
        broken = sum(1 for line in lines if not decodes(line, "utf-8"))
        return broken * 10 <= len(lines)
    return True


def decodes(data: bytes, encoding: str) -> bool:
    """Whether the bytes are valid in the encoding."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def looks_chinese(data: bytes) -> bool:
    """Valid GB 18030 whose non-ASCII characters are mostly the everyday ones of GB 2312 (Latin text never is)."""
    if not decodes(data, "gb18030"):
        return False
    foreign = [character for character in data.decode("gb18030")[:200_000] if not character.isascii()]
    everyday = sum(1 for character in foreign if is_everyday_chinese(character))
    return bool(foreign) and everyday * 10 >= len(foreign) * 7


def is_everyday_chinese(character: str) -> bool:
    """In GB 2312, or Chinese punctuation."""
    try:
        return len(character.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def delimiter_of(text: str) -> str:
    """The delimiter under which the first lines fall into the same number of columns, most columns first."""
    head = text[:64_000]
    first = head.partition("\n")[0].strip().strip('"')
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4]
    sample = head.splitlines()[:60]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter) if any(row))
        if not widths:
            continue
        width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
        score = (width - 1) * times / sum(widths.values())
        if score > best_score:
            best, best_score = delimiter, score
    return best


def plain_heading(text: Any) -> str:
    """A heading or field name without case, spaces and punctuation: what two spellings of one name share."""
    folded = unicodedata.normalize("NFKC", str(text)).casefold()
    return "".join(character for character in folded if character.isalnum())


def common_name(heading: Any) -> str:
    """A heading without case and punctuation, and with “number” written out."""
    return plain_heading(NUMBER_WORDS.sub(" number", str(heading).strip()))


def heading_row_of(rows: Sequence[Sequence[Any]], *, known: frozenset[str], limits: Limits) -> int:
    """Index of the heading row among the first rows: the one with most known names; else the first that looks like names."""
    scores = [
        sum(1 for cell in row if isinstance(cell, str) and common_name(cell) in known)
        for row in rows[: limits.preamble_rows]
    ]
    if scores and max(scores) > 0:
        return scores.index(max(scores))
    width = max((filled(row) for row in rows[: limits.preamble_rows]), default=0)
    for index, row in enumerate(rows[: limits.preamble_rows]):
        if filled(row) * 10 >= width * 6 and filled(row) > 0 and looks_like_names(row):
            return index
    return 0


def filled(row: Sequence[Any]) -> int:
    """How many cells hold something."""
    return sum(1 for cell in row if cell not in (None, ""))


def looks_like_names(row: Sequence[Any]) -> bool:
    """Texts, besides them dates and years, no repeats: a heading row."""
    cells = [cell for cell in row if cell not in (None, "")]
    texts = [cell for cell in cells if isinstance(cell, str) and not NUMBER_LIKE.match(cell)]
    times = [str(cell) for cell in cells if is_date(cell) or YEAR.match(str(cell))]
    names = {text.casefold() for text in [*texts, *times]}
    return bool(texts) and len(texts) + len(times) == len(cells) == len(names)


def is_date(cell: Any) -> bool:
    """A workbook's cell that is a date."""
    return isinstance(cell, dict) and "d" in cell


def is_total_row(cells: Sequence[Any]) -> bool:
    """Begins with a word for a total, and otherwise holds numbers and gaps: the sum below a table, not one of its rows."""
    held = [cell for cell in cells if cell not in (None, "")]
    if len(held) < 2 or not isinstance(held[0], str) or plain_heading(held[0]) not in TOTAL_WORDS:
        return False
    return all(not isinstance(cell, str) or NUMBER_LIKE.match(cell.strip()) for cell in held[1:])


def clean_headings(row: Sequence[Any]) -> list[str]:
    """Headings as shown: one line each, blanks named by their column letter, repeats numbered."""
    seen: Counter[str] = Counter()
    headings = []
    for index, cell in enumerate(row):
        shown = cell.get("text", cell.get("d", "")) if isinstance(cell, dict) else cell
        text = " ".join(str(shown if shown is not None else "").split())[:200] or f"Column {column_letter(index)}"
        seen[text] += 1
        headings.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return headings


def column_letter(index: int) -> str:
    """The spreadsheet letter of a 0-based column."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
