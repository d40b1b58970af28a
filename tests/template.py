"""The migrated database that test databases are copied from.

Running all migrations takes many seconds, and every process of every run would do it again. The first run on a set of
migrations dumps the result to .portal/test-template/; later runs restore it and only ask whether anything is missing.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connections

from ops_portal.launch.assets import digest
from ops_portal.launch.binaries import find_postgres

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".portal" / "test-template"
KEPT = 3
TEMPLATE = "portal"


def wanted_name() -> str:
    """Name of the dump that fits the migrations and packages of now."""
    # Not the settings: an app added there is migrated on top when the copy is made.
    sources = [
        *(ROOT / name for name in ("constraints.txt", "requirements.txt")),
        *sorted(ROOT.glob("apps/*/migrations/*.py")),
    ]
    # Renaming a migration changes what is applied, though its content stays.
    names = "".join(source.name for source in sources)
    return f"{os.geteuid()}-{digest(*sources)[:20]}-{len(names)}.dump"


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """One process at a time."""
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def use_template() -> None:
    """Make the run's migrated database where it is missing, and let Django copy test databases from it."""
    state = Path(os.environ["PORTAL_STATE_DIR"])
    with locked(state / "template.lock"):
        if not (state / "template.ready").exists():
            fill(os.environ["DATABASE_URL"])
            (state / "template.ready").touch()
    connections["default"].settings_dict["TEST"]["TEMPLATE"] = TEMPLATE


def fill(url: str) -> None:
    """Restore the dump, or migrate and dump when there is none yet."""
    folder = dump_folder()
    dump = folder / wanted_name()
    binaries = find_postgres()
    with locked(folder / "lock"):
        if not dump.exists():
            migrate()
            draft = dump.with_suffix(".new")
            call(binaries.path("pg_dump"), "--format=custom", "--compress=1", f"--file={draft}", url)
            draft.rename(dump)
            forget_old()
            return
        os.utime(dump)
    call(binaries.path("pg_restore"), "--no-privileges", "--exit-on-error", f"--dbname={url}", str(dump))


def dump_folder() -> Path:
    """Where dumps are kept; in a project that belongs to somebody else, with this run's own things."""
    with suppress(PermissionError):
        FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER if os.access(FOLDER, os.W_OK) else Path(os.environ["PORTAL_STATE_DIR"])


def migrate() -> None:
    """All migrations, as a process of its own, because this one must not connect before its test database is there."""
    call(sys.executable, str(ROOT / "manage.py"), "migrate", "--noinput", "--verbosity", "0")


def call(*command: str) -> None:
    """Run to the end; a failure shows what was said."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "ops_portal.settings_test"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        message = f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}"
        raise RuntimeError(message)


def forget_old() -> None:
    """Keep the newest few: branches differ in their migrations."""
    dumps = sorted(FOLDER.glob(f"{os.geteuid()}-*.dump"), key=lambda file: file.stat().st_mtime, reverse=True)
    for dump in dumps[KEPT:]:
        dump.unlink(missing_ok=True)
