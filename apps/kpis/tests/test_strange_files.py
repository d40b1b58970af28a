"""Files as strangers bring them, through the command: what can be read is read as it is shown, the rest is named."""

import io
import json
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from apps.accounts.tests.factories import UserFactory
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis.models import KpiMonth
from apps.kpis.tests.factories import make_kpi
from apps.kpis.tests.test_import_command import NOW
from apps.periods.services import open_periods

pytestmark = pytest.mark.django_db
COLUMN = {"from": "column"}


@pytest.fixture
def house(settings, tmp_path):
    settings.FIXED_TODAY = "2026-11-20"
    open_periods(now=NOW)
    UserFactory(roles=["coo"], email="coo@company.test")
    company = DepartmentFactory(code="ALL", name="Company")
    for code, name in (("NORTH", "North"), ("SUED", "Süd")):
        DepartmentFactory(code=code, name=name, parent=company)
    make_kpi(company, code="SALES")
    make_kpi(company, code="SHARE", over_time="last", over_departments="none", unit="%")
    return company


@pytest.fixture
def bring(house, tmp_path, capsys):
    """`bring(content, name, mapping, *options)` gives what the command says."""

    def brought(content, name, mapping=None, *options):
        path = tmp_path / name
        path.write_bytes(content)
        if mapping is not None:
            (tmp_path / "map.json").write_text(json.dumps(mapping), encoding="utf-8")
            options = ("--mapping", str(tmp_path / "map.json"), *options)
        call_command("import_kpi_values", str(path), *options)
        return capsys.readouterr().out

    return brought


def figures(kpi="SALES"):
    rows = KpiMonth.objects.filter(kpi__code=kpi).exclude(department__code="ALL")
    return {
        (code, f"{month:%m}"): value for code, month, value in rows.values_list("department__code", "month", "value")
    }


def workbook(*rows, merge=(), formats=()):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for cells in merge:
        sheet.merge_cells(cells)
    for cell, shown in formats:
        sheet[cell].number_format = shown
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


class TestText:
    def test_of_another_country_with_a_totals_row(self, bring):
        lines = [
            "Umsatz je Region;;",
            "Region;Jan 2026;Feb 2026",
            "North;1.234,50;2.000",
            "Süd;€ 12,5;(3,25)",
            "Summe;1.247,00;1.996,75",
        ]
        mapping = {
            "unpivot": {"columns": ["{month} {year}"], "value": "amount"},
            "fields": {
                "department": {**COLUMN, "column": "Region"},
                "kpi": {"from": "constant", "value": "SALES"},
                "month": {"from": "year_and_month", "column": "year", "month_column": "month"},
                "value": {**COLUMN, "column": "amount"},
            },
        }
        content = "\r\n".join(lines).encode("cp1252")
        found = bring(content, "umsatz.csv", mapping, "--dry-run")
        assert "row 5, whole row: This row looks like a total. Leave total rows out" in found
        assert "4 created" in bring(content, "umsatz.csv", {**mapping, "totals": "leave_out"})
        assert figures() == {
            ("NORTH", "01"): Decimal("1234.5"), ("NORTH", "02"): 2000,
            ("SUED", "01"): Decimal("12.5"), ("SUED", "02"): Decimal("-3.25"),
        }  # fmt: skip

    def test_in_utf_16_with_tabs_percent_signs_and_month_names(self, bring):
        lines = [
            "department\tkpi\tmonth\tvalue",
            "NORTH\tshare\tSeptember 2026\t95.2 %",
            "Süd\tSHARE\tSept. 2026\t1'234.5%",
        ]
        assert "2 created" in bring("\r\n".join(lines).encode("utf-16"), "share.txt")
        assert figures("SHARE") == {("NORTH", "09"): Decimal("95.2"), ("SUED", "09"): Decimal("1234.5")}

    def test_with_columns_nobody_can_guess_says_which_there_are(self, bring):
        with pytest.raises(CommandError, match=r"Say where these come from.*columns: Ort, Zahl\..*kpi-imports.md"):
            bring(b"Ort;Zahl\nNorth;1\n", "ort.csv")

    def test_whose_decimal_sign_cannot_be_seen_can_be_told(self, bring):
        content = b"department;kpi;month;value\nNORTH;SALES;2026-09;1.500\n"
        assert "1 created" in bring(content, "a.csv", None, "--decimal", ",")
        assert figures() == {("NORTH", "09"): 1500}


class TestWorkbooks:
    def test_with_a_title_merged_headings_and_percent_cells(self, bring):
        rows = [
            ["Share of orders in time"],
            [],
            ["Region", "Quarter 3", None],
            [None, "Aug", "Sep"],
            ["North", 0.952, 0.07],
            ["Süd", 1, "88 %"],
        ]
        formats = [(cell, "0.0%") for cell in ("B5", "C5", "B6")]
        mapping = {
            "unpivot": {"columns": ["{month}"], "value": "share"},
            "fields": {
                "department": {**COLUMN, "column": "Column A"},
                "kpi": {"from": "constant", "value": "SHARE"},
                "month": {"from": "template", "template": "{month} 2026"},
                "value": {**COLUMN, "column": "share"},
            },
        }
        content = workbook(*rows, merge=["A1:C1", "B3:C3", "A3:A4"], formats=formats)
        assert "4 created" in bring(content, "share.xlsx", mapping, "--heading-row", "4")
        assert figures("SHARE") == {
            ("NORTH", "08"): Decimal("95.2"), ("NORTH", "09"): 7, ("SUED", "08"): 100, ("SUED", "09"): 88
        }  # fmt: skip

    def test_with_a_percent_sign_that_is_only_printed(self, bring):
        rows = [["department", "kpi", "month", "value"], ["NORTH", "SHARE", date(2026, 9, 1), 95.2]]
        bring(workbook(*rows, formats=[("D2", '0.0"%"')]), "share.xlsx")
        assert figures("SHARE") == {("NORTH", "09"): Decimal("95.2")}

    def test_whose_headings_are_dates(self, bring):
        rows = [["Sales"], ["Region", datetime(2026, 8, 1), datetime(2026, 9, 1)], ["North", 1.5, 2], ["Süd", None, 3]]
        mapping = {
            "unpivot": {"columns": ["2026-{part}"], "as": "day", "value": "amount"},
            "fields": {
                "department": {**COLUMN, "column": "Region"},
                "kpi": {"from": "constant", "value": "SALES"},
                "month": {**COLUMN, "column": "day"},
                "value": {**COLUMN, "column": "amount"},
            },
        }
        assert "3 created" in bring(workbook(*rows), "sales.xlsx", mapping)
        assert figures() == {("NORTH", "08"): Decimal("1.5"), ("NORTH", "09"): 2, ("SUED", "09"): 3}

    def test_whose_headings_are_years(self, bring, house):
        make_kpi(house, code="STAFF", frequency="year")
        rows = [["Heads on the last day"], [], ["Region", 2024, 2025], ["North", 12, 14], ["Süd", 5, None]]
        mapping = {
            "unpivot": {"columns": ["{year}"], "value": "amount"},
            "fields": {
                "department": {**COLUMN, "column": "Region"},
                "kpi": {"from": "constant", "value": "STAFF"},
                "month": {"from": "month_of_year", "column": "year", "month": 12},
                "value": {**COLUMN, "column": "amount"},
            },
        }
        assert "3 created" in bring(workbook(*rows), "staff.xlsx", mapping)
        found = KpiMonth.objects.filter(kpi__code="STAFF").exclude(department__code="ALL")
        assert sorted(found.values_list("month__year", "value")) == [(2024, 5), (2024, 12), (2025, 14)]


class TestRecords:
    def test_below_a_word_with_numbers_as_text(self, bring):
        records = [
            {"department": "NORTH", "kpi": "SALES", "month": "2026-09", "value": "1,200.5", "by": {"name": "Ada"}},
            {"department": "SUED", "kpi": "SALES", "month": 202609, "value": 7e2, "by": None},
        ]
        content = json.dumps({"updated": "2026-10-01", "items": records}).encode()
        assert "2 created" in bring(content, "sales.json")
        assert figures() == {("NORTH", "09"): Decimal("1200.5"), ("SUED", "09"): 700}

    def test_one_object_a_line(self, bring):
        lines = [
            json.dumps({"department": place, "kpi": "SALES", "month": "2026-09", "value": 1})
            for place in ("NORTH", "SUED")
        ]
        assert "2 created" in bring("\n".join(lines).encode(), "sales.jsonl")

    def test_deep_in_an_answer_are_told_how_to_be_written(self, bring):
        with pytest.raises(CommandError, match=r"not a list of objects\. Write it as"):
            bring(b'{"result": {"records": [{"a": 1}]}}', "answer.json")
