"""python -m ops_portal.drills NAME [--rounds N] [--without PROTECTION] [--json]: one drill on stores of its own."""

import argparse
import importlib
import json
import logging
import sys
import time
import warnings
from pathlib import Path
from typing import Any, cast

import django
import structlog
from django.core.management import call_command

from ops_portal import drills
from ops_portal.drills import Drill, DrillReport
from ops_portal.drills.lab import LAB


def drill_names() -> list[str]:
    """Every drill there is: a module that says what it is about. Not imported for this, since Django is not set up yet."""
    return sorted(
        path.stem for path in Path(__file__).parent.glob("*.py") if "\nABOUT = " in path.read_text(encoding="utf-8")
    )


def main(words: list[str] | None = None) -> int:
    """Run one drill; 0 when it passed. With --without it is expected to fail, and the exit code says so too."""
    parser = argparse.ArgumentParser(prog="./portal manage drill", description=drills.__doc__)
    parser.add_argument("name", choices=drill_names())
    parser.add_argument("--rounds", type=int, default=0, help="how many times (each drill has its own number)")
    parser.add_argument(
        "--without", default=None, metavar="PROTECTION", help="take a protection out: the drill must fail"
    )
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    chosen = parser.parse_args(words)
    try:
        LAB.open()
        django.setup()
        # What workers log is expected here; what is wrong stands in the report.
        logging.disable(logging.CRITICAL)
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        warnings.simplefilter("ignore")
        call_command("migrate", verbosity=0)
        drill = cast("Drill", importlib.import_module(f"ops_portal.drills.{chosen.name}"))
        if chosen.without and chosen.without not in drill.PROTECTIONS:
            parser.error(f"{chosen.name} knows these protections: {', '.join(drill.PROTECTIONS)}")
        started = time.monotonic()
        report = drill.run(without=chosen.without, rounds=chosen.rounds or drill.ROUNDS)
    finally:
        LAB.close()
    tell(chosen, drill, report, seconds=report.seconds or time.monotonic() - started)
    return 0 if report.passed else 1


def tell(chosen: argparse.Namespace, drill: Drill, report: DrillReport, *, seconds: float) -> None:
    """Print how it ended."""
    facts: dict[str, Any] = {
        "drill": chosen.name,
        "without": chosen.without,
        "passed": report.passed,
        "seconds": round(seconds, 1),
        **report.figures,
    }
    if chosen.json:
        print(json.dumps(facts, default=str))
        return
    print(drill.ABOUT)
    if chosen.without:
        print(f"Taken out: {drill.PROTECTIONS[chosen.without]}")
    for name, value in report.figures.items():
        print(f"  {name.replace('_', ' ')}: {value}")
    print(f"{'PASSED' if report.passed else 'FAILED'} in {seconds:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
