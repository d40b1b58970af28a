"""The Python environment in .venv: made and filled only when the requirement files changed."""

import configparser
import fcntl
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ops_portal.launch.assets import NODE_WHEEL, are_assets_current, digest, system_npm
from ops_portal.launch.system import LaunchError, run

UV = "uv==0.13.8"
SYSTEM_WHEELS = Path("/usr/share/python-wheels")
# pip's own words → uv's, so that a company's mirror set for pip is used by uv too. Extra indexes are left out: uv does
# not mix them as pip does; where one is needed uv fails and pip takes over.
PIP_TO_UV = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}


def venv_python(project: Path) -> Path:
    """The interpreter of the environment."""
    return project / ".venv" / "bin" / "python"


def requirement_files(project: Path, *, dev: bool) -> list[Path]:
    """What must be installed to run the portal, or also to test it."""
    names = ["requirements.txt", "requirements-dev.txt"] if dev else ["requirements.txt"]
    return [project / name for name in names]


def pinned_files(project: Path, *, dev: bool) -> list[Path]:
    """Everything that decides what is installed."""
    return [project / "constraints.txt", *requirement_files(project, dev=dev)]


def stamp_file(project: Path) -> Path:
    """Which requirement files the environment was filled from."""
    return project / ".venv" / ".portal-stamp.json"


def wanted_stamp(project: Path, *, dev: bool) -> str:
    """The number the stamp must hold: the files' content and the Python version."""
    return f"{sys.version_info.major}.{sys.version_info.minor}:{digest(*pinned_files(project, dev=dev))}"


def is_environment_current(project: Path, *, dev: bool) -> bool:
    """Whether everything asked for is installed already."""
    if not venv_python(project).exists():
        return False
    try:
        stamp = json.loads(stamp_file(project).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(stamp.get("dev" if dev else "run") == wanted_stamp(project, dev=dev))


@contextmanager
def one_at_a_time(project: Path) -> Iterator[None]:
    """Two commands started together must not install into one folder at once."""
    (project / ".venv").mkdir(exist_ok=True)
    with (project / ".venv" / ".portal-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_environment(project: Path, *, dev: bool) -> None:
    """Create .venv and install what is missing, as fast as this machine can: with uv, or with pip where uv fails."""
    with one_at_a_time(project):
        if is_environment_current(project, dev=dev):
            return
        python = venv_python(project)
        if not _works(python):
            venv.create(project / ".venv", with_pip=False, clear=False, symlinks=True)
        packages = [part for file in requirement_files(project, dev=dev) for part in ("-r", str(file))]
        if system_npm() is None and not are_assets_current(project):
            packages.append(NODE_WHEEL)
        install(python, packages)
        stamp = {kind: wanted_stamp(project, dev=kind == "dev") for kind in (("run", "dev") if dev else ("run",))}
        stamp_file(project).write_text(json.dumps(stamp), encoding="utf-8")


def install(python: Path, packages: list[str]) -> None:
    """Install into the environment of PYTHON what pip's words PACKAGES name: with uv, or with pip where uv fails."""
    if not _install_with_uv(python, packages):
        _install_with_pip(python, packages)


def _works(python: Path) -> bool:
    """Whether the interpreter is there, starts (its system Python may have been removed) and is of our version."""
    if not python.exists():
        return False
    question = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([str(python), "-c", question], capture_output=True, text=True, check=False)
    return done.stdout.split() == [str(number) for number in sys.version_info[:2]]


def bundled_pip() -> Path | None:
    """The pip that comes with Python as a wheel, runnable without being installed."""
    # Debian keeps ensurepip in a package of its own, which a fresh machine lacks.
    home = importlib.util.find_spec("ensurepip")
    folders = [Path(home.origin).parent / "_bundled"] if home and home.origin else []
    found = [file for folder in [*folders, SYSTEM_WHEELS] for file in sorted(folder.glob("pip-*.whl"))]
    return found[-1] if found else None


def pip_command(python: Path) -> tuple[list[str], dict[str, str]]:
    """How to call some pip for the environment: its own, the bundled wheel, or the system's."""
    site = python.parent.parent / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    if (site / "pip").exists():
        return [str(python), "-m", "pip"], {}
    if wheel := bundled_pip():
        return [str(python), "-m", "pip"], {"PYTHONPATH": str(wheel)}
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", f"--python={python}"], {}
    raise LaunchError(missing_venv_message())


def missing_venv_message() -> str:
    """The exact line for a Debian or Ubuntu without python3-venv."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (
        f"Python {version} is here without pip and venv, so nothing can be installed: "
        f"run `sudo apt-get install -y python{version}-venv` and start again."
    )


def _install_with_uv(python: Path, packages: list[str]) -> bool:
    """Install with uv (the system's, or one fetched by pip); False when there is none for this machine or it failed."""
    uv = shutil.which("uv") or _fetch_uv(python)
    if uv is None:
        return False
    environment = {**os.environ, **uv_environment(os.environ), "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    command = [uv, "pip", "install", "--quiet", "--compile-bytecode", f"--python={python}", "pip", *packages]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode == 0


def _fetch_uv(python: Path) -> str | None:
    target = python.parent / "uv"
    if target.exists():
        return str(target)
    command, extra = pip_command(python)
    options = ["install", "--quiet", "--no-compile", "--disable-pip-version-check", "--only-binary=:all:", UV]
    done = subprocess.run([*command, *options], env={**os.environ, **extra}, capture_output=True, check=False)
    return str(target) if done.returncode == 0 and target.exists() else None


def _install_with_pip(python: Path, packages: list[str]) -> None:
    command, extra = pip_command(python)
    options = ["install", "--quiet", "--disable-pip-version-check"]
    try:
        run([*command, *options, *packages], environment={**os.environ, **extra})
    except LaunchError as error:
        message = (
            f"The Python packages could not be installed: {error} Check the network (or pip's index-url) and retry."
        )
        raise LaunchError(message) from error


def uv_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What pip was told about indexes and certificates (its files and PIP_… words), in uv's words."""
    told: dict[str, str] = {}
    home = Path(environment.get("HOME", "/"))
    reader = configparser.ConfigParser(interpolation=None, strict=False)
    reader.read(["/etc/pip.conf", home / ".pip/pip.conf", home / ".config/pip/pip.conf"], encoding="utf-8")
    for word, uv_word in PIP_TO_UV.items():
        value = environment.get(f"PIP_{word.upper().replace('-', '_')}") or reader.get("global", word, fallback="")
        if value and uv_word not in environment:
            told[uv_word] = value.strip()
    return told
