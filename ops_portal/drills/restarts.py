"""Drill: kill -9 of worker, web, PostgreSQL and supervisor, on a portal of its own, while rows and jobs are written.

A writer commits rows, each together with a job. Every row whose commit was answered must be there, no row and no job
twice, and every job must take effect exactly once, however often its worker, its database or all of them were killed.
"""

import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from ops_portal.drills import DrillReport
from ops_portal.launch import commands, postgres, supervisor
from ops_portal.launch.place import PROJECT, Place, find_place
from ops_portal.launch.processes import answers
from ops_portal.launch.stores import scratch_root
from ops_portal.launch.system import free_port, store_account, wait_until

ABOUT = "kill -9 of worker, web, PostgreSQL and supervisor: no committed row lost, no job done twice, all comes back."
PROTECTIONS = {
    "restarts": "the supervisor starts again what ended",
    "synchronous-commit": "PostgreSQL answers a commit only once it is on disk",
}
ROUNDS = 10
TARGETS = ("worker", "web", "postgres", "supervisor")
WRITER = "ops_portal.drills.restarts_writer"
BACK_SECONDS = 120.0
UP_SECONDS = 180.0
# A lost worker's job is taken up after its lease and the next sweep: half a minute. Longer than this is stuck.
STUCK_SECONDS = 120.0
SETUP = """
CREATE TABLE drill_row (number bigint PRIMARY KEY);
CREATE TABLE drill_effect (period text NOT NULL);
CREATE FUNCTION drill_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO drill_effect VALUES (NEW.period); RETURN NULL; END $$;
CREATE TRIGGER drill_note AFTER UPDATE ON jobs_jobrun FOR EACH ROW
  WHEN (NEW.state = 'done' AND OLD.state <> 'done' AND NEW.period LIKE 'drill-%') EXECUTE FUNCTION drill_note();
"""
OPEN_JOBS = "SELECT count(*) FROM jobs_jobrun WHERE period LIKE 'drill-%' AND state NOT IN ('done', 'failed')"
FACTS = """
SELECT (SELECT array_agg(number) FROM drill_row),
       (SELECT count(*) FROM jobs_jobrun WHERE period LIKE 'drill-%'),
       (SELECT count(*) FROM drill_row r WHERE NOT EXISTS (
          SELECT FROM jobs_jobrun j WHERE j.period = 'drill-' || r.number)),
       (SELECT count(*) FROM (SELECT period FROM drill_effect GROUP BY period HAVING count(*) > 1) twice),
       (SELECT count(*) FROM jobs_jobrun j WHERE j.period LIKE 'drill-%' AND NOT EXISTS (
          SELECT FROM drill_effect e WHERE e.period = j.period)),
       (SELECT coalesce(sum(attempt_count), 0) FROM jobs_jobrun WHERE period LIKE 'drill-%')
"""


@dataclass(frozen=True)
class Trial:
    """A portal of its own, for one run of the drill."""

    place: Place
    without: str | None
    started: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def up(self) -> None:
        """Start it in the background and wait until it says it runs."""
        self.place.status_file.unlink(missing_ok=True)
        with (self.place.state / "up.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "ops_portal.drills.restarts", self.without or ""],
                cwd=PROJECT,
                env=dict(self.place.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started.append(process)
        if not wait_until(lambda: self.status().get("state") == "running", seconds=UP_SECONDS, pause=0.1):
            process.kill()
            text = (self.place.state / "up.log").read_text(encoding="utf-8")[-2000:]
            message = f"The drill's own portal did not come up:\n{text}"
            raise RuntimeError(message)

    def status(self) -> dict[str, Any]:
        """What its supervisor says."""
        return commands.read_status(self.place)

    def pid(self, name: str) -> int:
        """Number of one of its processes; 0 while it has none."""
        status = self.status()
        if name == "supervisor":
            return int(status["pid"])
        return next(int(one["pid"] or 0) for one in status["processes"] if one["name"] == name)

    def is_well(self) -> bool:
        """Whether everything runs and pages are answered."""
        status = self.status()
        is_ready = all(one["state"] == "ready" for one in status.get("processes", []))
        return status.get("state") == "running" and is_ready and answers(f"{self.place.url}/ready/")()

    def kill(self, name: str, *, is_whole_group: bool) -> float | None:
        """kill -9, and the seconds until all is well again; None when it did not get well."""
        wait_until(lambda: self.pid(name) != 0, seconds=BACK_SECONDS)
        before, began = self.pid(name), time.monotonic()
        (os.killpg if is_whole_group else os.kill)(before, signal.SIGKILL)
        if name == "supervisor":
            self.up()
        is_back = wait_until(
            lambda: self.pid(name) not in {0, before} and self.is_well(), seconds=BACK_SECONDS, pause=0.1
        )
        return time.monotonic() - began if is_back else None


def run(*, without: str | None = None, rounds: int = 10) -> DrillReport:
    """Kill each target `rounds` times. Fails on a lost or doubled row or effect, or when something does not come back."""
    began = time.monotonic()
    with trial(without) as own:
        owner_url = addresses(own)["owner_url"]
        ask(owner_url, SETUP)
        writer = start_writer(own)
        seconds = kill_all(own, rounds)
        writer.terminate()
        attempted = int(writer.communicate()[0] or 0)
        figures: dict[str, Any] = {"kills": {name: len(times) for name, times in seconds.items()}}
        figures["longest_return_s"] = {
            name: round(max((one for one in times if one is not None), default=-1.0), 1)
            for name, times in seconds.items()
        }
        figures["not_back"] = sum(one is None for times in seconds.values() for one in times)
        if not figures["not_back"]:
            figures |= judge(own, owner_url, attempted)
    bad = ("not_back", "rows_lost", "rows_invented", "jobs_missing", "effects_doubled", "effects_missing")
    passed = all(figures.get(name) == 0 for name in bad)
    return DrillReport(passed=passed, figures=figures, seconds=time.monotonic() - began)


def addresses(own: Trial) -> dict[str, Any]:
    """Of its stores, as it left them for commands beside it."""
    return dict(json.loads(own.place.stores_file.read_text(encoding="utf-8")))


def kill_all(own: Trial, rounds: int) -> dict[str, list[float | None]]:
    """Targets in turn, at moments nobody can foresee; stops early when one does not come back."""
    chance = random.Random()  # noqa: S311 -- when to kill is no secret
    seconds: dict[str, list[float | None]] = {name: [] for name in TARGETS}
    for turn in range(rounds):
        for name in TARGETS:
            time.sleep(chance.uniform(0.1, 0.6))
            # Every other time the process alone, so that what it leaves behind must be cleared away.
            took = own.kill(name, is_whole_group=bool(turn % 2) and name not in {"supervisor", "postgres"})
            seconds[name].append(took)
            if took is None:
                return seconds
    return seconds


def judge(own: Trial, owner_url: str, attempted: int) -> dict[str, int]:
    """Wait until the jobs are done, then compare what is there with what was promised."""
    acknowledged = {int(line) for line in (own.place.state / "acknowledged").read_text(encoding="ascii").split()}
    drain(owner_url)
    numbers, jobs, without_job, doubled, missing, attempts = ask(owner_url, FACTS)[0]
    stored = set(numbers or [])
    return {
        "rows_attempted": attempted,
        "rows_acknowledged": len(acknowledged),
        "rows_stored": len(stored),
        "rows_lost": len(acknowledged - stored),
        "rows_invented": len([number for number in stored if number > attempted]),
        "jobs": jobs,
        "jobs_missing": without_job,
        "job_attempts": int(attempts),
        "effects_doubled": doubled,
        "effects_missing": missing,
    }


def drain(owner_url: str) -> None:
    """Wait until every job is done, as long as their number goes down."""
    left, since = ask(owner_url, OPEN_JOBS)[0][0], time.monotonic()
    while left and time.monotonic() - since < STUCK_SECONDS:
        time.sleep(0.5)
        now_left = ask(owner_url, OPEN_JOBS)[0][0]
        if now_left < left:
            left, since = now_left, time.monotonic()


def start_writer(own: Trial) -> "subprocess.Popen[str]":
    """Commit rows with their jobs until told to stop; prints how many it tried."""
    environment = commands.beside_running(own.place, as_owner=False)
    # Not one of the portal's own processes: it must outlive a cleaning up.
    environment.pop("PORTAL_SUPERVISED", None)
    command = [sys.executable, "-m", WRITER, str(own.place.state / "acknowledged")]
    writer = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True)
    wait_until((own.place.state / "acknowledged").exists, seconds=BACK_SECONDS)
    return writer


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement on a connection of its own."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@contextmanager
def trial(without: str | None) -> Iterator[Trial]:
    """A portal with its own folder and port, and nothing of it left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="portal-drill-", dir=scratch_root(store_account())))
    folder.chmod(0o711)
    ours = ("PORTAL_", "DATABASE_", "REDIS_", "SECRET_KEY")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"PORTAL_STATE_DIR": str(folder), "PORTAL_PORT": str(free_port()), "PORTAL_DEMO": "0"}
    own = Trial(place=find_place(environment), without=without)
    try:
        own.up()
        yield own
    finally:
        with redirect_stdout(io.StringIO()):
            commands.down(own.place)
        for process in own.started:
            process.wait(BACK_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def take_out(protection: str) -> None:
    """Take one protection out of this process, the drill's own supervisor."""
    if protection == "restarts":
        supervisor.LONGEST_PAUSE = 10_000.0
        supervisor.Managed.check = check_once  # type: ignore[method-assign,assignment]
    if protection == "synchronous-commit":
        postgres.SAFE_OPTIONS.update({"synchronous_commit": "off", "wal_writer_delay": "10s"})


def check_once(member: supervisor.Managed) -> bool:
    """A check that lets the dead be dead."""
    if member.process is not None and member.process.poll() is not None:
        member.process, member.state = None, "ended"
        return True
    if member.process and member.state == "starting" and member.is_ready(member.process.pid, member.log_start):
        member.state = "ready"
        return True
    return False


if __name__ == "__main__":
    take_out(sys.argv[1])
    sys.exit(commands.up(find_place(), detach=False))
