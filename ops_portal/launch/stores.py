"""The throwaway PostgreSQL and Valkey of a test run, and the folders that stores live in."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from ops_portal.launch.binaries import find_postgres, find_valkey
from ops_portal.launch.postgres import Passwords, Postgres
from ops_portal.launch.system import (
    Account,
    LaunchError,
    can_enter,
    free_port,
    private_folder,
    spawn,
    stop,
    store_account,
    wait_until,
)
from ops_portal.launch.valkey import Valkey

# The kernel's limit is 107 bytes for the whole path; ".s.PGSQL.5432.lock" follows the folder.
LONGEST_SOCKET_FOLDER = 85
START_SECONDS = 60.0
# A test cluster is thrown away: nothing in it is worth waiting for the disk.
THROWAWAY_OPTIONS = {
    "max_connections": "150",
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
# Immediate shutdown: a throwaway cluster needs no checkpoint on its way out.
THROWAWAY_SIGNALS = {"postgres": signal.SIGQUIT, "valkey": signal.SIGKILL}
PREFIX = "portal-throwaway-"
SWEEP_SECONDS = 60.0


def socket_folder(wanted: Path, account: Account | None) -> Path:
    """The wanted folder for sockets when its path is short enough, else a short private one."""
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_FOLDER:
        return private_folder(wanted, account)
    return private_folder(Path(tempfile.mkdtemp(prefix="portal-", dir=scratch_root(account))), account)


def scratch_root(account: Account | None) -> Path:
    """A folder for temporary things that the stores' account can reach."""
    for candidate in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108 -- mkdtemp is used inside
        if candidate.is_dir() and can_enter(candidate, account) and len(str(candidate)) < LONGEST_SOCKET_FOLDER - 30:
            return candidate
    message = "No temporary folder with a short path can be used: set TMPDIR to one, for example /tmp."
    raise LaunchError(message)


class ThrowawayStores:
    """A PostgreSQL and a Valkey of their own for one run: nothing durable, nothing left behind.

    They die with this process, also when it is killed; folders left by killed runs are removed by the next one.
    """

    def __init__(self, *, options: dict[str, str] | None = None) -> None:
        self.account = store_account()
        self.options = {**THROWAWAY_OPTIONS, **(options or {})}
        self.processes: list[tuple[subprocess.Popen[bytes], signal.Signals]] = []
        self.folder = Path()
        self.database_url = ""
        self.app_database_url = ""
        self.redis_url = ""

    def start(self) -> Self:
        """Make and start both; raises LaunchError with the log's last words when one does not come up."""
        root = scratch_root(self.account)
        sweep(root)
        self.folder = private_folder(Path(tempfile.mkdtemp(prefix=PREFIX, dir=root)), self.account)
        self._lock = (self.folder / "lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            self._start_both()
        except BaseException:
            self.stop()
            raise
        return self

    def _start_both(self) -> None:
        passwords = Passwords()
        postgres = Postgres(
            binaries=find_postgres(self.account),
            data=self.folder / "postgres",
            sockets=private_folder(self.folder / "run", self.account),
            passwords=passwords,
            account=self.account,
            options=self.options,
        )
        valkey = Valkey(
            program=find_valkey(self.account),
            data=self.folder / "valkey",
            port=free_port(),
            password=passwords.valkey,
            account=self.account,
            durable=False,
        )
        valkey.make()
        self._launch(valkey, "valkey")
        postgres.make(durable=False)
        self._launch(postgres, "postgres")
        postgres.make_roles()
        self.postgres, self.valkey = postgres, valkey
        self.database_url, self.app_database_url, self.redis_url = postgres.owner_url, postgres.app_url, valkey.url

    def _launch(self, store: Postgres | Valkey, name: str) -> None:
        log = self.folder / f"{name}.log"
        with log.open("wb") as target:
            process = spawn(
                store.command(),
                log=target,
                account=self.account,
                folder=self.folder,
                death_signal=THROWAWAY_SIGNALS[name],
            )
        self.processes.append((process, THROWAWAY_SIGNALS[name]))
        if not wait_until(lambda: process.poll() is not None or store.is_ready(process.pid), seconds=START_SECONDS):
            message = f"{name} did not get ready in {START_SECONDS:.0f} s."
            raise LaunchError(message)
        if process.poll() is not None:
            words = " ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:])
            message = f"{name} ended at once: {words}"
            raise LaunchError(message)

    def stop(self) -> None:
        """Stop both and remove everything."""
        for process, how in reversed(self.processes):
            stop(process, how, seconds=10)
        self.processes.clear()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()


def sweep(root: Path) -> None:
    """Remove throwaway folders whose run was killed: their lock is free and their servers died with it."""
    for folder in root.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            # A run that is just starting may not hold its lock yet.
            if time.time() - folder.stat().st_ctime < SWEEP_SECONDS:
                continue
            with (folder / "lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
