"""Takes the demo company away by emptying the database. Runs as the owner; refuses when anything in it is not the demo's."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ops_portal.demo.building import strangers


class Command(BaseCommand):
    """History and published rows cannot be deleted one by one, by design: the whole database is made empty again."""

    help = "Empty the database of the demo company, so that real data can move in."

    def add_arguments(self, parser: CommandParser) -> None:
        """One switch."""
        parser.add_argument("--yes", action="store_true", help="Do it without asking.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Refuse, or empty."""
        found = strangers()
        if found:
            message = f"This database holds more than the demo: {'; '.join(found)}. Nothing was removed."
            raise CommandError(message)
        if not options["yes"]:
            message = "This empties the whole database. Say so: ./portal manage remove_demo --yes"
            raise CommandError(message)
        call_command("flush", interactive=False, verbosity=0)
        self.stdout.write("The demo company is gone. Set PORTAL_DEMO=0 at the next start, or it is made again.")
