"""Processes that outlived a killed supervisor: found and ended before the data is touched again."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from ops_portal.launch.system import wait_until

# In the environment of every Django process we start; its value is the state folder.
MARK = "PORTAL_SUPERVISED"
PROCESSES = Path("/proc")


def _numbers() -> Iterable[int]:
    if sys.platform != "linux":
        return []
    return [
        int(entry.name) for entry in PROCESSES.iterdir() if entry.name.isdecimal() and int(entry.name) != os.getpid()
    ]


def _carries_mark(pid: int, mark: bytes) -> bool:
    try:
        return mark in (PROCESSES / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _works_in(pid: int, folders: set[Path]) -> bool:
    """Whether its current folder is one of ours. The servers overwrite their environment, but they stay in their folder."""
    try:
        return (PROCESSES / str(pid) / "cwd").readlink() in folders
    except OSError:
        return False


def marked_processes(state: Path) -> list[int]:
    """Django processes of this portal."""
    mark = f"{MARK}={state}".encode()
    return [pid for pid in _numbers() if _carries_mark(pid, mark)]


def store_processes(folders: Iterable[Path]) -> list[int]:
    """Server processes that work in one of these data folders."""
    wanted = {folder.resolve() for folder in folders}
    return [pid for pid in _numbers() if _works_in(pid, wanted)]


def _signal_all(pids: Iterable[int], how: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, how)


def _end(find: Callable[[], list[int]], how: signal.Signals, seconds: float) -> int:
    """Ask them to end, wait, kill the rest; returns how many there were."""
    first = find()
    if not first:
        return 0
    _signal_all(first, how)
    if not wait_until(lambda: not find(), seconds=seconds, pause=0.1):
        _signal_all(find(), signal.SIGKILL)
        wait_until(lambda: not find(), seconds=5, pause=0.05)
        time.sleep(0.05)
    return len(first)


def end_leftovers(state: Path, data_folders: Iterable[Path]) -> int:
    """End what a killed supervisor left behind. Call only while holding the lock: then nothing alive can be meant."""
    folders = list(data_folders)
    # Short: without its stores a worker only waits for them, and what it held was not acknowledged.
    ended = _end(lambda: marked_processes(state), signal.SIGTERM, 2)
    # The kernel has told PostgreSQL already to shut down fast when its parent died; a backend cut off from it is told here.
    return ended + _end(lambda: store_processes(folders), signal.SIGTERM, 20)


def end_orphans(data: Path) -> None:
    """End backends of a dead postmaster: a new one refuses to start while they use the shared memory."""
    _end(lambda: store_processes([data]), signal.SIGQUIT, 5)
    # Nobody works there now, so the lock file names a process that is gone (or a stranger that took its number).
    (data / "postmaster.pid").unlink(missing_ok=True)
