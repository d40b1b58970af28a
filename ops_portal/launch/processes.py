"""The process table: what runs besides the stores, in one place. docker-compose.yml is tested equal to it."""

import os
import re
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

QUEUES = "sweep,close,import,report,notify,default"


@dataclass(frozen=True)
class Service:
    """One kind of process of the portal. `{state}` in the command is the state folder."""

    name: str
    command: tuple[str, ...]
    stop_signal: signal.Signals
    stop_seconds: float
    ready_line: str = ""

    def words(self, state: str, python: str = "python") -> list[str]:
        """The command with its places filled in."""
        return [python, *(word.format(state=state) for word in self.command[1:])]


SERVICES = (
    Service(
        name="web",
        command=("python", "-m", "gunicorn", "ops_portal.wsgi", "-c", "ops_portal/gunicorn.py"),
        stop_signal=signal.SIGTERM,
        stop_seconds=15,
    ),
    Service(
        name="worker",
        command=(
            *("python", "-m", "celery", "-A", "ops_portal.celery", "worker", "-Q", QUEUES, "--concurrency", "2"),
            *("--prefetch-multiplier", "1", "--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        ),
        # Celery's soft shutdown: running tasks get their ten seconds, then go back to the queue.
        stop_signal=signal.SIGQUIT,
        stop_seconds=20,
        ready_line=r"\bready\.",
    ),
    Service(
        name="beat",
        command=(
            *("python", "-m", "celery", "-A", "ops_portal.celery", "beat", "--pidfile", ""),
            *("--schedule", "{state}/beat-schedule", "--loglevel", "INFO"),
        ),
        stop_signal=signal.SIGTERM,
        stop_seconds=5,
        ready_line=r"beat: Starting",
    ),
)

MIGRATE = ("python", "manage.py", "migrate", "--noinput", "--verbosity", "0")
COLLECT = ("python", "manage.py", "collectstatic", "--noinput", "--clear", "--verbosity", "0")


def answers(url: str) -> Callable[[], bool]:
    """A question: does this address answer 200?"""

    # Without proxies: HTTP_PROXY in the surroundings must not carry a question to our own machine elsewhere.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask() -> bool:
        try:
            with opener.open(url, timeout=3) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError, ValueError):
            return False

    return ask


def has_line(log: Path, pattern: str, start: int) -> Callable[[], bool]:
    """A question: did a line like this appear in the log since the process started?"""
    wanted = re.compile(pattern.encode())

    def ask() -> bool:
        try:
            with log.open("rb") as source:
                source.seek(start)
                return wanted.search(source.read()) is not None
        except OSError:
            return False

    return ask


def django_environment(outer: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """What a Django process of the portal gets: our surroundings without the owner's address, and what `changes` says."""
    # Values from files are read here already; left in place their names would win over what `changes` says.
    files = {f"{name}_FILE" for name in changes}
    hidden = {"DATABASE_OWNER_URL", "DATABASE_OWNER_URL_FILE", "PYTHONPATH", *files}
    kept = {name: value for name, value in outer.items() if name not in hidden}
    return {**kept, "DJANGO_SETTINGS_MODULE": "ops_portal.settings", "PYTHONUNBUFFERED": "1", **changes}


def python() -> str:
    """The interpreter that runs us, which is the environment's."""
    return os.path.abspath(sys.executable)  # noqa: PTH100 -- resolving the link would leave the environment
