"""The bench: rows written without history, one place for each of its habits, what it calls a broken limit."""

import json
from pathlib import Path

import pytest
from django.db import connection

from apps.departments.models import Department
from apps.departments.tests.factories import DepartmentFactory
from ops_portal import bench
from ops_portal.bench.circumstances import write_figures
from ops_portal.bench.memory import forget_peak, peak_mb
from ops_portal.bench.rehearsed import Rehearsed
from ops_portal.bench.scores import Size
from ops_portal.bench.unrecorded import unrecorded

FOLDER = Path(bench.__file__).parent
TABLE = "departments_department"
RENAME = f"UPDATE {TABLE} SET purpose = purpose || '.'"


def events():
    """How much history departments have."""
    event = Department._meta.get_field("events").related_model
    return event._default_manager.count()


def files_with(words):
    return [file.name for file in sorted(FOLDER.glob("*.py")) if words in file.read_text(encoding="utf-8")]


@pytest.mark.django_db
class TestUnrecorded:
    def test_writes_no_history_and_switches_it_on_again(self):
        DepartmentFactory()
        before = events()
        with connection.cursor() as cursor:
            # In a test everything is one transaction: nothing may wait for its end when a table is altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with unrecorded(TABLE) as inner:
                inner.execute(RENAME)
            assert events() == before
            cursor.execute(RENAME)
        assert events() == before + Department.objects.count()

    def test_leaves_history_on_when_the_writing_fails(self):
        DepartmentFactory()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        before = events()
        with pytest.raises(ZeroDivisionError), unrecorded(TABLE):
            raise ZeroDivisionError
        with connection.cursor() as cursor:
            cursor.execute(RENAME)
        assert events() == before + Department.objects.count()


def test_a_peak_of_memory_is_forgotten_for_the_next_part():
    forget_peak()
    held = bytearray(200 * 2**20)
    before = peak_mb()
    del held
    forget_peak()
    assert peak_mb() < before - 100


def test_every_file_of_figures_says_when_on_what_code_and_on_what_machine(tmp_path):
    write_figures(tmp_path / "figures.json", {"broken": []}, load=0.5)
    told = json.loads((tmp_path / "figures.json").read_text())
    assert told["machine"]["cores"] >= 1
    assert told["machine"]["load"] == 0.5
    assert told["at"]
    assert told["broken"] == []


def test_history_is_switched_off_in_one_place_and_cases_are_approved_in_one():
    assert files_with("TRIGGER USER") == ["unrecorded.py"]
    assert files_with("Verdict.APPROVE") == ["scores.py"]


@pytest.mark.parametrize(("ours", "is_broken"), [(1_199.0, False), (1_200.0, False), (1_210.0, True)])
def test_a_rehearsal_may_cost_a_fifth_more_than_its_months(ours, is_broken):
    found = Rehearsed(Size(1_000), ours_ms=1, ours_cpu_ms=ours, months_ms=1, months_cpu_ms=1_000.0)
    assert bool(found.broken()) is is_broken
    assert "12 months of 10,000 lines of 1,000 departments each rehearsed" in str(found)
