"""Score worked examples from a file, each by the rules of the app that owns it."""

import json
from argparse import ArgumentParser
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.assessments.management.cases.answering import answer_all

LONGEST_NUMBER = 100


def whole_number(digits: str) -> int | str:
    """A JSON whole number; one that nobody means stays text, which no rule takes for a number."""
    return int(digits) if len(digits) <= LONGEST_NUMBER else digits


def decimal_number(digits: str) -> Decimal | str:
    """A JSON number with a point: a decimal, because a binary float would lose ties."""
    return Decimal(digits) if len(digits) <= LONGEST_NUMBER else digits


class Command(BaseCommand):
    """score_cases IN.json OUT.json."""

    help = "Answer every case of a JSON file (a list, or an object with `cases`) by the rules of the portal."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("cases", type=Path, help='JSON file: {"cases": [...]} or a plain list')
        parser.add_argument("answers", type=Path, help="JSON file to write: a list of {id, ...}")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write one answer for each case, in the same order."""
        del args
        answers = answer_all(read_cases(options["cases"]))
        try:
            text = json.dumps(answers, ensure_ascii=True, indent=1, default=str)
            options["answers"].write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            message = f"The answers cannot be written to {options['answers']} ({error.strerror}): name another file."
            raise CommandError(message) from error
        unsupported = sum("unsupported" in answer for answer in answers)
        unread = sum("error" in answer for answer in answers)
        answered = len(answers) - unsupported - unread
        self.stdout.write(f"{answered} answered, {unsupported} not supported, {unread} not readable.")


def read_cases(path: Path) -> list[object]:
    """The cases of a file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        told = json.loads(text, parse_float=decimal_number, parse_int=whole_number, parse_constant=str)
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror}): name a file that is there."
        raise CommandError(message) from error
    except (ValueError, RecursionError) as error:
        message = f"{path} is no JSON ({error}): write a list of cases, or an object with `cases`."
        raise CommandError(message) from error
    cases = told.get("cases") if isinstance(told, dict) else told
    if not isinstance(cases, list):
        message = f"{path} holds no list of cases: write a list, or an object with `cases`."
        raise CommandError(message)
    return cases
