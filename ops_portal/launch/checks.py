"""`./portal test`, `check` and `bench`: which tools are run, in what order, and what is said at the end."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ops_portal.launch.place import Place
from ops_portal.launch.processes import python
from ops_portal.launch.stores import ThrowawayStores

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WORKERS = "2"


@dataclass(frozen=True)
class Step:
    """One check: its name and its command."""

    name: str
    command: tuple[str, ...]


def steps() -> list[Step]:
    """All checks, the quick ones first. Two run at a time."""
    module = (python(), "-m")
    tests = (*module, "pytest", "-q", "-p", "no:cacheprovider")
    return [
        Step("style", (*module, "ruff", "check", ".")),
        Step("layout of code", (*module, "ruff", "format", "--check", "--quiet", ".")),
        Step("types", (*module, "mypy")),
        Step("import contracts", (_beside("lint-imports"), "--no-cache")),
        Step("architecture", (*tests, "tests/architecture")),
        Step("template lint", (_beside("djlint"), "templates", "--lint", "--quiet")),
        Step("migrations", (python(), "manage.py", "makemigrations", "--check", "--dry-run")),
        Step("settings", (python(), "manage.py", "check", "--fail-level", "WARNING")),
        Step("API schema", (*tests, "tests/schema")),
    ]


def _beside(program: str) -> str:
    """A program installed beside the interpreter."""
    return os.path.join(os.path.dirname(python()), program)  # noqa: PTH118, PTH120


def check(place: Place, rest: list[str]) -> int:
    """Run every check, also after one failed; name those that did at the end. `rest` picks checks by their first words."""
    chosen = [step for step in steps() if not rest or any(step.name.startswith(word) for word in rest)]
    with ThrowawayStores() as stores:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "ops_portal.settings_test",
            "DATABASE_URL": stores.database_url,
            "REDIS_URL": stores.redis_url,
        }
        with ThreadPoolExecutor(max_workers=2) as pool:
            results = list(pool.map(lambda step: _run_step(place, step, environment), chosen))
    failures = [(step, text) for step, text in zip(chosen, results, strict=True) if text is not None]
    for step, text in failures:
        print(f"\n=== {step.name} ===\n{text}")
    if failures:
        print(f"\n{len(failures)} of {len(chosen)} checks failed: {', '.join(step.name for step, _ in failures)}.")
        return 1
    print(f"All {len(chosen)} checks passed.")
    return 0


def _run_step(place: Place, step: Step, environment: Mapping[str, str]) -> str | None:
    """Run one check; None when it passed, else what it printed."""
    began = time.monotonic()
    done = subprocess.run(
        step.command, cwd=place.project, env=dict(environment), capture_output=True, text=True, check=False
    )
    word = "ok    " if done.returncode == 0 else "FAILED"
    print(f"  {word} {step.name} ({time.monotonic() - began:.1f} s)", flush=True)
    return None if done.returncode == 0 else (done.stdout + done.stderr).strip()


def test(place: Place, rest: list[str]) -> int:
    """Run the tests given, or all of them on two processes; browser tests share one process (tests/plugin.py)."""
    environment = dict(os.environ)
    if browser := find_browser():
        environment["PORTAL_CHROMIUM"] = browser
    else:
        print("Browser tests are skipped: no Chromium here. Install it with `sudo apt-get install -y chromium`.")
    words = rest or ["-n", WORKERS, "--dist", "loadgroup", "-q"]
    return subprocess.run(
        [python(), "-m", "pytest", *words], cwd=place.project, env=environment, check=False
    ).returncode


def find_browser() -> str | None:
    """A Chromium: the system's, or Debian's package installed now when we are root and may."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found or os.geteuid() != 0 or not shutil.which("apt-get"):
        return found
    print("Installing Debian's chromium for the browser tests.", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
    for command in (install, ["apt-get", "update", "-qq"], install):
        done = subprocess.run(command, env=quiet, capture_output=True, check=False)
        if command is install and done.returncode == 0:
            break
    return shutil.which("chromium")


def bench(place: Place, rest: list[str]) -> int:
    """Run the bench; it starts its own stores."""
    return subprocess.run([python(), "-m", "ops_portal.bench", *rest], cwd=place.project, check=False).returncode
