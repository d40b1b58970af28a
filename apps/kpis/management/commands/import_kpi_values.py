"""Import KPI values from a file on the command line, as `import_file kpis.values` does."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from apps.accounts.selectors import users_with_capability
from apps.imports.management.commands import import_file
from apps.kpis.services.importing import VALUE_TARGET


class Command(import_file.Command):
    """import_kpi_values FILE [--mapping MAP.json] [--by E-MAIL] [--good-rows] [--dry-run]."""

    help = "Import KPI values from a CSV, XLSX or JSON file: all rows or none, unless --good-rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", type=Path, help="JSON file that says where each field comes from")
        parser.add_argument(
            "--by", help="e-mail of the account it is done in the name of; else who manages KPIs longest"
        )
        parser.add_argument("--good-rows", action="store_true", help="import the right rows, leave the wrong ones out")
        parser.add_argument("--dry-run", action="store_true", help="check only")

    def handle(self, *args: Any, **options: Any) -> None:
        by = options["by"] or whoever_manages()
        super().handle(*args, **{**options, "by": by, "target": VALUE_TARGET.name})


def whoever_manages() -> str:
    """The oldest open account that may define KPIs, import values and correct late ones."""
    able = users_with_capability("kpis.manage") & users_with_capability("kpis.restate")
    email = able.order_by("pk").values_list("email", flat=True).first()
    if email is None:
        message = "No open account may import KPI values. Name one with --by."
        raise CommandError(message)
    return str(email)
