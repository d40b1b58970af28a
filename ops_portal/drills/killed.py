"""R2: whoever works on a task is killed in the middle, for each task there is; done again, it leaves what once leaves."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connections
from django.db.models import Count
from django.test import override_settings

from apps.core import clock
from apps.jobs.choices import JobState, OutboxState
from apps.jobs.models import JobRun, JobShard, Outbox
from ops_portal.celery import app
from ops_portal.drills import DrillReport, twice, workers

ABOUT = "R2: every task of the registry, its process killed in the middle, is done again and leaves the rows of once."
PROTECTIONS = {"transaction": "the one transaction of a job's effects and its end"}
ROUNDS = 20
"""Kills of each task; of one that takes longer than LONG seconds one."""
LONG = 5.0
TRIES = 5
"""So many times as many attempts: a process that was done before the kill does not count."""
BACK_SECONDS = 60
OUTSIDE = frozenset({"mails", "calls"})
"""What a process sent before it died may be sent again; under the same key, which the drill `outbox` counts."""


def run(*, without: str | None, rounds: int) -> DrillReport:
    """All tasks, each killed ROUNDS times."""
    started = time.monotonic()
    known = twice.all_scenarios()
    names = twice.own_tasks(is_quick=bool(without))
    kills: dict[str, int] = {}
    troubles: dict[str, str] = {}
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend", IS_DEMO=True):
        for name in names:
            prepare = known.get(name)
            if prepare is None:
                troubles[name] = "has no scenario: add one to ops_portal/drills/scenarios.py"
                continue
            kills[name], trouble = killed(app.tasks[name], prepare, rounds, without)
            if trouble:
                troubles[name] = trouble
    figures = {
        "tasks": len(names),
        "kills_in_the_middle": sum(kills.values()),
        "never_caught": sorted(name for name, count in kills.items() if not count) or "none",
        "troubles": troubles or "none",
    }
    passed = not troubles and all(kills.values())
    return DrillReport(passed=passed, figures=figures, seconds=time.monotonic() - started)


def killed(
    task: Callable[..., Any], prepare: Callable[[], dict[str, Any]], rounds: int, without: str | None
) -> tuple[int, str]:
    """How often a task was killed in the middle, and what was wrong afterwards; '' when nothing was."""
    given = twice.fresh(prepare)
    began = time.monotonic()
    task(**given)
    seconds = time.monotonic() - began
    once = left()
    wanted, count = (1 if seconds > LONG else rounds), 0
    for _try in range(wanted * TRIES):
        given = twice.fresh(prepare)
        if die(task, given, after=random.uniform(0, seconds), without=without):  # noqa: S311 - any moment will do
            count += 1
            if trouble := done_again(task, given, once):
                return count, trouble
        if count == wanted:
            break
    return count, ""


def die(task: Callable[..., Any], given: dict[str, Any], *, after: float, without: str | None) -> bool:
    """Let a process of its own do the task, perhaps WITHOUT a protection, and kill it AFTER so many seconds; whether it was
    still at it."""
    connections.close_all()
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            app._after_fork()
            if without:
                workers.take_out(without)
            os.write(writer, b"!")
            task(**given)
        finally:
            os._exit(0)
    os.read(reader, 1)
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    _pid, status = os.waitpid(pid, 0)
    for end in (reader, writer):
        os.close(end)
    return os.WIFSIGNALED(status)


def done_again(task: Callable[..., Any], given: dict[str, Any], once: dict[str, int]) -> str:
    """Do it again, as the sweep would have it done, until all is as after ONCE; what still differs after a minute."""
    end = time.monotonic() + BACK_SECONDS
    found = left()
    while found != once and time.monotonic() < end:
        # Senders are not watched: for them the time is put forward to the end of their lease.
        Outbox.objects.filter(state=OutboxState.SENDING).update(lease_until=clock.now())
        JobRun.objects.filter(state=JobState.QUEUED).update(due_at=clock.now())
        time.sleep(0.05)
        task(**given)
        found = left()
    return f"killed and done again it differs in {twice.differences(found, once)}" if found != once else ""


def left() -> dict[str, int]:
    """How many rows each table has, and how many runs, parts and messages are in which state."""
    rows = {name: count for name, count in twice.facts().items() if name not in OUTSIDE}
    return rows | dict(states())


def states() -> Iterator[tuple[str, int]]:
    """Each state with how many are in it."""
    for model in (JobRun, JobShard, Outbox):
        for state, count in model._default_manager.values_list("state").annotate(Count("pk")).order_by("state"):
            yield f"{model.__name__} {state}", count
