"""`python -m ops_portal.bench`: measure, print, write the figures as JSON; ends with 1 when a limit is broken."""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from ops_portal.bench.forecasts import run_forecasts
from ops_portal.bench.stage import run_on_stage
from ops_portal.bench.starting import run_start


def words() -> argparse.ArgumentParser:
    """What the command line understands."""
    reader = argparse.ArgumentParser(prog="./portal bench", description=__doc__)
    reader.add_argument("--sizes", default="1000,200000", help="numbers of people, ascending (default: 1000,200000)")
    reader.add_argument(
        "--kpi-values",
        default="10000,1000000,6000000",
        help="numbers of KPI values, ascending; 0: none (default: 10000,1000000,6000000; takes minutes)",
    )
    reader.add_argument("--rounds", type=int, default=40, help="requests a page (default: 40)")
    reader.add_argument("--json", type=Path, help="write the figures here too")
    reader.add_argument("--start", action="store_true", help="measure only this: a fresh clone to a signed-in page")
    reader.add_argument("--scores", action="store_true", help="measure only this: a month of scores")
    reader.add_argument("--forecast-job", action="store_true", help="measure only this: the monthly forecast")
    reader.add_argument("--forecast-pages", action="store_true", help="measure only this: the pages of forecasts")
    reader.add_argument("--forecasts", action="store_true", help="measure only this: forecasts from file to file")
    reader.add_argument(
        "--statsforecast-python", help="an interpreter that has statsforecast; left out: one is made and filled"
    )
    reader.add_argument(
        "--values-from-file", type=int, default=0, help="measure only this: storing so many KPI values of a file"
    )
    return reader


def main() -> int:
    """Read the words of the command line, then measure."""
    reader = words()
    chosen = reader.parse_args()
    sizes = [int(size) for size in chosen.sizes.split(",")]
    if sizes != sorted(sizes) or not sizes or sizes[0] < 100:
        reader.error("--sizes takes ascending numbers of at least 100, for example 1000,200000")
    values = [int(size) for size in chosen.kpi_values.split(",") if int(size)]
    if values != sorted(values):
        reader.error("--kpi-values takes ascending numbers, for example 10000,1000000, or 0 for none")
    signal.signal(signal.SIGTERM, stopped)
    if chosen.start:
        return run_start(json_file=chosen.json)
    if chosen.forecasts:  # needs no stage: neither stores nor a web server
        return run_forecasts(python=chosen.statsforecast_python, json_file=chosen.json)
    return run_on_stage(
        sizes=sizes,
        values=values,
        rounds=max(chosen.rounds, 5),
        json_file=chosen.json,
        from_file=chosen.values_from_file,
        only_scores=chosen.scores,
        only_issues=chosen.forecast_job,
        only_forecast_pages=chosen.forecast_pages,
    )


def stopped(number: int, _frame: FrameType | None) -> None:
    """Somebody ends the run: say so, and let the stores be cleared away."""
    sys.exit(
        f"The bench was ended by {signal.Signals(number).name} before it had measured everything. Give it more time."
    )


if __name__ == "__main__":
    sys.exit(main())
