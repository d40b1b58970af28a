"""R13: every list that can be exported, with hostile text in every name: no live formula, read back it is what is stored."""

import csv
import io
import json

import openpyxl
import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory
from apps.core.exports import FORMULA_STARTS, plain_cell
from apps.departments.models import Department
from apps.departments.tests.factories import DepartmentFactory
from apps.imports.models import ImportRun
from apps.imports.services.preparing import unguarded
from apps.imports.services.reading import read_table
from apps.staff.models import Person
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

HOSTILE = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "＝1+1",
    "'=1+1",
    "''@x",
    '=HYPERLINK("http://x")',
    'a,b"c;d',
    "O'Neil",
    "Zoë 李",
)
ALL_ROLES = ("coo", "hr", "administrator", "auditor")
EXPECTED = {
    "accounts:list": (User, "name"),
    "departments:table": (Department, "name"),
    "staff:list": (Person, "name"),
    "imports:list": (ImportRun, "file_name"),
}
"""Lists whose every row must come back by this field."""


def list_addresses(patterns, prefix=""):
    """Addresses of pages without arguments."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from list_addresses(pattern.url_patterns, route)
        elif (
            isinstance(pattern, URLPattern) and not set("<^") & set(route) and not route.startswith(("api/", "static/"))
        ):
            yield f"/{route}"


@pytest.fixture
def company(client):
    """Everything that has a name has a hostile one; the reader may see all lists."""
    users = [UserFactory(name=text, email=f"x{number}@example.com") for number, text in enumerate(HOSTILE)]
    top = DepartmentFactory(name="Top")
    for number, text in enumerate(HOSTILE):
        PersonFactory(name=text, number=f"X{number}", department=top)
        DepartmentFactory(name=text, code=f"H{number}", parent=top)
        run = {"target": "staff.people", "file_format": "csv", "started_at": users[0].created_at, "file_name": text}
        ImportRun.objects.create(started_by=users[number], handled_by=users[number], **run)
    client.force_login(UserFactory(roles=ALL_ROLES, email="all@example.com"))


def exported(client, address, kind):
    """The file, or None when the page exports none."""
    answer = client.get(address, {"export": kind})
    is_file = answer.status_code == 200 and f".{kind}" in answer.get("Content-Disposition", "")
    return b"".join(answer.streaming_content) if is_file else None


def csv_cells(content):
    return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for cell in row]


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


class TestExports:
    def test_hold_no_live_formula_on_any_list(self, client, company):
        pages = [address for address in list_addresses(get_resolver().url_patterns) if exported(client, address, "csv")]
        assert {reverse(name) for name in EXPECTED} <= set(pages)
        for address in pages:
            live = [
                cell
                for cell in csv_cells(exported(client, address, "csv"))
                if cell[:1] in FORMULA_STARTS and cell and not is_number(cell)
            ]
            assert live == [], address
            book = openpyxl.load_workbook(io.BytesIO(exported(client, address, "xlsx")))
            texts = [cell for row in book.active.iter_rows() for cell in row if isinstance(cell.value, str)]
            assert [cell.value for cell in texts if cell.data_type == "f" or cell.value[:1] in FORMULA_STARTS] == [], (
                address
            )

    @pytest.mark.parametrize("name", EXPECTED)
    def test_come_back_as_they_are_stored(self, client, company, name):
        model, field = EXPECTED[name]
        stored = set(model.objects.values_list(field, flat=True))
        assert set(HOSTILE) <= stored
        found = {kind: exported(client, reverse(name), kind) for kind in ("csv", "xlsx", "json")}
        assert stored <= {plain_cell(cell) for cell in csv_cells(found["csv"])}
        book = openpyxl.load_workbook(io.BytesIO(found["xlsx"]))
        assert stored <= {plain_cell(str(cell.value)) for row in book.active.iter_rows() for cell in row}
        assert stored <= {str(value) for row in json.loads(found["json"]) for value in row.values()}

    @pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
    def test_can_be_read_by_the_importer(self, client, company, kind):
        content = exported(client, reverse("staff:list"), kind)
        table = read_table(io.BytesIO(content), name=f"people.{kind}", layout={}, known=["name"])
        cells = {unguarded(cell, table.kind) for _line, row in table.rows for cell in row if isinstance(cell, str)}
        assert set(HOSTILE) <= cells
