"""How apps declare their jobs and topics, in tasks.py, five lines each."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from apps.core import clock
from apps.jobs.services import registry
from apps.jobs.services.outbox import deliver
from apps.jobs.services.publishing import SHARD_TASK, Task, make_task
from apps.jobs.services.recording import recorded
from apps.jobs.services.running import work
from apps.jobs.services.sharding import work_shard

SECONDS = 840
LEASE = timedelta(seconds=20)


def job(
    kind: str,
    *,
    label: Any,
    queue: str = "default",
    is_whole: bool = True,
    shard: registry.ShardBody | None = None,
    combine: registry.RunBody | None = None,
    retry_on: tuple[type[Exception], ...] = (),
    attempts: int = 8,
    seconds: int = SECONDS,
) -> Callable[[registry.RunBody], Task]:
    """Make a function `(run, now) -> result` the job KIND, a Celery task named KIND + "_job".

    IS_WHOLE (the rule): the body runs in one transaction that also marks the run done, so a kill midway leaves nothing.
    With is_whole=False the body owns its transactions and must be safe to start again after any of them. SHARD and COMBINE:
    the body calls `split`, each part runs SHARD, the last one COMBINE. RETRY_ON: errors that mean "try again later".
    The history of every row that any of them changes names the run.
    """

    def register(body: registry.RunBody) -> Task:
        registry.KINDS[kind] = registry.JobKind(
            kind=kind,
            label=label,
            body=recorded(body),
            queue=queue,
            is_whole=is_whole,
            shard=recorded(shard) if shard else None,
            combine=recorded(combine) if combine else None,
            retry_on=retry_on,
            attempts=attempts,
            lease=LEASE,
        )

        def run_job(*, run_id: int, **_: Any) -> None:
            work(run_id=run_id)

        return make_task(run_job, name=f"{kind}_job", seconds=seconds, like=body)

    return register


def topic(
    name: str, *, label: Any, queue: str = "notify", attempts: int = 12, seconds: int = 60
) -> Callable[[registry.MessageBody], Task]:
    """Make a function `(message, now) -> None` the sender of topic NAME; any error but a Refusal means "try later"."""

    def register(body: registry.MessageBody) -> Task:
        registry.TOPICS[name] = registry.Topic(
            name=name, label=label, body=body, queue=queue, attempts=attempts, lease=timedelta(seconds=seconds + 30)
        )

        def send_job(*, outbox_id: int, **_: Any) -> None:
            deliver(outbox_id=outbox_id)

        return make_task(send_job, name=f"{name}_job", seconds=seconds, like=body)

    return register


def sweeper(name: str, *, seconds: int = 60) -> Callable[[Callable[[datetime], None]], Task]:
    """Make a function `(now) -> None` a task that beat starts directly: the platform's own sweeps. All else is a run."""

    def register(body: Callable[[datetime], None]) -> Task:
        def sweep_job(**_: Any) -> None:
            body(clock.now())

        return make_task(sweep_job, name=name, seconds=seconds, like=body)

    return register


def shard_task() -> Task:
    """The one task that works any shard of any kind."""

    def work_shard_job(*, shard_id: int, **_: Any) -> None:
        """Work one shard."""
        work_shard(shard_id=shard_id)

    return make_task(work_shard_job, name=SHARD_TASK, seconds=SECONDS, like=work_shard_job)
