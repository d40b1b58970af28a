"""When, on what code and on what kind of machine something was measured: it stands in every file of figures."""

import json
import os
import platform
import subprocess
import time
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]


def busyness() -> float:
    """How much else runs on this machine; said aloud, because latency on a busy machine is not ours alone."""
    load = round(os.getloadavg()[0], 1)
    if load > (os.cpu_count() or 1) / 2:
        print(f"This machine is busy (load {load} on {os.cpu_count()} cores): trust the CPU columns, not the latency.")
    return load


def write_figures(file: Path | None, figures: dict[str, Any], *, load: float) -> None:
    """Everything measured, as JSON, when a file was asked for. LOAD: of the machine when the run began."""
    if file is None:
        return
    machine = {
        "cores": os.cpu_count(),
        "load": load,
        "kind": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
    }
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    told = {"at": at, "commit": commit(), "machine": machine, **figures}
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def said(broken: list[str]) -> int:
    """Say which limits do not hold; 0 when all do."""
    print("\n" + ("\n".join(broken) if broken else "Every limit holds."))
    return 1 if broken else 0


def commit() -> str:
    """The commit that was measured."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
