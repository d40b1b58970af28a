"""Published files by command: departments with `import_file`, values with `import_kpi_values` and the kept mapping files.

Small files of our own of the same shape run everywhere; the published ones stand beside the repository.
"""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.kpis.choices import ValueKind
from apps.kpis.models import KpiMonth, KpiValue
from apps.kpis.services import refresh_stale
from apps.kpis.tests import test_whole_files as whole
from apps.kpis.tests.test_whole_files import MAPPINGS, REAL, coo, is_real, month_of, rows_of

pytestmark = pytest.mark.django_db
__all__ = ["coo"]


@pytest.fixture
def do(coo, capsys):
    """`do(path, *departments, values)` imports by command; gives what the last one did: (created, changed, unchanged)."""

    def imported(path: Path, *names: str) -> tuple[int, ...]:
        *departments, values = names
        by = ("--by", coo.email)
        for name in departments:
            mapping = str(MAPPINGS / f"{name}.json")
            call_command("import_file", "departments.departments", str(path), "--mapping", mapping, *by)
        capsys.readouterr()
        call_command("import_kpi_values", str(path), "--mapping", str(MAPPINGS / f"{values}.json"), *by)
        while refresh_stale():
            pass
        told = re.search(r"(\d+) created, (\d+) changed, (\d+) unchanged", capsys.readouterr().out)
        return tuple(map(int, told.groups()))

    return imported


def written(tmp_path: Path, content: bytes, name: str) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


class TestHealthService:
    """Numerators and denominators, several rows a value."""

    @pytest.fixture(autouse=True)
    def fiscal_year(self, settings):
        settings.FISCAL_YEAR_FIRST_MONTH = 4

    def test_small(self, do, tmp_path):
        path = written(tmp_path, whole.NHS_FILE, "nhs.csv")
        assert do(path, *whole.NHS) == (3, 0, 0)
        assert month_of("AE-4H", "England", "2017-03").ytd_value == Decimal("92.5")
        assert do(path, "nhs_values") == (0, 0, 3)

    @is_real
    def test_published(self, do):
        created, changed, unchanged = do(REAL / "kpi" / "nhs_ae_attendances_2016_2019.csv", *whole.NHS)
        assert (created, changed, unchanged) == (KpiValue.objects.count(), 0, 0)
        shares = [round(month_of("AE-4H", "England", f"{year}-03").ytd_value, 2) for year in (2017, 2018, 2019)]
        assert [str(share) for share in shares] == ["89.13", "88.34", "88.01"]


class TestBridgesAndTunnels:
    """The month in two columns, a year to date as given."""

    def test_small(self, do, tmp_path):
        assert do(written(tmp_path, whole.MTA_FILE, "mta.csv"), *whole.MTA) == (4, 0, 0)
        assert month_of("1", "Bridges", "2008-02").ytd_value == Decimal("0.60")
        assert month_of("2", "Bridges", "2008-02").ytd_value == 250

    @is_real
    def test_published(self, do):
        path = REAL / "kpi" / "mta_bridges_tunnels_monthly.csv"
        rows = rows_of(path)
        assert do(path, *whole.MTA) == (len(rows), 0, 0)
        found = {
            (kpi, month): ytd for kpi, month, ytd in KpiMonth.objects.values_list("kpi__code", "month", "ytd_value")
        }
        published = {
            (row["INDICATOR_SEQ"], date(int(row["PERIOD_YEAR"]), int(row["PERIOD_MONTH"]), 1)): Decimal(
                row["YTD_ACTUAL"]
            )
            for row in rows
        }
        assert found == published


class TestPublicGuardian:
    """Objects of JSON, a KPI each kind of figure."""

    def test_small(self, do, tmp_path):
        path = written(tmp_path, whole.OPG_FILE, "opg.json")
        assert do(path, "opg_departments", "opg_values") == (12, 0, 0)
        assert month_of("user-satisfaction-percent", "use", "2026-04").value == 75

    @is_real
    def test_published(self, do):
        path = REAL / "kpi" / "opg_use_a_lasting_power_of_attorney_service.json"
        objects = json.loads(path.read_text(encoding="utf-8"))
        assert do(path, "opg_departments", "opg_values") == (len(objects), 0, 0)
        wanted = {
            (item["dataType"], item["_timestamp"][:7]): Decimal(str(item["count"]))
            for item in objects
            if item["dataType"] == "user-satisfaction-percent"
        }
        found = KpiMonth.objects.filter(kpi__code="user-satisfaction-percent").values_list("month", "value")
        assert {("user-satisfaction-percent", f"{month:%Y-%m}"): value for month, value in found} == wanted


class TestUnemployment:
    """Two measures an object."""

    def test_small(self, do, tmp_path):
        assert do(written(tmp_path, whole.UNEMPLOYMENT_FILE, "jobs.json"), *whole.UNEMPLOYMENT) == (5, 0, 0)
        assert month_of("UNEMPLOYED", "United States", "2000-05").value == 400

    @is_real
    def test_published(self, do):
        path = REAL / "indicators" / "us_unemployment_by_industry_monthly.json"
        rows = json.loads(path.read_text(encoding="utf-8"))
        assert do(path, *whole.UNEMPLOYMENT) == (2 * len(rows), 0, 0)
        total = sum(row["count"] for row in rows if (row["year"], row["month"]) == (2010, 2))
        assert month_of("UNEMPLOYED", "United States", "2010-02").value == total


class TestServiceStandards:
    """Yearly standards, each a KPI, with volumes."""

    def test_small(self, do, tmp_path):
        assert do(written(tmp_path, whole.STANDARDS_FILE, "standards.csv"), *whole.STANDARDS) == (3, 0, 0)
        assert dict(KpiMonth.objects.values_list("kpi__code", "status")) == {
            "4750": "red", "4751": "green", "1028": "grey"
        }  # fmt: skip

    @is_real
    def test_published(self, do):
        path = REAL / "kpi" / "gc_service_standards_2018_2019.csv"
        rows = rows_of(path)
        assert do(path, *whole.STANDARDS) == (len(rows), 0, 0)
        months = {
            (kpi, month.year): (kind, status)
            for kpi, month, kind, status in KpiMonth.objects.values_list("kpi__code", "month", "kind", "status")
        }
        met = [
            (months[row["standard"], int(row["year"])][1] == "green") is (row["is_target_met"] == "1")
            for row in rows
            if int(row["count"])
        ]
        assert (len(met), sum(met)) == (2572, 2540)
        assert sum(kind == ValueKind.NO_DATA for kind, _status in months.values()) == 933
