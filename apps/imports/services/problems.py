"""Everything that is wrong with a file, for whoever corrects it: the first few on the screen, all of them as a table."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from apps.core.exports import write_csv
from apps.imports.models import ImportProblem, ImportRun
from apps.imports.services.checking import KEPT_PROBLEMS, judged_rows, problems_from, quietly
from apps.imports.services.targets import target_named

SHOWN_PROBLEMS = 20


def every_problem(run: ImportRun, *, now: datetime) -> Sequence[ImportProblem]:
    """All problems and warnings of a checked run: those kept with it; where there were more, the file is judged again."""
    if max(run.problem_count, run.warning_count) <= KEPT_PROBLEMS:
        return list(run.problems.all())
    _prepared, _rows, errors = judged_rows(run, target=target_named(run.target), now=now, report=quietly)
    return problems_from(run, errors)


def kind_label(problem: ImportProblem) -> str:
    """Whether the row cannot be imported, or only looks wrong."""
    return _("Warning") if problem.is_warning else _("Problem")


def count_sentence(run: ImportRun) -> str:
    """How many rows there are, and how many of them are or look wrong."""
    odd = f", {run.warning_count} values that look wrong" if run.warning_count else ""
    return f"{run.row_count} rows, {run.bad_row_count} with problems{odd}."


def problem_sentences(problems: Iterable[ImportProblem], *, total: int) -> Iterator[str]:
    """The first problems in a sentence each, and how many of TOTAL follow."""
    shown = 0
    for problem in problems:
        if shown == SHOWN_PROBLEMS:
            break
        shown += 1
        mark = "looks wrong: " if problem.is_warning else ""
        yield f"  row {problem.line}, {problem.column or 'whole row'}: {mark}{problem.message}"
    if total > shown:
        yield f"  and {total - shown} more: --problems FILE.csv writes all of them into a file."


def write_problems(path: Path, problems: Iterable[ImportProblem]) -> None:
    """All problems as a CSV file that spreadsheets open."""
    names = {"line": _("Row"), "column": _("Column"), "value": _("Value"), "message": _("Problem"), "kind": _("Kind")}
    columns = list(names.items())
    rows = (
        (problem.line, problem.column, problem.value, problem.message, str(kind_label(problem))) for problem in problems
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(write_csv(columns, rows))
