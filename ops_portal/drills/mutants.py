"""R26: faults planted in the scoring rules, and how many of them the tests notice."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from ops_portal.drills import DrillReport

ABOUT = "R26: a small fault is planted in the scoring rules, thousands of times; the tests must notice nine of ten."
PROTECTIONS = {"rule-tests": "the test files that were written for the rules alone"}
OF_THE_RULES = ("test_rules_", "test_invariants")
ROUNDS = 100_000
"""At most so many faults, spread evenly: all there are."""
WANTED_PCT = 90
SAME = Path(__file__).with_name("mutants_same.toml")
"""Faults that change nothing anybody could see, each with the reason."""


def run(*, without: str | None, rounds: int) -> DrillReport:
    """Plant ROUNDS faults, perhaps without the tests that were made to find them."""
    words = [sys.executable, "-m", "ops_portal.drills.mutating", "--most", str(rounds)]
    if without:
        words += ["--without", *OF_THE_RULES]
    answer = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return judged(json.loads(answer.stdout), known_same())


def known_same() -> dict[str, str]:
    """Fault → why it changes nothing."""
    return {one["name"]: one["why"] for one in tomllib.loads(SAME.read_text(encoding="utf-8"))["same"]}


def judged(facts: dict[str, Any], same: dict[str, str]) -> DrillReport:
    """The figures of a run, and whether enough was noticed. A fault that changes nothing still counts as not noticed."""
    modules = facts["modules"]
    noticed = sum(row["killed"] + row["timed_out"] for row in modules.values())
    left = [one for one in facts["survivors"] if one["name"] not in same]
    pct = 100 * noticed / facts["mutants"] if facts["mutants"] else 0.0
    figures: dict[str, Any] = {
        "fault": facts["fault"] or "none",
        "mutants": facts["mutants"],
        "tests": facts["tests"],
        "killed": sum(row["killed"] for row in modules.values()),
        "timed_out": sum(row["timed_out"] for row in modules.values()),
        "survived": len(facts["survivors"]),
        "of_these_change_nothing": len(facts["survivors"]) - len(left),
        "noticed_pct": round(pct, 1),
        "seconds": facts["seconds"],
        **{
            f"in {module}": f"{row['killed'] + row['timed_out']} of {sum(row.values())}"
            for module, row in modules.items()
        },
        "not_noticed": "".join(f"\n    line {one['line']} of {one['name']}" for one in left) or "none",
    }
    return DrillReport(passed=not facts["fault"] and pct >= WANTED_PCT, figures=figures)
