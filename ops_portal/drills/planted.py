"""R11: KPI values with a thousand planted errors are refused row by row; right ones are stored whole, once or not at all."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import create_account, issue_key
from apps.core import clock
from apps.core.month import Month
from apps.departments.models import Department
from apps.departments.services import create_department
from apps.imports.choices import RunState
from apps.imports.models import ImportRun
from apps.imports.selectors import problems_of
from apps.jobs.models import JobRun
from apps.kpis.models import KpiValue
from apps.kpis.services import Definition, Identity
from apps.kpis.services.loading import define_kpis
from apps.periods.services import lay_out_year
from apps.staff.services import Place, hire_person, link_account
from ops_portal.drills import DrillReport
from ops_portal.drills.hostile import Meter
from ops_portal.drills.lab import LAB, kill, until
from ops_portal.drills.planted_files import HIGHEST, WRITERS, Firm, Planted, planted_rows, right_rows
from ops_portal.drills.unguarded import planted as unguarded

ABOUT = (
    "R11: 10,000 KPI values as CSV and as XLSX, 1,000 planted errors of 12 kinds in each: all named, nothing stored, "
    "10 s of processor time and 200 MB at most; a worker killed while it writes leaves nothing; sent again: no change."
)
PROTECTIONS = {
    "row_checks": "the judging of rows whose cells can be read",
    "flaws": "the marking of cells at which nobody may guess: formulas, merged cells, broken bytes",
    "reach": "the scope of whoever sends",
    "all_or_none": "the refusal of a file of which a row is wrong",
    "one_transaction": "the one transaction of all rows and the run's end",
    "same_values": "the comparison with what is stored",
}
ROUNDS = 1
ERRORS = 1_000
BRANCHES, KPIS = 20, 500
MOST_SECONDS, MOST_MEGABYTES = 10.0, 200.0
GATES = ("imports_importundo", "kpis_kpistale", "kpis_kpivalue")
"""What an import writes to, the last first: what takes it back, what is to be worked out, values."""
IMPORTS = "/api/v1/imports/"
WAIT_SECONDS = 300.0
AT_THE_GATE = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
HELD = """
SELECT count(*) FROM pg_locks WHERE granted AND mode = 'RowExclusiveLock' AND relation = %s::regclass
AND pid <> pg_backend_pid()
"""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """What one file costs: processor seconds of portal, reading child and database; memory of the child, and how much more
    the portal took than the MEGABYTES_BEFORE any file."""

    meter: Meter
    megabytes_before: float
    seconds: float = 0.0
    megabytes: float = 0.0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Measure what happens in the block."""
        self.meter.peak_megabytes = self.meter.processor_seconds = 0.0
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        started = time.process_time() + database_seconds()
        yield
        self.seconds = time.process_time() + database_seconds() - started + self.meter.processor_seconds
        self.megabytes = max(memory_of("VmHWM") - self.megabytes_before, 0.0) + self.meter.peak_megabytes


def memory_of(name: str) -> float:
    """A line of this process's memory, in megabytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def database_seconds() -> float:
    """Processor seconds of the database process that serves this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


@dataclass
class Company:
    """A region whose head sends for its branches, KPIs of the region, and a department that is none of its business."""

    branch_count: int = BRANCHES
    kpi_count: int = KPIS
    kinds: tuple[str, ...] = tuple(WRITERS)
    firms: dict[str, Firm] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        now, today = clock.now(), clock.today()
        start = date(today.year - 2, 1, 1)
        hr = account("hr", "hr")
        lay_out_year(start=date(today.year - 1, today.month, 1), by=hr, now=now)

        def opened(code: str, parent: Department | None) -> Department:
            return create_department(code=code, name=f"{code} unit", parent=parent, on=start, by=hr, now=now)

        top = opened("TOP", None)
        region, far = opened("REGION", top), opened("FAR", top)
        branches = [opened(f"B{number:03d}", region) for number in range(self.branch_count * len(self.kinds))]
        codes = [f"K{number:04d}" for number in range(self.kpi_count)]
        self.define(codes, region)
        month = Month.of(today)
        for place, kind in enumerate(self.kinds):
            own = branches[place * self.branch_count :][: self.branch_count]
            self.firms[kind] = Firm(
                [branch.code for branch in own], codes, far.code, month, month.plus(-6), month.plus(1)
            )
        self.headers = {"Authorization": f"Bearer {self.key_of_head(region, hr)}", "Host": "127.0.0.1"}

    def define(self, codes: list[str], owner: Department) -> None:
        """KPIs that may not exceed HIGHEST."""
        wanted = [
            (
                Identity(department=owner, code=code),
                Definition(name=f"KPI {code}", direction="higher", maximum=Decimal(HIGHEST)),
            )
            for code in codes
        ]
        define_kpis(wanted=wanted, by=None)

    def key_of_head(self, region: Department, hr: User) -> str:
        """The key of whoever leads the region."""
        now, head = clock.now(), account("head", "manager")
        day = clock.today() - timedelta(days=300)
        place = Place(department=region, role="head")
        person = hire_person(number="HEAD", name="Head of the region", place=place, hired_on=day, by=hr, now=now)
        link_account(person=person, user=head, by=hr)
        _key, text = issue_key(
            name="drill",
            scopes=["imports.run", "kpis.record", "kpis.view"],
            expires_at=now + timedelta(days=1),
            allowed_networks=[],
            owner=head,
            by=head,
            now=now,
        )
        return text

    def send(self, kind: str, rows: list[list[Any]]) -> ImportRun | str:
        """Send these rows as a file; the run, or what was said instead."""
        upload = SimpleUploadedFile(f"values.{kind}", WRITERS[kind](rows))
        answer = Client(raise_request_exception=False).post(
            IMPORTS, {"target": "kpis.values", "file": upload}, headers=self.headers
        )
        if answer.status_code != 202:
            return f"{kind}: answered {answer.status_code} {answer.content.decode()[:200]}"
        return ImportRun.objects.get(pk=answer.json()["id"])

    def insist(self, run: ImportRun) -> int:
        """Ask for the import of a file that was found wrong; the status of the answer."""
        given = {"mode": "all_or_nothing"}
        client = Client(raise_request_exception=False)
        answer = client.post(f"{IMPORTS}{run.pk}/commit/", given, content_type="application/json", headers=self.headers)
        return answer.status_code


def account(name: str, role: str) -> User:
    """Somebody with this role."""
    return create_account(email=f"{name}@drill.test", name=name.title(), roles=[role], by=None, now=clock.now())


def stored(firm: Firm) -> int:
    """How many versions of values the branches of this firm have."""
    return KpiValue.objects.filter(series__department__code__in=firm.branches).count()


def bad_file_faults(company: Company, kind: str, *, errors: int, cost: Cost) -> list[str]:
    """What is wrong with how a file with planted errors was taken."""
    firm = company.firms[kind]
    rows, planted = planted_rows(firm, errors=errors, is_book=kind == "xlsx")
    with cost.taken():
        run = company.send(kind, rows)
    if isinstance(run, str):
        return [run]
    faults = [f"{kind}: {fault}" for fault in unnamed(run, planted)]
    status = company.insist(run)
    ended(run, seconds=0 if status == 422 else WAIT_SECONDS)
    if status != 422:
        faults.append(f"{kind}: the import of a wrong file was answered {status}")
    if stored(firm):
        faults.append(f"{kind}: {stored(firm)} rows of a wrong file were stored")
    return faults


def unnamed(run: ImportRun, planted: list[Planted]) -> list[str]:
    """Planted errors that are not named by row, column and reason; right rows that are blamed."""
    found = {(problem.line, problem.column): problem.message for problem in problems_of(run)}
    missed = [one for one in planted if one.reason not in found.get((one.line, one.column), "")]
    blamed = {line for line, _column in found} - {one.line for one in planted}
    faults = []
    if missed:
        kinds = sorted({one.reason for one in missed})
        faults.append(f"{len(missed)} of {len(planted)} errors are not named: {', '.join(kinds)}")
    if blamed or run.bad_row_count != len(planted):
        faults.append(f"{run.bad_row_count} rows are called wrong, {len(blamed)} of them are right")
    return faults


def killed_faults(run: ImportRun, firm: Firm) -> list[str]:
    """What a worker leaves that is killed while it writes, once at each gate until one leaves something."""
    for table in GATES:
        if killed_at(table, run) is None:
            return [f"no worker came as far as {table}"]
        if left := stored(firm):
            return [f"a worker killed at {table} left {left} rows"]
    return []


def killed_at(table: str, run: ImportRun) -> int | None:
    """kill -9 the worker that is about to write to TABLE, with the database at work for it; its process id."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'LOCK TABLE "{table}" IN SHARE MODE')

        def is_there() -> bool:
            cursor.execute(AT_THE_GATE, [table])
            return bool(cursor.fetchone()[0])

        if until(is_there, seconds=WAIT_SECONDS) is None:
            return None
        pid = int(JobRun.objects.get(pk=run.job_id or 0).worker.rpartition(":")[2])
        kill(pid)
    # The database's process for the dead worker goes on with its statement before it finds that nobody listens.
    until(lambda: not is_written_to(table), seconds=WAIT_SECONDS)
    return pid


def is_written_to(table: str) -> bool:
    """Whether some transaction that is still open wrote to TABLE."""
    with connection.cursor() as cursor:
        cursor.execute(HELD, [table])
        return bool(cursor.fetchone()[0])


def ended(run: ImportRun, *, seconds: float = WAIT_SECONDS) -> ImportRun:
    """The run once nobody works on it any more, or as it stands after this time."""
    busy = (RunState.CHECKING, RunState.COMMITTING)
    until(lambda: not ImportRun.objects.filter(pk=run.pk, state__in=busy).exists(), seconds=seconds)
    run.refresh_from_db()
    return run


def good_file_faults(
    company: Company, kind: str, *, cost: Cost, at_work: Callable[[ImportRun, Firm], list[str]]
) -> list[str]:
    """What is wrong with how a right file was stored, its worker disturbed by AT_WORK, and then sent again."""
    firm = company.firms[kind]
    rows = right_rows(firm)
    with cost.taken():
        run = company.send(kind, rows)
    if isinstance(run, str):
        return [run]
    faults = at_work(run, firm)
    if (count := counted(ended(run))) != (len(rows), 0, 0):
        faults.append(f"first {count}: {run.state} {run.problem_note}")
    again = company.send(kind, rows)
    if isinstance(again, str):
        return [*faults, again]
    if (count := counted(ended(again))) != (0, 0, len(rows)):
        faults.append(f"sent again {count}: {again.state} {again.problem_note}")
    if stored(firm) != len(rows):
        faults.append(f"{stored(firm)} versions of {len(rows)} values")
    return [f"{kind}: {fault}" for fault in faults]


def counted(run: ImportRun) -> tuple[int, int, int]:
    """New, changed and unchanged rows; nothing of it before the import was done."""
    if run.state != RunState.COMMITTED:
        return 0, 0, 0
    return run.created_count, run.changed_count, run.unchanged_count


def take_out(name: str) -> None:
    """Take a protection out of this process."""
    unguarded.take_out(name)


def run(*, without: str | None, rounds: int) -> DrillReport:
    """The files with errors ROUNDS times over; then the right ones, their workers killed, and once more."""
    started = time.monotonic()
    if without:
        take_out(without)
    for role in ("worker", "beat"):
        LAB.start(role, drill="planted", without=without)
    meter, company = Meter(), Company()
    faults: list[str] = []
    costs: dict[str, Cost] = {}
    with mock.patch("apps.imports.services.reading.subprocess.run", meter.run):
        # The first request also pays for loading the portal.
        company.send("csv", [["Nowhere", "NOPE", "", "", ""]])
        before = memory_of("VmRSS")
        steps = [("bad", kind) for kind in company.kinds * rounds] + [("right", kind) for kind in company.kinds]
        for step, kind in steps:
            cost = costs[f"{step}_{kind}"] = Cost(meter, before)
            if step == "bad":
                faults += bad_file_faults(company, kind, errors=ERRORS, cost=cost)
            else:
                faults += good_file_faults(company, kind, cost=cost, at_work=killed_faults)
            # Without a protection it is enough to see it fail once.
            if without and faults:
                break
    for name, cost in costs.items():
        if cost.seconds > MOST_SECONDS or cost.megabytes > MOST_MEGABYTES:
            faults.append(f"{name} took {cost.seconds:.1f} s and {cost.megabytes:.0f} MB")
    figures: dict[str, Any] = {
        "rows_each": BRANCHES * KPIS,
        "errors_each": ERRORS,
        "workers_killed": len(GATES) * sum(name.startswith("right") for name in costs),
        **{f"{name}_processor_s": round(cost.seconds, 1) for name, cost in costs.items()},
        **{f"{name}_mb": round(cost.megabytes) for name, cost in costs.items()},
        "wrong": faults or "none",
    }
    return DrillReport(passed=not faults, figures=figures, seconds=time.monotonic() - started)
