"""Import KPI values from a file on the command line, as `import_file kpis.values` does."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import polars as pl
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.selectors import account_for, users_with_capability
from apps.core.clock import now
from apps.core.errors import Refusal
from apps.imports.rules.limits import MappingProblem
from apps.imports.services.runs import scope_at
from apps.kpis.services.bulk import NotPlain, plain_file, record_file
from apps.kpis.services.importing import VALUE_TARGET
from apps.kpis.services.refusals import ValuesRefused

BULK_BYTES = 4 * 2**20
SHOWN_PROBLEMS = 20


class Command(BaseCommand):
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
        """Long files of plain columns are taken whole, all others step by step as `import_file` does."""
        del args
        given = {**options, "by": options["by"] or whoever_manages()}
        try:
            is_long = given["file"].stat().st_size >= BULK_BYTES and not given["good_rows"]
            if is_long and self.taken_whole(given):
                return
        except (Refusal, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        names = ("by", "mapping", "good_rows", "dry_run")
        chosen = {name: given[name] for name in names}
        call_command("import_file", VALUE_TARGET.name, str(given["file"]), stdout=self.stdout, **chosen)

    def taken_whole(self, options: dict[str, Any]) -> bool:
        """Whether the file was clean enough to be taken without looking at each line by itself."""
        by = account_for(email=options["by"])
        if by is None or not options["mapping"]:
            return False
        mapping = json.loads(options["mapping"].read_text(encoding="utf-8"))
        names = [spec.name for spec in VALUE_TARGET.fields]
        moment = now()
        try:
            plain = plain_file(options["file"], mapping, field_names=names)
            scope = scope_at(by, moment)
            done = record_file(plain=plain, by=by, scope=scope, now=moment, is_dry_run=options["dry_run"])
        except (NotPlain, MappingProblem, pl.exceptions.PolarsError):
            return False
        except ValuesRefused as refusal:
            for row in (refusal.details or {}).get("rows", [])[:SHOWN_PROBLEMS]:
                self.stdout.write(f"  row {row['row']}, {row['field'] or 'whole row'}: {row['message']}")
            raise
        if done is None:
            self.stdout.write("Every line can be read.")
        else:
            self.stdout.write(f"{done.created} created, {done.changed} changed, {done.unchanged} unchanged.")
        return True


def whoever_manages() -> str:
    """The oldest open account that may define KPIs, import values and correct late ones."""
    able = users_with_capability("kpis.manage") & users_with_capability("kpis.restate")
    email = able.order_by("pk").values_list("email", flat=True).first()
    if email is None:
        message = "No open account may import KPI values. Name one with --by."
        raise CommandError(message)
    return str(email)
