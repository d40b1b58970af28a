"""Whole published files through the frame: departments from the file first, then what they report, taken as it is.

The published files stand beside the repository; a small file of our own of the same shape runs everywhere.
"""

import csv
import json
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.imports.models import ImportRun
from apps.imports.services.committing import request_undo, undo_import
from apps.imports.services.runs import scope_at
from apps.kpis.choices import ValueKind
from apps.kpis.models import Kpi, KpiMonth, KpiTarget, KpiValue
from apps.kpis.tests.factories import import_file
from apps.periods.services import open_periods

pytestmark = pytest.mark.django_db
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "real"
MAPPINGS = Path(__file__).parent / "mappings"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
is_real = pytest.mark.skipif(not REAL.exists(), reason="the published files stand beside the repository only")


@pytest.fixture
def coo(settings):
    settings.FIXED_TODAY = "2026-11-20"
    open_periods(now=NOW)
    return UserFactory(roles=["coo"], email="coo@company.test")


def mapping(name: str) -> dict[str, Any]:
    return json.loads((MAPPINGS / f"{name}.json").read_text(encoding="utf-8"))


def brought_in(content: bytes | Path, target: str, name: str | None, by, *, file_name: str = "") -> ImportRun:
    """One importer's way, by one of the mapping files here."""
    data = content.read_bytes() if isinstance(content, Path) else content
    file_name = file_name or (content.name if isinstance(content, Path) else "file.csv")
    return import_file(data, target, mapping(name) if name else None, by, now=NOW, file_name=file_name)


def loaded(content, names, by, **given) -> ImportRun:
    """The departments of a file, then its values."""
    *departments, values = names
    for name in departments:
        brought_in(content, "departments.departments", name, by, **given)
    return brought_in(content, "kpis.values", values, by, **given)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def counts(run: ImportRun) -> tuple[int, int, int]:
    return run.created_count, run.changed_count, run.unchanged_count


def taken_back(run: ImportRun, by) -> None:
    request_undo(run=run, reason="Wrong file", by=by, scope=scope_at(by, NOW), now=NOW)
    undo_import(run_id=run.pk, reason="Wrong file", by=by, now=NOW)


def month_of(code: str, department: str, month: str) -> KpiMonth:
    day = date.fromisoformat(f"{month}-01")
    return KpiMonth.objects.get(kpi__code=code, department__name=department, month=day)


NHS_FILE = b"""period,org_code,type,attendances,breaches,admissions
2016-04-01,AAA,1,90,9,0
2016-04-01,AAA,other,10,1,0
2016-04-01,BBB,1,10,5,0
2017-03-01,BBB,2,90,0,0
"""
NHS = ("nhs_top", "nhs_departments", "nhs_values")


class TestRatiosOfManyRows:
    """NHS England: attendances and breaches by organisation and kind of department."""

    @pytest.fixture(autouse=True)
    def fiscal_year(self, settings):
        settings.FISCAL_YEAR_FIRST_MONTH = 4

    def test_rows_add_up_and_shares_come_from_sums(self, coo):
        run = loaded(NHS_FILE, NHS, coo)
        assert counts(run) == (3, 0, 0)
        value = KpiValue.objects.get(series__department__code="AAA")
        assert (value.numerator, value.denominator, value.value) == (90, 100, 90)
        assert month_of("AE-4H", "England", "2016-04").value == round(Decimal(9500) / 110, 10)
        assert month_of("AE-4H", "England", "2017-03").ytd_value == Decimal("92.5")

    @is_real
    def test_england_by_fiscal_year(self, coo):
        path = REAL / "kpi" / "nhs_ae_attendances_2016_2019.csv"
        loaded(path, NHS, coo)
        shares = [round(month_of("AE-4H", "England", f"{year}-03").ytd_value, 2) for year in (2017, 2018, 2019)]
        assert [str(share) for share in shares] == ["89.13", "88.34", "88.01"]
        again = brought_in(path, "kpis.values", "nhs_values", coo)
        assert counts(again)[:2] == (0, 0)


MTA_HEAD = (
    b"INDICATOR_SEQ,PARENT_SEQ,AGENCY_NAME,INDICATOR_NAME,DESCRIPTION,CATEGORY,FREQUENCY,DESIRED_CHANGE,INDICATOR_UNIT,"
    b"DECIMAL_PLACES,PERIOD_YEAR,PERIOD_MONTH,YTD_TARGET,YTD_ACTUAL,MONTHLY_TARGET,MONTHLY_ACTUAL\n"
)
MTA_FILE = MTA_HEAD + (
    b"1,0,Bridges,Injury Rate,Collisions.,Safety,M,D,-,2,2008,1,.75,.54,.75,.54\n"
    b"1,0,Bridges,Injury Rate,Collisions.,Safety,M,D,-,2,2008,2,.89,.60,1.02,.98\n"
    b"2,0,Bridges,Total Traffic,Crossings.,Traffic,M,U,-,0,2008,1,0,100.00,0,100.00\n"
    b"2,0,Bridges,Total Traffic,Crossings.,Traffic,M,U,-,0,2008,2,0,250.00,0,150.00\n"
)
MTA = ("mta_departments", "mta_values")


class TestTargetsAndYearToDate:
    """Metropolitan Transportation Authority: monthly and year-to-date targets and actuals, in two columns for the month."""

    def test_given_values_stand_and_target_0_is_none(self, coo):
        run = loaded(MTA_FILE, MTA, coo)
        assert counts(run) == (4, 0, 0)
        rate = month_of("1", "Bridges", "2008-02")
        assert (rate.value, rate.ytd_value, rate.target, rate.status) == (
            Decimal("0.98"), Decimal("0.60"), Decimal("1.02"), "green"
        )  # fmt: skip
        traffic = month_of("2", "Bridges", "2008-02")
        assert (traffic.ytd_value, traffic.target, traffic.status) == (250, None, "grey")
        assert counts(brought_in(MTA_FILE, "kpis.values", "mta_values", coo)) == (0, 0, 4)

    def test_everything_can_be_taken_back(self, coo):
        run = loaded(MTA_FILE, MTA, coo)
        taken_back(run, coo)
        assert not KpiMonth.objects.exists()
        assert not KpiTarget.objects.exists()
        assert set(KpiValue.objects.current().values_list("kind", flat=True)) == {ValueKind.WITHDRAWN}

    @is_real
    @pytest.mark.parametrize(
        ("name", "rates"),
        [
            ("mta_bridges_tunnels_monthly.csv", {"Collisions with Injury Rate", "Employee Lost Time Rate"}),
            ("mta_bridges_tunnels_raw_padded_sample.csv", {"Collisions with Injury Rate"}),
        ],
    )
    def test_year_to_date_is_the_published_one(self, coo, name, rates):
        path = REAL / "kpi" / name
        rows = rows_of(path)
        run = loaded(path, MTA, coo)
        assert counts(run) == (len(rows), 0, 0)
        months = {(row.kpi.code, row.month): row for row in KpiMonth.objects.select_related("kpi")}
        differing = set()
        for row in rows:
            month = date(int(row["PERIOD_YEAR"]), int(row["PERIOD_MONTH"]), 1)
            found = months[row["INDICATOR_SEQ"], month]
            assert found.ytd_value == Decimal(row["YTD_ACTUAL"]), (row["INDICATOR_NAME"], month)
            assert found.target == (Decimal(row["MONTHLY_TARGET"]) or None)
            same_year = [
                value.value for (code, day), value in months.items()
                if code == row["INDICATOR_SEQ"] and day.year == month.year and day <= month
            ]  # fmt: skip
            if round(sum(same_year) / len(same_year), 2) != found.ytd_value:
                differing.add(row["INDICATOR_NAME"])
        assert rates == differing - {"Total Traffic"}
        assert len(Kpi.objects.get(code="74039").definition.description) < 200
        assert counts(brought_in(path, "kpis.values", "mta_values", coo)) == (0, 0, len(rows))


UNEMPLOYMENT_FILE = b"""[
{"series":"Government","year":2000,"month":1,"count":430,"rate":2.1,"date":"2000-01-01T08:00:00.000Z"},
{"series":"Government","year":2000,"month":5,"count":370,"rate":null,"date":"2000-05-01T07:00:00.000Z"},
{"series":"Finance","year":2000,"month":5,"count":30,"rate":1.5,"date":"2000-05-01T07:00:00.000Z"}]"""
UNEMPLOYMENT = ("unemployment_top", "unemployment_departments", "unemployment_values")


class TestTwoMeasuresARow:
    """Unemployment by industry: JSON, two measures an object, months as moments of another time zone."""

    def test_each_measure_becomes_a_value(self, coo):
        run = loaded(UNEMPLOYMENT_FILE, UNEMPLOYMENT, coo, file_name="file.json")
        assert counts(run) == (5, 0, 0)
        assert month_of("UNEMPLOYED", "United States", "2000-05").value == 400
        assert month_of("UNEMPLOYMENT-RATE", "Finance", "2000-05").value == Decimal("1.5")

    @is_real
    def test_the_published_file(self, coo):
        path = REAL / "indicators" / "us_unemployment_by_industry_monthly.json"
        run = loaded(path, UNEMPLOYMENT, coo)
        assert counts(run) == (1708 * 2, 0, 0)
        assert KpiValue.objects.dates("month", "month").count() == 122
        total = sum(row["count"] for row in json.loads(path.read_text()) if (row["year"], row["month"]) == (2010, 2))
        assert month_of("UNEMPLOYED", "United States", "2010-02").value == total


STANDARDS_FILE = b"""year,dept_code,service,service_name,standard,standard_name,standard_type,channel,lower,upper,\
count,met_count,is_target_met
2018,ACOA,694,Services,4750,Written notice,Timeliness,oth,90.0,100,1301,1017,0
2018,ACOA,694,Services,4751,Payment,Timeliness,oth,90.0,100,4141,3812,1
2019,,896,,1028,30 days,Timeliness,oth,90.0,100,0,0,0
"""
STANDARDS = ("standards_departments", "standards_values")


class TestStandards:
    """Canadian service standards: a KPI each, yearly, with volumes, and no department in some rows."""

    def test_no_volume_is_nothing_to_measure(self, coo):
        loaded(STANDARDS_FILE, STANDARDS, coo)
        found = dict(KpiMonth.objects.values_list("kpi__code", "status"))
        assert found == {"4750": "red", "4751": "green", "1028": "grey"}
        assert month_of("1028", "No department given", "2019-12").kind == ValueKind.NO_DATA

    @is_real
    def test_the_published_file(self, coo):
        path = REAL / "kpi" / "gc_service_standards_2018_2019.csv"
        rows = rows_of(path)
        assert counts(loaded(path, STANDARDS, coo)) == (3505, 0, 0)
        months = {(kpi, month.year): (kind, status) for kpi, month, kind, status in
                  KpiMonth.objects.values_list("kpi__code", "month", "kind", "status")}  # fmt: skip
        with_volume = [row for row in rows if int(row["count"])]
        statuses = [(months[row["standard"], int(row["year"])][1], row["is_target_met"]) for row in with_volume]
        agreeing = [flag for status, flag in statuses if (status == "green") is (flag == "1")]
        assert (len(with_volume), len(agreeing)) == (2572, 2540)
        assert sum(kind == ValueKind.NO_DATA for kind, _status in months.values()) == 933


OPG_FILE = b"""[
{"_timestamp":"2026-03-01T00:00:00+00:00","service":"use","channel":"digital","count":63,"dataType":"user-satisfaction-percent","period":"month"},
{"_timestamp":"2026-03-01T00:00:00+00:00","service":"use","channel":"digital","count":1,"dataType":"very-dissatisfied","period":"month"},
{"_timestamp":"2026-03-01T00:00:00+00:00","service":"use","channel":"digital","count":0,"dataType":"dissatisfied","period":"month"},
{"_timestamp":"2026-03-01T00:00:00+00:00","service":"use","channel":"digital","count":0,"dataType":"neither","period":"month"},
{"_timestamp":"2026-03-01T00:00:00+00:00","service":"use","channel":"digital","count":2,"dataType":"satisfied","period":"month"},
{"_timestamp":"2026-03-01T00:00:00+00:00","service":"use","channel":"digital","count":"1","dataType":"very-satisfied","period":"month"},
{"_timestamp":"2026-04-01T00:00:00+00:00","service":"use","channel":"digital","count":75,"dataType":"user-satisfaction-percent","period":"month"},
{"_timestamp":"2026-04-01T00:00:00+00:00","service":"use","channel":"digital","count":1,"dataType":"very-dissatisfied","period":"month"},
{"_timestamp":"2026-04-01T00:00:00+00:00","service":"use","channel":"digital","count":0,"dataType":"dissatisfied","period":"month"},
{"_timestamp":"2026-04-01T00:00:00+00:00","service":"use","channel":"digital","count":0,"dataType":"neither","period":"month"},
{"_timestamp":"2026-04-01T00:00:00+00:00","service":"use","channel":"digital","count":2,"dataType":"satisfied","period":"month"},
{"_timestamp":"2026-04-01T00:00:00+00:00","service":"use","channel":"digital","count":1,"dataType":"very-satisfied","period":"month"}]"""
ANSWERS = "[very-dissatisfied] + dissatisfied + neither + satisfied + [very-satisfied]"
OLD = f"(25 * dissatisfied + 50 * neither + 75 * satisfied + 100 * [very-satisfied]) / ({ANSWERS})"
NEW = f"100 * (satisfied + [very-satisfied]) / ({ANSWERS})"


def satisfaction(service: str) -> bytes:
    """Definitions as a customer would write them: measured otherwise from April 2026."""
    rows = [
        ("department", "kpi", "from month", "name", "direction", "unit", "formula", "reason"),
        (service, "SATISFACTION", "", "Satisfaction", "higher", "%", OLD, ""),
        (service, "SATISFACTION", "2026-04", "Satisfaction", "higher", "%", NEW, "Share of the satisfied"),
    ]
    return "\n".join(",".join(row) for row in rows).encode()


class TestDefinitionThatChanged:
    """Office of the Public Guardian: satisfaction by one formula until March 2026 and by another since."""

    def test_each_month_keeps_its_formula(self, coo):
        run = loaded(OPG_FILE, ("opg_departments", "opg_values"), coo, file_name="file.json")
        assert counts(run) == (12, 0, 0)
        defined = brought_in(satisfaction("use"), "kpis.definitions", None, coo)
        assert counts(defined) == (1, 1, 0)
        shares = [month_of("SATISFACTION", "use", month).value for month in ("2026-03", "2026-04")]
        assert shares == [Decimal("62.5"), Decimal(75)]
        assert counts(brought_in(satisfaction("use"), "kpis.definitions", None, coo)) == (0, 0, 2)
        taken_back(defined, coo)
        assert not Kpi.objects.filter(code="SATISFACTION").exists()

    @is_real
    @pytest.mark.parametrize(
        ("name", "service", "differing"),
        [
            ("complete_the_deputy_report", "deputy-reporting", set()),
            ("make_a_lasting_power_of_attorney", "make-a-lpa", set()),
            # These two months the publisher's own percentage does not follow from its own counts by either formula.
            ("use_a_lasting_power_of_attorney", "use-an-lpa", {"2023-02", "2025-04"}),
        ],
    )
    def test_the_published_files(self, coo, name, service, differing):
        path = REAL / "kpi" / f"opg_{name}_service.json"
        objects = json.loads(path.read_text(encoding="utf-8"))
        assert counts(loaded(path, ("opg_departments", "opg_values"), coo)) == (len(objects), 0, 0)
        brought_in(satisfaction(service), "kpis.definitions", None, coo)
        found = {row.month: row.value for row in KpiMonth.objects.filter(kpi__code="SATISFACTION", value__isnull=False)}
        published = dict(KpiMonth.objects.filter(kpi__code="user-satisfaction-percent").values_list("month", "value"))
        assert min(month for month in found) < date(2026, 4, 1) <= max(found)
        half = Decimal("0.5")
        assert {f"{month:%Y-%m}" for month, value in found.items() if abs(value - published[month]) > half} == differing


COUNTY_FILE = (
    '"Department","Fund","Department Description","Appropriations 2015","Appropriations 2016","Expenditures 2016"\n'
    '"Clerk","General","caf§",10," 1,000 "," $-   "\n'
    '"Clerk","Special","","","-17,790,841",5\n'
    '"Sheriff","General","","2.50","3",".5"\n'
).encode().replace("§".encode(), b"\xc7\xf4")  # fmt: skip


class TestWideYears:
    """County budgets: a column a year and measure, several lines a department, one text that is not UTF-8."""

    def test_columns_become_years_and_lines_add_up(self, coo):
        run = loaded(COUNTY_FILE, ("cook_top", "cook_departments", "cook_values"), coo)
        assert counts(run) == (6, 0, 0)
        assert month_of("Appropriations", "Clerk", "2016-12").value == Decimal(-17_789_841)
        assert month_of("Expenditures", "Cook County", "2016-12").value == Decimal("5.5")
        assert counts(brought_in(COUNTY_FILE, "kpis.values", "cook_values", coo)) == (0, 0, 6)

    @is_real
    @pytest.mark.parametrize(
        ("who", "path", "top", "year", "totals"),
        [
            ("cook", "cook_county_1993_2017.csv", "Cook County", 2016, ("4540472220", "4081678260.55")),
            ("macoupin", "macoupin_1995_2024_thousands.csv", "Macoupin County", 2024, ("36916943", "28057039.04")),
        ],
    )
    def test_the_published_files(self, coo, who, path, top, year, totals):
        loaded(REAL / "budget" / path, (f"{who}_top", f"{who}_departments", f"{who}_values"), coo)
        found = [month_of(code, top, f"{year}-12").value for code in ("Appropriations", "Expenditures")]
        assert found == [Decimal(total) for total in totals]


class TestQuartersInHeadings:
    """UK government services: quarters named by their months in headings with line breaks."""

    @is_real
    def test_the_published_file(self, coo):
        path = REAL / "kpi" / "govuk_services_2012_2017.csv"
        loaded(path, ("govuk_departments", "govuk_values"), coo)
        expected: dict[str, Decimal] = defaultdict(Decimal)
        for row in rows_of(path):
            cell = row["Total transactions\nJul - Sep 2017"].replace(",", "").strip()
            if cell not in {"", "-"}:
                expected[row["Department"]] += Decimal(cell)
        found = dict(KpiMonth.objects.filter(month=date(2017, 9, 1)).values_list("department__name", "value"))
        assert found == dict(expected)
