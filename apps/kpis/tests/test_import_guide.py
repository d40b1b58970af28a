"""docs/kpi-imports.md: every example in it is a file that can be imported, and does what is said."""

import json
import re
import shlex
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.core.management.base import BaseCommand

from apps.accounts.tests.factories import UserFactory
from apps.imports.management.commands import import_file
from apps.imports.rules.mapping import KIND_KEYS, MAPPING_KEYS, OPTIONAL_KEYS, SOURCE_KEYS
from apps.kpis.management.commands import import_kpi_values
from apps.kpis.models import KpiMonth
from apps.kpis.tests.factories import NOW
from apps.periods.services import open_periods

GUIDE = Path(project.BASE_DIR) / "docs" / "kpi-imports.md"
TEXT = GUIDE.read_text(encoding="utf-8")
FILES = dict(re.findall(r"`([\w-]+\.(?:csv|json))`:\n\n```\w+\n(.*?)```", TEXT, re.DOTALL))
COMMANDS = re.findall(r"```sh\n\./portal manage (.*?)\n(.*?)```", TEXT, re.DOTALL)


def figure(code, department, month):
    day = date.fromisoformat(f"{month}-01")
    return KpiMonth.objects.get(kpi__code__iexact=code, department__code=department, month=day)


@pytest.mark.django_db
class TestExamples:
    def test_import_as_they_say(self, settings, tmp_path, monkeypatch, capsys):
        settings.FIXED_TODAY = "2026-11-20"
        open_periods(now=NOW)
        UserFactory(roles=["coo"], email="coo@company.example")
        monkeypatch.chdir(tmp_path)
        for name, text in FILES.items():
            Path(name).write_text(text, encoding="utf-8")
        for line, told in COMMANDS:
            call_command(*shlex.split(line))
            found = capsys.readouterr().out
            for expected in told.splitlines():
                assert expected.removeprefix("# ") in found, (line, found)
        assert figure("SALES", "ALL", "2026-09").value == 980
        assert (figure("SALES", "NORTH", "2026-08").value, figure("SALES", "NORTH", "2026-08").target) == (
            Decimal("1020.5"), 1000
        )  # fmt: skip
        assert figure("IN-TIME", "ALL", "2026-08").value == 90
        assert figure("IN-TIME", "ALL", "2026-09").value == 95
        assert figure("COST", "ALL", "2026-02").value == 1_280_000
        assert (figure("INJURY RATE", "NORTH", "2026-02").ytd_value, figure("CROSSINGS", "NORTH", "2026-02").ytd_value) == (
            Decimal("0.6"), 250
        )  # fmt: skip
        assert figure("VACANT", "ALL", "2026-08").value == 19
        assert "There is no number" in Path("wrong.csv").read_text(encoding="utf-8-sig")

    def test_are_all_used(self):
        used = " ".join(line for line, _told in COMMANDS)
        assert len(FILES) == 10
        assert [name for name in FILES if name not in used] == []


class TestGuide:
    def test_names_every_word_of_a_mapping(self):
        words = {*SOURCE_KEYS, *MAPPING_KEYS, *OPTIONAL_KEYS, *(key for keys in KIND_KEYS.values() for key in keys)}
        words |= {key for keys in SOURCE_KEYS.values() for key in keys}
        assert [word for word in sorted(words) if f"`{word}" not in TEXT and f'"{word}"' not in TEXT] == []

    def test_holds_mappings_as_json(self):
        assert all(json.loads(text) for name, text in FILES.items() if name.endswith(".json"))

    @pytest.mark.parametrize("module", [import_file, import_kpi_values])
    def test_is_named_by_the_help_of_the_commands(self, module):
        command: BaseCommand = module.Command()
        assert GUIDE.name in command.create_parser("manage.py", module.__name__.rpartition(".")[2]).format_help()

    def test_is_linked_from_the_readme(self):
        assert "(docs/kpi-imports.md)" in (Path(project.BASE_DIR) / "README.md").read_text(encoding="utf-8")
