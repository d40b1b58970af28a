"""Where drills run: a PostgreSQL and a Valkey of their own, and real workers and beats started against them."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import redis

from ops_portal.launch.stores import ThrowawayStores
from ops_portal.launch.system import end_group, spawn, wait_until

BASE_DIR = Path(__file__).resolve().parents[2]
READY_SECONDS = 60.0
VALKEY = 0


class Lab:
    """Stores and processes of one drill. `open` sets the environment, so it comes before Django is set up."""

    def __init__(self) -> None:
        self.stores = ThrowawayStores()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.wanted: dict[int, tuple[str, dict[str, Any]]] = {}
        self.count = 0

    def open(self) -> None:
        """Start the stores and point this process, and all it starts, at them."""
        self.stores.start()
        os.environ.update(
            {
                "DJANGO_SETTINGS_MODULE": "ops_portal.settings",
                "SECRET_KEY": secrets.token_hex(32),
                "DATABASE_URL": self.stores.database_url,
                "REDIS_URL": self.stores.redis_url,
                "PORTAL_STATE_DIR": str(self.stores.folder),
                "PORTAL_MEDIA_DIR": str(self.stores.folder / "media"),
                "PORTAL_WEBHOOK_ALLOWED_HOSTS": "localhost",
                "PORTAL_REQUIRE_TOTP": "0",
                # As the portal's supervisor starts them.
                "CELERY_SKIP_CHECKS": "1",
            }
        )
        # Whatever the surroundings were set up for is not ours: the owner's database, a fixed day, a mail server.
        for name in ("DATABASE_OWNER_URL", "PORTAL_TODAY", "EMAIL_URL", "PORTAL_PUBLIC_URL"):
            os.environ.pop(name, None)

    def close(self) -> None:
        """Stop every process and both stores."""
        for process in self.processes:
            end_group(process)
        self.stores.stop()

    def start(
        self, role: str, *, drill: str, without: str | None = None, wait: bool = True, **extra: str
    ) -> subprocess.Popen[bytes]:
        """Start a worker or a beat with the drill's patches; waits until it says that it is ready."""
        self.count += 1
        log = self.stores.folder / f"{role}-{self.count}.log"
        command = [sys.executable, "-m", "ops_portal.drills.process", role, drill, without or "-", str(self.count)]
        with log.open("wb") as target:
            process = spawn(command, log=target, environment={**os.environ, **extra}, folder=BASE_DIR)
        self.processes.append(process)
        self.wanted[process.pid] = (role, {"drill": drill, "without": without, **extra})
        words = b"ready." if role == "worker" else b"beat: Starting"
        if wait and not wait_until(
            lambda: words in log.read_bytes() or process.poll() is not None, seconds=READY_SECONDS
        ):
            message = f"The {role} did not get ready:\n{tail(log)}"
            raise RuntimeError(message)
        if wait and process.poll() is not None:
            message = f"The {role} ended at once:\n{tail(log)}"
            raise RuntimeError(message)
        return process

    def revive(self) -> int:
        """Start again what ended by itself, as the supervisor does; gives how many that were."""
        ended = [process for process in self.processes if process.poll() is not None]
        for process in ended:
            self.processes.remove(process)
            role, facts = self.wanted.pop(process.pid)
            self.start(role, wait=False, **facts)
        return len(ended)

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process with all its children."""
        end_group(process)
        self.processes.remove(process)

    @contextlib.contextmanager
    def broker_away(self) -> Iterator[None]:
        """Take Valkey down for the block; what it held in memory is lost, as after a restart without persistence."""
        process, _how = self.stores.processes[VALKEY]
        process.kill()
        process.wait()
        try:
            yield
        finally:
            restart_valkey(self.stores)

    def flush_broker(self) -> None:
        """Forget every message that waits in the broker."""
        redis.Redis.from_url(self.stores.redis_url).flushall()


def restart_valkey(stores: ThrowawayStores) -> None:
    """Start Valkey again on the same port."""
    running = stores.processes
    before = len(running)
    stores._launch(stores.valkey, "valkey")
    running[VALKEY] = running.pop(before)


def tail(log: Path, lines: int = 15) -> str:
    """The last words of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def until(question: Callable[[], bool], *, seconds: float) -> float | None:
    """Ask until it is so; gives the seconds it took, None when it never was."""
    started = time.monotonic()
    return time.monotonic() - started if wait_until(question, seconds=seconds, pause=0.1) else None


def kill(pid: int) -> bool:
    """kill -9; False when there is no such process any more."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


LAB = Lab()
