"""`import_kpi_values` does what the page does; a file with planted errors stores nothing."""

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory
from apps.departments.models import Department
from apps.departments.tests.factories import DepartmentFactory
from apps.imports.models import ImportRun
from apps.imports.services import checking, problems
from apps.imports.services.committing import undo_import
from apps.kpis.management.commands import import_kpi_values
from apps.kpis.models import Kpi, KpiMonth, KpiValue
from apps.kpis.services import plain_files
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


def written(tmp_path, lines, name="values.csv", *, end="\n"):
    path = tmp_path / name
    path.write_bytes(end.join(lines).encode())
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


LONG_PLANTED = [
    *(
        (f"{line},", "kpi", "stands in line 2") if "stands in" in reason else (f"{line},", column, reason)
        for line, column, reason in PLANTED
        if column != "whole row"
    ),
    ("NORTH,SALES,2026-07,7,,,,,8", "whole row", "more cells than"),
    ("NORTH,SALES,2026-06-31,7,,,,", "month", "is not a month"),
    (f"NORTH,SALES,2026-02,7,,,,{'long ' * 101}", "note", "at most 500 fit"),
    ("NORTH,SALES,2026-01,7,,,,a\x07b", "note", "invisible character"),
    ("NORTH,SALES,1026-01,7,,,,", "month", "typing mistake"),
    ("NORTH,SALES,,7,,,,", "month", "Nothing is written here"),
    ("Total,,,7,,,,", "whole row", "looks like a total"),
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

    def given(self, tmp_path, lines, *, mark=",", end="\n"):
        mapping = tmp_path / "map.json"
        names = ("department", "kpi", "month", "value", "numerator", "denominator", "ytd", "note")
        fields = {name: {"from": "column", "column": name} for name in names}
        mapping.write_text(json.dumps({"fields": fields}))
        return written(tmp_path, [mark.join(names), *lines], end=end), "--mapping", str(mapping)

    def test_are_stored_once_and_can_be_taken_back(self, house, capsys, tmp_path):
        lines = [
            "NORTH,SALES,2026-09,12.5,,,20,",
            'Department NORTH,sales,2026-10-31,,5,2,,"a, b"',
            "ALL,SALES,2026-10,.5,,,,",
        ]
        given = self.given(tmp_path, lines)
        assert said(capsys, *given, "--dry-run") == "3 rows, 0 with problems.\n"
        assert not KpiValue.objects.exists()
        assert "3 created, 0 changed, 0 unchanged." in said(capsys, *given)
        assert "0 created, 0 changed, 3 unchanged." in said(capsys, *given)
        stored = KpiValue.objects.get(series__department=house, month=date(2026, 10, 1))
        assert (stored.value, stored.numerator, stored.denominator, stored.note) == (Decimal("2.5"), 5, 2, "a, b")
        run = ImportRun.objects.earliest("pk")
        coo = User.objects.get(email="coo@company.test")
        undo_import(run_id=run.pk, reason="Wrong file", by=coo, now=NOW)
        assert set(KpiValue.objects.current().values_list("kind", flat=True)) == {"withdrawn"}

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_say_the_same_of_every_wrong_line_as_step_by_step(self, house, capsys, tmp_path, monkeypatch, end):
        lines = ["NORTH,SALES,2026-10,7,,,,", *(line for line, _column, _reason in LONG_PLANTED)]
        monkeypatch.setattr(problems, "SHOWN_PROBLEMS", 100)
        file, *mapping = self.given(tmp_path, lines, end=end)
        found = said(capsys, file, *mapping, "--dry-run")
        assert f"{len(lines)} rows, {len(LONG_PLANTED)} with problems." in found
        said_lines = found.splitlines()
        missed = [
            (number, column, reason)
            for number, (_line, column, reason) in enumerate(LONG_PLANTED, 3)
            if not any(text.startswith(f"  row {number}, {column}: ") and reason in text for text in said_lines)
        ]
        assert missed == [], found
        monkeypatch.setattr(import_kpi_values, "BULK_BYTES", 10**9)
        step_by_step = said(capsys, file, *mapping, "--dry-run")
        assert [text for text in said_lines if "stands in" not in text] == [
            text for text in step_by_step.splitlines() if "stands in" not in text
        ]

    def test_store_nothing_or_the_right_lines(self, house, capsys, tmp_path):
        lines = ["NORTH,SALES,2026-10,7,,,,", *(line for line, _column, _reason in LONG_PLANTED)]
        given = self.given(tmp_path, lines)
        with pytest.raises(CommandError, match=f"{len(LONG_PLANTED)} of {len(lines)} rows have problems"):
            said(capsys, *given)
        assert not KpiValue.objects.exists()
        assert not ImportRun.objects.exists()
        assert "1 created, 0 changed, 0 unchanged" in said(capsys, *given, "--good-rows")
        run = ImportRun.objects.get()
        assert (run.row_count, run.bad_row_count, run.mode) == (len(lines), len(LONG_PLANTED), "good_rows")
        assert run.problems.count() == run.problem_count >= len(LONG_PLANTED)
        assert run.problems.get(line=3, field="value").value == "many"
        assert "0 created, 0 changed, 1 unchanged" in said(capsys, *given, "--good-rows")

    def test_refuse_what_has_no_right_line(self, house, capsys, tmp_path):
        given = self.given(tmp_path, ["NORTH,SALES,2026-09,1001,,,,", "NORTH,NONE,2026-09,1,,,,"])
        with pytest.raises(CommandError, match="No row is right"):
            said(capsys, *given, "--good-rows")
        assert not ImportRun.objects.exists()

    def test_are_judged_by_a_rehearsal_as_by_the_import(self, house, capsys, tmp_path):
        given = self.given(tmp_path, ["NORTH,SALES,2026-09,1001,,,,"])
        assert "1 rows, 1 with problems.\n  row 2, value: 1001 is above the highest" in said(
            capsys, *given, "--dry-run"
        )
        with pytest.raises(CommandError, match="1 of 1 rows has a problem"):
            said(capsys, *given)
        assert not KpiValue.objects.exists()
        assert not ImportRun.objects.exists()

    def test_may_write_numbers_months_and_departments_as_people_do(self, house, capsys, tmp_path):
        lines = [
            "NORTH;SALES;Sep 2026;2,5;;;1.020,5;",
            "north;SALES;10/2026;1.000;;;;'=A, b",
            "NORTH;SALES;2026-08;,5;;;;n/a",
            "",
            "NORTH;SALES;2026-07;- ;5;2;;",
        ]
        given = self.given(tmp_path, lines, mark=";")
        assert "4 rows, 0 with problems." in said(capsys, *given, "--dry-run")
        assert "4 created" in said(capsys, *given)
        found = dict(KpiValue.objects.values_list("month__month", "value"))
        assert found == {9: Decimal("2.5"), 10: 1000, 8: Decimal("0.5"), 7: Decimal("2.5")}
        assert KpiValue.objects.get(month__month=9).ytd_value == Decimal("1020.5")
        assert KpiValue.objects.get(month__month=10).note == "=A, b"

    @pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
    def test_may_stand_below_a_title_in_another_encoding(self, house, capsys, tmp_path, encoding):
        DepartmentFactory(code="SÜD", parent=Department.objects.get(code="ALL"))
        lines = [
            "Absatz in Stück je Monat",
            "",
            HEAD[:-7].replace(",", ";"),
            "SÜD;SALES;2026-09;2,5;;",
            "NORTH;SALES;x;1;;",
        ]
        path = tmp_path / "values.csv"
        path.write_bytes("\r\n".join(lines).encode(encoding))
        found = said(capsys, path, "--good-rows")
        assert "2 rows, 1 with problems.\n  row 5, month: “x” is not a month" in found
        assert KpiValue.objects.get().value == Decimal("2.5")

    def test_keep_count_of_lines_within_cells(self, house, capsys, tmp_path):
        lines = [
            'NORTH,SALES,2026-09,1,,,,"It fell,\nthen rose"',
            "NORTH,SALES,2026-09,2,,,,",
            "NORTH,SALES,2026-08,3,,,,,8",
            'NORTH,SALES,2026-07,3,,,,an "inch"',
        ]
        found = said(capsys, *self.given(tmp_path, lines), "--good-rows")
        assert "4 rows, 2 with problems." in found
        assert "row 4, kpi: The same KPI, department and month stands in line 2" in found
        assert "row 5, whole row: The row has more cells than" in found
        notes = dict(KpiValue.objects.values_list("month__month", "note"))
        assert notes == {9: "It fell,\nthen rose", 7: 'an "inch"'}

    def test_name_bytes_that_are_no_text(self, house, capsys, tmp_path):
        lines = [f"NORTH,SALES,2025-{month:02},1,,,,größer" for month in range(1, 13)]
        path, *mapping = self.given(tmp_path, lines)
        path.write_bytes(path.read_bytes().replace("größer".encode(), b"gr\xf6\xdfer", 1))
        found = said(capsys, path, *mapping, "--dry-run")
        assert "12 rows, 1 with problems.\n  row 2, note: This text holds bytes that are not readable" in found

    def test_say_where_a_quotation_mark_is_never_closed(self, house, capsys, tmp_path):
        given = self.given(tmp_path, ["NORTH,SALES,2026-09,1,,,,", 'NORTH,SALES,2026-08,1,,,,"It fell'])
        with pytest.raises(CommandError, match="In line 3 a quotation mark is never closed"):
            said(capsys, *given)

    def test_say_why_they_are_taken_step_by_step(self, house, capsys, tmp_path, settings, monkeypatch):
        settings.FILE_UPLOAD_MAX_BYTES = 200
        monkeypatch.setattr(plain_files, "HEAD_BYTES", 190)
        path, *mapping = self.given(tmp_path, ["NORTH,SALES,2026-09,1,,,,"] * 10)
        rules = json.loads((tmp_path / "map.json").read_text())
        (tmp_path / "map.json").write_text(json.dumps({**rules, "combine": {"value": "sum"}}))
        with pytest.raises(CommandError, match=r"larger than 0 MB.*asks for more in combine"):
            said(capsys, path, *mapping)


class TestProblems:
    """The first few on the screen, all of them in a file."""

    @pytest.mark.parametrize("size", [0, 10**9])
    def test_are_written_in_full(self, house, capsys, tmp_path, monkeypatch, size):
        monkeypatch.setattr(import_kpi_values, "BULK_BYTES", size)
        monkeypatch.setattr(checking, "KEPT_PROBLEMS", 5)
        monkeypatch.setattr(problems, "KEPT_PROBLEMS", 5)
        lines = [f"NORTH,SALES,{2000 + number},=1" for number in range(25)]
        path = written(tmp_path, ["department,kpi,month,value", *lines])
        table = tmp_path / "wrong.csv"
        found = said(capsys, path, "--dry-run", "--problems", str(table))
        assert found.count("\n  row ") == 20
        assert "\n  and 30 more: --problems FILE.csv writes all of them into a file." in found
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == 50
        assert {row["Row"] for row in rows} == {str(number) for number in range(2, 27)}
        assert rows[1]["Column"] == "value"
        assert rows[1]["Value"] == "'=1"
        assert "is not a number" in rows[1]["Problem"]
