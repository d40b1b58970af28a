"""R2: a worker's process is killed in the middle of its work, again and again; nothing is lost, nothing happens twice."""

import os
import random
import signal
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from unittest import mock

from django.db import connection, transaction

from apps.core import clock
from apps.jobs.choices import JobState, OutboxState, ShardState
from apps.jobs.models import JobRun, JobRunQuerySet, JobShard, Outbox
from apps.jobs.services import emit, enqueue, job, leases, publishing, running, sharding, sweeping
from ops_portal.drills import DrillReport, probes
from ops_portal.drills.lab import LAB, kill, until

ABOUT = "R2: pool processes killed with SIGKILL or by the time limit while they work, every shape of job."
PROTECTIONS = {
    "sweep": "the sweep, which takes up what a dead worker held",
    "transaction": "the one transaction of a job's effects and its end",
    "fence": "the lease and fence, which keep a second worker away and a former one from writing",
}
ROUNDS = 20
FROZEN = 3
SETTLE_SECONDS = 150
PAUSE_SECONDS = 0.7
"""Between two kills."""
OVERLONG = "drill.overlong"


def overlong_job(run: JobRun, now: Any) -> None:
    """Sleeps past the soft and the hard limit the first time, and does its work the second time."""
    del now
    probes.leave(run.period)
    if run.attempt_count == 1:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            # Swallows the soft limit, so that only the hard one (SIGKILL by the worker) ends it.
            try:
                time.sleep(1)
            except publishing.OutOfTime:
                continue


def prepare_process() -> None:
    """One more kind, with limits of 2 and 4 seconds."""
    publishing.HARD_LIMIT_AFTER = 2
    job(OVERLONG, label="overlong", seconds=2)(overlong_job)


def take_out(name: str) -> None:
    """Take a protection out of this process."""
    if name == "sweep":
        mock.patch.object(sweeping, "_sweep_rows", return_value=0).start()
        mock.patch.object(sweeping, "_fail_hopeless").start()
    elif name == "transaction":
        unguarded = mock.Mock(wraps=transaction, atomic=nullcontext)
        mock.patch.object(running, "transaction", unguarded).start()
        mock.patch.object(sharding, "transaction", unguarded).start()
    else:
        forget_holders()


def forget_holders() -> None:
    """A claim that takes whatever is not done, a heartbeat that never beats, an end that asks nobody."""
    mock.patch.object(
        JobRunQuerySet, "claimable", lambda rows, now: rows.exclude(state__in=(JobState.DONE, JobState.FAILED))
    ).start()
    mock.patch.object(leases.Heartbeat, "_beat").start()
    mock.patch.object(running, "_held", lambda run: JobRun.objects.filter(pk=run.pk)).start()


def run(*, without: str | None, rounds: int) -> DrillReport:
    """Start two workers and a beat, give them work of every shape, kill ROUNDS processes that hold some of it."""
    started = time.monotonic()
    probes.make_tables()
    probes.declare()
    prepare_process()
    connection.close()
    for role in ("worker", "worker", "beat"):
        LAB.start(role, drill="workers", without=without)
    ask(rounds)
    waits = Waits()
    kills = kill_busy(rounds, waits)
    frozen = sum(freeze(number) for number in range(FROZEN))
    settled = until(is_settled, seconds=SETTLE_SECONDS)
    figures = {
        "killed": kills,
        "frozen": frozen,
        "settled_in_s": None if settled is None else round(settled, 1),
        "known_after_s": waits.words(),
        **count(rounds),
    }
    passed = (
        kills == rounds and frozen == FROZEN and settled is not None and not figures["lost"] and not figures["doubled"]
    )
    return DrillReport(passed=passed, figures=figures, seconds=time.monotonic() - started)


def ask(rounds: int) -> None:
    """For each kill one run of every shape and one message; two runs that overrun their time."""
    now = clock.now()
    with transaction.atomic():
        for number in range(rounds):
            for kind in probes.SHAPES:
                enqueue(kind=kind, period=f"{kind}-{number}", params={"seconds": 0.5}, by=None, now=now)
            emit(topic=probes.TOPIC, key=f"message-{number}", payload={"seconds": 0.3})
        for number in range(2):
            enqueue(kind=OVERLONG, period=f"{OVERLONG}-{number}", by=None, now=now)


@dataclass
class Waits:
    """How long it took until it was known that a killed process holds nothing more: somebody was sent, or has it already.

    When it is begun again is another matter: it takes its place among all the work that waits.
    """

    since: dict[tuple[type[JobRun | JobShard], int, int], float] = field(default_factory=dict)
    """By row and fence the moment of the kill."""
    seen: list[float] = field(default_factory=list)

    def begin(self, pid: int) -> None:
        """Note what this process holds, just before it is killed."""
        for model in (JobRun, JobShard):
            held = model._default_manager.filter(state=JobState.RUNNING, worker__endswith=f":{pid}")
            for key, fence in held.filter(lease_until__isnull=False).values_list("pk", "fence"):
                self.since[model, key, fence] = time.monotonic()

    def look(self) -> None:
        """Which of it is known to be left; what was ended in its last moment does not count."""
        for model in (JobRun, JobShard):
            keys = [key for kind, key, _fence in self.since if kind is model]
            rows = model._default_manager.filter(pk__in=keys).values_list("pk", "fence", "state", "nudge_count")
            now = {key: (fence, state, told) for key, fence, state, told in rows}
            for row in [row for row in self.since if row[0] is model]:
                fence, state, told = now[row[1]]
                is_known = fence > row[2] or told > 0
                if is_known or state != JobState.RUNNING:
                    began = self.since.pop(row)
                    self.seen += [time.monotonic() - began] * is_known

    def words(self) -> str:
        """The figures: of so many the median and the longest."""
        if not self.seen:
            return "none"
        return f"{len(self.seen)}: median {median(self.seen):.2f}, longest {max(self.seen):.2f}"


def look_for(waits: Waits, *, seconds: float) -> None:
    """Go on looking for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        waits.look()
        time.sleep(0.05)


def kill_busy(wanted: int, waits: Waits) -> int:
    """kill -9 WANTED processes, each while it holds a run or shard, with a moment between."""
    kills = 0
    end = time.monotonic() + SETTLE_SECONDS
    while (kills < wanted or waits.since) and time.monotonic() < end:
        busy = holders() if kills < wanted else []
        if busy:
            pid = random.choice(busy)  # noqa: S311 - any of them will do
            waits.begin(pid)
            kills += kill(pid)
            look_for(waits, seconds=PAUSE_SECONDS)
        time.sleep(0.05)
        waits.look()
    return kills


def freeze(number: int) -> bool:
    """Stop a process (SIGSTOP) that holds a run until another has taken it over and done it, then let it go on.

    It believes that it still holds the run: what it writes must not stay. True when the other did it meanwhile.
    """
    run = enqueue(kind="drill.whole", period=f"frozen-{number}", params={"seconds": 2.5}, by=None, now=clock.now())
    row = JobRun.objects.filter(pk=run.pk)
    until(lambda: row.filter(state=JobState.RUNNING).exists(), seconds=SETTLE_SECONDS)
    pid = int(row.get().worker.rpartition(":")[2])
    os.kill(pid, signal.SIGSTOP)
    try:
        return until(lambda: row.filter(state=JobState.DONE, attempt_count__gte=2).exists(), seconds=60) is not None
    finally:
        os.kill(pid, signal.SIGCONT)
        time.sleep(4)


def holders() -> list[int]:
    """Processes that hold work right now."""
    runs = JobRun.objects.filter(state=JobState.RUNNING, lease_until__gt=clock.now()).values_list("worker", flat=True)
    shards = JobShard.objects.filter(state=ShardState.RUNNING, lease_until__gt=clock.now())
    names = [*runs, *shards.values_list("worker", flat=True)]
    return sorted({int(name.rpartition(":")[2]) for name in names if name})


def is_settled() -> bool:
    """Nothing is open any more."""
    open_runs = JobRun.objects.filter(kind__startswith="drill.", state__in=(JobState.QUEUED, JobState.RUNNING))
    open_messages = Outbox.objects.filter(state__in=(OutboxState.WAITING, OutboxState.SENDING))
    return not open_runs.exists() and not open_messages.exists()


def count(rounds: int) -> dict[str, Any]:
    """What was lost and what is there twice. A message may be repeated under its key; it must not be lost."""
    there = probes.effects()
    wanted = [
        name
        for kind in probes.SHAPES
        for number in range(rounds)
        for name in probes.expected_of(kind, f"{kind}-{number}")
    ]
    wanted += [f"{OVERLONG}-{number}" for number in range(2)] + [f"frozen-{number}" for number in range(FROZEN)]
    messages = [f"message-{number}" for number in range(rounds)]
    return {
        "runs": JobRun.objects.filter(kind__startswith="drill.").count(),
        "done": JobRun.objects.filter(kind__startswith="drill.", state=JobState.DONE).count(),
        "attempts": sum(JobRun.objects.filter(kind__startswith="drill.").values_list("attempt_count", flat=True)),
        "effects": len(wanted) + len(messages),
        "lost": sum(name not in there for name in [*wanted, *messages]),
        "doubled": sum(there.get(name, 0) > 1 for name in wanted),
        "messages_repeated": sum(there.get(name, 0) > 1 for name in messages),
    }
