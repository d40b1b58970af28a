"""A whole portal: which stores are ours, in what order things start, and what each process is told."""

import json
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ops_portal.launch.assets import digest
from ops_portal.launch.binaries import find_postgres, find_valkey
from ops_portal.launch.environment import pinned_files
from ops_portal.launch.leftovers import MARK, end_orphans
from ops_portal.launch.place import Keys, Place, load_keys, write_private
from ops_portal.launch.postgres import Postgres
from ops_portal.launch.processes import (
    COLLECT,
    MIGRATE,
    SERVICES,
    Service,
    answers,
    django_environment,
    has_line,
    python,
)
from ops_portal.launch.stores import socket_folder
from ops_portal.launch.supervisor import Managed, Supervisor
from ops_portal.launch.system import Beside, free_port, private_folder, run, start_beside
from ops_portal.launch.valkey import Valkey

# Commands of manage.py that change tables, or whole databases, and so need the owner.
OWNER_COMMANDS = {"migrate", "flush", "pgtrigger", "dbshell", "grant_app_role", "remove_demo"}


@dataclass
class Portal:
    """The stores and processes of one place. `outer` addresses are used where they were set, embedded stores elsewhere."""

    place: Place
    say: Callable[[str], None]
    keys: Keys = field(init=False)
    had_keys: bool = field(init=False)
    postgres: Postgres | None = None
    valkey: Valkey | None = None

    def __post_init__(self) -> None:
        """Find the programs and read the keys. Nothing is started here."""
        place = self.place
        self.had_keys = (place.state / "secrets.json").exists()
        self.keys = load_keys(place.state)
        if not place.outer("DATABASE_URL"):
            self.postgres = Postgres(
                binaries=find_postgres(place.account),
                data=place.state / "postgres",
                sockets=socket_folder(place.state / "run", place.account),
                passwords=self.keys.stores,
                account=place.account,
            )
        if not place.outer("REDIS_URL"):
            self.valkey = Valkey(
                program=find_valkey(place.account),
                data=place.state / "valkey",
                port=free_port(self._last_valkey_port()),
                password=self.keys.stores.valkey,
                account=place.account,
            )

    def _last_valkey_port(self) -> int:
        """The same port as last time where it is free: addresses in open terminals stay true."""
        with suppress(OSError, ValueError):
            return int(json.loads(self.place.stores_file.read_text(encoding="utf-8")).get("valkey_port", 0))
        return 0

    # --- Addresses ------------------------------------------------------------------------------------------------
    @property
    def app_url(self) -> str:
        """Address that web, worker and beat use: rows only."""
        return self.postgres.app_url if self.postgres else self.place.outer("DATABASE_URL")

    @property
    def owner_url(self) -> str:
        """Address that migrations use."""
        if self.postgres:
            return self.postgres.owner_url
        return self.place.outer("DATABASE_OWNER_URL") or self.place.outer("DATABASE_URL")

    @property
    def redis_url(self) -> str:
        """Address of cache and broker."""
        return self.valkey.url if self.valkey else self.place.outer("REDIS_URL")

    @property
    def has_one_role(self) -> bool:
        """Whether an outer database was given without an owner's address."""
        return self.postgres is None and not self.place.outer("DATABASE_OWNER_URL")

    def django(self, *, as_owner: bool = False) -> dict[str, str]:
        """Environment of a Django process."""
        outer = self.place.environment
        told = {
            "DATABASE_URL": self.owner_url if as_owner else self.app_url,
            "REDIS_URL": self.redis_url,
            "PORTAL_PUBLIC_URL": self.place.url,
            "PORTAL_PORT": str(self.place.port),
            "PORTAL_STATE_DIR": str(self.place.state),
            "PORTAL_MEDIA_DIR": str(self.place.media),
            "PORTAL_STATIC_DIR": outer.get("PORTAL_STATIC_DIR") or str(self.place.state / "static"),
            "PORTAL_DEMO": outer.get("PORTAL_DEMO") or self._last_demo(),
            # `migrate` and `./portal check` run them; again in each worker they are two seconds of every start.
            "CELERY_SKIP_CHECKS": "1",
            MARK: str(self.place.state),
        }
        told["SECRET_KEY"] = self.place.outer("SECRET_KEY") or self.keys.secret_key
        told["PORTAL_TOKEN_PEPPER"] = self.place.outer("PORTAL_TOKEN_PEPPER") or self.keys.token_pepper
        if as_owner:
            told["PORTAL_APP_DATABASE_URL"] = self.app_url
        return django_environment(outer, told)

    def _last_demo(self) -> str:
        """As it was last asked for: a company that moved in is not taken for the demo at a start that forgets to say so."""
        with suppress(OSError):
            return self.place.demo_file.read_text(encoding="ascii").strip()
        return "1" if self.postgres else "0"

    # --- Starting -------------------------------------------------------------------------------------------------
    def start_stores(self, supervisor: Supervisor) -> None:
        """Bring up the embedded stores, making them on the first start, and leave their addresses for other commands."""
        group: list[Managed] = []
        if self.valkey:
            self.valkey.make()
            group.append(self._store("valkey", self.valkey, signal.SIGTERM))
        if self.postgres:
            self._make_postgres(self.postgres)
            group.append(self._store("postgres", self.postgres, signal.SIGINT))
        supervisor.bring_up(group)
        if self.postgres:
            self.postgres.make_roles()
        addresses = {
            "app_url": self.app_url,
            "owner_url": self.owner_url,
            "redis_url": self.redis_url,
            "valkey_port": self.valkey.port if self.valkey else 0,
        }
        write_private(self.place.stores_file, json.dumps(addresses))

    def _make_postgres(self, postgres: Postgres) -> None:
        postgres.refuse_other_version()
        if not postgres.is_made():
            self.say(f"making the PostgreSQL {postgres.binaries.major} data folder")
            postgres.make()
            end_orphans(postgres.data)
            return
        end_orphans(postgres.data)
        if not self.had_keys:
            postgres.set_superuser_password()
            self.say("secrets.json was gone: new passwords and keys were made, so sessions and API keys have ended")

    def _store(self, name: str, store: Postgres | Valkey, stop_signal: signal.Signals) -> Managed:
        data = store.data
        return Managed(
            name=name,
            command=store.command(),
            environment=None,
            folder=private_folder(data, self.place.account),
            log=self.place.logs / f"{name}.log",
            is_ready=lambda pid, _start: store.is_ready(pid),
            stop_signal=stop_signal,
            stop_seconds=60,
            death_signal=store.death_signal,
            account=self.place.account,
            before_start=(lambda: end_orphans(data)) if isinstance(store, Postgres) else (lambda: None),
        )

    def prepare(self) -> None:
        """Bring the tables and the static files to this version, side by side."""
        if self.has_one_role:
            self.say(
                "DATABASE_OWNER_URL is not set: one database role does everything, so history is protected by "
                "triggers only. Set it to the owner's address and DATABASE_URL to a role that may only change rows."
            )
        collecting = None if self._is_static_current() else self.begin(*COLLECT[2:])
        if not self._are_tables_current():
            self.manage(*MIGRATE[2:], as_owner=True)
            if self.postgres:
                self.postgres.mark(self._wanted_tables())
            elif not self.has_one_role:
                self.manage("grant_app_role", as_owner=True)
        self.say("tables are up to date")
        if collecting:
            collecting.finish()
            self._static_stamp().write_text(self._wanted_static(), encoding="ascii")
            self.say("static files are collected")

    def _wanted_tables(self) -> str:
        """What the tables depend on: our migrations, and the packages' by way of the requirements."""
        project = self.place.project
        return digest(*pinned_files(project, dev=False), *sorted(project.glob("apps/*/migrations/*.py")))

    def _are_tables_current(self) -> bool:
        """Whether this very set of migrations was run on this database: asked of the database itself, in 50 ms."""
        return self.postgres is not None and self.postgres.is_marked(self._wanted_tables())

    def keep_demo(self) -> None:
        """Remember what this start was asked for."""
        write_private(self.place.demo_file, self.django()["PORTAL_DEMO"])

    @property
    def is_demo(self) -> bool:
        """Whether the demo company belongs here."""
        return self.django()["PORTAL_DEMO"] == "1"

    def begin(self, *words: str) -> Beside:
        """Run a manage.py command while we do something else."""
        return start_beside([python(), "manage.py", *words], environment=self.django(), folder=self.place.project)

    def manage(self, *words: str, as_owner: bool = False) -> str:
        """Run a manage.py command and return what it printed."""
        command = [python(), "manage.py", *words]
        return run(command, environment=self.django(as_owner=as_owner), folder=self.place.project, lines=8)

    def _static_stamp(self) -> Path:
        return Path(self.django()["PORTAL_STATIC_DIR"]) / ".portal-stamp"

    def _wanted_static(self) -> str:
        """What the collected files depend on: our own files, and the packages' by way of the requirements."""
        project = self.place.project
        files = sorted(path for path in (project / "static").rglob("*") if path.is_file())
        return digest(*pinned_files(project, dev=False), project / "ops_portal" / "settings.py", *files)

    def _is_static_current(self) -> bool:
        with suppress(OSError):
            return self._static_stamp().read_text(encoding="ascii") == self._wanted_static()
        return False

    def services(self) -> list[Managed]:
        """Web, worker and beat, ready to be started."""
        return [self._service(service) for service in SERVICES]

    def _service(self, service: Service) -> Managed:
        log = self.place.logs / f"{service.name}.log"
        ready = answers(f"http://127.0.0.1:{self.place.port}/ready/")
        return Managed(
            name=service.name,
            command=service.words(str(self.place.state), python()),
            environment=self.django(),
            folder=self.place.project,
            log=log,
            is_ready=lambda _pid, start: has_line(log, service.ready_line, start)() if service.ready_line else ready(),
            stop_signal=service.stop_signal,
            stop_seconds=service.stop_seconds,
            death_signal=service.stop_signal,
        )
