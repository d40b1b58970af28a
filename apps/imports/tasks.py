"""The importer's jobs: large checks, commits, undos. Each service is safe to call again after a kill."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.imports.services.checking import Report, check_import
from apps.imports.services.committing import commit_import, undo_import
from apps.jobs.models import JobRun
from apps.jobs.services import Result, job, report_progress


def reporter(run: JobRun) -> Report:
    """Pass a step's progress on to its job, in percent."""
    return lambda done, note: report_progress(run=run, done=done, total=100, note=note)


# is_whole=False: the services own their transactions, and write down why they failed after rolling back.
@job("imports.check_import", label=_("Check of an import file"), queue="import", is_whole=False)
def check_import_job(run: JobRun, now: datetime) -> Result:
    """Judge every row of a large file."""
    checked = check_import(run_id=int(run.period), now=now, report=reporter(run))
    return {"rows": checked.row_count, "problems": checked.problem_count}


@job("imports.commit_import", label=_("Import of a file"), queue="import", is_whole=False)
def commit_import_job(run: JobRun, now: datetime) -> Result:
    """Write the rows."""
    done = commit_import(run_id=int(run.period), now=now, report=reporter(run))
    return {"created": done.created_count, "changed": done.changed_count, "unchanged": done.unchanged_count}


@job("imports.undo_import", label=_("Taking back of an import"), queue="import", is_whole=False)
def undo_import_job(run: JobRun, now: datetime) -> Result:
    """Restore what the import changed."""
    by = run.started_by
    assert isinstance(by, User)
    undone = undo_import(run_id=int(run.period), reason=str(run.params["reason"]), by=by, now=now)
    return {"undone": undone.created_count + undone.changed_count}
