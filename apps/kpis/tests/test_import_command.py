"""`import_kpi_values` does what the page does; a file with planted errors stores nothing."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory
from apps.departments.tests.factories import DepartmentFactory
from apps.imports.models import ImportRun
from apps.imports.services.committing import undo_import
from apps.kpis.management.commands import import_kpi_values
from apps.kpis.models import Kpi, KpiMonth, KpiValue
from apps.kpis.tests.factories import make_kpi
from apps.periods.services import open_periods

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def house(settings):
    settings.FIXED_TODAY = "2026-11-20"
    open_periods(now=NOW)
    UserFactory(roles=["coo"], email="coo@company.test")
    company = DepartmentFactory(code="ALL", name="Company")
    north = DepartmentFactory(code="NORTH", parent=company)
    other = DepartmentFactory(code="OTHER")
    make_kpi(company, code="SALES", minimum=0, maximum=1000)
    make_kpi(other, code="OWN")
    return north


def said(capsys, path, *options):
    call_command("import_kpi_values", str(path), *options)
    return capsys.readouterr().out


def written(tmp_path, lines, name="values.csv"):
    path = tmp_path / name
    path.write_bytes("\n".join(lines).encode())
    return path


class TestCommand:
    def test_checks_imports_and_says_what_it_did(self, house, capsys, tmp_path):
        path = written(tmp_path, ["Unit;When;Sold", "NORTH;2026-09;1.234,5", "north;2026-10;-"])
        path.write_text(path.read_text().replace("1.234,5", "234,5"))
        column = {"from": "column"}
        mapping = tmp_path / "map.json"
        fields = {
            "department": {**column, "column": "Unit"},
            "kpi": {"from": "constant", "value": "sales"},
            "month": {**column, "column": "When"},
            "value": {**column, "column": "Sold"},
            "kind": {**column, "column": "Sold", "values": {"-": "suppressed"}, "else": None},
        }
        mapping.write_text(json.dumps({"fields": fields}))
        assert "2 rows, 0 with problems." in said(capsys, path, "--mapping", str(mapping), "--dry-run")
        assert not KpiValue.objects.exists()
        assert "2 created, 0 changed, 0 unchanged" in said(capsys, path, "--mapping", str(mapping))
        assert "0 created, 0 changed, 2 unchanged" in said(capsys, path, "--mapping", str(mapping))
        assert list(KpiMonth.objects.filter(department=house).order_by("month").values_list("kind", flat=True)) == [
            "number",
            "suppressed",
        ]

    def test_names_an_account_when_nobody_may(self, capsys, tmp_path, db):
        with pytest.raises(CommandError, match="--by"):
            said(capsys, written(tmp_path, ["a", "b"]))


HEAD = "department,kpi,month,value,numerator,denominator,target"
PLANTED = [
    ("NORTH,SALES,2026-01,many,,,", "value", "is not a number"),
    ("NORTH,SALES,2026-02,1001,,,", "value", "above the highest possible value"),
    ("NORTH,SALES,2026-03,-1,,,", "value", "below the lowest possible value"),
    ("NORTH,NOTHING,2026-01,1,,,", "kpi", "no such KPI"),
    ("NOWHERE,SALES,2026-01,1,,,", "department", "no such department"),
    ("NORTH,OWN,2026-01,1,,,", "department", "did not belong"),
    ("NORTH,SALES,2027-01,1,,,", "month", "has not begun"),
    ("NORTH,SALES,the 3rd,1,,,", "month", "is not a month"),
    ("NORTH,SALES,2026-04,,5,,", "denominator", "belong together"),
    ("NORTH,SALES,2026-05,,5,-1,", "denominator", "below zero"),
    ("NORTH,SALES,2026-06,,,,", "value", "no number"),
    ("NORTH,SALES,2026-10,7,,,", "department", "stands in row 2"),
    ("Department NORTH,SALES,2026-10,7,,,", "kpi", "stands in line 2"),
    ("NORTH,SALES,2026-08,7000000000000000000000000,,,", "value", "too large"),
    ("NORTH,SALES,2026-09,7,,,,8", "whole row", "more cells than"),
]


class TestPlantedErrors:
    def test_every_one_is_named_and_nothing_is_stored(self, house, capsys, tmp_path):
        path = written(tmp_path, [HEAD, "NORTH,SALES,2026-10,7,,,", *(line for line, _column, _reason in PLANTED)])
        found = said(capsys, path, "--dry-run")
        assert f"{len(PLANTED) + 1} rows, {len(PLANTED)} with problems." in found
        lines = found.splitlines()
        missed = [
            (number, column, reason)
            for number, (_line, column, reason) in enumerate(PLANTED, 3)
            if not any(text.startswith(f"  row {number}, {column}: ") and reason in text for text in lines)
        ]
        assert missed == [], found
        with pytest.raises(CommandError, match="15 of 16 rows have problems"):
            said(capsys, path)
        assert not KpiValue.objects.exists()
        assert "1 created" in said(capsys, path, "--good-rows")
        assert "0 created, 0 changed, 1 unchanged" in said(capsys, path, "--good-rows")

    def test_who_may_not_define_or_aim_is_told(self, house, capsys, tmp_path):
        UserFactory(roles=["finance"], email="fin@company.test")
        lines = [
            "department,kpi,month,value,direction,target",
            "NORTH,NEW,2026-10,1,higher,",
            "NORTH,SALES,2026-10,1,,5",
        ]
        found = said(capsys, written(tmp_path, lines), "--by", "fin@company.test", "--dry-run")
        assert "row 2, kpi: There is no such KPI" in found
        assert "row 3, target: You may not set targets" in found
        assert not Kpi.objects.filter(code="NEW").exists()


class TestLongFiles:
    """Taken whole: the same outcome as line by line, and line by line as soon as one is not clean."""

    @pytest.fixture(autouse=True)
    def every_file_is_long(self, monkeypatch):
        monkeypatch.setattr(import_kpi_values, "BULK_BYTES", 0)

    def given(self, tmp_path, lines):
        mapping = tmp_path / "map.json"
        names = ("department", "kpi", "month", "value", "numerator", "denominator", "ytd", "note")
        fields = {name: {"from": "column", "column": name} for name in names}
        mapping.write_text(json.dumps({"fields": fields}))
        return written(tmp_path, [",".join(names), *lines]), "--mapping", str(mapping)

    def test_are_stored_once_and_can_be_taken_back(self, house, capsys, tmp_path):
        lines = [
            "NORTH,SALES,2026-09,12.5,,,20,",
            'Department NORTH,sales,2026-10-31,,5,2,,"a, b"',
            "ALL,SALES,2026-10,.5,,,,",
        ]
        given = self.given(tmp_path, lines)
        assert "Every line can be read." in said(capsys, *given, "--dry-run")
        assert not KpiValue.objects.exists()
        assert said(capsys, *given) == "3 created, 0 changed, 0 unchanged.\n"
        assert said(capsys, *given) == "0 created, 0 changed, 3 unchanged.\n"
        stored = KpiValue.objects.get(series__department=house, month=date(2026, 10, 1))
        assert (stored.value, stored.numerator, stored.denominator, stored.note) == (Decimal("2.5"), 5, 2, "a, b")
        run = ImportRun.objects.earliest("pk")
        coo = User.objects.get(email="coo@company.test")
        undo_import(run_id=run.pk, reason="Wrong file", by=coo, now=NOW)
        assert set(KpiValue.objects.current().values_list("kind", flat=True)) == {"withdrawn"}

    @pytest.mark.parametrize(
        "bad", ["NORTH,SALES,2026-10,twelve,,,,", "NORTH,NONE,2026-10,1,,,,", "NORTH,SALES,2026-13,1,,,,"]
    )
    def test_are_read_line_by_line_when_one_is_wrong(self, house, capsys, tmp_path, bad):
        given = self.given(tmp_path, ["NORTH,SALES,2026-09,12.5,,,20,", bad])
        assert "2 rows, 1 with problems." in said(capsys, *given, "--dry-run")
        with pytest.raises(CommandError, match="1 of 2"):
            said(capsys, *given)
        assert not KpiValue.objects.exists()
        assert not ImportRun.objects.filter(state="committed").exists()

    def test_are_refused_by_the_same_judgement(self, house, capsys, tmp_path):
        with pytest.raises(CommandError, match="above the highest"):
            said(capsys, *self.given(tmp_path, ["NORTH,SALES,2026-09,1001,,,,"]))
        assert not KpiValue.objects.exists()
        assert not ImportRun.objects.exists()
