"""A long CSV of values: columns to staging lines without a Python object a row. Then the one way in judges them.

Lines that are not written in the plainest way (a number with thousands marks, a month by name, a mistake) are read one by
one by the importer's frame, so that what is right is taken and what is wrong is named in the frame's words.
"""

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.scope import Scope
from apps.departments.selectors import find_by_code_or_alias
from apps.imports.choices import CommitMode, FileFormat
from apps.imports.models import ImportRun
from apps.imports.rules.cells import EARLIEST_YEAR, LATEST_YEAR
from apps.imports.services.checking import store_problems
from apps.imports.services.preparing import prepare_rows
from apps.imports.services.reading import Table
from apps.imports.services.runs import noted_run, unsaved_run
from apps.imports.services.targets import RowError
from apps.imports.services.telling import tell_committed
from apps.kpis.choices import ValueKind, ValueSource
from apps.kpis.selectors.finding import resolve_kpis
from apps.kpis.services.importing import FIELD_NAMES, VALUE_TARGET
from apps.kpis.services.matching import matched
from apps.kpis.services.plain_files import NO_TEXT, NUMBERS, Plain, rewritten, texts_of
from apps.kpis.services.refusals import ValuesRefused
from apps.kpis.services.staging import COLUMNS, staged
from apps.kpis.services.values import Recorded, check_lines, record_lines

DIGITS = r"^[-+]?(\d{1,18}(MARK\d{0,20})?|MARK\d{1,20})$"
MONTH = r"^\d{4}-\d{2}(-\d{2})?$"
ODD_NOTE = r"^'|[\p{Cc}--[\n\t\r]]|[\x{202a}-\x{202e}\x{2066}-\x{2069}\x{fffd}]"
LONGEST_NOTE = VALUE_TARGET.spec_of("note").max_length
AT_ONCE = 10_000


@dataclass(slots=True)
class Taken:
    """What became of a file. DONE is None when nothing was stored; ERRORS name every line that is wrong, in order."""

    run: ImportRun
    """Stored only where values were."""
    errors: list[RowError] = field(default_factory=list)
    done: Recorded | None = None


def record_file(
    *,
    plain: Plain,
    by: User,
    scope: Scope,
    now: datetime,
    is_partial: bool = False,
    is_dry_run: bool = False,
    is_confirmed: bool = True,
) -> Taken:
    """Store the values of a long file as an import that can be taken back: all, none, or with IS_PARTIAL the right ones.

    Needs kpis.record. Every line is read and judged in any case, and every wrong one named; a dry run stores nothing, and
    so does a file with a wrong line unless IS_PARTIAL. What looks wrong is a warning; unless IS_CONFIRMED it is wrong too.
    """
    plain, keyed, odd = looked_through_at_last(plain, scope)
    taken = Taken(
        unsaved_run(target=VALUE_TARGET.name, mapping=plain.rules, headings=plain.headings, layout=plain.layout)
    )
    with tempfile.NamedTemporaryFile(prefix="kpi-values-", suffix=".csv") as staging:
        right = keyed.filter(~is_odd(plain)).select(staging_columns(plain))
        right.sink_csv(staging.name, include_header=False, null_value="")
        taken.run.row_count = line_count(Path(staging.name))
        with Path(staging.name).open("a", encoding="utf-8", newline="") as lines:
            read_odd(odd, plain, taken, lines, scope=scope)
        if is_dry_run or (taken.errors and not is_partial):
            tell_of(taken, judged(Path(staging.name), plain, scope=scope, now=now), keyed)
            return taken
        try:
            with transaction.atomic(), Path(staging.name).open("rb") as lines:
                confirmed = None if is_confirmed else ()
                how: dict[str, Any] = {"is_partial": is_partial, "confirmed": confirmed}
                store(lines, plain, taken, keyed, by=by, scope=scope, now=now, **how)
        except ValuesRefused as refusal:
            told = (refusal.details or {})["rows"]
            tell_of(taken, [error_of(row["row"], row["field"], row["message"]) for row in told], keyed)
    return taken


def looked_through(plain: Plain, scope: Scope) -> tuple[pl.LazyFrame, pl.DataFrame]:
    """The lines with their keys, and those that are to be read one by one."""
    keyed = with_keys(texts_of(plain), scope)
    odd = keyed.filter(is_odd(plain)).select("line", "over", *plain.cells).collect(engine="streaming")
    return keyed, odd.sort("line")


def looked_through_at_last(plain: Plain, scope: Scope) -> tuple[Plain, pl.LazyFrame, pl.DataFrame]:
    """The same, of the file rewritten where it cannot be read as it is; and the file that was read."""
    try:
        return plain, *looked_through(plain, scope)
    except pl.exceptions.PolarsError:
        if plain.is_rewritten:
            raise
        anew = rewritten(plain)
        return anew, *looked_through(anew, scope)


def line_count(path: Path) -> int:
    """How many values were staged: one a line but for line ends in notes."""
    frame = pl.scan_csv(path, has_header=False, infer_schema=False) if path.stat().st_size else None
    return 0 if frame is None else int(frame.select(pl.len()).collect(engine="streaming").item())


def read_odd(odd: pl.DataFrame, plain: Plain, taken: Taken, lines: IO[str], *, scope: Scope) -> None:
    """Read these lines as the frame does: add what can be read to LINES, name the rest in TAKEN."""
    for part in odd.iter_slices(AT_ONCE):
        rows = [(line, [*map(cell_of, cells), *(["1"] if over else [])]) for line, over, *cells in part.iter_rows()]
        held = [(line, cells) for line, cells in rows if any(cell not in (None, "") for cell in cells)]
        prepared = prepare_rows(Table(FileFormat.CSV, {}, plain.headings, held), run=taken.run, target=VALUE_TARGET)
        batch = matched(prepared.rows, scope=scope, by=None)
        taken.errors += [*prepared.errors, *batch.errors]
        taken.run.row_count += prepared.row_count
        lines.write(staged(batch.entries).read())


def cell_of(text: str | None) -> Any:
    """A cell as the frame's reader gives it: what is no text is a flaw, blanks are blank."""
    if text is None:
        return None
    return {"flaw": "encoding", "text": text} if NO_TEXT in text else text if text.strip() else ""


def judged(path: Path, plain: Plain, *, scope: Scope, now: datetime) -> list[RowError]:
    """What is wrong with the staged lines, storing nothing."""
    with path.open("rb") as lines:
        found = check_lines(lines=lines, scope=scope, reason=reason_of(plain), now=now)
    name = "value" if "value" in plain.mapping.sources else "numerator"
    warnings = [RowError(doubt.line, name, doubt.message, is_warning=True) for doubt in found.doubts]
    return [*(error_of(fault.line, fault.field, fault.message) for fault in found.faults), *warnings]


def error_of(line: int, name: str, message: str) -> RowError:
    """A fault of a staged line in the frame's form."""
    return RowError(line, FIELD_NAMES.get(name, name), message)


def store(
    lines: IO[bytes],
    plain: Plain,
    taken: Taken,
    keyed: pl.LazyFrame,
    *,
    by: User,
    scope: Scope,
    now: datetime,
    is_partial: bool,
    confirmed: Collection[int] | None,
) -> None:
    """Store the staged lines with a run, inside the caller's transaction; nothing is left where none could be stored."""
    run = noted_run(target=VALUE_TARGET.name, file_name=plain.file_name, mapping=plain.rules, by=by, now=now)
    run.headings, run.layout, run.row_count = plain.headings, plain.layout, taken.run.row_count
    done = record_lines(
        lines=lines,
        scope=scope,
        by=by,
        now=now,
        reason=reason_of(plain),
        source=ValueSource.IMPORTED,
        import_run=run.pk,
        is_partial=is_partial,
        confirmed=confirmed,
    )
    taken.run = run
    tell_of(taken, [error_of(fault.line, fault.field, fault.message) for fault in done.faults], keyed)
    if not (done.created or done.changed or done.unchanged):
        transaction.set_rollback(True)
        return
    taken.done = done
    run.created_count, run.changed_count, run.unchanged_count = done.created, done.changed, done.unchanged
    run.mode = CommitMode.GOOD_ROWS if is_partial else CommitMode.ALL_OR_NOTHING
    run.save()
    store_problems(run, taken.errors)
    tell_committed(run, now=now)
    run.undo_entries.create(position=0, entry={"run": run.pk})


def reason_of(plain: Plain) -> str:
    """What stands beside every value of the file."""
    return _("Imported from %(file)s") % {"file": plain.file_name}


def tell_of(taken: Taken, faults: Sequence[RowError], keyed: pl.LazyFrame) -> None:
    """Add what the judgement found, with what the file says there, in the order of the lines."""
    if faults:
        wanted = pl.DataFrame({"line": sorted({fault.line for fault in faults})}, schema={"line": pl.Int64}).lazy()
        found = keyed.join(wanted, on="line", how="semi").select("line", "department", "kpi", "month", *NUMBERS, "note")
        texts = {row["line"]: row for row in found.collect(engine="streaming").iter_rows(named=True)}
        taken.errors += [
            replace(fault, value=str(texts.get(fault.line, {}).get(fault.field) or "")[:200]) for fault in faults
        ]
    taken.errors.sort(key=lambda error: (error.line, error.field))
    run = taken.run
    wrong = [error.line for error in taken.errors if not error.is_warning]
    run.problem_count, run.bad_row_count = len(wrong), len(set(wrong))
    run.warning_count = len(taken.errors) - len(wrong)


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


def is_odd(plain: Plain) -> pl.Expr:
    """Lines that are to be read one by one; those with nothing in them are among these."""
    digits = DIGITS.replace("MARK", "," if plain.decimal == "," else r"\.")
    tests = [pl.col("kpi_id").is_null(), pl.col("over").is_not_null(), first_day().is_null()]
    tests += [~pl.col("month").str.contains(MONTH), ~first_day().dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR)]
    tests += [
        (pl.col("month").str.len_chars() > len("2026-01"))
        & pl.col("month").str.to_date("%Y-%m-%d", strict=False).is_null()
    ]
    tests += [~pl.col(name).str.contains(digits) for name in NUMBERS if name in plain.mapping.sources]
    if "note" in plain.mapping.sources:
        tests += [pl.col("note").str.contains(ODD_NOTE), pl.col("note").str.len_chars() > LONGEST_NOTE]
    return pl.any_horizontal(*(test.fill_null(value=False) for test in tests))


def first_day() -> pl.Expr:
    """The first day of the line's month."""
    return (pl.col("month").str.slice(0, 7) + "-01").str.to_date("%Y-%m-%d", strict=False)


def staging_columns(plain: Plain) -> list[pl.Expr]:
    """The columns of the staging table, in its order."""
    number = {name: pl.col(name).str.replace(",", ".", literal=True) for name in NUMBERS}
    numbers = number if plain.decimal == "," else {name: pl.col(name) for name in NUMBERS}
    made = {
        "month": first_day().alias("month"),
        "kind": pl.lit(str(ValueKind.NUMBER)).alias("kind"),
        **{stored_as: numbers[name].alias(stored_as) for name, stored_as in NUMBERS.items()},
    }
    return [made.get(name, pl.col(name)) for name in COLUMNS]
