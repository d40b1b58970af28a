"""The real thing for browser tests: own stores, migrated as owner, web and worker as the application role, demo company."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from ops_portal.launch.processes import COLLECT, MIGRATE, SERVICES, answers, django_environment, has_line
from ops_portal.launch.stores import ThrowawayStores
from ops_portal.launch.system import free_port

ROOT = Path(__file__).resolve().parents[2]
TODAY = "2026-11-20"
STARTED = ("web", "worker")
COMPANY_JOB = "demo.build_company"


@dataclass
class RunningPortal:
    """A portal with the demo company, running until `stop`. `sign_ins` maps a role to its e-mail and password.

    LOADED_BY: instead of the demo company, what this function (as `module.name`) brings in; it gives the sign-ins.
    """

    stores: ThrowawayStores = field(default_factory=ThrowawayStores)
    address: str = ""
    sign_ins: dict[str, dict[str, str]] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    loaded_by: str = ""
    today: str = TODAY

    def start(self) -> "RunningPortal":
        self.stores.start()
        folder = Path(tempfile.mkdtemp(dir=self.stores.folder))
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self.log_folder = folder
        self.environment = django_environment(
            os.environ,
            {
                "DATABASE_URL": self.stores.app_database_url,
                "REDIS_URL": self.stores.redis_url,
                "SECRET_KEY": "only-for-browser-tests-" + "x" * 40,
                "PORTAL_PUBLIC_URL": self.address,
                "PORTAL_PORT": str(port),
                "PORTAL_DEMO": "0" if self.loaded_by else "1",
                "PORTAL_REQUIRE_TOTP": "0",
                "PORTAL_TODAY": self.today,
                "PORTAL_STATE_DIR": str(folder),
                "PORTAL_STATIC_DIR": str(folder / "static"),
                "PORTAL_MEDIA_DIR": str(folder / "media"),
            },
        )
        self.manage(MIGRATE[2:], {"DATABASE_URL": self.stores.database_url})
        self.manage(COLLECT[2:])
        lines = [line.split() for line in self.manage(self.loading).splitlines() if "@" in line]
        self.sign_ins = {role: {"email": email, "password": password} for role, email, password in lines}
        for service in SERVICES:
            if service.name in STARTED:
                self.launch(service.name)
        if not self.loaded_by:
            self.wait_for_company()
        return self

    def turn_to(self, day: str) -> None:
        """Let another DAY (as YYYY-MM-DD) begin: the processes are started anew with it, the stores stay."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(timeout=30)
        self.today = self.environment["PORTAL_TODAY"] = day
        for name in self.processes:
            self.launch(name)

    @property
    def loading(self) -> tuple[str, ...]:
        """The command that brings the company in and prints a line for each sign-in: role, e-mail, password."""
        module, _, name = self.loaded_by.rpartition(".")
        return ("shell", "-c", f"from {module} import {name}; {name}()") if name else ("demo_signins",)

    def wait_for_company(self, seconds: float = 600) -> None:
        """The demo company is made by a job, as it is for anyone who starts the portal: wait until the row says done."""
        deadline = time.monotonic() + seconds
        with contextlib.closing(psycopg2.connect(self.stores.database_url)) as connection:
            connection.autocommit = True
            while (state := self.state_of_company(connection)) != "done":
                assert state in {"queued", "running"}, f"The demo company: {state}. {self.log('worker')}"
                assert time.monotonic() < deadline, self.log("worker")
                time.sleep(0.5)

    def state_of_company(self, connection: Any) -> str:
        """Where the job stands."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT state FROM jobs_jobrun WHERE kind = %s ORDER BY id DESC LIMIT 1", [COMPANY_JOB])
            row = cursor.fetchone()
        return str(row[0]) if row else "never asked for"

    def log(self, name: str) -> str:
        """The last words of a process."""
        return (self.log_folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-3000:]

    def manage(self, words: Sequence[str], changes: dict[str, str] | None = None) -> str:
        """Run a management command to its end; its output. A failure shows what it said."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={**self.environment, **(changes or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
        return done.stdout

    def launch(self, name: str) -> None:
        """Start one process of the process table and wait until it is ready."""
        service = next(service for service in SERVICES if service.name == name)
        log = self.log_folder / f"{name}.log"
        with log.open("ab") as sink:
            start = sink.tell()
            self.processes[name] = subprocess.Popen(
                service.words(str(self.log_folder), sys.executable),
                cwd=ROOT,
                env=self.environment,
                stdout=sink,
                stderr=sink,
            )
        is_ready = has_line(log, service.ready_line, start) if service.ready_line else answers(f"{self.address}/ready/")
        deadline = time.monotonic() + 60
        while not is_ready():
            assert self.processes[name].poll() is None, log.read_text()[-4000:]
            assert time.monotonic() < deadline, f"{name} was not ready in time: {log.read_text()[-4000:]}"
            time.sleep(0.2)

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.stores.stop()
