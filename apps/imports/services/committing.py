"""The third step: write the rows, all or the right ones, in one transaction; and take it back."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.core.errors import Conflict, Refusal
from apps.core.history import because
from apps.core.scope import Scope
from apps.imports.choices import CommitMode, RunState
from apps.imports.models import ImportRun, ImportUndo
from apps.imports.services.checking import Report, judged_rows, quietly, store_problems, take_counts
from apps.imports.services.runs import ImportNotOpen, is_stuck, locked_run, mark_failed, require_capability, scope_at
from apps.imports.services.targets import CommitResult, target_named
from apps.imports.services.telling import tell_committed, tell_undone
from apps.jobs.services import enqueue_next

COMMIT_KIND = "imports.commit_import"
UNDO_KIND = "imports.undo_import"


class RowsRefused(Refusal):
    """Rows have problems and the person wanted all rows or none."""

    code = "rows_refused"


class WarningsOpen(Refusal):
    """Rows look wrong and nobody has said that they are meant so."""

    code = "warnings_unconfirmed"


class NotImported(Conflict):
    """There is nothing to undo."""

    code = "not_imported"


def request_commit(
    *, run: ImportRun, mode: str, by: User, scope: Scope, now: datetime, is_confirmed: bool = False
) -> ImportRun:
    """Start the job that writes the checked rows.

    Needs imports.run and the target's capability. Refuses a run that is not checked, with all_or_nothing one that has
    problems, and one with warnings unless IS_CONFIRMED. A second click finds the job of the first.
    """
    require_capability(target_named(run.target), scope)
    with transaction.atomic(), because("imports.commit_requested", by=by):
        locked = locked_run(run)
        if locked.state in {RunState.COMMITTING, RunState.COMMITTED} and not is_stuck(locked):
            return locked
        require_checked(locked)
        require_acceptable(locked, mode)
        require_confirmed(locked, is_confirmed=is_confirmed)
        locked.mode = mode
        locked.handled_by = by
        locked.state = RunState.COMMITTING
        locked.problem_note = ""
        locked.job = enqueue_next(kind=COMMIT_KIND, period=str(locked.pk), by=by, now=now)
        locked.save(update_fields=["mode", "state", "handled_by", "problem_note", "job"])
    return locked


def require_checked(run: ImportRun) -> None:
    """Checked, or failed or stuck after it had been checked."""
    is_open = run.state == RunState.CHECKED or (run.state in {RunState.FAILED, RunState.COMMITTING} and run.checked_at)
    if not is_open:
        message = _("This import is “%(state)s”; match its columns and check it first.")
        raise ImportNotOpen(message % {"state": run.get_state_display()}, details={"state": run.state})


def require_acceptable(run: ImportRun, mode: str) -> None:
    """Nothing wrong, or the person takes the right rows alone; and something to write."""
    if mode not in CommitMode.values:
        raise RowsRefused(_("Choose: only if every row is right, or the right rows."), field="mode")
    if mode == CommitMode.ALL_OR_NOTHING and run.bad_row_count:
        raise RowsRefused(problem_sentence(run.bad_row_count, run.row_count), field="mode")
    if run.bad_row_count >= run.row_count:
        raise RowsRefused(_("No row is right, so there is nothing to import. Correct the file and send it again."))


def require_confirmed(run: ImportRun, *, is_confirmed: bool) -> None:
    """What looks wrong is imported when somebody has looked at it."""
    if run.warning_count and not is_confirmed:
        message = ngettext(
            "%(count)s value looks wrong. Look at it, then confirm that it is right.",
            "%(count)s values look wrong. Look at them, then confirm that they are right.",
            run.warning_count,
        )
        details = {"warning_count": run.warning_count}
        raise WarningsOpen(message % {"count": run.warning_count}, field="confirmed", details=details)


def problem_sentence(bad: int, total: int) -> str:
    """How many rows stand in the way."""
    message = ngettext(
        "%(bad)s of %(total)s rows has a problem. Correct the file, or import the right rows only.",
        "%(bad)s of %(total)s rows have problems. Correct the file, or import the right rows only.",
        bad,
    )
    return message % {"bad": bad, "total": total}


def commit_import(*, run_id: int, now: datetime, report: Report = quietly) -> ImportRun:
    """Write the rows of a run in state committing: one transaction with the run's own end, so a kill midway leaves nothing.

    For the job and the command, after request_commit; acts with the rights the person has now. Safe to call twice: a run
    that is already imported stays as it is. Rows are judged again, for the world may have moved since the check.
    """
    try:
        with transaction.atomic():
            return write_rows(run_id=run_id, now=now, report=report)
    except Refusal as refusal:
        mark_failed(run_id=run_id, note=str(refusal), now=now)
        raise
    except IntegrityError as error:
        note = _("Somebody changed the same records at the same moment. Nothing was stored; import again.")
        mark_failed(run_id=run_id, note=note, now=now)
        raise ImportNotOpen(note) from error


def write_rows(*, run_id: int, now: datetime, report: Report) -> ImportRun:
    """The transaction of commit_import."""
    run = (
        ImportRun.objects.select_for_update(of=("self",))
        .select_related("attachment", "handled_by", "job")
        .get(pk=run_id)
    )
    if run.state != RunState.COMMITTING:
        return run
    target = target_named(run.target)
    prepared, rows, errors = judged_rows(run, target=target, now=now, report=report)
    if len(rows) < prepared.row_count and run.mode == CommitMode.ALL_OR_NOTHING:
        raise RowsRefused(problem_sentence(prepared.row_count - len(rows), prepared.row_count))
    report(70, _("Writing the rows"))
    with because("imports.imported", by=run.handled_by, import_run=run.pk):
        result = target.commit(rows, by=run.handled_by, now=now, import_run=run)
        report(95, _("Keeping what undoes it"))
        keep_undo(run, result)
        store_problems(run, errors)
        run.state = RunState.COMMITTED
        run.committed_at = now
        run.row_count = prepared.row_count
        run.bad_row_count = prepared.row_count - len(rows)
        take_counts(run, result)
        run.save()
    tell_committed(run, now=now)
    return run


def keep_undo(run: ImportRun, result: CommitResult) -> None:
    """Store the target's undo entries in the order they were made."""
    ImportUndo.objects.bulk_create(
        [ImportUndo(run=run, position=position, entry=entry) for position, entry in enumerate(result.undo)],
        batch_size=2_000,
    )


def request_undo(*, run: ImportRun, reason: str, by: User, scope: Scope, now: datetime) -> ImportRun:
    """Start the job that takes an import back.

    Needs imports.run and the target's capability, and a reason. Refuses a run that is not imported.
    """
    require_capability(target_named(run.target), scope)
    if not reason.strip():
        raise RowsRefused(_("Say why the import is taken back."), field="reason")
    with transaction.atomic(), because("imports.undo_requested", by=by, reason=reason):
        locked = locked_run(run)
        require_imported(locked)
        params = {"reason": reason.strip()[:500]}
        locked.job = enqueue_next(kind=UNDO_KIND, period=str(locked.pk), params=params, by=by, now=now)
        locked.problem_note = ""
        locked.save(update_fields=["job", "problem_note"])
    return locked


def require_imported(run: ImportRun) -> None:
    """Only what has been imported can be taken back."""
    if run.state != RunState.COMMITTED:
        message = _("This import is “%(state)s”: there is nothing to take back.")
        raise NotImported(message % {"state": run.get_state_display()}, details={"state": run.state})


def undo_import(*, run_id: int, reason: str, by: User, now: datetime) -> ImportRun:
    """Take an import back in one transaction: the target restores what it changed, newest first.

    For the job and the command; needs the target's capability now. The target refuses when something was built on the rows
    since; then nothing changes and the run says why. Safe to call twice.
    """
    try:
        with transaction.atomic(), because("imports.undone", by=by, reason=reason, import_run=run_id):
            run = ImportRun.objects.select_for_update(of=("self",)).select_related("handled_by").get(pk=run_id)
            if run.state == RunState.UNDONE:
                return run
            require_imported(run)
            target = target_named(run.target)
            require_capability(target, scope_at(by, now))
            entries = list(run.undo_entries.order_by("-position").values_list("entry", flat=True))
            target.undo(entries, by=by, now=now)
            run.state = RunState.UNDONE
            run.undone_at = now
            run.save(update_fields=["state", "undone_at"])
            tell_undone(run, reason=reason, now=now)
            return run
    except Refusal as refusal:
        ImportRun.objects.filter(pk=run_id).update(problem_note=str(refusal))
        raise
