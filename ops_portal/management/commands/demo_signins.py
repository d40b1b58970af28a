"""Prints one sign-in per role of the demo company, and asks for the company on the first call."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.services import DemoRefused, demo_password
from apps.core import clock
from ops_portal.demo.building import ask_for_company
from ops_portal.demo.sign_ins import SIGN_INS


class Command(BaseCommand):
    """Refused where PORTAL_DEMO is not set, and where the database holds anything of its own."""

    help = "Print one sign-in per role of the demo company; make the company when it is not there."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Ask, then print."""
        try:
            ask_for_company(now=clock.now())
            password = demo_password()
        except DemoRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        for known in SIGN_INS:
            self.stdout.write(f"  {known.role.value:<14} {known.email:<34} {password}")
