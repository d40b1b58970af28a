"""The environment of the rival: statsforecast, pinned in requirements-bench.txt, apart from the portal's own packages."""

import subprocess
import venv
from pathlib import Path

from ops_portal.bench.circumstances import PROJECT
from ops_portal.launch.environment import install
from ops_portal.launch.system import LaunchError

REQUIREMENTS = PROJECT / "requirements-bench.txt"
ENVIRONMENT = PROJECT / ".portal" / "bench-env"


class NoRival(Exception):
    """There is nothing to compare with, and why: a sentence."""


def rival_python(named: str | None = None, *, folder: Path = ENVIRONMENT) -> str:
    """An interpreter that has statsforecast: the one NAMED, else that of FOLDER, which is made and filled on first use.

    Raises NoRival where there is none: a bench without its rival has measured nothing.
    """
    if named is not None:
        if has_statsforecast(named):
            return named
        message = f"{named} has no statsforecast. Install it there (pip install -r {REQUIREMENTS.name}), or name none."
        raise NoRival(message)
    python = folder / "bin" / "python"
    if not has_statsforecast(str(python)):
        made(folder, python)
    return str(python)


def made(folder: Path, python: Path) -> None:
    """Make the environment and install what is pinned."""
    print(f"installing {REQUIREMENTS.name}, a few minutes …", flush=True)
    why = ""
    try:
        venv.create(folder, with_pip=False, clear=True, symlinks=True)
        install(python, ["-r", str(REQUIREMENTS)])
    except (LaunchError, OSError) as error:
        why = f": {error}"
    if not has_statsforecast(str(python)):
        message = (
            f"statsforecast, with which forecasts are compared, cannot be installed here{why}. See that packages can be "
            f"installed, or name an interpreter that has it with --statsforecast-python."
        )
        raise NoRival(message)


def has_statsforecast(python: str) -> bool:
    """Whether that interpreter starts and can import it."""
    try:
        done = subprocess.run([python, "-c", "import statsforecast"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0
