"""The command line does what the pages do."""

import csv
import json

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.imports.tests.factories import csv_bytes, importer

pytestmark = pytest.mark.django_db

ROWS = (("E-mail", "Full name"), ("ada@example.com", "Ada"), ("cy", "Cy"))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(csv_bytes(ROWS))
    return path


def people():
    return set(User.objects.filter(email__endswith="@example.com", is_system=False).values_list("email", flat=True))


def run(file, capsys, *options):
    by = importer(email="hr@company.test")
    call_command("import_file", "tests.accounts", str(file), "--by", by.email, *options)
    return capsys.readouterr().out


class TestImportFile:
    def test_imports_the_right_rows(self, file, capsys):
        said = run(file, capsys, "--good-rows")
        assert "row 3, E-mail: There is no such address" in said
        assert "1 created" in said
        assert people() == {"ada@example.com"}

    def test_imports_nothing_when_a_row_is_wrong(self, file, capsys):
        with pytest.raises(CommandError, match="1 of 2"):
            run(file, capsys)
        assert people() == set()

    def test_checks_only(self, file, capsys):
        assert "2 rows, 1 with problems" in run(file, capsys, "--dry-run")
        assert people() == set()

    def test_takes_a_mapping(self, file, capsys, tmp_path):
        mapping = tmp_path / "m.json"
        email = {"from": "template", "template": "{Full name}@example.com"}
        name = {"from": "column", "column": "Full name"}
        mapping.write_text(json.dumps({"fields": {"email": email, "name": name}}))
        run(file, capsys, "--mapping", str(mapping))
        assert people() == {"Ada@example.com", "Cy@example.com"}

    def test_shows_the_first_problems_and_writes_all(self, file, capsys, tmp_path):
        file.write_bytes(csv_bytes((ROWS[0], *((f"=no {number}", "Ada") for number in range(23)))))
        table = tmp_path / "wrong.csv"
        said = run(file, capsys, "--dry-run", "--problems", str(table))
        assert said.count("There is no such address") == 20
        assert "  and 3 more: --problems FILE.csv writes all of them into a file." in said
        with table.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert [row["Row"] for row in rows] == [str(number) for number in range(2, 25)]
        assert rows[0]["Column"] == "E-mail"
        assert rows[0]["Value"] in {"", "'=no 0"}

    def test_says_nothing_of_more_where_there_is_none(self, file, capsys):
        assert "more:" not in run(file, capsys, "--dry-run")

    def test_names_a_missing_account_and_a_missing_file(self, file, capsys):
        with pytest.raises(CommandError, match="no account"):
            call_command("import_file", "tests.accounts", str(file), "--by", "nobody@company.test")
        with pytest.raises(CommandError, match="No such file"):
            run(file.with_name("none.csv"), capsys)
