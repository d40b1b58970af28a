"""Asking for work, asking for it again, calling it off."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Conflict
from apps.jobs.choices import JobState, ShardState
from apps.jobs.models import JobRun, JobShard
from apps.jobs.services.publishing import nudge_on_commit
from apps.jobs.services.registry import kind_of


class RunNotFailed(Conflict):
    """Only a failed or cancelled run is started again; anything else is on its way or done."""

    code = "run_not_failed"


class RunEnded(Conflict):
    """The run has ended: there is nothing left to cancel."""

    code = "run_ended"


def enqueue(
    *, kind: str, period: str, version: int = 1, params: dict[str, Any] | None = None, by: User | None, now: datetime
) -> JobRun:
    """Ask for one run of KIND for PERIOD; the worker is woken when the caller's transaction commits.

    Whoever may do the work may ask for it (the caller's service checks). The run is unique by (kind, period, version):
    asking again gives the row there is, in whatever state. Refuses a kind no task is registered for.
    """
    queue = kind_of(kind).queue
    with transaction.atomic():
        run, is_new = JobRun.objects.get_or_create(
            kind=kind,
            period=period,
            version=version,
            defaults={"params": params or {}, "started_by": by, "queue": queue, "due_at": now},
        )
        if is_new:
            nudge_run(run)
    return run


def enqueue_next(
    *, kind: str, period: str, params: dict[str, Any] | None = None, by: User | None, now: datetime
) -> JobRun:
    """Ask for a new version of a run for PERIOD, unless one is still waiting or running: then that one is returned.

    Two askers at once get the same new run: both reckon the same next number, and the pair (period, number) is unique.
    """
    with transaction.atomic():
        runs = JobRun.objects.filter(kind=kind, period=period)
        if open_run := runs.filter(state__in=(JobState.QUEUED, JobState.RUNNING)).first():
            return open_run
        newest: int = runs.aggregate(newest=Max("version"))["newest"] or 0
        return enqueue(kind=kind, period=period, version=newest + 1, params=params, by=by, now=now)


def nudge_run(run: JobRun) -> None:
    """Wake a worker for RUN after commit."""
    nudge_on_commit(f"{run.kind}_job", queue=run.queue, run_id=run.pk)


def requeue(*, run: JobRun, by: User | None, now: datetime) -> JobRun:
    """Start a failed or cancelled run again from the beginning (its failed shards; done ones are kept).

    Needs jobs.manage, or is asked for by the service that owns the run. Refuses a run that is waiting, running or done.
    """
    with transaction.atomic():
        changed = JobRun.objects.filter(pk=run.pk, state__in=(JobState.FAILED, JobState.CANCELLED)).update(
            state=JobState.QUEUED,
            error="",
            note="",
            is_cancel_asked=False,
            attempt_count=0,
            nudge_count=0,
            nudged_at=None,
            lease_until=None,
            finished_at=None,
            due_at=now,
        )
        run.refresh_from_db()
        if not changed:
            message = _("This job is “%(state)s”. Only a failed or cancelled one can be started again.")
            facts = {"state": run.state, "by": str(by or "")}
            raise RunNotFailed(message % {"state": run.get_state_display()}, details=facts)
        JobShard.objects.filter(run=run).exclude(state=ShardState.DONE).update(
            state=ShardState.QUEUED,
            attempt_count=0,
            nudge_count=0,
            nudged_at=None,
            lease_until=None,
            error="",
            due_at=now,
        )
        nudge_run(run)
    return run


def cancel(*, run: JobRun, by: User | None, now: datetime) -> JobRun:
    """Call a run off: a waiting one at once, a running one at its next report or beat; what it has not committed is undone.

    Needs jobs.manage, or is asked for by the service that owns the run. Refuses a run that has ended.
    """
    with transaction.atomic():
        waiting = JobRun.objects.filter(pk=run.pk, state=JobState.QUEUED).update(
            state=JobState.CANCELLED, finished_at=now, error=_cancelled_by(by)
        )
        # A run whose shards are out is held by nobody: it ends here, and its shards find it ended when they look.
        split = JobRun.objects.filter(pk=run.pk, state=JobState.RUNNING, lease_until=None).update(
            state=JobState.CANCELLED, finished_at=now, error=_cancelled_by(by)
        )
        asked = JobRun.objects.filter(pk=run.pk, state=JobState.RUNNING).update(
            is_cancel_asked=True, error=_cancelled_by(by)
        )
        run.refresh_from_db()
        if not (waiting or split or asked):
            message = _("This job is “%(state)s” already: there is nothing to cancel.")
            raise RunEnded(message % {"state": run.get_state_display()}, details={"state": run.state})
    return run


def _cancelled_by(by: User | None) -> str:
    return _("Cancelled by %(name)s.") % {"name": by} if by else _("Cancelled.")
