"""Forecast every series of a CSV file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from apps.forecasts.management.files.reading import counted_notes, said_of
from apps.forecasts.management.files.tables import read_series, write_forecasts, write_notes
from apps.forecasts.rules.engine import LONGEST_HORIZON, forecast
from apps.forecasts.rules.network import HORIZON


class Command(BaseCommand):
    """forecast_csv --input X.csv --output Y.csv [--horizon 18] [--notes Z.csv]."""

    help = (
        "Forecast monthly series: reads series_id,period(YYYY-MM),value (and, if given, lower, upper, kind), writes "
        "series_id,period,mean,lo80,hi80,lo95,hi95,model. Says what it left out, what it could not read and how many series "
        "each note is about. Needs nothing in the database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--input", type=Path, required=True, help="CSV file with series_id,period,value")
        parser.add_argument("--output", type=Path, required=True, help="CSV file to write")
        parser.add_argument("--horizon", type=int, default=HORIZON, help=f"months ahead (default: {HORIZON})")
        parser.add_argument(
            "--notes", type=Path, help="CSV file to write: series_id,note of each series, left out or not"
        )
        parser.add_argument("--untrained", action="store_true", help="use the training-free blend, not the net")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, forecast, write."""
        del args
        if not 1 <= options["horizon"] <= LONGEST_HORIZON:
            message = f"--horizon takes 1 to {LONGEST_HORIZON} months, not {options['horizon']}."
            raise CommandError(message)
        series = read_series(options["input"])
        crossed = series.lower > series.upper
        lower, upper = (np.where(crossed, np.nan, bound) for bound in (series.lower, series.upper))
        found = forecast(
            series.values,
            horizon=options["horizon"],
            lower=lower,
            upper=upper,
            kind=series.kinds,
            is_trained=not options["untrained"],
        )
        write_forecasts(options["output"], series.names, series.last, found)
        notes = found.note.tolist()
        if options.get("notes"):
            write_notes(options["notes"], series.names, notes, series.noted.left_out)
        self.stdout.write(f"{len(series.names):,} series forecast, {options['horizon']} months each.")
        for line in (*counted_notes(notes), *said_of(series.noted, series.names, crossed)):
            self.stdout.write(line)
