"""One PostgreSQL cluster: made, started, asked whether it is ready, and given its two roles."""

import os
import secrets
import shutil
import signal
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from ops_portal.launch.binaries import PostgresBinaries
from ops_portal.launch.system import Account, LaunchError, give, private_folder, run

SUPERUSER = "postgres"
OWNER = "portal_owner"
APP = "portal_app"
DATABASE = "portal"
SOCKET_PORT = 5432
FIRST_BUILTIN_LOCALE = 17
SAFE_OPTIONS = {"max_connections": "100", "shared_buffers": "128MB", "work_mem": "16MB", "wal_compression": "on"}

# Constants only: no text of a stranger gets in here.
ROLES = f"""
SELECT 'CREATE ROLE {OWNER} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
SELECT 'CREATE ROLE {APP} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') \\gexec
ALTER ROLE {OWNER} LOGIN CREATEDB NOSUPERUSER NOCREATEROLE PASSWORD '{{owner}}';
ALTER ROLE {APP} LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE PASSWORD '{{app}}';
SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""  # noqa: S608

GRANTS = f"""
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE, SELECT ON SEQUENCES TO {APP};
"""

# The number of applied migrations stands beside the stamp: a restored older dump does not pass for a current one.
APPLIED = "(SELECT count(*) || ':' || coalesce(max(id), 0) FROM django_migrations)"
MARK = f"""
SELECT format('COMMENT ON DATABASE {DATABASE} IS %L', '{{stamp}}:' || {APPLIED}) \\gexec
"""
IS_MARKED = f"""
SELECT shobj_description(oid, 'pg_database') = '{{stamp}}:' || {APPLIED} FROM pg_database WHERE datname = '{DATABASE}';
"""  # noqa: S608
DEMO_ACCOUNTS = "SELECT email FROM accounts_user WHERE is_demo AND is_active;"


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
        """Refuse a data folder of another major version: PostgreSQL cannot read it, a new one would hide the data."""
        if not self.is_made():
            return
        found = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if found == str(self.binaries.major):
            return
        message = (
            f"The data in {self.data} belongs to PostgreSQL {found}, this is version {self.binaries.major}: dump it "
            f"with the old programs (`pg_dumpall`), move the folder away, start again and restore with `psql`; "
            f"or install PostgreSQL {found}."
        )
        raise LaunchError(message)

    def make(self, *, durable: bool = True) -> None:
        """Create the cluster under another name until it is whole: a crash midway leaves nothing half-made."""
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

    def set_superuser_password(self) -> None:
        """Make our password the superuser's, in single-user mode: for a stopped cluster whose passwords were lost."""
        command = [self.binaries.path("postgres"), "--single", "-D", str(self.data), "postgres"]
        statement = f"ALTER ROLE {SUPERUSER} PASSWORD '{self.passwords.superuser}'\n"
        run(command, account=self.account, folder=self.data, text=statement)

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
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

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

        The owner runs migrations. The app role reads and writes rows only: it owns nothing and cannot truncate. What
        the owner creates later is granted to it by default privileges, set in template1 too for the test databases.
        """
        self.run_sql(ROLES.format(owner=self.passwords.owner, app=self.passwords.app))
        grants = GRANTS
        self.run_sql(grants, database="template1")
        self.run_sql(grants, database=DATABASE)

    def mark(self, stamp: str) -> None:
        """Write into the database which set of migrations it has seen."""
        self.run_sql(MARK.format(stamp=stamp), database=DATABASE)

    def is_marked(self, stamp: str) -> bool:
        """Whether it has seen exactly this set, and its list of migrations is the one it had then."""
        try:
            return self.run_sql(IS_MARKED.format(stamp=stamp), database=DATABASE).strip() == "t"
        except LaunchError:
            # No list of migrations yet.
            return False

    def demo_accounts(self) -> set[str]:
        """The e-mail addresses under which the demo can be looked at."""
        try:
            return set(self.run_sql(DEMO_ACCOUNTS, database=DATABASE).split())
        except LaunchError:
            # No table of accounts yet.
            return set()

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
