import csv
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.core.scope import Reach, Scope
from apps.departments import selectors, services
from apps.departments.models import Department, DepartmentVersion
from apps.departments.services import refusals
from apps.departments.services.importing import DEPARTMENT_TARGET
from apps.departments.tests.factories import DepartmentFactory
from apps.imports.services.targets import ImportRow

pytestmark = pytest.mark.django_db
COMPANY = Scope(user_id=1, reach=Reach.COMPANY)
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
TODAY = date(2026, 1, 5)
REAL = Path(__file__).parents[4] / "shared/data/real/hr/gc_headcount_by_department.csv"


def rows(*values):
    return [ImportRow(line, value) for line, value in enumerate(values, start=2)]


def check(given):
    return [
        (error.line, error.field, error.message) for error in DEPARTMENT_TARGET.check(given, scope=COMPANY, now=NOW)
    ]


def commit(given):
    by = UserFactory()
    return DEPARTMENT_TARGET.commit(given, by=by, now=NOW, import_run=SimpleNamespace(pk=1))


TREE = rows(
    {"code": "top", "name": "Company", "parent": None, "on": date(2020, 1, 1)},
    {"code": "PNT", "name": "Paint", "parent": "Works", "on": date(2020, 1, 1)},
    {"code": "WRK", "name": "Works", "parent": "TOP", "on": date(2020, 1, 1)},
    {"code": "PNT", "name": "Coating", "on": date(2024, 1, 1)},
)


class TestCommit:
    def test_makes_a_tree_with_its_history_in_any_order(self):
        assert check(TREE) == []
        result = commit(TREE)
        assert (result.created, result.changed, result.unchanged) == (3, 0, 0)
        nodes = {node.code: node for node in selectors.tree_on(date(2023, 12, 31), COMPANY)}
        assert nodes["PNT"].name == "Paint" and nodes["PNT"].level == 2
        assert Department.objects.get(code="PNT").name == "Coating"

    def test_the_same_again_changes_nothing(self):
        commit(TREE)
        before = list(DepartmentVersion.objects.order_by("pk").values())
        result = commit(TREE)
        assert (result.created, result.changed, result.unchanged) == (0, 0, 3)
        assert list(DepartmentVersion.objects.order_by("pk").values()) == before

    def test_unmapped_things_stay_as_they_are(self):
        commit(TREE)
        commit(rows({"code": "WRK", "cost_center": "2100"}))
        works = Department.objects.get(code="WRK")
        assert (works.name, works.cost_center) == ("Works", "2100")
        assert selectors.path_on(works, TODAY, COMPANY) != []

    def test_undo_restores_and_removes(self):
        commit(TREE)
        result = commit(rows({"code": "WRK", "name": "Plant", "on": TODAY, "cost_center": "9"}, {"name": "New one"}))
        assert (result.created, result.changed) == (1, 1)
        DEPARTMENT_TARGET.undo(result.undo[::-1], by=None, now=NOW)
        works = Department.objects.get(code="WRK")
        assert (works.name, works.cost_center, works.versions.count()) == ("Works", "", 1)
        assert not Department.objects.filter(name="New one").exists()

    def test_undo_is_refused_when_something_was_built_upon(self):
        result = commit(TREE)
        DepartmentFactory(parent=Department.objects.get(code="WRK"), on=TODAY)
        with pytest.raises(refusals.TreeChanged):
            DEPARTMENT_TARGET.undo(result.undo[::-1], by=None, now=NOW)
        works = Department.objects.get(code="WRK")
        services.rename_department(department=works, name="Plant", on=TODAY, by=None, now=NOW)
        with pytest.raises(refusals.TreeChanged, match="Plant changed since"):
            DEPARTMENT_TARGET.undo(result.undo[::-1], by=None, now=NOW)

    def test_takes_as_many_queries_for_a_thousand_rows(self, django_assert_max_num_queries):
        top = DepartmentFactory(code="TOP")
        given = rows(*({"code": f"U{number}", "name": f"Unit {number}", "parent": top.code} for number in range(1000)))
        with django_assert_max_num_queries(45):
            assert check(given) == []
            commit(given)
        assert Department.objects.count() == 1001


class TestCheck:
    def test_names_every_problem(self):
        works = DepartmentFactory(code="WRK", name="Works", on=date(2020, 1, 1))
        closed = DepartmentFactory(code="OLD", name="Old hall", parent=works, on=date(2020, 1, 1))
        services.close_department(department=closed, on=date(2022, 1, 1), reason="x", by=None, now=NOW)
        given = rows(
            {"code": "", "name": ""},
            {"code": "A", "name": "Alpha", "parent": "nowhere"},
            {"code": "B", "name": "Beta", "parent": "B"},
            {"code": "C", "name": "Gamma"},
            {"code": "C", "name": "Delta"},
            {"code": "OLD", "name": "Old hall", "on": date(2023, 1, 1)},
            {"code": "E E", "name": "Epsilon"},
            {"code": "F"},
            {"code": "G", "name": "Eta", "on": date(1066, 10, 14)},
        )
        found = check(given)
        assert [(line, field) for line, field, _message in found] == [
            (2, "name"), (3, "parent"), (4, "parent"), (6, "code"), (7, "on"), (8, "code"), (9, "name"), (10, "on"),
        ]  # fmt: skip
        assert "Line 5 says something else" in found[3][2]

    def test_finds_circles_and_closed_parents(self):
        works = DepartmentFactory(code="WRK", name="Works")
        DepartmentFactory(code="PNT", name="Paint", parent=works)
        old = DepartmentFactory(code="OLD", name="Old hall")
        services.close_department(department=old, on=date(2025, 1, 1), reason="x", by=None, now=NOW)
        assert [(line, field) for line, field, _m in check(rows({"code": "WRK", "parent": "PNT"}))] == [(2, "parent")]
        assert "not open" in check(rows({"code": "PNT", "parent": "OLD"}))[0][2]
        circle = rows({"code": "X", "name": "X-ray", "parent": "Y"}, {"code": "Y", "name": "Yard", "parent": "X"})
        assert [line for line, _field, _message in check(circle)] == [2, 3]


def from_headcount(lines):
    """Rows as the mapping makes them: the name from its column, the day from the year."""
    return [
        ImportRow(line, {"name": record["Department or agency"], "on": date(2010, 3, 1)})
        for line, record in enumerate(csv.DictReader(lines), start=2)
    ]


@pytest.mark.skipif(not REAL.exists(), reason="the shared data is not here")
def test_departments_of_the_real_headcount_file():
    given = from_headcount(REAL.read_text(encoding="utf-8-sig").splitlines())
    assert check(given) == []
    assert commit(given).created == 115
    assert commit(given).unchanged == 115


def test_departments_of_a_headcount_file_of_our_own():
    lines = ["Year,Universe,Department or agency,Number of employees"]
    lines += [
        f"{year},CPA,{name},{year - 2000}" for year in (2010, 2011) for name in ("Office of Maps", "Mint  & Medals")
    ]
    given = from_headcount(lines)
    assert commit(given).created == 2
    assert set(Department.objects.values_list("code", flat=True)) == {"OM", "MM"}
    assert commit(given).unchanged == 2
