"""Import KPI values from a file on the command line, as `import_file kpis.values` does."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User
from apps.accounts.selectors import account_for, users_with_capability
from apps.core.clock import now
from apps.core.errors import Refusal
from apps.imports.choices import CommitMode
from apps.imports.services.checking import problems_from
from apps.imports.services.committing import require_acceptable
from apps.imports.services.problems import count_sentence, problem_sentences, write_problems
from apps.imports.services.reading import add_layout_options, layout_in
from apps.imports.services.runs import scope_at
from apps.kpis.services.bulk import Taken, record_file
from apps.kpis.services.importing import VALUE_TARGET
from apps.kpis.services.plain_files import NotPlain, plain_file

BULK_BYTES = 2 * 2**20
"""Well below what the frame takes step by step: 25 MB or 200,000 rows."""


class Command(BaseCommand):
    """import_kpi_values FILE [--mapping MAP.json] [--by E-MAIL] [--good-rows] [--refuse-odd] [--dry-run] [--problems P]."""

    help = (
        "Import KPI values from a CSV, XLSX or JSON file: all rows or none, unless --good-rows. "
        "Mapping files and examples: docs/kpi-imports.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", type=Path, help="JSON file that says where each field comes from")
        parser.add_argument(
            "--by", help="e-mail of the account it is done in the name of; else who manages KPIs longest"
        )
        parser.add_argument("--good-rows", action="store_true", help="import the right rows, leave the wrong ones out")
        parser.add_argument("--refuse-odd", action="store_true", help="a value that looks wrong counts as a wrong row")
        parser.add_argument("--dry-run", action="store_true", help="check only")
        parser.add_argument("--problems", type=Path, help="CSV file to write every problem into")
        add_layout_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Long files of plain columns are taken whole, all others step by step as `import_file` does."""
        del args
        given = {**options, "by": options["by"] or whoever_manages()}
        why = ""
        try:
            if given["file"].stat().st_size >= BULK_BYTES:
                self.take_whole(given)
                return
        except NotPlain as reason:
            why = f" {reason}"
        except (Refusal, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        names = ("by", "mapping", "good_rows", "refuse_odd", "dry_run", "problems")
        chosen = {name: given[name] for name in names} | layout_in(given)
        try:
            call_command("import_file", VALUE_TARGET.name, str(given["file"]), stdout=self.stdout, **chosen)
        except CommandError as error:
            raise CommandError(f"{error}{why}") from error

    def take_whole(self, options: dict[str, Any]) -> None:
        """Import a long file without an object a line, naming every line that is wrong."""
        by = account_for(email=options["by"])
        if by is None:
            message = f"There is no account with the e-mail {options['by']}."
            raise CommandError(message)
        rules = json.loads(options["mapping"].read_text(encoding="utf-8")) if options["mapping"] else None
        taken = self.taken(options, rules, by)
        run = taken.run
        self.stdout.write(count_sentence(run))
        problems = problems_from(run, taken.errors)
        for sentence in problem_sentences(problems, total=len(problems)):
            self.stdout.write(sentence)
        if options["problems"]:
            write_problems(options["problems"], problems)
        if options["dry_run"]:
            return
        require_acceptable(run, CommitMode.GOOD_ROWS if options["good_rows"] else CommitMode.ALL_OR_NOTHING)
        counts = f"{run.created_count} created, {run.changed_count} changed, {run.unchanged_count} unchanged"
        self.stdout.write(f"Import {run.pk}: {counts}.")

    def taken(self, options: dict[str, Any], rules: dict[str, Any] | None, by: User) -> Taken:
        """What became of the file."""
        moment = now()
        scope = scope_at(by, moment)
        with plain_file(options["file"], rules, layout_in(options)) as plain:
            return record_file(
                plain=plain,
                by=by,
                scope=scope,
                now=moment,
                is_partial=options["good_rows"],
                is_dry_run=options["dry_run"],
                is_confirmed=not options["refuse_odd"],
            )


def whoever_manages() -> str:
    """The oldest open account that may define KPIs, import values and correct late ones."""
    able = users_with_capability("kpis.manage") & users_with_capability("kpis.restate")
    email = able.order_by("pk").values_list("email", flat=True).first()
    if email is None:
        message = "No open account may import KPI values. Name one with --by."
        raise CommandError(message)
    return str(email)
