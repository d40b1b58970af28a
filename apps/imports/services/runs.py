"""What every step asks of a run: may this person, is it still open, lock it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.clock import local_date
from apps.core.errors import Conflict, NotAllowed, Refusal
from apps.core.history import because
from apps.core.scope import Scope
from apps.files.models import Attachment
from apps.imports.choices import FileFormat, RunState
from apps.imports.models import ImportRun
from apps.imports.services.targets import ImportTarget
from apps.imports.services.telling import tell_failed
from apps.jobs.services import RunEnded, cancel

OPEN_STATES = (RunState.UPLOADED, RunState.CHECKED, RunState.FAILED)


class ImportNotOpen(Conflict):
    """The import has gone further than this step."""

    code = "import_not_open"


class FileGone(Refusal):
    """The import's file has been removed."""

    code = "file_gone"


def require_capability(target: ImportTarget, scope: Scope) -> None:
    """The target's own capability, besides imports.run."""
    if not scope.may(target.capability):
        message = _("You may not import “%(target)s”: it needs the right to change the same records by hand.")
        raise NotAllowed(message % {"target": target.label}, field="target")


def scope_at(user: User, now: datetime) -> Scope:
    """How far the person sees at this moment: a job asks anew, whatever was true when it was asked for."""
    scope: Scope = import_string(settings.SCOPE_OF)(user, local_date(now))
    return scope


def locked_run(run: ImportRun) -> ImportRun:
    """The run as it stands now, under lock, with its file and job. Call inside a transaction."""
    return ImportRun.objects.select_for_update(of=("self",)).select_related("attachment", "job").get(pk=run.pk)


def open_run(run: ImportRun) -> ImportRun:
    """The run under lock; a Conflict when it is being worked on, imported, undone or cancelled."""
    locked = locked_run(run)
    if locked.state in OPEN_STATES or is_stuck(locked):
        return locked
    message = _("This import is “%(state)s”. Start a new one to change it.")
    raise ImportNotOpen(message % {"state": locked.get_state_display()}, details={"state": locked.state})


def is_stuck(run: ImportRun) -> bool:
    """Being worked on by a job that has ended without a word: it may be started again."""
    is_busy = run.state in {RunState.CHECKING, RunState.COMMITTING}
    return is_busy and (run.job is None or not run.job.is_open)


def attachment_of(run: ImportRun) -> Attachment:
    """The run's file; refused when it was removed."""
    if run.attachment is None:
        raise FileGone(_("The file of this import has been removed. Send it again."))
    return run.attachment


def cancel_import(*, run: ImportRun, by: User, now: datetime) -> ImportRun:
    """Call an import off before anything was written; a job at work on it is stopped.

    Whoever may run it may. Refuses one that has been imported or undone.
    """
    with transaction.atomic(), because("imports.cancelled", by=by):
        locked = locked_run(run)
        if locked.state in {RunState.COMMITTED, RunState.UNDONE, RunState.CANCELLED}:
            message = _("This import is “%(state)s”: there is nothing to call off.")
            raise ImportNotOpen(message % {"state": locked.get_state_display()}, details={"state": locked.state})
        if locked.job is not None and locked.job.is_open:
            stop_job(locked, by=by, now=now)
        locked.state = RunState.CANCELLED
        locked.save(update_fields=["state"])
    return locked


def stop_job(run: ImportRun, *, by: User, now: datetime) -> None:
    """Ask the run's job to stop; one that has just ended is no matter."""
    assert run.job is not None
    try:
        cancel(run=run.job, by=by, now=now)
    except RunEnded:
        return


def noted_run(*, target: str, file_name: str, mapping: dict[str, Any], by: User, now: datetime) -> ImportRun:
    """A run for a file that was taken whole on the command line, so that it is listed and can be taken back."""
    return ImportRun.objects.create(
        target=target,
        file_name=file_name[:255],
        file_format=FileFormat.CSV,
        mapping=mapping,
        state=RunState.COMMITTED,
        started_by=by,
        handled_by=by,
        started_at=now,
        checked_at=now,
        committed_at=now,
    )


def unsaved_run(*, target: str, mapping: dict[str, Any], headings: list[str], layout: dict[str, str]) -> ImportRun:
    """A run for such a file while it is only being read: what the steps of the frame ask of one, and not stored."""
    return ImportRun(target=target, file_format=FileFormat.CSV, mapping=mapping, headings=headings, layout=layout)


def mark_failed(*, run_id: int, note: str, now: datetime) -> None:
    """Write and tell why a step ended without effect. For the steps' own use, after their transaction was rolled back."""
    with transaction.atomic(), because("imports.failed", reason=note):
        busy = ImportRun.objects.filter(pk=run_id, state__in=(RunState.CHECKING, RunState.COMMITTING))
        if busy.update(state=RunState.FAILED, problem_note=note):
            tell_failed(ImportRun.objects.get(pk=run_id), now=now)
