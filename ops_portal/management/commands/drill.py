"""`./portal manage drill NAME`: a fault on purpose, on stores of its own. The portal's own data is never touched."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


def run_drill(words: Sequence[str]) -> int:
    """Run the drill's own program with these words; gives its exit code."""
    return subprocess.call([sys.executable, "-m", "ops_portal.drills", *words])  # noqa: S603 - our own program


class Command(BaseCommand):
    help = "Run a drill on throwaway stores: ./portal manage drill NAME [--rounds N] [--without PROTECTION] [--json]"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("words", nargs="*", help="name of the drill and its options")

    def run_from_argv(self, argv: list[str]) -> None:
        """Hand everything over to a process of its own: this one is bound to the portal's database already."""
        sys.exit(run_drill(argv[2:]))

    def handle(self, *args: Any, **options: Any) -> None:
        """Called from Python instead of the command line."""
        del args
        sys.exit(run_drill(options["words"]))
