"""`./portal manage prove_scores`: whether what is published is what was stored, and what the rules give."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.assessments import services


class Command(BaseCommand):
    help = (
        "Work out every published run again, by its digests and by the rules, and print what is not as it was stored."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--digests", action="store_true", help="only the digests: quick, but asks no rule")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a run; ends with 1 when anything was changed behind the portal's back."""
        del args
        began, unsound, lines = time.monotonic(), 0, 0
        sound = "as it was stored" if options["digests"] else "as it was stored, and as the rules give it"
        for proof in services.proofs() if options["digests"] else services.recounts():
            lines += proof.run.line_count
            unsound += not proof.is_sound
            self.stdout.write(f"{proof.run}: {services.words_of(proof) or sound}")
        self.stdout.write(f"{lines:,} lines proved in {time.monotonic() - began:.1f} s.")
        if unsound:
            message = f"{unsound} published runs are not as they were stored. Compare them with a backup."
            raise CommandError(message)
