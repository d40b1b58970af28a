"""`./portal manage prove_scores`: whether what is published is what was stored."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.assessments import services


class Command(BaseCommand):
    help = "Work out the digests of every published run again and print what is not as it was stored."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a run; ends with 1 when anything was changed behind the portal's back."""
        del args, options
        began, unsound, lines = time.monotonic(), 0, 0
        for proof in services.proofs():
            lines += proof.run.line_count
            unsound += not proof.is_sound
            self.stdout.write(f"{proof.run}: {services.words_of(proof) or 'as it was stored'}")
        self.stdout.write(f"{lines:,} lines proved in {time.monotonic() - began:.1f} s.")
        if unsound:
            message = f"{unsound} published runs are not as they were stored. Compare them with a backup."
            raise CommandError(message)
