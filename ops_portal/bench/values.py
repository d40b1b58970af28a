"""KPI values from a clean CSV, validated and versioned, beside COPY to a temporary table plus one upsert into a twin."""

import tempfile
from datetime import date
from pathlib import Path

from django.db import connection

from apps.accounts.models import User
from apps.accounts.rules import capabilities_of
from apps.core.clock import now, today
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments.models import Department
from apps.departments.services import create_department
from apps.kpis.services.bulk import record_file
from apps.kpis.services.definitions import Definition, Identity
from apps.kpis.services.loading import define_kpis
from apps.kpis.services.plain_files import plain_file
from apps.periods.services import open_periods
from ops_portal.bench.recording import Stored, stored_beside

PLACES, MONTHS = 100, 100
FIELDS = ("department", "kpi", "month", "value")
MAPPING = {"fields": {name: {"from": "column", "column": name} for name in FIELDS}}
TWIN = """
CREATE TABLE twin_value (department text, kpi text, month date, value numeric, PRIMARY KEY (department, kpi, month))
"""
BARE = (
    "CREATE TEMPORARY TABLE twin_incoming (department text, kpi text, month date, value numeric) ON COMMIT DROP",
    "INSERT INTO twin_value SELECT * FROM twin_incoming "
    "ON CONFLICT (department, kpi, month) DO UPDATE SET value = excluded.value",
)


def values_beside_limit(by: User, *, count: int) -> Stored:
    """COUNT values of a file taken whole, beside the limit. All is rolled back."""
    scope = Scope(user_id=by.pk, reach=Reach.COMPANY, capabilities=capabilities_of(("coo",)))
    open_periods(now=now())
    places = make_places()
    codes = make_kpis(places[0], max(count // (PLACES * MONTHS), 1))
    with connection.cursor() as cursor:
        cursor.execute(TWIN)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "values.csv"
        write_file(path, places, codes)
        return stored_beside(
            len(codes) * PLACES * MONTHS,
            lambda: take(path, by, scope),
            lambda: copy_bare(path),
            what="values of a CSV file",
        )


def take(path: Path, by: User, scope: Scope) -> None:
    """The file as the command takes it."""
    with plain_file(path, MAPPING) as plain:
        assert record_file(plain=plain, by=by, scope=scope, now=now()).done is not None


def make_places() -> list[Department]:
    """One department and 99 below it."""
    opened = date(2000, 1, 1)
    top = create_department(code="BENCH", name="Bench", parent=None, on=opened, by=None, now=now())
    below = [
        create_department(code=f"BENCH{number}", name=f"Bench {number}", parent=top, on=opened, by=None, now=now())
        for number in range(1, PLACES)
    ]
    return [top, *below]


def make_kpis(owner: Department, count: int) -> list[str]:
    """Indicators every one of them reports."""
    codes = [f"K{number}" for number in range(count)]
    wanted = [(Identity(department=owner, code=code), Definition(name=code, direction="higher")) for code in codes]
    define_kpis(wanted=wanted, by=None)
    return codes


def write_file(path: Path, places: list[Department], codes: list[str]) -> None:
    """Every indicator of every department in every month until the last whole one."""
    months = [Month.of(today()).plus(-number).first_day.isoformat() for number in range(1, MONTHS + 1)]
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(FIELDS) + "\n")
        for code in codes:
            for place in places:
                file.writelines(f"{place.code},{code},{month},{number}.25\n" for number, month in enumerate(months))


def copy_bare(path: Path) -> None:
    """The same file by COPY and one upsert."""
    with connection.cursor() as cursor, path.open("rb") as file:
        cursor.execute(BARE[0])
        cursor.copy_expert("COPY twin_incoming FROM STDIN WITH (FORMAT csv, HEADER)", file)
        cursor.execute(BARE[1])
