"""A long, clean CSV of values: columns to staging lines without a Python object a row. Then the one way in judges them.

For files that need no more than columns and fixed values read as they stand: UTF-8, a point for decimals, months as
YYYY-MM or YYYY-MM-DD. Whatever else is the importer's: `NotPlain` says so, and the caller takes the file there.
"""

import csv
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.scope import Scope
from apps.departments.selectors import find_by_code_or_alias
from apps.imports.models import ImportRun
from apps.imports.rules.mapping import FieldMapping, parse_mapping
from apps.imports.rules.sources import UNSAID, Source
from apps.imports.services.runs import noted_run
from apps.kpis.choices import ValueKind, ValueSource
from apps.kpis.selectors.finding import resolve_kpis
from apps.kpis.services.staging import COLUMNS
from apps.kpis.services.values import Recorded, record_lines

NUMBERS = {"value": "value", "numerator": "numerator", "denominator": "denominator", "ytd": "ytd_value"}
TEXTS = ("department", "kpi", "month", "note")
REQUIRED = ("department", "kpi", "month")
NUMBER = r"^[-+]?(\d{1,18}(\.\d{0,20})?|\.\d{1,20})$"
MONTH = r"^\d{4}-\d{2}(-\d{2})?$"


class NotPlain(Exception):
    """The file or its mapping asks for more than this way can; LINES are the first that do."""

    def __init__(self, lines: tuple[int, ...] = ()) -> None:
        super().__init__(str(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Plain:
    """A file that can be taken this way."""

    path: Path
    delimiter: str
    mapping: FieldMapping


def plain_file(path: Path, mapping: dict[str, Any], *, field_names: list[str]) -> Plain:
    """The file, if its headings and mapping let it be taken this way; NotPlain otherwise."""
    with path.open("rb") as file:
        first = file.readline(65_536)
    try:
        line = first.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise NotPlain from error
    delimiter = max(",;\t|", key=line.count)
    headings = next(csv.reader([line], delimiter=delimiter), [])
    parsed = parse_mapping(mapping, field_names=field_names, headings=headings)
    known = {*NUMBERS, *TEXTS}
    is_plain = set(parsed.sources) <= known and all(is_plain_source(source) for source in parsed.sources.values())
    is_whole = not (parsed.keep or parsed.unpivot or parsed.combine) and set(REQUIRED) <= set(parsed.sources)
    if not (is_plain and is_whole) or len(set(headings)) != len(headings):
        raise NotPlain
    return Plain(path, delimiter, parsed)


def is_plain_source(source: Source) -> bool:
    """A column or a fixed value as it stands."""
    is_bare = not (source.values or source.blank or source.when or source.times) and source.otherwise is UNSAID
    return source.kind in {"column", "constant"} and is_bare


def record_file(*, plain: Plain, by: User, scope: Scope, now: datetime, is_dry_run: bool = False) -> Recorded | None:
    """Store the values of a clean file, all or none, as an import that can be taken back. kpis.record.

    NotPlain when a line is not what this way reads; then nothing was stored. A dry run gives None: every line can be read.
    """
    frame = texts_of(plain)
    keyed = with_keys(frame, scope)
    broken = keyed.filter(is_broken()).select("line").head(20).collect(engine="streaming")
    if broken.height:
        raise NotPlain(tuple(broken["line"].to_list()))
    if is_dry_run:
        return None
    with tempfile.NamedTemporaryFile(prefix="kpi-values-", suffix=".csv") as staging, transaction.atomic():
        keyed.select(staging_columns()).sink_csv(staging.name, include_header=False, null_value="")
        run = noted_run(target="kpis.values", file_name=plain.path.name, mapping={}, by=by, now=now)
        with Path(staging.name).open("rb") as lines:
            done = record_lines(
                lines=lines,
                scope=scope,
                by=by,
                now=now,
                reason=_("Imported from %(file)s") % {"file": plain.path.name},
                source=ValueSource.IMPORTED,
                import_run=run.pk,
            )
        keep_counts(run, done)
    return done


def keep_counts(run: ImportRun, done: Recorded) -> None:
    """What the run did, and what takes it back."""
    run.created_count, run.changed_count, run.unchanged_count = done.created, done.changed, done.unchanged
    run.row_count = done.created + done.changed + done.unchanged
    run.save()
    run.undo_entries.create(position=0, entry={"run": run.pk})


def texts_of(plain: Plain) -> pl.LazyFrame:
    """Every field as trimmed text, blank as null, with the line it stands in."""
    frame = pl.scan_csv(
        plain.path, separator=plain.delimiter, infer_schema=False, row_index_name="line", row_index_offset=2
    )
    chosen = [pl.col("line").cast(pl.Int64)]
    for name in (*TEXTS, *NUMBERS):
        source = plain.mapping.sources.get(name)
        text = pl.lit(None, dtype=pl.String)
        if source is not None:
            text = pl.col(source.column) if source.kind == "column" else pl.lit(str(source.value), dtype=pl.String)
        text = text.str.strip_chars()
        chosen.append(pl.when(text != "").then(text).alias(name))
    return frame.select(chosen)


def with_keys(frame: pl.LazyFrame, scope: Scope) -> pl.LazyFrame:
    """The lines with the keys of what they name: as many look-ups as there are pairs, not lines."""
    pairs = frame.select("department", "kpi").unique().drop_nulls().collect(engine="streaming")
    places = find_by_code_or_alias(set(pairs["department"].to_list()))
    rows = [(place, code, places[place].pk) for place, code in pairs.iter_rows() if place in places]
    found = resolve_kpis(scope, ((code, pk) for _place, code, pk in rows))
    known = [(place, code, pk, found[code, pk].pk) for place, code, pk in rows if (code, pk) in found]
    schema = {"department": pl.String, "kpi": pl.String, "department_id": pl.Int64, "kpi_id": pl.Int64}
    keys = pl.DataFrame(known, schema=schema, orient="row").lazy()
    return frame.join(keys, on=["department", "kpi"], how="left")


def is_broken() -> pl.Expr:
    """Lines this way cannot read; nothing in a line at all is one of them."""
    numbers = [pl.col(name).is_not_null() & ~pl.col(name).str.contains(NUMBER) for name in NUMBERS]
    month = pl.col("month").is_null() | ~pl.col("month").str.contains(MONTH) | first_day().is_null()
    return pl.any_horizontal(pl.col("kpi_id").is_null(), month, *(broken.fill_null(value=False) for broken in numbers))


def first_day() -> pl.Expr:
    """The first day of the line's month."""
    return (pl.col("month").str.slice(0, 7) + "-01").str.to_date("%Y-%m-%d", strict=False)


def staging_columns() -> list[pl.Expr]:
    """The columns of the staging table, in its order."""
    made = {
        "month": first_day().alias("month"),
        "kind": pl.lit(str(ValueKind.NUMBER)).alias("kind"),
        **{stored: pl.col(name).alias(stored) for name, stored in NUMBERS.items()},
    }
    return [made.get(name, pl.col(name)) for name in COLUMNS]
