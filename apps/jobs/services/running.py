"""A run in a worker's hands: claim, report, finish, fail, try again."""

import logging
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.errors import Refusal
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun, JobShard
from apps.jobs.rules import retry_wait
from apps.jobs.services.failing import tell_failed
from apps.jobs.services.leases import (
    JobCancelled,
    LeaseLost,
    current_heartbeat,
    is_away,
    keep_lease,
    once_it_is_back,
    taken_until,
    worker_name,
)
from apps.jobs.services.liveness import Watch, hold_next, watched
from apps.jobs.services.publishing import OutOfTime
from apps.jobs.services.registry import JobKind, kind_of

logger = logging.getLogger(__name__)

LONGEST_NOTE = 200


def claim(*, run_id: int, worker: str, now: datetime) -> JobRun | None:
    """Take a run that is due or was left by its holder; None when there is nothing to take.

    One conditional UPDATE decides among any number of workers. The fence goes up: the former holder can write no more.
    """
    run = JobRun.objects.filter(pk=run_id).first()
    if run is None or is_spent(run, kind_of(run.kind), now=now):
        return None
    is_watched = hold_next(run)
    taken = (
        JobRun.objects.filter(pk=run_id, fence=run.fence)
        .claimable(now)
        .update(
            **taken_until(now + kind_of(run.kind).lease),
            state=JobState.RUNNING,
            worker=worker,
            is_watched=is_watched,
            started_at=now,
            done_count=0,
            note="",
        )
    )
    # By its fence: should this worker have slept since, another's attempt is not taken for its own.
    return JobRun.objects.filter(pk=run_id, fence=run.fence + 1).first() if taken else None


def is_spent(row: JobRun | JobShard, kind: JobKind, *, now: datetime) -> bool:
    """Whether the last attempt that KIND allows was begun: should its holder be dead, the sweep gives the row up."""
    is_held = row.state == JobState.RUNNING and row.lease_until is not None and row.lease_until >= now
    return is_held and row.attempt_count >= kind.attempts


def report_progress(*, run: JobRun, done: int, total: int, note: str = "") -> None:
    """Say how far a run is. Inside a transaction the heartbeat writes it (within seconds), else it is written at once.

    Refuses to go on (LeaseLost, JobCancelled) when the run is no longer this worker's: let it pass, `work` handles it.
    """
    facts = {"done_count": done, "total_count": total, "note": note[:LONGEST_NOTE]}
    heart = current_heartbeat()
    if heart is not None:
        heart.check()
        if transaction.get_connection().in_atomic_block:
            heart.progress = facts
            return
    if not _held(run).update(**facts):
        raise LeaseLost(f"{run} is now worked on elsewhere.")


def finish(*, run: JobRun, result: dict[str, Any] | None, now: datetime) -> JobRun:
    """Mark a run done with its result, in the transaction of the effects: a worker that lost its lease commits neither."""
    run.refresh_from_db(fields=["total_count", "done_count"])
    changed = _held(run).update(
        state=JobState.DONE,
        result=result or {},
        error="",
        finished_at=now,
        lease_until=None,
        done_count=run.total_count,
    )
    if not changed:
        raise LeaseLost(f"{run} is now worked on elsewhere.")
    run.refresh_from_db()
    return run


def fail(*, run: JobRun, error: str, now: datetime) -> None:
    """Mark a run failed for good with a sentence for people, and tell whoever asked for it; only its present holder's word
    counts."""
    with transaction.atomic():
        if _held(run).update(state=JobState.FAILED, error=error, finished_at=now, lease_until=None):
            tell_failed([run.pk])


def retry_later(*, run: JobRun, error: str, now: datetime) -> None:
    """Put a run back to wait with back-off after a passing fault; failed for good when its attempts are used up."""
    if run.attempt_count >= kind_of(run.kind).attempts:
        fail(run=run, error=tried_words(error, run.attempt_count), now=now)
        return
    wait = retry_wait(run.attempt_count, jitter=secrets.randbelow(1001) / 1000)
    _held(run).update(
        state=JobState.QUEUED, error=error, due_at=now + wait, lease_until=None, nudged_at=None, nudge_count=0
    )


def work(*, run_id: int) -> JobRun | None:
    """Claim a run and do it; None when another worker has it or it is not due. What every `…_job` task calls.

    A refusal or an unforeseen fault fails the run with its sentence; a passing fault puts it back. Nothing of a whole body's
    writes stays unless the run is finished in the same transaction.
    """
    with watched() as watch:
        run = once_it_is_back(lambda: claim(run_id=run_id, worker=worker_name(), now=clock.now()))
        return None if run is None else _do(run, kind_of(run.kind), watch)


def _do(run: JobRun, kind: JobKind, watch: Watch) -> JobRun | None:
    try:
        with keep_lease(run, lease=kind.lease):
            _run_body(run, kind)
    except LeaseLost:
        logger.warning("%s was taken over by another worker", run)
        return None
    except JobCancelled:
        _held(run).update(state=JobState.CANCELLED, finished_at=clock.now(), lease_until=None)
    except Refusal as refusal:
        fail(run=run, error=str(refusal), now=clock.now())
    except Exception as error:
        is_over = not is_passing(error, kind)
        logger.log(logging.ERROR if is_over else logging.WARNING, "%s stopped at a fault", run, exc_info=True)
        if is_over:
            fail(run=run, error=describe(error), now=clock.now())
        elif watch.is_cut():
            # For the database this worker is dead: the sweep gives the work to whoever is there, as soon as it can.
            return None
        else:
            retry_later(run=run, error=describe(error), now=clock.now())
    run.refresh_from_db()
    return run


def is_passing(error: Exception, kind: JobKind) -> bool:
    """Whether a fault may be gone at the next attempt: the database was away, time ran out, or KIND names it so."""
    return is_away(error) or isinstance(error, (OutOfTime, *kind.retry_on))


def tried_words(error: str, count: int) -> str:
    """A fault that was tried again in vain, in words."""
    return _("%(error)s Tried %(count)s times.") % {"error": error, "count": count}


def describe(error: Exception) -> str:
    """A fault in one line for the row."""
    if isinstance(error, OutOfTime):
        return _("It took longer than allowed.")
    return f"{type(error).__name__}: {error}"[:2000]


def _run_body(run: JobRun, kind: JobKind) -> None:
    if kind.shard is not None:
        with transaction.atomic():
            result = kind.body(run, clock.now())
            run.refresh_from_db()
            if not run.shard_count:
                finish(run=run, result=result, now=clock.now())
        return
    if not kind.is_whole:
        result = kind.body(run, clock.now())
        finish(run=run, result=result, now=clock.now())
        return
    with transaction.atomic():
        result = kind.body(run, clock.now())
        finish(run=run, result=result, now=clock.now())


def _held(run: JobRun) -> Any:
    """The row, as long as it is this holder's."""
    return JobRun.objects.filter(pk=run.pk, fence=run.fence, state=JobState.RUNNING)
