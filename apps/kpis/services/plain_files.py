"""Long CSV files of values: which can be taken whole, and their cells as columns without a Python object a row.

A file is taken whole when each of its rows is one value, out of columns and fixed values. Encoding, delimiter, heading row
and decimal sign are found as the importer's frame finds them.
"""

import csv
import io
import tempfile
from codecs import getincrementaldecoder, lookup
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfileobj
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from apps.files.rules.problems import FileProblem
from apps.imports.rules.cells import style_of
from apps.imports.rules.limits import Limits
from apps.imports.rules.mapping import FieldMapping
from apps.imports.rules.sniffing import encoding_of, kind_of
from apps.imports.rules.sources import UNSAID, Source
from apps.imports.rules.tables import csv_rows
from apps.imports.services.preparing import usable_mapping
from apps.imports.services.reading import FileUnreadable, Table, clean_layout, read_table
from apps.imports.services.uploading import known_names, proposed_mapping
from apps.imports.services.wording import FILE_SENTENCES, worded
from apps.kpis.services.importing import VALUE_TARGET

NUMBERS = {"value": "value", "numerator": "numerator", "denominator": "denominator", "ytd": "ytd_value"}
TEXTS = ("department", "kpi", "month", "note")
RESHAPING = ("keep", "unpivot", "combine")
HEAD_BYTES = 256 * 1024
CHUNK = 1 << 20
NO_TEXT = "\ufffd"
"""Stands where bytes of the file are no text in its encoding."""


class NotPlain(Exception):
    """The file or its mapping asks for more than this way can; the text says what, for a person."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A file that can be taken whole. Its columns: `line`, `over` (cells beyond the headings), then c0, c1, …"""

    path: Path
    file_name: str
    rules: dict[str, Any]
    mapping: FieldMapping
    headings: list[str]
    heading_row: int
    delimiter: str
    decimal: str
    date_order: str
    folder: Path
    is_rewritten: bool = False

    @property
    def layout(self) -> dict[str, str]:
        """How it writes numbers and dates, as a run of the frame keeps it."""
        return {"decimal": self.decimal, "date_order": self.date_order}

    @property
    def cells(self) -> list[str]:
        """The names of its columns here."""
        return [f"c{number}" for number in range(len(self.headings))]


@contextmanager
def plain_file(path: Path, rules: dict[str, Any] | None, layout: dict[str, Any] | None = None) -> Iterator[Plain]:
    """The file, if it can be taken whole by these RULES (None: the proposed ones); NotPlain says why not.

    LAYOUT is what a person says of it, where that is not to be found out.

    Refuses, as the frame does, a mapping that cannot stand. What is written on the way goes when the caller is done.
    """
    with tempfile.TemporaryDirectory(prefix="kpi-values-") as name:
        folder, said = Path(name), clean_layout(layout or {})
        copy = readable(path, folder, said.pop("encoding", ""))
        table = head_of(copy, path.name, said)
        given = rules or proposed_mapping(VALUE_TARGET, table.headings)
        mapping = usable_mapping(given, target=VALUE_TARGET, headings=table.headings)
        require_plain(mapping)
        style = style_of([cells for _line, cells in table.rows])
        plain = Plain(
            path=copy,
            file_name=path.name,
            rules=given,
            mapping=mapping,
            headings=table.headings,
            heading_row=table.layout["heading_row"],
            delimiter=table.layout["delimiter"],
            decimal=said.get("decimal", style.decimal),
            date_order=said.get("date_order", style.date_order),
            folder=folder,
        )
        yield plain if is_one_line_a_row(plain) else rewritten(plain)


def require_plain(mapping: FieldMapping) -> None:
    """Columns and fixed values as they stand, a row one value; else NotPlain names what is not."""
    known = {*NUMBERS, *TEXTS}
    used = [name for name in RESHAPING if getattr(mapping, name)]
    used += [name for name, source in mapping.sources.items() if name not in known or not is_plain_source(source)]
    if used:
        message = _(
            "A file of this size can be taken whole only when each row is one value, out of plain columns: this mapping "
            "asks for more in %(names)s."
        )
        raise NotPlain(message % {"names": ", ".join(used)})


def is_plain_source(source: Source) -> bool:
    """A column or a fixed value as it stands."""
    is_bare = not (source.values or source.blank or source.when or source.times) and source.otherwise is UNSAID
    return source.kind in {"column", "constant"} and is_bare


def readable(path: Path, folder: Path, encoding: str) -> Path:
    """The file in UTF-8: itself, or a copy out of ENCODING ('': to be found). NotPlain when it is no delimited text."""
    with path.open("rb") as file:
        head = file.read(4096)
    try:
        kind = kind_of(head, name=path.name)
        if not encoding:
            encoding = "utf-8" if kind != "csv" or is_utf8(path) else encoding_of(path.read_bytes())
    except FileProblem as problem:
        raise FileUnreadable(worded(FILE_SENTENCES, problem.code, problem.facts), field="file") from problem
    if kind != "csv":
        raise NotPlain(_("Save a file of this size as CSV: then it can be taken whole."))
    if encoding.lower().startswith("utf-8"):
        return path
    copy = folder / "utf8.csv"
    try:
        lookup(encoding)
    except LookupError as error:
        raise FileUnreadable(worded(FILE_SENTENCES, "wrong_encoding", {"encoding": encoding}), field="file") from error
    with (
        path.open(encoding=encoding, errors="replace", newline="") as source,
        copy.open("w", encoding="utf-8", newline="") as written,
    ):
        copyfileobj(source, written, CHUNK)
    return copy


def is_utf8(path: Path) -> bool:
    """Whether all of it is."""
    decoder = getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def head_of(path: Path, name: str, layout: dict[str, Any]) -> Table:
    """What the frame finds in the beginning of the file."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    whole_lines = head if len(head) < HEAD_BYTES else head[: head.rfind(b"\n") + 1] or head
    return read_table(io.BytesIO(whole_lines), name=name, layout=layout, known=known_names(VALUE_TARGET), is_peek=True)


def is_one_line_a_row(plain: Plain) -> bool:
    """Whether a row's number is that of its line: no line ends inside cells, and no stray quotation marks."""
    line_ends, has_quotes, last = 0, False, b"\n"
    with plain.path.open("rb") as file:
        while chunk := file.read(CHUNK):
            line_ends += chunk.count(b"\n")
            has_quotes = has_quotes or b'"' in chunk
            last = chunk[-1:]
    if not line_ends:
        return False
    if not has_quotes:
        return True
    try:
        rows = scanned(plain).select(pl.len()).collect(engine="streaming").item()
    except pl.exceptions.PolarsError:
        return False
    return bool(rows == line_ends + (last != b"\n") - plain.heading_row)


def rewritten(plain: Plain) -> Plain:
    """The same file as the frame's reader sees it, with the line each row begins in and what lies beyond the headings."""
    path = plain.folder / "rewritten.csv"
    text = plain.path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    width = len(plain.headings)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["line", "over", *plain.cells])
            for line, cells in csv_rows(text, plain.delimiter, Limits()):
                if line > plain.heading_row:
                    written = [NO_TEXT if isinstance(cell, dict) else cell for cell in cells]
                    over = "1" if any(written[width:]) else ""
                    writer.writerow([line, over, *written[:width], *[""] * (width - len(written))])
    except FileProblem as problem:
        raise FileUnreadable(worded(FILE_SENTENCES, problem.code, problem.facts), field="file") from problem
    return replace(plain, path=path, delimiter=",", heading_row=1, is_rewritten=True)


def scanned(plain: Plain) -> pl.LazyFrame:
    """Every cell as text, with the line it stands in."""
    frame = pl.scan_csv(
        plain.path,
        separator=plain.delimiter,
        infer_schema=False,
        skip_lines=plain.heading_row - 1,
        encoding="utf8-lossy" if not plain.is_rewritten else "utf8",
        row_index_name=None if plain.is_rewritten else "line",
        row_index_offset=plain.heading_row + 1,
    )
    if plain.is_rewritten:
        return frame.with_columns(pl.col("line").cast(pl.Int64))
    _line, *found = frame.collect_schema().names()
    named = [pl.col(name).alias(cell) for name, cell in zip(found, plain.cells, strict=False)]
    return frame.select(pl.col("line").cast(pl.Int64), pl.lit(None, dtype=pl.String).alias("over"), *named)


def texts_of(plain: Plain) -> pl.LazyFrame:
    """The file's cells, and besides them every field as trimmed text, blank as null."""
    chosen = []
    for name in (*TEXTS, *NUMBERS):
        source = plain.mapping.sources.get(name)
        text = pl.lit(None, dtype=pl.String)
        if source is not None:
            is_column = source.kind == "column"
            text = pl.col(plain.cells[plain.headings.index(source.column)]) if is_column else pl.lit(str(source.value))
        text = text.str.strip_chars()
        chosen.append(pl.when(text != "").then(text).alias(name))
    return scanned(plain).with_columns(chosen)
