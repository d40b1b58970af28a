"""What the launcher asks of the operating system: accounts, child processes, ports, waiting."""

import contextlib
import ctypes
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class LaunchError(Exception):
    """Something the person at the keyboard can put right. The text is one sentence with the remedy."""


@dataclass(frozen=True)
class Account:
    """A system user that servers run as, because PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int


def store_account() -> Account | None:
    """The account the stores run as: nobody (or postgres) for root, None (ourselves) for everyone else."""
    if os.geteuid() != 0:
        return None
    for name in ("nobody", "postgres"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    message = (
        "PostgreSQL does not run as root and there is no user 'nobody': create one with `useradd --system nobody`."
    )
    raise LaunchError(message)


def _child_setup(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    """What the child does between fork and exec: ask the kernel to signal it when its parent dies."""

    def setup() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            # The parent may have died before the request was made; then nobody would ever signal us.
            if os.getppid() != parent:
                os._exit(1)

    return setup


def spawn(
    command: Sequence[str],
    *,
    log: IO[bytes] | int,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a server in its own session, tied to our life: when we die, however, it gets `death_signal`.

    Must be called from the main thread: the kernel ties the child to the thread that forked it.
    """
    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=None if environment is None else dict(environment),
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=_child_setup(os.getpid(), death_signal),  # noqa: PLW1509 -- no threads here
    )


def run(
    command: Sequence[str],
    *,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    text: str = "",
    lines: int = 3,
) -> str:
    """Run a short command and return what it printed; a failure becomes a LaunchError with its last `lines`."""
    done = subprocess.run(
        list(command),
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=None if environment is None else dict(environment),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines()[-lines:]
        separator = " " if lines <= 3 else "\n    "
        message = f"{Path(command[0]).name} failed: {separator.join(['', *words]).strip(' ')}"
        raise LaunchError(message)
    return done.stdout


def stop(process: subprocess.Popen[bytes], how: signal.Signals, *, seconds: float) -> bool:
    """Signal a child and wait; after `seconds` kill its whole session. True when it ended by itself."""
    if process.poll() is not None:
        return True
    process.send_signal(how)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    return True


def exit_code(process: subprocess.Popen[bytes]) -> int | None:
    """How the process ended, or None while it runs, without reaping it: until then its number cannot go to a stranger."""
    if process.returncode is not None:
        return int(process.returncode)
    try:
        found = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return process.poll()
    if found is None:
        return None
    return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the process's group, then reap it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(check: Callable[[], bool], *, seconds: float, pause: float = 0.02) -> bool:
    """Ask again and again until `check` says yes; False when the time is over."""
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def is_port_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(wanted: int = 0) -> int:
    """The wanted port when nobody has it, else one that the kernel picks."""
    if wanted and is_port_free(wanted):
        return wanted
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def can_enter(folder: Path, account: Account | None) -> bool:
    """Whether the account can reach the folder through all its parents."""
    if account is None:
        return os.access(folder, os.X_OK)
    done = subprocess.run(
        ["/bin/sh", "-c", 'cd "$0"', str(folder)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def give(path: Path, account: Account | None) -> None:
    """Hand a file or folder to the account that must own it."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def private_folder(path: Path, account: Account | None) -> Path:
    """A folder that only the account (and root) may read, made when missing."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    give(path, account)
    return path


@dataclass
class Beside:
    """A command that runs while we do something else."""

    process: subprocess.Popen[str]

    def finish(self) -> str:
        """Wait for its end; a failure becomes a LaunchError."""
        printed, complaint = self.process.communicate()
        if self.process.returncode != 0:
            words = (complaint or printed).strip().splitlines()[-3:]
            message = f"{' '.join(map(str, self.process.args))} failed: {' '.join(words)}"  # type: ignore[arg-type]
            raise LaunchError(message)
        return printed


def start_beside(command: Sequence[str], *, environment: Mapping[str, str], folder: Path) -> Beside:
    """Start a command without waiting for it."""
    return Beside(
        subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=dict(environment),
            cwd=folder,
            preexec_fn=_child_setup(os.getpid(), signal.SIGTERM),  # noqa: PLW1509 -- no threads here
        )
    )
