"""Large runs in parts: each part under its own lease, the last one finishes the run."""

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from apps.core import clock
from apps.core.errors import Refusal
from apps.jobs.choices import JobState, ShardState
from apps.jobs.models import JobRun, JobShard
from apps.jobs.rules import retry_wait
from apps.jobs.services.failing import tell_failed
from apps.jobs.services.leases import LeaseLost, keep_lease, once_it_is_back, taken_until, worker_name
from apps.jobs.services.liveness import Watch, hold_next, watched
from apps.jobs.services.publishing import SHARD_TASK, nudge_on_commit
from apps.jobs.services.registry import JobKind, kind_of
from apps.jobs.services.running import describe, is_passing, is_spent, tried_words

logger = logging.getLogger(__name__)


def split(*, run: JobRun, parts: Sequence[dict[str, Any]], now: datetime) -> list[JobShard]:
    """Cut a claimed run into shards, one for each of PARTS, and wake workers for them after commit.

    Call it from the body of a kind that has a `shard`. Splitting again gives the shards there are: done ones stay done.
    The run itself is then held by nobody; it ends with its last shard. Refuses to a worker that lost the run.
    """
    with transaction.atomic():
        held = JobRun.objects.filter(pk=run.pk, fence=run.fence, state=JobState.RUNNING)
        if not held.select_for_update().exists():
            raise LeaseLost(f"{run} is now worked on elsewhere.")
        JobShard.objects.bulk_create(
            [JobShard(run=run, number=number, params=part, due_at=now) for number, part in enumerate(parts, start=1)],
            ignore_conflicts=True,
        )
        shards = list(JobShard.objects.filter(run=run).order_by("number"))
        done = sum(shard.state == ShardState.DONE for shard in shards)
        held.update(
            lease_until=None, shard_count=len(shards), shard_done_count=done, total_count=len(shards), done_count=done
        )
        for shard in shards:
            if shard.state == ShardState.QUEUED:
                nudge_on_commit(SHARD_TASK, queue=run.queue, shard_id=shard.pk)
        if shards and done == len(shards):
            _complete(run_id=run.pk, now=now)
    run.refresh_from_db()
    return shards


def claim_shard(*, shard_id: int, worker: str, now: datetime) -> JobShard | None:
    """Take a shard of a running run that is due or was left by its holder; None when there is nothing to take."""
    shard = JobShard.objects.filter(pk=shard_id).select_related("run").first()
    if shard is None or is_spent(shard, kind_of(shard.run.kind), now=now):
        return None
    is_watched = hold_next(shard)
    taken = (
        JobShard.objects.filter(pk=shard_id, fence=shard.fence)
        .claimable(now)
        .update(
            **taken_until(now + kind_of(shard.run.kind).lease),
            state=ShardState.RUNNING,
            worker=worker,
            is_watched=is_watched,
        )
    )
    mine = JobShard.objects.select_related("run").filter(pk=shard_id, fence=shard.fence + 1)
    return mine.first() if taken else None


def finish_shard(*, shard: JobShard, result: dict[str, Any] | None, now: datetime) -> bool:
    """Mark a shard done and count it, in the transaction of its effects; True when it was the last and the run is done.

    The run row's lock orders the finishers, so exactly one of them is the last; that one runs the kind's `combine` and ends
    the run in this same transaction. Refuses (LeaseLost) when the shard is held by another worker or the run has ended.
    """
    with transaction.atomic():
        run = JobRun.objects.select_for_update().get(pk=shard.run_id)
        mine = JobShard.objects.filter(pk=shard.pk, fence=shard.fence, state=ShardState.RUNNING)
        if run.state != JobState.RUNNING or not mine.update(
            state=ShardState.DONE, result=result or {}, error="", lease_until=None, finished_at=now
        ):
            raise LeaseLost(f"{shard} is now worked on elsewhere, or its run has ended.")
        run.shard_done_count += 1
        run.done_count = run.shard_done_count
        run.save(update_fields=["shard_done_count", "done_count", "updated_at"])
        if run.shard_done_count < run.shard_count:
            return False
        _complete(run_id=run.pk, now=now)
    return True


def _complete(*, run_id: int, now: datetime) -> None:
    """Run the kind's last step and end the run; the caller holds the run row's lock."""
    run = JobRun.objects.get(pk=run_id)
    combine = kind_of(run.kind).combine
    result = combine(run, now) if combine else None
    JobRun.objects.filter(pk=run_id, state=JobState.RUNNING).update(
        state=JobState.DONE,
        result=result or {},
        error="",
        finished_at=now,
        lease_until=None,
        done_count=F("total_count"),
    )


def work_shard(*, shard_id: int) -> JobShard | None:
    """Claim a shard and do it: body, result, counter and (for the last) the run's end in one transaction."""
    with watched() as watch:
        shard = once_it_is_back(lambda: claim_shard(shard_id=shard_id, worker=worker_name(), now=clock.now()))
        return None if shard is None else _do(shard, kind_of(shard.run.kind), watch)


def _do(shard: JobShard, kind: JobKind, watch: Watch) -> JobShard | None:
    try:
        with keep_lease(shard, lease=kind.lease), transaction.atomic():
            _run_shard_body(shard, kind)
    except LeaseLost:
        logger.warning("%s was taken over by another worker", shard)
        return None
    except Refusal as refusal:
        fail_shard(shard=shard, error=str(refusal), now=clock.now())
    except Exception as error:
        is_over = not is_passing(error, kind)
        logger.log(logging.ERROR if is_over else logging.WARNING, "%s stopped at a fault", shard, exc_info=True)
        if is_over:
            fail_shard(shard=shard, error=describe(error), now=clock.now())
        elif watch.is_cut():
            return None
        else:
            _retry_shard(shard=shard, kind=kind, error=describe(error), now=clock.now())
    shard.refresh_from_db()
    return shard


def _run_shard_body(shard: JobShard, kind: JobKind) -> None:
    if kind.shard is None:
        message = f"{kind.kind} has no part to run."
        raise TypeError(message)
    result = kind.shard(shard, clock.now())
    finish_shard(shard=shard, result=result, now=clock.now())


def fail_shard(*, shard: JobShard, error: str, now: datetime) -> None:
    """Mark a shard failed for good, and its run with it: the other shards stop when they look."""
    with transaction.atomic():
        run = JobRun.objects.select_for_update().get(pk=shard.run_id)
        mine = JobShard.objects.filter(pk=shard.pk, fence=shard.fence, state=ShardState.RUNNING)
        is_mine = mine.update(state=ShardState.FAILED, error=error, lease_until=None, finished_at=now)
        running = JobRun.objects.filter(pk=run.pk, state=JobState.RUNNING)
        if is_mine and running.update(state=JobState.FAILED, error=error, finished_at=now, lease_until=None):
            tell_failed([run.pk])


def _retry_shard(*, shard: JobShard, kind: JobKind, error: str, now: datetime) -> None:
    if shard.attempt_count >= kind.attempts:
        fail_shard(shard=shard, error=tried_words(error, shard.attempt_count), now=now)
        return
    wait = retry_wait(shard.attempt_count, jitter=secrets.randbelow(1001) / 1000)
    JobShard.objects.filter(pk=shard.pk, fence=shard.fence, state=ShardState.RUNNING).update(
        state=ShardState.QUEUED, error=error, due_at=now + wait, lease_until=None, nudged_at=None, nudge_count=0
    )
