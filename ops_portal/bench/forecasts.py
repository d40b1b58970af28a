"""Forecasts from file to file: CPU seconds and memory of `forecast_csv`, beside AutoETS of statsforecast in the same run.

statsforecast is not installed with the portal (it brings numba, pandas and scipy): the bench installs what
requirements-bench.txt pins into an environment of its own, or uses the interpreter that --statsforecast-python names.
Without it there is no comparison, and the bench fails.
"""

import json
import math
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ops_portal.bench.circumstances import PROJECT, busyness, said, write_figures
from ops_portal.bench.rival import NoRival, rival_python

ALONE = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run([sys.executable, "manage.py", "forecast_csv", "--input", sys.argv[1], "--output", sys.argv[2]], check=True,
               stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"cpu_s": used.ru_utime + used.ru_stime, "wall_s": time.perf_counter() - began,
                  "peak_mb": used.ru_maxrss / 1024}))
"""
"""A process in between, whose only child is the command: what its children used is what the command used."""
SIZES = (20_000, 100_000)
COMPARED = 20_000
ASKED = 400
"""AutoETS is timed on so many random ones of the series compared."""
LEAST_TIMES = 100
MOST_SECONDS = {100_000: 30.0}
MOST_MB = 1500.0
SHORTEST, LONGEST = 13, 60
MONTHS = [f"{2016 + place // 12}-{place % 12 + 1:02d}" for place in range(LONGEST)]


@dataclass(frozen=True, slots=True)
class Batch:
    """So many SERIES from file to file, the start of the process included: CPU and wall seconds, MB at most."""

    series: int
    cpu_s: float
    wall_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Rival:
    """AutoETS on some series: CPU seconds for each thousand; ratio: how many times ours."""

    series: int
    cpu_s_per_thousand: float
    ratio: float


def run_forecasts(*, python: str | None, json_file: Path | None) -> int:
    """Measure, print, judge; 0 when all limits hold. Fails at once where there is nothing to compare with."""
    try:
        rival_at = rival_python(python)
    except NoRival as missing:
        return said([str(missing)])
    load = busyness()
    with tempfile.TemporaryDirectory() as folder:
        batches = [measured(Path(folder), size) for size in SIZES]
        rival = against_autoets(Path(folder), rival_at, next(row for row in batches if row.series == COMPARED))
    broken = list(broken_limits(batches, rival))
    told = {"batches": [asdict(row) for row in batches], "autoets": asdict(rival)}
    write_figures(json_file, {"forecasts": told, "broken": broken}, load=load)
    return said(broken)


def made_series(count: int) -> npt.NDArray[np.float64]:
    """COUNT histories of 13 to 60 months with level, trend, season and noise; NaN before each."""
    random = np.random.default_rng(count)
    place = np.arange(LONGEST)[None, :]
    level = np.exp(random.normal(5, 2, (count, 1)))
    season = 1 + random.uniform(0, 0.4, (count, 1)) * np.sin(
        2 * np.pi * (place + random.integers(0, 12, (count, 1))) / 12
    )
    walk = np.exp(np.cumsum(random.normal(0.002, 0.03, (count, LONGEST)), axis=1))
    values = level * season * walk * np.exp(random.normal(0, 0.08, (count, LONGEST)))
    values[place < LONGEST - random.integers(SHORTEST, LONGEST + 1, (count, 1))] = np.nan
    return np.asarray(np.round(values, 3))


def measured(folder: Path, count: int) -> Batch:
    """One run of the command in a process of its own."""
    given, made = folder / f"{count}.csv", folder / f"{count}-out.csv"
    with given.open("w", encoding="ascii") as file:
        file.write("series_id,period,value\n")
        for number, row in enumerate(made_series(count)):
            file.writelines(
                f"S{number},{month},{value}\n"
                for month, value in zip(MONTHS, row.tolist(), strict=True)
                if not math.isnan(value)
            )
    command = [sys.executable, "-c", ALONE, str(given), str(made)]
    done = subprocess.run(command, cwd=PROJECT, env=environment(folder), capture_output=True, text=True, check=True)
    told = Batch(count, **json.loads(done.stdout.splitlines()[-1]))
    print(
        f"{count:,} series: CPU {told.cpu_s:.1f} s, wall {told.wall_s:.1f} s, {told.peak_mb:,.0f} MB at most",
        flush=True,
    )
    return told


def environment(folder: Path) -> dict[str, str]:
    """Settings that name stores nobody will ask: the command needs nothing of them."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ops_portal.settings",
        "SECRET_KEY": secrets.token_hex(32),
        "DATABASE_URL": "postgresql://nobody@localhost/none",
        "REDIS_URL": "redis://localhost/0",
        "PORTAL_STATE_DIR": str(folder),
    }


def against_autoets(folder: Path, python: str, ours: Batch) -> Rival:
    """AutoETS on 400 random ones of the same series, after warming up."""
    values = made_series(ours.series)
    chosen = np.random.default_rng(1).choice(len(values), ASKED, replace=False)
    np.savez(folder / "asked.npz", values=values[chosen])
    command = [python, str(Path(__file__).with_name("autoets.py")), str(folder / "asked.npz")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    took = json.loads(done.stdout.splitlines()[-1])["cpu_s"] / ASKED * 1000
    rival = Rival(ASKED, round(took, 2), round(took / (ours.cpu_s / ours.series * 1000), 1))
    print(f"AutoETS: CPU {took:.1f} s for each 1,000 series, {rival.ratio:,.0f} times ours", flush=True)
    return rival


def broken_limits(batches: list[Batch], rival: Rival) -> Iterator[str]:
    """Every limit that does not hold, in words."""
    if rival.ratio < LEAST_TIMES:
        yield f"AutoETS takes {rival.ratio} times our CPU, less than {LEAST_TIMES}."
    for row in batches:
        if row.cpu_s > MOST_SECONDS.get(row.series, row.cpu_s):
            yield f"{row.series:,} series take {row.cpu_s:.1f} CPU s, more than {MOST_SECONDS[row.series]:.0f}."
        if row.peak_mb > MOST_MB:
            yield f"{row.series:,} series take {row.peak_mb:,.0f} MB, more than {MOST_MB:,.0f}."
