"""Starts processes in order, watches them, restarts what dies, keeps their logs small and says how they are."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ops_portal.launch.place import write_private
from ops_portal.launch.system import Account, LaunchError, end_group, exit_code, spawn

LONGEST_PAUSE = 30.0
# After this long a process is held to be well and its next failure counts as the first.
WELL_SECONDS = 60.0
STARTUP_SECONDS = 120.0
STARTUP_FAILURES = 3
LOG_BYTES = 10 * 2**20
LOGS_KEPT = 3
TICK = 0.1


@dataclass
class Managed:
    """One process under supervision."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None
    folder: Path
    log: Path
    is_ready: Callable[[int, int], bool]
    stop_signal: signal.Signals
    stop_seconds: float
    death_signal: signal.Signals
    account: Account | None = None
    before_start: Callable[[], None] = lambda: None
    process: subprocess.Popen[bytes] | None = None
    state: str = "waiting"
    restarts: int = 0
    failures: int = 0
    started: float = 0.0
    not_before: float = 0.0
    log_start: int = 0
    last_exit: str = ""

    def start(self) -> None:
        """Start it, with its output added to its log."""
        self.before_start()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as target:
            self.log_start = target.tell()
            self.process = spawn(
                self.command,
                log=target,
                account=self.account,
                environment=self.environment,
                folder=self.folder,
                death_signal=self.death_signal,
            )
        self.started = time.monotonic()
        self.state = "starting"

    def check(self) -> bool:
        """Look at it once: gone, ready, or due for a restart. True when something changed."""
        if self.process is None:
            if time.monotonic() < self.not_before:
                return False
            self.restarts += 1
            self.start()
            return True
        code = exit_code(self.process)
        if code is not None:
            self._note_end(code)
            return True
        if self.state == "starting" and self.is_ready(self.process.pid, self.log_start):
            self.state = "ready"
            return True
        if self.failures and time.monotonic() - self.started > WELL_SECONDS:
            self.failures = 0
        return False

    def _note_end(self, code: int) -> None:
        """It ended by itself: clear away what it left of its group, and wait longer before each new try."""
        if self.process is not None:
            end_group(self.process)
        self.process = None
        self.failures += 1
        pause = 0.0 if self.failures == 1 else min(LONGEST_PAUSE, 0.5 * 2 ** (self.failures - 2))
        self.not_before = time.monotonic() + pause
        self.state = "restarting"
        self.last_exit = f"signal {-code}" if code < 0 else f"code {code}"

    def ask_to_stop(self) -> None:
        """Send its stop signal."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def wait_stopped(self) -> None:
        """Wait for its end; what is left after its time is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.last_exit = "killed"
        end_group(self.process)
        self.process = None
        self.state = "stopped"

    def last_words(self) -> str:
        """The end of its log since it started, for the person who must see why it fails."""
        with self.log.open("rb") as source:
            source.seek(self.log_start)
            lines = source.read().decode("utf-8", errors="replace").strip().splitlines()
        return "\n".join(f"    {line}" for line in lines[-8:])


@dataclass
class Supervisor:
    """All processes of one portal."""

    status_file: Path
    logs: Path
    url: str
    members: list[Managed] = field(default_factory=list)
    state: str = "starting"
    is_stopping: bool = False
    began_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    said: Callable[[str], None] = lambda _text: None

    def bring_up(self, group: Sequence[Managed]) -> None:
        """Start some processes together and wait until all are ready; raises LaunchError with the log of one that is not."""
        self.members.extend(group)
        for member in group:
            member.start()
        end = time.monotonic() + STARTUP_SECONDS
        told: set[str] = set()
        self.write_status()
        while not all(member.state == "ready" for member in group):
            for member in self.members:
                if member.check():
                    self.write_status()
                if member.failures >= STARTUP_FAILURES:
                    message = f"{member.name} ends again and again ({member.last_exit}). Its last words:\n"
                    raise LaunchError(message + member.last_words())
                if member.state == "ready" and member in group and member.name not in told:
                    told.add(member.name)
                    self.said(f"{member.name} is ready")
            self._refuse_late(group, end)
            time.sleep(TICK)

    def _refuse_late(self, group: Sequence[Managed], end: float) -> None:
        if time.monotonic() < end:
            return
        late = next(member for member in group if member.state != "ready")
        message = f"{late.name} was not ready after {STARTUP_SECONDS:.0f} s. Its last words:\n{late.last_words()}"
        raise LaunchError(message)

    def watch(self) -> None:
        """Stay until asked to stop: restart what ends, keep logs small, keep the status true."""
        self.state = "running"
        self.write_status()
        next_rotation = time.monotonic()
        while not self.is_stopping:
            changes = [member.check() for member in self.members]
            if any(changes):
                self.write_status()
            if time.monotonic() > next_rotation:
                with suppress(OSError):
                    rotate_logs(self.logs)
                next_rotation = time.monotonic() + 10
            time.sleep(TICK)

    def stop_all(self) -> None:
        """Stop everything: first those that use the stores, together; then the stores, last started first."""
        self.state = "stopping"
        self.write_status()
        stores = [member for member in self.members if member.name in STORES]
        users = [member for member in self.members if member.name not in STORES]
        for member in users:
            member.ask_to_stop()
        for member in users:
            member.wait_stopped()
        for member in reversed(stores):
            member.ask_to_stop()
            member.wait_stopped()
        self.state = "stopped"
        self.write_status()

    def write_status(self) -> None:
        """Replace the status file."""
        status = {
            "state": self.state,
            "pid": os.getpid(),
            "url": self.url,
            "began_at": self.began_at,
            "processes": [
                {
                    "name": member.name,
                    "state": member.state,
                    "pid": member.process.pid if member.process else None,
                    "restarts": member.restarts,
                    "last_exit": member.last_exit,
                }
                for member in self.members
            ],
        }
        # On a full disk the portal goes on; only what it says about itself grows old.
        with suppress(OSError):
            write_private(self.status_file, json.dumps(status, indent=1))


STORES = ("postgres", "valkey")


def rotate_logs(folder: Path) -> None:
    """Copy a log that grew too long aside and empty it. Processes append, so they go on writing into the emptied file."""
    for log in folder.glob("*.log"):
        if log.stat().st_size < LOG_BYTES:
            continue
        for number in range(LOGS_KEPT - 1, 0, -1):
            older = log.with_name(f"{log.name}.{number}")
            if older.exists():
                older.replace(log.with_name(f"{log.name}.{number + 1}"))
        log.with_name(f"{log.name}.1").write_bytes(log.read_bytes())
        os.truncate(log, 0)
