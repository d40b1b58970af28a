"""Opens the first account of a new portal, from where it was set up: administrators open accounts, and none is there yet."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.services import has_administrator, open_first_administrator
from apps.core import clock
from apps.core.errors import Refusal

HINT = """  Nobody can sign in yet. Open the first account, an administrator's, who opens all others:

    ./portal manage open_administrator you@company.com --name "Your Name"

  To look at a made-up company instead: PORTAL_DEMO=1 ./portal up
"""


class Command(BaseCommand):
    """Without an address it only says whether it is needed: what every start outside a demo asks."""

    help = "Open the account of the first administrator and print its password once; refused when there is one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose account."""
        parser.add_argument(
            "email", nargs="?", default="", help="Whom the account is for; left out: say if one is needed."
        )
        parser.add_argument("--name", default="", help="Their name; without it the part before the @.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Say, or open."""
        email = options["email"]
        if not email:
            self.stdout.write("" if has_administrator() else HINT, ending="")
            return
        name = options["name"] or email.partition("@")[0]
        try:
            password = open_first_administrator(email=email, name=name, now=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Sign in as {email.strip().lower()} with the password {password}")
        self.stdout.write("It is shown this once: change it after the first sign-in, then open the others' accounts.")
