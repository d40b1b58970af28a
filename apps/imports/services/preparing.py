"""From cells to typed rows: apply the mapping, convert, and name everything that cannot stand before the target looks."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import Refusal
from apps.core.exports import plain_cell
from apps.imports.choices import FileFormat
from apps.imports.models import ImportRun
from apps.imports.rules.cells import CellProblem, Style, convert, shown
from apps.imports.rules.limits import MappingProblem
from apps.imports.rules.mapping import FieldMapping, parse_mapping
from apps.imports.rules.reshaping import together
from apps.imports.rules.sniffing import is_total_row
from apps.imports.rules.sources import Source, value_from
from apps.imports.services.reading import Table
from apps.imports.services.targets import FieldSpec, ImportRow, ImportTarget, RowError
from apps.imports.services.wording import CELL_SENTENCES, MAPPING_SENTENCES, worded

SHOWN_ROWS = 8


class MappingRefused(Refusal):
    """The mapping cannot be used, and why."""

    code = "mapping_refused"


@dataclass(frozen=True, slots=True)
class Prepared:
    """Typed rows, and the problems found on the way; a row with a problem is not among the rows."""

    rows: list[ImportRow]
    errors: list[RowError]
    row_count: int


def usable_mapping(data: Any, *, target: ImportTarget, headings: Sequence[str]) -> FieldMapping:
    """The mapping, if the target can work with it: known fields and columns, nothing required left out."""
    try:
        mapping = parse_mapping(data, field_names=[spec.name for spec in target.fields], headings=headings)
    except MappingProblem as problem:
        raise MappingRefused(worded(MAPPING_SENTENCES, problem.code, problem.facts), field="mapping") from problem
    missing = [str(spec.label) for spec in target.fields if spec.is_required and spec.name not in mapping.sources]
    if missing:
        message = _("Say where these come from: %(fields)s. A fixed value will do.") % {"fields": ", ".join(missing)}
        raise MappingRefused(message, field="mapping")
    if mapping.combine and not target.key_fields:
        raise MappingRefused(worded(MAPPING_SENTENCES, "combine_key", {}), field="mapping")
    return mapping


def style_from(layout: dict[str, Any]) -> Style:
    """How the file writes numbers and dates."""
    decimal, order = layout.get("decimal"), layout.get("date_order")
    return Style(decimal="," if decimal == "," else ".", date_order="mdy" if order == "mdy" else "dmy")


def prepare_rows(table: Table, *, run: ImportRun, target: ImportTarget) -> Prepared:
    """Every row of TABLE under the run's mapping, typed; problems of reading, kind, length, range and repetition."""
    mapping = usable_mapping(run.mapping, target=target, headings=table.headings)
    reader = reader_of(mapping, run=run, target=target)
    rows: list[ImportRow] = []
    errors: list[RowError] = []
    broken: list[ImportRow] = []
    for line, cells in table.rows:
        named = dict(zip(table.headings, cells, strict=False))
        parts = mapping.parts(named)
        spoilt = row_errors(line, cells, len(table.headings), mapping.totals) if parts else []
        if spoilt is None:
            continue
        errors += spoilt
        for column, part in parts if not spoilt else ():
            row, found = reader.read(line, column, part)
            (broken if found else rows).append(row)
            errors += found
    if mapping.combine:
        rows, more = combined(rows, broken, mapping=mapping, target=target)
        errors += more
    rows, errors = split_repeats(rows, errors, target)
    return Prepared(rows, errors, row_count=len(rows) + len({(error.line, error.column) for error in errors}))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads cells into fields."""

    specs: list[tuple[FieldSpec, Source]]
    fixed: Mapping[str, Any]
    """What is the same in every row, read once."""
    style: Style
    file_format: str

    def read(self, line: int, column: str, cells: Mapping[str, Any]) -> tuple[ImportRow, list[RowError]]:
        """The typed row, and what is wrong with it."""
        found: list[RowError] = []
        values = dict(self.fixed)
        for spec, source in self.specs:
            raw: Any = None
            try:
                raw = unguarded(value_from(source, cells, self.style), self.file_format)
                values[spec.name] = convert(raw, spec, self.style)
            except CellProblem as problem:
                found.append(cell_error(line, spec, raw, problem, column))
        return ImportRow(line=line, values=values, column=column), found


def reader_of(mapping: FieldMapping, *, run: ImportRun, target: ImportTarget) -> Reader:
    """A reader of this file; a fixed value that cannot be read is left to be named in every row."""
    style = style_from(run.layout)
    fixed: dict[str, Any] = {}
    for name, source in mapping.sources.items():
        if source.kind == "constant" and source.when is None:
            with suppress(CellProblem):
                fixed[name] = convert(value_from(source, {}, style), target.spec_of(name), style)
    specs = [(target.spec_of(name), source) for name, source in mapping.sources.items() if name not in fixed]
    return Reader(specs, fixed, style, run.file_format)


def row_errors(line: int, cells: Sequence[Any], width: int, totals: str) -> list[RowError] | None:
    """What is wrong with a row as a whole; None: it is to be left out."""
    if totals != "import" and is_total_row(cells[:width]):
        if totals == "leave_out":
            return None
        return [RowError(line, "", worded(CELL_SENTENCES, "total_row", {}), first_text(cells))]
    return row_errors_of_width(line, cells, width)


def combined(
    rows: list[ImportRow], broken: list[ImportRow], *, mapping: FieldMapping, target: ImportTarget
) -> tuple[list[ImportRow], list[RowError]]:
    """Rows of one record as one row; a record of which a row is broken is a problem, never a part of itself."""
    groups: dict[tuple[Any, ...], list[ImportRow]] = {}
    for row in rows:
        groups.setdefault(key_of(row, target), []).append(row)
    spoilt = {key_of(row, target): row.line for row in broken}
    made, errors = [], []
    for key, members in groups.items():
        first = members[0]
        if key in spoilt:
            message = worded(CELL_SENTENCES, "part_broken", {"line": spoilt[key]})
            errors.append(RowError(first.line, "", message, column=first.column))
            continue
        together_ = {
            name: together([row.get(name) for row in members], method)
            for name, method in mapping.combine.items()
            if name in first.values
        }
        made.append(ImportRow(first.line, {**first.values, **together_}, first.column))
    return made, errors


def key_of(row: ImportRow, target: ImportTarget) -> tuple[Any, ...]:
    """What tells the row's record from others."""
    return tuple(fold(row.get(name)) for name in target.key_fields)


def first_text(cells: Sequence[Any]) -> str:
    """What the row begins with."""
    return next((shown(cell)[:200] for cell in cells if cell not in (None, "")), "")


def first_rows(run: ImportRun, *, target: ImportTarget) -> list[ImportRow]:
    """The first right rows of a run as they would be imported, from the sample that was kept at the upload."""
    rows = [
        (line, [Decimal(str(cell)) if isinstance(cell, float) else cell for cell in cells])
        for line, *cells in run.sample
    ]
    table = Table(run.file_format, run.layout, run.headings, rows)
    return prepare_rows(table, run=run, target=target).rows[:SHOWN_ROWS]


def unguarded(raw: Any, file_format: str) -> Any:
    """What the portal itself exported comes back as it was: in tables for spreadsheets the guard before a sign is ours."""
    return plain_cell(raw) if isinstance(raw, str) and file_format != FileFormat.JSON else raw


def row_errors_of_width(line: int, cells: Sequence[Any], width: int) -> list[RowError]:
    """A row with something to the right of the last heading has shifted cells."""
    if any(cell not in (None, "") for cell in cells[width:]):
        return [RowError(line, "", worded(CELL_SENTENCES, "row_too_wide", {}))]
    return []


def cell_error(line: int, spec: FieldSpec, raw: Any, problem: CellProblem, column: str) -> RowError:
    """A cell's problem in words."""
    value = "" if raw is None else shown(raw)[:200]
    printable = "".join(character if character.isprintable() else "�" for character in value)
    return RowError(line, spec.name, worded(CELL_SENTENCES, problem.code, problem.facts), printable, column)


def split_repeats(
    rows: list[ImportRow], errors: list[RowError], target: ImportTarget
) -> tuple[list[ImportRow], list[RowError]]:
    """Without rows whose key stood higher up; each of them becomes a problem that names the first."""
    if not target.key_fields:
        return rows, errors
    labels = ", ".join(str(target.spec_of(name).label) for name in target.key_fields)
    first: dict[tuple[Any, ...], int] = {}
    kept, found = [], list(errors)
    for row in rows:
        key = key_of(row, target)
        if key in first:
            message = worded(CELL_SENTENCES, "repeated", {"keys": labels, "line": first[key]})
            name = target.key_fields[0]
            found.append(RowError(row.line, name, message, str(row.get(name))[:200], row.column))
            continue
        first[key] = row.line
        kept.append(row)
    return kept, found


def fold(value: Any) -> Any:
    """Texts that differ only in case are one key."""
    return value.casefold() if isinstance(value, str) else value
