"""Train the forecast engine's weights from a pool of long series."""

import gzip
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from django.core.management.base import BaseCommand, CommandError

from apps.forecasts.rules.fitting import SEED, WINDOWS, fitted, pool_of
from apps.forecasts.rules.network import WEIGHTS_FILE, save_weights
from apps.forecasts.rules.series import Floats


class Command(BaseCommand):
    """train_forecaster --pool P [--output W]."""

    help = (
        "Train the net anew: a CSV (or .csv.gz) with source and values (numbers parted by spaces, oldest month first), "
        "a line a series. The same pool and seed give the same weights."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pool", type=Path, required=True, help="CSV with source,values")
        parser.add_argument(
            "--output", type=Path, default=WEIGHTS_FILE, help="file to write (default: the shipped one)"
        )
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--windows", type=int, default=WINDOWS, help=f"training examples (default: {WINDOWS:,})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, train, write."""
        del args
        values, sources = read_pool(options["pool"])
        began = time.process_time()
        try:
            weights = fitted(
                pool_of(values, sources), seed=options["seed"], windows=options["windows"], said=self.stdout.write
            )
            save_weights(weights, options["output"])
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        took = time.process_time() - began
        size = options["output"].stat().st_size / 1024
        self.stdout.write(f"Trained on {len(values):,} series in {took:,.0f} CPU s; {size:,.0f} KB written.")


def read_pool(path: Path) -> tuple[list[Floats], list[str]]:
    """(values, sources) of a pool."""
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        table = pl.read_csv(content, infer_schema=False)
        values = [np.array(line.split(), dtype=np.float64) for line in table["values"]]
        sources = table["source"].fill_null("").to_list() if "source" in table.columns else [""] * len(values)
    except (OSError, ValueError, AttributeError, pl.exceptions.PolarsError) as error:
        message = f"{path} is no pool ({error}): write a CSV with source,values, the numbers parted by spaces."
        raise CommandError(message) from error
    return [series[np.isfinite(series)] for series in values], sources
