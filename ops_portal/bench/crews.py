"""Half a million lines by one worker and by two: real workers, the job as the board starts it, by the clock.

A month of this size is cut into parts; the second worker must simply help.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from apps.assessments import services
from apps.core.clock import now
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun
from ops_portal.bench.circumstances import PROJECT
from ops_portal.bench.company import Cast
from ops_portal.bench.pages import cpu_seconds
from ops_portal.bench.scores import Size, Stage, set_up
from ops_portal.launch.processes import QUEUES
from ops_portal.launch.system import wait_until

SIZE = Size(5_000, lines_each=100)
LEAST_TIMES = 1.25
READY_SECONDS, DONE_SECONDS = 60, 600
# The month as if it had never been worked out; what was worked out stays as a version that counts no more.
AGAIN = """
UPDATE assessments_assessedmonth SET draft_id = NULL WHERE month = %(month)s;
UPDATE assessments_scorerun SET state = 'superseded' WHERE month = %(month)s
"""


@dataclass(frozen=True, slots=True)
class Crew:
    """So many workers: seconds by the clock, and of CPU in the workers and in the database."""

    workers: int
    seconds: float
    workers_cpu: float
    database_cpu: float

    def __str__(self) -> str:
        cpu = f"CPU of workers {self.workers_cpu:.1f} s, of the database {self.database_cpu:.1f} s"
        return f"{SIZE} by {self.workers} worker(s): {self.seconds:.1f} s ({cpu})"


def crews(cast: Cast, *, place: int) -> tuple[Crew, Crew]:
    """The month by one worker, then by two."""
    stage = set_up(cast, SIZE, place=place)
    return worked(stage, 1), worked(stage, 2)


def broken_crews(found: tuple[Crew, Crew]) -> list[str]:
    """The limit, if it does not hold, in words."""
    one, two = found
    times = one.seconds / two.seconds
    return (
        [] if times >= LEAST_TIMES else [f"Two workers are {times:.2f} times as fast as one, less than {LEAST_TIMES}."]
    )


def worked(stage: Stage, workers: int) -> Crew:
    """The month by so many workers that are ready and have worked before (on nothing)."""
    with connection.cursor() as cursor:
        cursor.execute(AGAIN, {"month": stage.month.first_day})
    with ExitStack() as held:
        pids = [worker(held, number) for number in range(workers)]
        before, database, began = cpu_of(pids), database_cpu(), time.perf_counter()
        run = services.request_month(month=stage.month, by=stage.by, now=now())
        if not wait_until(lambda: ended(run), seconds=DONE_SECONDS):
            message = f"{workers} workers did not end the month in {DONE_SECONDS} s."
            raise RuntimeError(message)
        took = time.perf_counter() - began
        return Crew(workers, took, cpu_of(pids) - before, database_cpu() - database)


def worker(held: ExitStack, number: int) -> int:
    """A worker with one process; gives its process once it is ready."""
    log = Path(os.environ["PORTAL_STATE_DIR"]) / f"crew-{number}.log"
    command = [
        *(sys.executable, "-m", "celery", "-A", "ops_portal.celery", "worker", "-Q", QUEUES, "--pool", "solo"),
        *("--hostname", f"crew{number}@bench", "--without-gossip", "--without-mingle", "--loglevel", "INFO"),
    ]
    file = held.enter_context(log.open("w", encoding="utf-8"))
    process = subprocess.Popen(command, cwd=PROJECT, stdout=file, stderr=file)
    held.callback(process.wait, 30)
    held.callback(process.send_signal, signal.SIGTERM)
    if not wait_until(lambda: " ready." in log.read_text(encoding="utf-8"), seconds=READY_SECONDS):
        message = f"The worker was not ready in {READY_SECONDS} s: {log.read_text(encoding='utf-8')[-500:]}"
        raise RuntimeError(message)
    return process.pid


def ended(run: JobRun) -> bool:
    """Whether the job is done; a failure ends the bench."""
    run.refresh_from_db()
    if run.state == JobState.FAILED:
        message = f"The job failed: {run.error}"
        raise RuntimeError(message)
    return run.state == JobState.DONE


def cpu_of(pids: list[int]) -> float:
    """CPU seconds these processes have used."""
    return sum(cpu_seconds(pid) for pid in pids)


def database_cpu() -> float:
    """CPU seconds of every process of the database that serves a connection (it runs on this machine)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
        return sum(cpu_seconds(pid) for (pid,) in cursor.fetchall())
