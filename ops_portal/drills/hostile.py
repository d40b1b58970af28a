"""R12: hostile files are refused in words, quickly and in little memory; odd but honest ones are read rightly."""

import os
import subprocess
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import RoleGrant, User
from apps.accounts.services import issue_key
from apps.core import clock
from apps.files.models import Attachment
from apps.imports.models import ImportRun
from apps.imports.services import reading, targets
from apps.imports.services.targets import CommitResult, FieldSpec, ImportTarget
from ops_portal.drills import DrillReport
from ops_portal.drills.hostile_files import HostileFile, hostile_files

ABOUT = (
    "R12: hostile files sent to the import API: refused in words within 1 s of processor time and 100 MB, nothing kept. "
    "Rows of their own: honest files, read within 2 s, and one inside every limit of size but dear to read, stopped within "
    "8 s and 400 MB."
)
PROTECTIONS = {
    "directory": "the look into a workbook's directory before anything is unpacked",
    "entities": "the refusal of XML entities",
    "limits": "the limits on the reading process's time and memory",
    "kinds": "the look at what a file is, whatever its name says",
}
ROUNDS = 1
PAUSE = 0.004
TRIES = 3
"""A file that took too long is sent again: what else the machine does only ever adds time, so the best of them counts."""
ENOUGH = 3
"""With a protection taken out, so many failures show what it is there for; a file may then take minutes."""


@dataclass
class Most:
    """The dearest of the files that share a limit."""

    seconds: float
    """Processor time allowed for each."""
    megabytes: int
    count: int = 0
    processor_s: float = 0.0
    wall_s: float = 0.0
    peak_mb: float = 0.0

    def take(self, *, processor_s: float, wall_s: float, peak_mb: float) -> None:
        """One file more."""
        self.count += 1
        self.processor_s = max(self.processor_s, processor_s)
        self.wall_s = max(self.wall_s, wall_s)
        self.peak_mb = max(self.peak_mb, peak_mb)

    def words(self) -> str:
        """What was measured beside what is allowed."""
        return (
            f"files {self.count}: {self.processor_s:.2f} s of processor time at most, {self.seconds:g} s allowed; "
            f"{self.peak_mb:.0f} MB at most, {self.megabytes} MB allowed; {self.wall_s:.2f} s by the clock"
        )


class NoTarget(ImportTarget):
    """Takes anything and writes nothing: the files are what is tried here."""

    name = "drill.rows"
    label = "Rows of the drill"
    capability = "staff.manage"
    fields = (FieldSpec("email", "E-mail"), FieldSpec("name", "Name"), FieldSpec("level", "Level", kind="whole"))

    def check(self, rows: Any, *, scope: Any, now: Any) -> list[Any]:
        """Nothing is wrong."""
        del rows, scope, now
        return []

    def commit(self, rows: Any, *, by: Any, now: Any, import_run: Any) -> CommitResult:
        """Nothing to do."""
        del rows, by, now, import_run
        return CommitResult()

    def undo(self, entries: Any, *, by: Any, now: Any) -> None:
        """Nothing was done."""


class Meter:
    """Stands in for subprocess.run while the drill lasts, and notes the processor time and memory of what it ran.

    Processor time, because the wall clock of a busy machine says nothing about the file.
    """

    def __init__(self) -> None:
        self.peak_megabytes = 0.0
        self.processor_seconds = 0.0

    def run(
        self, command: list[str], *, timeout: float, check: bool, **given: Any
    ) -> subprocess.CompletedProcess[bytes]:
        """Run the child to its end, looking at its memory all the time."""
        del check
        sent = given.pop("input")
        process = subprocess.Popen(command, stdin=subprocess.PIPE, **given)
        assert process.stdin is not None
        with process.stdin:
            process.stdin.write(sent)
        end = time.monotonic() + timeout
        while True:
            self.look(process.pid, command[-1])
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                process.returncode = os.waitstatus_to_exitcode(status)
                self.processor_seconds += usage.ru_utime + usage.ru_stime
                return subprocess.CompletedProcess(command, process.returncode)
            if time.monotonic() > end:
                process.kill()
                _ended, _status, usage = os.wait4(process.pid, 0)
                process.returncode = -9
                self.processor_seconds += usage.ru_utime + usage.ru_stime
                raise subprocess.TimeoutExpired(command, timeout)
            time.sleep(PAUSE)

    def look(self, pid: int, module: str) -> None:
        """The highest memory so far; before the child has become itself it still counts as a copy of its parent."""
        folder = Path(f"/proc/{pid}")
        try:
            if module.encode() not in (folder / "cmdline").read_bytes():
                return
            lines = (folder / "status").read_text().splitlines()
        except OSError:
            return
        peak = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
        self.peak_megabytes = max(self.peak_megabytes, peak / 1024)


def sender() -> dict[str, str]:
    """The header of somebody who may import."""
    now = clock.now()
    user = User.objects.create(email=f"drill-{now.timestamp()}@drill.test", name="Drill", is_system=True)
    RoleGrant.objects.create(user=user, role="hr")
    scopes = ["imports.run", NoTarget.capability]
    expires = now + timedelta(days=1)
    _key, text = issue_key(
        name="drill", scopes=scopes, expires_at=expires, allowed_networks=[], owner=user, by=user, now=now
    )
    return {"Authorization": f"Bearer {text}", "Host": "127.0.0.1"}


def send(file: HostileFile, headers: dict[str, str], meter: Meter) -> list[str]:
    """Send one file; what is wrong with how it was taken."""
    kept = (ImportRun.objects.count(), Attachment.objects.count())
    body = {"target": NoTarget.name, "file": SimpleUploadedFile(file.name, file.content), "dry_run": "true"}
    meter.peak_megabytes = meter.processor_seconds = 0.0
    started = time.process_time()
    answer = Client(raise_request_exception=False).post("/api/v1/imports/", body, headers=headers)
    meter.processor_seconds += time.process_time() - started
    text = answer.content.decode()
    wrong = []
    if answer.status_code >= 500:
        wrong.append(f"answered {answer.status_code}")
    elif file.said and (answer.status_code != 422 or file.said not in text):
        wrong.append(f"not refused by “{file.said}”: {answer.status_code} {text[:120]}")
    elif not file.said and answer.status_code == 422 and "file_unreadable" in text:
        wrong.append(f"honest, but not read: {text[:120]}")
    if file.said and (ImportRun.objects.count(), Attachment.objects.count()) != kept:
        wrong.append("something was kept")
    if meter.processor_seconds > file.seconds:
        wrong.append(f"took {meter.processor_seconds:.1f} s")
    if meter.peak_megabytes > file.megabytes:
        wrong.append(f"took {meter.peak_megabytes:.0f} MB")
    return wrong


def best_of(file: HostileFile, headers: dict[str, str], meter: Meter, *, tries: int) -> list[str]:
    """What is wrong with how one file was taken; sent again, TRIES in all, as long as it took too long."""
    wrong: list[str] = []
    for _try in range(tries):
        wrong = send(file, headers, meter)
        if meter.processor_seconds <= file.seconds:
            break
    return wrong


def run(*, without: str | None, rounds: int) -> DrillReport:
    """Send every file, ROUNDS times over."""
    files = hostile_files()
    headers = sender()
    meter = Meter()
    child = f"ops_portal.drills.unguarded.{without}" if without else reading.CHILD
    rows: dict[str, Most] = {}
    failures = list[str]()
    began = time.monotonic()
    with (
        mock.patch("apps.imports.services.reading.subprocess.run", meter.run),
        mock.patch.object(reading, "CHILD", child),
        mock.patch.object(
            reading, "PEEK", replace(reading.PEEK, wall_seconds=600) if without == "limits" else reading.PEEK
        ),
        mock.patch.object(targets, "import_targets", lambda: {NoTarget.name: NoTarget()}),
    ):
        # The first request also pays for loading the portal.
        send(files[-1], headers, meter)
        for file in files * rounds:
            started = time.monotonic()
            wrong = best_of(file, headers, meter, tries=1 if without else TRIES)
            failures += [f"{file.title}: {words}" for words in wrong]
            rows.setdefault(file.group, Most(file.seconds, file.megabytes)).take(
                processor_s=meter.processor_seconds,
                wall_s=time.monotonic() - started,
                peak_mb=meter.peak_megabytes,
            )
            if without and len(failures) >= ENOUGH:
                break
    figures = {
        "files": sum(row.count for row in rows.values()),
        **{group: row.words() for group, row in rows.items()},
        "wrong": failures or "none",
    }
    return DrillReport(passed=not failures, figures=figures, seconds=time.monotonic() - began)
