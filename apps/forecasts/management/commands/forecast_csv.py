"""Forecast every series of a CSV file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from apps.forecasts.management.files.tables import read_series, write_forecasts
from apps.forecasts.rules.engine import LONGEST_HORIZON, forecast
from apps.forecasts.rules.network import HORIZON


class Command(BaseCommand):
    """forecast_csv --input X.csv --output Y.csv [--horizon 18]."""

    help = (
        "Forecast monthly series: reads series_id,period(YYYY-MM),value (and, if given, lower, upper, kind), writes "
        "series_id,period,mean,lo80,hi80,lo95,hi95,model. Needs nothing in the database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--input", type=Path, required=True, help="CSV file with series_id,period,value")
        parser.add_argument("--output", type=Path, required=True, help="CSV file to write")
        parser.add_argument("--horizon", type=int, default=HORIZON, help=f"months ahead (default: {HORIZON})")
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
        self.stdout.write(f"{len(series.names):,} series forecast, {options['horizon']} months each.")
        if crossed.any():
            names = ", ".join(series.names.filter(crossed).head(5).to_list())
            self.stdout.write(f"Bounds of {int(crossed.sum())} series were not used, lower is above upper: {names}.")
