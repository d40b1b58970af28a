"""The second step: match the columns, read every row, name everything that is wrong. Nothing of the target is written."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.core.history import because
from apps.core.scope import Scope
from apps.imports.choices import RunState
from apps.imports.models import ImportMapping, ImportProblem, ImportRun
from apps.imports.rules.mapping import parse_mapping
from apps.imports.rules.sources import Source
from apps.imports.rules.suggesting import heading_digest
from apps.imports.services.preparing import Prepared, prepare_rows, usable_mapping
from apps.imports.services.reading import read_attachment
from apps.imports.services.runs import attachment_of, mark_failed, open_run, require_capability, scope_at
from apps.imports.services.targets import CommitResult, ImportRow, ImportTarget, RowError, target_named, without_faults
from apps.jobs.services import enqueue_next

AT_ONCE_BYTES = 1_500_000
KEPT_PROBLEMS = 10_000
REHEARSED_ROWS = 5_000
CHECK_KIND = "imports.check_import"
Report = Callable[[int, str], None]
"""Told how far a step is: percent, and what is being done."""


class RowsContradict(Refusal):
    """The database refuses the rows, though each for itself is right."""

    code = "rows_contradict"


class MappingNameTaken(Refusal):
    """A saved mapping of this name exists already."""

    code = "mapping_name_taken"


def quietly(_done: int, _note: str) -> None:
    """Report to nobody."""


def map_import(*, run: ImportRun, mapping: dict[str, Any], by: User, scope: Scope, now: datetime) -> ImportRun:
    """Match the file's columns to the target's fields and check every row: at once for small files, else as a job.

    Needs imports.run and the target's capability. Refuses a mapping that leaves out a required field or names an unknown
    column, and a run that has gone further.
    """
    target = target_named(run.target)
    require_capability(target, scope)
    usable_mapping(mapping, target=target, headings=run.headings)
    with transaction.atomic(), because("imports.mapped", by=by):
        locked = open_run(run)
        locked.mapping = mapping
        locked.handled_by = by
        locked.state = RunState.CHECKING
        locked.problem_note = ""
        is_large = attachment_of(locked).byte_count > AT_ONCE_BYTES
        locked.job = enqueue_next(kind=CHECK_KIND, period=str(locked.pk), by=by, now=now) if is_large else None
        locked.save(update_fields=["mapping", "state", "handled_by", "problem_note", "job"])
    return locked if is_large else check_import(run_id=locked.pk, now=now)


def check_import(*, run_id: int, now: datetime, report: Report = quietly) -> ImportRun:
    """Read and judge every row of a run in state checking, and store the problems. Safe to call twice.

    For map_import and its job; runs with the rights the person has now. A file that cannot be read fails the run, and so
    does one whose right rows cannot be stored. Up to REHEARSED_ROWS rows the writing is rehearsed and taken back at once,
    so that the person knows beforehand how many records would be new and how many would change.
    """
    run = ImportRun.objects.select_related("attachment", "handled_by", "job").get(pk=run_id)
    if run.state != RunState.CHECKING:
        return run
    try:
        target = target_named(run.target)
        prepared, rows, errors = judged_rows(run, target=target, now=now, report=report)
        foreseen = rehearsed(run, rows, target=target, now=now, report=report)
    except Refusal as refusal:
        mark_failed(run_id=run_id, note=str(refusal), now=now)
        run.refresh_from_db()
        return run
    with transaction.atomic(), because("imports.checked", by=run.handled_by):
        locked = ImportRun.objects.select_for_update().get(pk=run_id)
        if locked.state == RunState.CHECKING and locked.mapping == run.mapping:
            store_problems(locked, errors)
            locked.state = RunState.CHECKED
            locked.checked_at = now
            locked.row_count = prepared.row_count
            locked.bad_row_count = prepared.row_count - len(rows)
            take_counts(locked, foreseen)
            locked.save()
    return locked


def judged_rows(
    run: ImportRun, *, target: ImportTarget, now: datetime, report: Report
) -> tuple[Prepared, list[ImportRow], list[RowError]]:
    """Read the file again, convert, let the target judge: what was prepared, the good rows, every problem."""
    scope = scope_at(run.handled_by, now)
    require_capability(target, scope)
    report(5, _("Reading the file"))
    table = read_attachment(attachment_of(run), layout=run.layout)
    report(30, _("Reading the values"))
    prepared = prepare_rows(table, run=run, target=target)
    report(50, _("Checking the rows"))
    errors = prepared.errors + target.check(prepared.rows, scope=scope, now=now)
    errors.sort(key=lambda error: (error.line, error.column, error.field))
    return prepared, without_faults(prepared.rows, errors), errors


def rehearsed(
    run: ImportRun, rows: list[ImportRow], *, target: ImportTarget, now: datetime, report: Report
) -> CommitResult | None:
    """What writing these rows would do; None when there are none or too many. Leaves nothing behind."""
    if not 0 < len(rows) <= REHEARSED_ROWS:
        return None
    report(80, _("Rehearsing the import"))
    try:
        with transaction.atomic():
            result = target.commit(rows, by=run.handled_by, now=now, import_run=run)
            transaction.set_rollback(True)
    except IntegrityError as error:
        message = _(
            "The rows contradict each other or what is stored, and cannot be stored together. Correct the file."
        )
        raise RowsContradict(message) from error
    return result


def take_counts(run: ImportRun, result: CommitResult | None) -> None:
    """Write what would be or was done into the run."""
    run.is_rehearsed = result is not None
    run.created_count = result.created if result else 0
    run.changed_count = result.changed if result else 0
    run.unchanged_count = result.unchanged if result else 0


def store_problems(run: ImportRun, errors: list[RowError]) -> None:
    """Count the run's problems and warnings and replace them; more than can be read by anyone are counted, not kept."""
    warnings = [error for error in errors if error.is_warning]
    run.warning_count = len(warnings)
    run.problem_count = len(errors) - len(warnings)
    faults = [error for error in errors if not error.is_warning]
    kept = [*faults[:KEPT_PROBLEMS], *warnings[:KEPT_PROBLEMS]]
    run.problems.all().delete()
    ImportProblem.objects.bulk_create(problems_from(run, kept), batch_size=2_000)


def problems_from(run: ImportRun, errors: Sequence[RowError]) -> list[ImportProblem]:
    """The errors as problems of the run, not stored: each with the column of the file its field is read from."""
    columns = columns_of(run)
    return [
        ImportProblem(
            run=run,
            line=error.line,
            field=error.field[:60],
            column=(error.column or columns.get(error.field, ""))[:200],
            value=storable(error.value)[:200],
            message=storable(error.message)[:500],
            is_warning=error.is_warning,
        )
        for error in errors
    ]


def columns_of(run: ImportRun) -> dict[str, str]:
    """Field name → the column or columns of the file it is read from."""
    target = target_named(run.target)
    mapping = parse_mapping(run.mapping, field_names=[spec.name for spec in target.fields], headings=run.headings)
    return {name: ", ".join(source_columns(source)) for name, source in mapping.sources.items()}


def source_columns(source: Source) -> list[str]:
    """The columns a source reads, each once."""
    return list(dict.fromkeys(source.columns))


def storable(text: str) -> str:
    """Text PostgreSQL takes: no NUL, no lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def save_mapping(*, run: ImportRun, name: str, by: User, is_replacing: bool = False) -> ImportMapping:
    """Keep the run's mapping under a name, to be offered for files with the same headings.

    Whoever may run the import may. Refuses a name in use unless IS_REPLACING.
    """
    cleaned = " ".join(name.split())[:80]
    if not cleaned:
        raise MappingNameTaken(_("Give the mapping a name."), field="name")
    with transaction.atomic(), because("imports.mapping_saved", by=by):
        found = ImportMapping.objects.select_for_update().filter(target=run.target, name=cleaned).first()
        if found is not None and not is_replacing:
            message = _("There is a mapping named “%(name)s” already. Choose another name, or tick “replace”.")
            raise MappingNameTaken(message % {"name": cleaned}, field="name")
        kept = found or ImportMapping(target=run.target, name=cleaned)
        kept.rules = run.mapping
        kept.heading_digest = heading_digest(run.headings)
        kept.saved_by = by
        kept.save()
    return kept


def forget_mapping(*, mapping: ImportMapping, by: User) -> None:
    """Remove a saved mapping. Whoever may run the import may; runs made with it keep their own copy."""
    with transaction.atomic(), because("imports.mapping_removed", by=by):
        mapping.delete()
