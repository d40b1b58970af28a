"""`./portal manage issue_forecasts`: the monthly forecast, made here and now."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core import clock
from apps.core.errors import Refusal
from apps.core.month import Month
from apps.forecasts import services
from apps.kpis.selectors import calendar_on


class Command(BaseCommand):
    help = "Forecast every series from what is known up to a month, and store it as an issue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--month", help="The last month known, YYYY-MM; the last one whose cut-off passed if not given."
        )
        parser.add_argument("--reason", default="", help="Why another version is made of a month that has one.")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line: what was issued, or that nothing changed."""
        del args
        now, began = clock.now(), time.monotonic()
        try:
            month = Month.parse(options["month"]) if options["month"] else calendar_on(now).closed
            found = services.issue_month(month=month, by=None, now=now, reason=options["reason"])
        except (Refusal, ValueError) as error:
            raise CommandError(str(error)) from error
        issue, seconds = found.issue, time.monotonic() - began
        if not found.is_new:
            self.stdout.write(f"{issue}: nothing changed, it stays as it is ({seconds:.1f} s).")
            return
        self.stdout.write(
            f"{issue}: {issue.told_count:,} of {issue.series_count:,} series foretold, "
            f"{issue.warning_count:,} early warnings ({seconds:.1f} s)."
        )
