"""Commands that need files and nothing else: they skip the start of every app and of the stores, which takes seconds."""

import importlib
import os
from collections.abc import Sequence
from typing import Any

COMMANDS = {
    "forecast_csv": "apps.forecasts.management.commands.forecast_csv",
    "measure_forecasts": "apps.forecasts.management.commands.measure_forecasts",
    "measure_real": "apps.forecasts.management.commands.measure_real",
    "train_forecaster": "apps.forecasts.management.commands.train_forecaster",
}
"""Such a command may import no model and read no setting; Django itself runs it the same way with everything started."""


def is_files_only(words: Sequence[str]) -> bool:
    """Whether WORDS, as they follow manage.py, name such a command."""
    return bool(words) and words[0] in COMMANDS


def run_files_only(argv: list[str]) -> None:
    """Run it; ARGV as a process gets it. Ends the process as Django does when the command refuses."""
    # The matrices are small: a second thread waiting for the first costs more than it gives. Read when numpy is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    module: Any = importlib.import_module(COMMANDS[argv[1]])
    module.Command().run_from_argv(argv)
