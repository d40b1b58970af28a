"""`import_kpi_values` does what the page does; a file with planted errors stores nothing."""

import json
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.tests.factories import UserFactory
from apps.departments.tests.factories import DepartmentFactory
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
