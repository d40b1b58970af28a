"""PostgreSQL and Valkey: made, started, asked whether they are ready, and stopped. Also the throwaway pair for tests."""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

from ops_portal.launch.binaries import PostgresBinaries, find_postgres, find_valkey
from ops_portal.launch.system import (
    Account,
    LaunchError,
    can_enter,
    free_port,
    give,
    private_folder,
    run,
    spawn,
    stop,
    store_account,
    wait_until,
)

SUPERUSER = "postgres"
OWNER = "portal_owner"
APP = "portal_app"
DATABASE = "portal"
SOCKET_PORT = 5432
# The kernel's limit is 107 bytes for the whole path; ".s.PGSQL.5432.lock" follows the folder.
LONGEST_SOCKET_FOLDER = 85
FIRST_BUILTIN_LOCALE = 17
START_SECONDS = 60.0

SAFE_OPTIONS = {"max_connections": "100", "shared_buffers": "128MB", "work_mem": "16MB", "wal_compression": "on"}
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


@dataclass(frozen=True)
class Passwords:
    """One password for each way in. None of them is ever put on a command line."""

    superuser: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    owner: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    app: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    valkey: str = field(default_factory=lambda: secrets.token_urlsafe(24))


@dataclass(frozen=True)
class Postgres:
    """One cluster: its programs, its data folder, its private socket folder."""

    binaries: PostgresBinaries
    data: Path
    sockets: Path
    passwords: Passwords
    account: Account | None
    options: dict[str, str] = field(default_factory=lambda: dict(SAFE_OPTIONS))

    death_signal = signal.SIGINT

    def is_made(self) -> bool:
        """Whether initdb has finished here before."""
        return (self.data / "PG_VERSION").exists()

    def refuse_other_version(self) -> None:
        """Refuse to open a data folder of another major version: PostgreSQL cannot, and a new one would hide the data."""
        if not self.is_made():
            return
        found = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if found == str(self.binaries.major):
            return
        message = (
            f"The data in {self.data} belongs to PostgreSQL {found}, this is version {self.binaries.major}: dump it with the old "
            f"programs (`pg_dumpall`), move the folder away, start again and restore with `psql`; or install PostgreSQL {found}."
        )
        raise LaunchError(message)

    def make(self, *, durable: bool = True) -> None:
        """Create the cluster, in a folder of another name until it is whole, so that a crash midway leaves nothing half-made."""
        draft = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        private_folder(draft, self.account)
        locale = ["--locale=C.UTF-8"]
        if self.binaries.major >= FIRST_BUILTIN_LOCALE:
            locale.append("--locale-provider=builtin")
        with tempfile.NamedTemporaryFile("w", dir=self.sockets) as password:
            password.write(self.passwords.superuser)
            password.flush()
            give(Path(password.name), self.account)
            run(
                [
                    self.binaries.path("initdb"),
                    f"--pgdata={draft}",
                    f"--username={SUPERUSER}",
                    "--auth=scram-sha-256",
                    f"--pwfile={password.name}",
                    "--encoding=UTF8",
                    "--no-instructions",
                    *locale,
                    *([] if durable else ["--no-sync"]),
                ],
                account=self.account,
                folder=self.sockets,
            )
        draft.rename(self.data)

    def command(self) -> list[str]:
        """How the server is started: sockets only, no TCP."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "port": str(SOCKET_PORT),
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self.options,
        }
        return [
            self.binaries.path("postgres"),
            "-D",
            str(self.data),
            *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
        ]

    def is_ready(self, pid: int) -> bool:
        """Whether the server started as `pid` takes connections: it says so in the eighth line of its own lock file."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004

    def run_sql(self, statements: str, *, database: str = "postgres") -> str:
        """Run statements as the superuser; used only to make roles and the database."""
        return run(
            [
                self.binaries.path("psql"),
                *("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"),
                f"--host={self.sockets}",
                f"--port={SOCKET_PORT}",
                f"--username={SUPERUSER}",
                f"--dbname={database}",
            ],
            account=self.account,
            folder=self.sockets,
            environment={"PGPASSWORD": self.passwords.superuser, "PATH": os.environ.get("PATH", "")},
            text=statements,
        )

    def make_roles(self) -> None:
        """Create the two roles and the database where they are missing, and set both passwords to ours. Safe to repeat.

        The owner runs migrations. The app role reads and writes rows only: it owns nothing and cannot truncate. What the owner
        creates later is granted to it by default privileges, set in template1 too so that test databases get them.
        """
        self.run_sql(ROLES.format(owner=self.passwords.owner, app=self.passwords.app))
        grants = GRANTS
        self.run_sql(grants, database="template1")
        self.run_sql(grants, database=DATABASE)

    def url(self, role: str, password: str) -> str:
        """Address of the portal's database for a role."""
        place = urlencode({"host": str(self.sockets), "port": SOCKET_PORT}, quote_via=quote)
        return f"postgresql://{role}:{quote(password, safe='')}@/{DATABASE}?{place}"

    @property
    def owner_url(self) -> str:
        """Address for migrations and tests."""
        return self.url(OWNER, self.passwords.owner)

    @property
    def app_url(self) -> str:
        """Address for web, worker and beat."""
        return self.url(APP, self.passwords.app)


ROLES = f"""
SELECT 'CREATE ROLE {OWNER} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
SELECT 'CREATE ROLE {APP} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') \\gexec
ALTER ROLE {OWNER} LOGIN CREATEDB NOSUPERUSER NOCREATEROLE PASSWORD '{{owner}}';
ALTER ROLE {APP} LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE PASSWORD '{{app}}';
SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""

GRANTS = f"""
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE, SELECT ON SEQUENCES TO {APP};
"""


@dataclass(frozen=True)
class Valkey:
    """One Valkey server on loopback with a password, kept in an append-only file."""

    program: Path
    data: Path
    port: int
    password: str
    account: Account | None
    durable: bool = True

    death_signal = signal.SIGTERM

    def make(self) -> None:
        """Write the folder and the configuration file; the password stands in the file, not on the command line."""
        private_folder(self.data, self.account)
        settings = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            f"dir {self.data}",
            f"appendonly {'yes' if self.durable else 'no'}",
            'save ""',
            "maxmemory-policy noeviction",
            "daemonize no",
            "databases 32",
        ]
        target = self.data / "valkey.conf"
        target.touch(mode=0o600)
        target.write_text("\n".join(settings) + "\n", encoding="utf-8")
        give(target, self.account)

    def command(self) -> list[str]:
        """How the server is started."""
        return [str(self.program), str(self.data / "valkey.conf")]

    def is_ready(self, _pid: int = 0) -> bool:
        """Whether it answers a PING with our password (it says LOADING while it reads its file)."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
                line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:  # noqa: PLR2004 -- one line for each of the two commands
                    part = line.recv(512)
                    if not part:
                        return False
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    @property
    def url(self) -> str:
        """Address for cache, sessions and the broker."""
        return f"redis://:{quote(self.password, safe='')}@127.0.0.1:{self.port}/0"


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


PREFIX = "portal-throwaway-"
SWEEP_SECONDS = 60.0


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


# Immediate shutdown: a throwaway cluster needs no checkpoint on its way out.
THROWAWAY_SIGNALS = {"postgres": signal.SIGQUIT, "valkey": signal.SIGKILL}


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
