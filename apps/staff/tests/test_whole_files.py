"""Whole files through the frame, from the upload to the undo, by each door: services, API and command.

Two published files, untouched, with the totals their publishers state, and a small file of our own beside each. The
departments come from the same file first.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db.models import Count, Sum

from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory, make_key
from apps.departments.models import Department
from apps.imports.models import ImportRun
from apps.imports.services.checking import map_import
from apps.imports.services.committing import commit_import, request_commit, request_undo, undo_import
from apps.imports.services.runs import scope_at
from apps.imports.services.uploading import start_import
from apps.jobs.services import work
from apps.staff.choices import MovementKind
from apps.staff.models import HeadcountPlan, Movement, Person
from apps.staff.selectors import heads_by_department
from apps.staff.tests.conftest import TODAY
from apps.staff.tests.factories import NOW

pytestmark = pytest.mark.django_db
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "real" / "hr"
MAPPINGS = Path(__file__).parent / "mappings"
HEADCOUNT_FILE = """Year,Universe,Department or agency,Number of employees
2010,CPA,Office of Maps,1200
2010,SA,"Mint, Medals and Seals",340
2025,CPA,Office of Maps,1250
2025,SA,Weather Bureau,75
"""
ATTRITION_FILE = """Attrition,Department,EmployeeNumber,YearsAtCompany
Yes,Sales,1,6
No,Finance,2,10
No,Sales,4,0
"""


@dataclass(frozen=True)
class Case:
    """A file, the mappings that make departments and records of it, and what is then stored."""

    name: str
    target: str
    mappings: tuple[str, str]
    departments: int
    rows: int
    totals: dict[Any, int]
    left: int = 0
    content: str = ""
    first_days: dict[str, date] = field(default_factory=dict)

    def bytes(self) -> bytes:
        """The file as it is."""
        return self.content.encode() if self.content else (REAL / self.name).read_bytes()


HEADCOUNT = ("staff.headcount_plan", ("gc_departments", "gc_headcount"))
ATTRITION = ("staff.people", ("ibm_departments", "ibm_people"))
CASES = [
    Case("headcount.csv", *HEADCOUNT, 3, 4, {2010: 1540, 2025: 1325}, content=HEADCOUNT_FILE,
         first_days={"Office of Maps": date(2010, 3, 1), "Weather Bureau": date(2025, 3, 1)}),
    Case("attrition.csv", *ATTRITION, 2, 3, {"Sales": 2, "Finance": 1}, left=1, content=ATTRITION_FILE),
    Case("gc_headcount_by_department.csv", *HEADCOUNT, 115, 1476, {2010: 282_980, 2025: 357_965}),
    Case("ibm_attrition.csv", *ATTRITION, 3, 1470,
         {"Research & Development": 961, "Sales": 446, "Human Resources": 63}, left=237),
]  # fmt: skip
is_real = pytest.mark.skipif(not REAL.exists(), reason="the real files stand beside the repository only")
ALL_FILES = [pytest.param(case, id=case.name, marks=[] if case.content else [is_real]) for case in CASES]


def mapping(name: str) -> dict[str, Any]:
    """A mapping as it is kept and handed from one person to the next."""
    return json.loads((MAPPINGS / f"{name}.json").read_text())


def steps(case: Case) -> list[tuple[str, str]]:
    """The importers the file goes through, each with its mapping."""
    return [("departments.departments", case.mappings[0]), (case.target, case.mappings[1])]


def stored_totals(case: Case) -> dict[Any, int]:
    """What the case's totals are compared with."""
    if case.target == "staff.headcount_plan":
        found = HeadcountPlan.objects.order_by().values_list("month__year").annotate(total=Sum("planned"))
        return {year: total for year, total in found if year in case.totals}
    joined = Movement.objects.filter(kind=MovementKind.JOIN).order_by().values_list("to_department__name")
    return dict(joined.annotate(count=Count("pk")))


def assert_stored(case: Case, runs: list[ImportRun]) -> None:
    """Everything in the file is stored, and adds up to what is published."""
    assert [run.created_count for run in runs] == [case.departments, case.rows]
    assert [run.bad_row_count for run in runs] == [0, 0]
    assert Department.objects.count() == case.departments
    assert stored_totals(case) == case.totals
    assert Movement.objects.filter(kind=MovementKind.LEAVE).count() == case.left
    assert sum(heads_by_department(TODAY).values()) == (case.rows - case.left if case.target == "staff.people" else 0)
    for name, day in case.first_days.items():
        assert Department.objects.get(name=name).versions.get().valid.lower == day


def assert_nothing_left() -> None:
    """As if the file had never come."""
    for model in (HeadcountPlan, Movement, Person, Department):
        assert not model.objects.exists(), model
    assert set(ImportRun.objects.values_list("state", flat=True)) == {"undone"}


@pytest.fixture
def hr() -> User:
    return UserFactory(roles=["hr"], email="hr@company.test")


@pytest.mark.parametrize("case", ALL_FILES)
class TestServices:
    def test_a_file_goes_in_and_out_again(self, hr, case):
        runs = [self.brought_in(case, target, name, hr) for target, name in steps(case)]
        assert_stored(case, runs)
        for run in reversed(runs):
            request_undo(run=run, reason="Wrong file", by=hr, scope=scope_at(hr, NOW), now=NOW)
            undo_import(run_id=run.pk, reason="Wrong file", by=hr, now=NOW)
        assert_nothing_left()

    def brought_in(self, case: Case, target: str, name: str, hr: User) -> ImportRun:
        """One importer's way: taken, matched, foreseen, imported."""
        who: dict[str, Any] = {"by": hr, "scope": scope_at(hr, NOW), "now": NOW}
        run = start_import(target=target, upload=SimpleUploadedFile(case.name, case.bytes()), **who)
        run = map_import(run=run, mapping=mapping(name), **who)
        run.refresh_from_db()
        foreseen = (run.is_rehearsed, run.created_count, run.row_count)
        assert foreseen == (True, case.rows if target == case.target else case.departments, case.rows)
        request_commit(run=run, mode="all_or_nothing", **who)
        return commit_import(run_id=run.pk, now=NOW)


@pytest.mark.parametrize("case", ALL_FILES)
class TestApi:
    def test_a_file_goes_in_and_out_again(self, client, hr, case):
        _key, text = make_key(hr, ["imports.run", "departments.manage", "staff.manage", "staff.plan_headcount"])
        self.post: Callable[..., Any] = lambda address, body, **how: client.post(
            f"/api/v1/imports/{address}", body, HTTP_AUTHORIZATION=f"Bearer {text}", **how
        )
        runs = [self.brought_in(case, target, name) for target, name in steps(case)]
        assert_stored(case, runs)
        for run in reversed(runs):
            answer = self.post(f"{run.pk}/undo/", {"reason": "Wrong file"}, content_type="application/json")
            work(run_id=answer.json()["job"])
        assert_nothing_left()

    def brought_in(self, case: Case, target: str, name: str) -> ImportRun:
        """Looked at first, then imported by the job."""
        sent = {"target": target, "mapping": json.dumps(mapping(name)), "dry_run": "true"}
        answer = self.post("", {**sent, "file": SimpleUploadedFile(case.name, case.bytes())}).json()
        assert (answer["state"], answer["row_count"], answer["problem_count"]) == ("checked", case.rows, 0)
        answer = self.post(f"{answer['id']}/commit/", {}, content_type="application/json").json()
        work(run_id=answer["job"])
        return ImportRun.objects.get(pk=answer["id"], state="committed")


@pytest.mark.parametrize("case", ALL_FILES)
class TestCommand:
    def test_a_file_goes_in(self, hr, case, tmp_path, capsys):
        path = tmp_path / case.name
        path.write_bytes(case.bytes())
        for target, name in steps(case):
            kept = str(MAPPINGS / f"{name}.json")
            call_command("import_file", target, str(path), "--by", hr.email, "--mapping", kept)
        assert f"{case.rows} created, 0 changed, 0 unchanged" in capsys.readouterr().out
        assert_stored(case, list(ImportRun.objects.order_by("pk")))


class TestSuggestions:
    """What the frame finds out by itself about the headcount file."""

    def test_the_month_of_a_years_column_is_left_for_a_person_to_say(self, hr):
        upload = SimpleUploadedFile("headcount.csv", HEADCOUNT_FILE.encode())
        run = start_import(target="staff.headcount_plan", upload=upload, by=hr, scope=scope_at(hr, NOW), now=NOW)
        expected = mapping("gc_headcount")["fields"]
        del expected["month"]["month"]
        assert run.mapping["fields"] == expected
