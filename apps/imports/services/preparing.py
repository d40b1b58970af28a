"""From cells to typed rows: apply the mapping, convert, and name everything that cannot stand before the target looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import Refusal
from apps.core.exports import plain_cell
from apps.imports.choices import FileFormat
from apps.imports.models import ImportRun
from apps.imports.rules.cells import CellProblem, Style, convert, shown
from apps.imports.rules.mapping import FieldMapping, MappingProblem, parse_mapping, value_from
from apps.imports.rules.sniffing import is_total_row
from apps.imports.services.reading import Table
from apps.imports.services.targets import FieldSpec, ImportRow, ImportTarget, RowError
from apps.imports.services.wording import CELL_SENTENCES, MAPPING_SENTENCES, worded


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
    return mapping


def style_from(layout: dict[str, Any]) -> Style:
    """How the file writes numbers and dates."""
    decimal, order = layout.get("decimal"), layout.get("date_order")
    return Style(decimal="," if decimal == "," else ".", date_order="mdy" if order == "mdy" else "dmy")


def prepare_rows(table: Table, *, run: ImportRun, target: ImportTarget) -> Prepared:
    """Every row of TABLE under the run's mapping, typed; problems of reading, kind, length, range and repetition."""
    mapping = usable_mapping(run.mapping, target=target, headings=table.headings)
    style = style_from(run.layout)
    specs = [(target.spec_of(name), source) for name, source in mapping.sources.items()]
    rows: list[ImportRow] = []
    errors: list[RowError] = []
    count = 0
    for line, cells in table.rows:
        named = dict(zip(table.headings, cells, strict=False))
        is_total = mapping.totals != "import" and is_total_row(cells[: len(table.headings)])
        if not mapping.keeps(named) or (is_total and mapping.totals == "leave_out"):
            continue
        count += 1
        if is_total:
            errors.append(RowError(line, "", worded(CELL_SENTENCES, "total_row", {}), first_text(cells)))
            continue
        found = row_errors_of_width(line, cells, len(table.headings))
        values: dict[str, Any] = {}
        for spec, source in specs:
            raw: Any = None
            try:
                raw = value_from(source, named, style)
                raw = unguarded(raw, run.file_format)
                values[spec.name] = convert(raw, spec, style)
            except CellProblem as problem:
                found.append(cell_error(line, spec, raw, problem))
        errors += found
        if not found:
            rows.append(ImportRow(line=line, values=values))
    return Prepared(*split_repeats(rows, errors, target), row_count=count)


def first_text(cells: Sequence[Any]) -> str:
    """What the row begins with."""
    return next((shown(cell)[:200] for cell in cells if cell not in (None, "")), "")


def first_rows(run: ImportRun, *, target: ImportTarget) -> list[ImportRow]:
    """The first right rows of a run as they would be imported, from the sample that was kept at the upload."""
    rows = [
        (line, [Decimal(str(cell)) if isinstance(cell, float) else cell for cell in cells])
        for line, *cells in run.sample
    ]
    return prepare_rows(Table(run.file_format, run.layout, run.headings, rows), run=run, target=target).rows


def unguarded(raw: Any, file_format: str) -> Any:
    """What the portal itself exported comes back as it was: in tables for spreadsheets the guard before a sign is ours."""
    return plain_cell(raw) if isinstance(raw, str) and file_format != FileFormat.JSON else raw


def row_errors_of_width(line: int, cells: Sequence[Any], width: int) -> list[RowError]:
    """A row with something to the right of the last heading has shifted cells."""
    if any(cell not in (None, "") for cell in cells[width:]):
        return [RowError(line, "", worded(CELL_SENTENCES, "row_too_wide", {}))]
    return []


def cell_error(line: int, spec: FieldSpec, raw: Any, problem: CellProblem) -> RowError:
    """A cell's problem in words."""
    value = "" if raw is None else shown(raw)[:200]
    printable = "".join(character if character.isprintable() else "�" for character in value)
    return RowError(line, spec.name, worded(CELL_SENTENCES, problem.code, problem.facts), printable)


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
        key = tuple(fold(row.get(name)) for name in target.key_fields)
        if key in first:
            message = worded(CELL_SENTENCES, "repeated", {"keys": labels, "line": first[key]})
            found.append(RowError(row.line, target.key_fields[0], message, str(row.get(target.key_fields[0]))[:200]))
            continue
        first[key] = row.line
        kept.append(row)
    return kept, found


def fold(value: Any) -> Any:
    """Texts that differ only in case are one key."""
    return value.casefold() if isinstance(value, str) else value
