"""Import a file from the command line, step by step as the pages do it, in this process instead of the worker's."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User
from apps.accounts.selectors import account_for
from apps.core.clock import now
from apps.core.errors import Refusal
from apps.imports.choices import CommitMode, RunState
from apps.imports.models import ImportRun
from apps.imports.services.checking import check_import, map_import
from apps.imports.services.committing import commit_import, request_commit
from apps.imports.services.preparing import MappingRefused
from apps.imports.services.problems import count_sentence, every_problem, problem_sentences, write_problems
from apps.imports.services.reading import add_layout_options, layout_in
from apps.imports.services.runs import scope_at
from apps.imports.services.uploading import start_import


class Command(BaseCommand):
    """import_file TARGET FILE --by E-MAIL [--mapping M.json] [--good-rows] [--refuse-odd] [--dry-run] [--problems F.csv]."""

    help = "Import a CSV, XLSX or JSON file: all rows or none, unless --good-rows. Mapping files: docs/kpi-imports.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", help="importer, for example staff.people")
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, help="e-mail of the account it is done in the name of")
        parser.add_argument("--mapping", type=Path, help="JSON file that says where each field comes from")
        parser.add_argument("--good-rows", action="store_true", help="import the right rows, leave the wrong ones out")
        parser.add_argument("--refuse-odd", action="store_true", help="import nothing while a value looks wrong")
        parser.add_argument("--dry-run", action="store_true", help="check only")
        parser.add_argument("--problems", type=Path, help="CSV file to write every problem into")
        add_layout_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        try:
            self.walk(options)
        except (Refusal, OSError, ValueError) as error:
            raise CommandError(str(error)) from error

    def walk(self, options: dict[str, Any]) -> None:
        """Upload, check, commit."""
        by = account_for(email=options["by"])
        if by is None:
            message = f"There is no account with the e-mail {options['by']}."
            raise CommandError(message)
        run = self.checked(options, by)
        self.stdout.write(count_sentence(run))
        problems = every_problem(run, now=now())
        for sentence in problem_sentences(problems, total=len(problems)):
            self.stdout.write(sentence)
        if options["problems"]:
            write_problems(options["problems"], problems)
        if options["dry_run"]:
            return
        mode = CommitMode.GOOD_ROWS if options["good_rows"] else CommitMode.ALL_OR_NOTHING
        who: dict[str, Any] = {"by": by, "scope": scope_at(by, now()), "now": now()}
        request_commit(run=run, mode=mode, is_confirmed=not options["refuse_odd"], **who)
        done = commit_import(run_id=run.pk, now=now())
        counts = f"{done.created_count} created, {done.changed_count} changed, {done.unchanged_count} unchanged"
        self.stdout.write(f"Import {done.pk}: {counts}.")

    def checked(self, options: dict[str, Any], by: User) -> ImportRun:
        """The run, checked; large files here and now as well."""
        moment = now()
        scope = scope_at(by, moment)
        path: Path = options["file"]
        with path.open("rb") as file:
            upload: File[Any] = File(file, name=path.name)
            layout = layout_in(options)
            run = start_import(target=options["target"], upload=upload, layout=layout, by=by, scope=scope, now=moment)
        mapping = json.loads(options["mapping"].read_text(encoding="utf-8")) if options["mapping"] else run.mapping
        try:
            run = map_import(run=run, mapping=mapping, by=by, scope=scope, now=moment)
        except MappingRefused as refusal:
            message = f"{refusal} The file's columns: {', '.join(run.headings)}. How to say it: docs/kpi-imports.md."
            raise CommandError(message) from refusal
        if run.state == RunState.CHECKING:
            run = check_import(run_id=run.pk, now=moment)
        if run.state == RunState.FAILED:
            raise CommandError(run.problem_note)
        return run
