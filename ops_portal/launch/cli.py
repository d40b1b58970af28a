"""The words after ./portal, and what each needs before it can run."""

import argparse
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

from ops_portal.launch import commands
from ops_portal.launch.assets import are_assets_current, system_npm
from ops_portal.launch.checks import bench, check, test
from ops_portal.launch.environment import is_environment_current, make_environment, venv_python
from ops_portal.launch.logs import show_logs
from ops_portal.launch.place import Place, find_place
from ops_portal.launch.system import Beside, LaunchError, start_beside

ENTERED = "PORTAL_ENTERED"
NEEDS_DEV = {"test", "check", "bench"}
NEEDS_RUN = {"up", "manage"}
MANAGED_WITH_TOOLS = {"drill"}
"""Commands of manage.py that stand on the tests' own stories, and so need their packages."""
HELP = """The operations portal.

  ./portal up [--detach]      bring everything up: database, cache, web, worker, scheduler
  ./portal down               stop it
  ./portal status             how it is
  ./portal logs [NAME] [-f]   postgres, valkey, web, worker, beat; -f follows
  ./portal manage …           run manage.py with the stores up
  ./portal reset [--yes]      delete all data of this portal
  ./portal test [PYTEST …]    all tests on a throwaway database, browser tests included
  ./portal check              style, types, import contracts, templates, migrations, API schema
  ./portal bench […]          measure pages and API beside plain SQL

Settings are environment words, listed in docs/settings.md; the common ones: PORTAL_PORT, PORTAL_BIND, PORTAL_STATE_DIR,
DATABASE_URL, REDIS_URL, PORTAL_DEMO=0 for an empty portal.
"""


def main(words: list[str]) -> int:
    """Run one command; a refusal is one sentence on stderr and the code 1."""
    if not words or words[0] in {"help", "-h", "--help"}:
        print(HELP, end="")
        return 0
    try:
        return _run(words[0], words[1:])
    except LaunchError as error:
        print(f"portal: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader (head, grep -q) has seen enough; the interpreter's last flush must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        print(f"portal: The disk is full ({error.filename}): free some space and start again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(command: str, rest: list[str]) -> int:
    place = find_place()
    if command == "up" and commands.is_running(place):
        raise LaunchError(commands.already_running(place))
    if command in NEEDS_DEV | NEEDS_RUN:
        _enter_environment(place, is_dev=needs_tools(command, rest), words=[command, *rest])
    if command not in COMMANDS:
        message = f"There is no command {command!r}: `./portal` alone lists them."
        raise LaunchError(message)
    return COMMANDS[command](place, rest)


def needs_tools(command: str, rest: list[str]) -> bool:
    """Whether the packages of requirements-dev.txt are needed as well."""
    return command in NEEDS_DEV or (command == "manage" and not MANAGED_WITH_TOOLS.isdisjoint(rest[:1]))


def _up(place: Place, rest: list[str]) -> int:
    return commands.up(place, detach=_flags("up", rest, "--detach")["detach"])


def _down(place: Place, rest: list[str]) -> int:
    _flags("down", rest)
    return commands.down(place)


def _status(place: Place, rest: list[str]) -> int:
    _flags("status", rest)
    return commands.status(place)


def _reset(place: Place, rest: list[str]) -> int:
    return commands.reset(place, is_sure=_flags("reset", rest, "--yes")["yes"])


def _flags(command: str, rest: list[str], *names: str) -> dict[str, bool]:
    reader = argparse.ArgumentParser(prog=f"./portal {command}")
    for name in names:
        reader.add_argument(name, action="store_true")
    return dict(vars(reader.parse_args(rest)))


def _logs(place: Place, rest: list[str]) -> int:
    reader = argparse.ArgumentParser(prog="./portal logs")
    reader.add_argument("name", nargs="?", default="")
    reader.add_argument("-f", "--follow", action="store_true")
    reader.add_argument("-n", "--lines", type=int, default=40)
    chosen = reader.parse_args(rest)
    return show_logs(place.logs, chosen.name, follow=chosen.follow, lines=chosen.lines)


COMMANDS: dict[str, Callable[[Place, list[str]], int]] = {
    "up": _up,
    "down": _down,
    "status": _status,
    "logs": _logs,
    "reset": _reset,
    "manage": commands.manage,
    "test": test,
    "check": check,
    "bench": bench,
}


def _enter_environment(place: Place, *, is_dev: bool, words: list[str]) -> None:
    """Make the environment and the front-end files current, side by side, then go on inside the environment."""
    python, project = venv_python(place.project), place.project
    # Set in many containers; without compiled modules every process would compile all of ours again: 3 s at each start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    is_inside = Path(sys.prefix) == project / ".venv"
    is_current = is_environment_current(project, dev=is_dev)
    if is_inside and is_current and are_assets_current(project):
        os.environ.pop(ENTERED, None)
        return
    if os.environ.pop(ENTERED, ""):
        message = "The environment in .venv is still not complete: remove the folder .venv and start again."
        raise LaunchError(message)
    say = commands.Progress()
    os.environ[ENTERED] = "1"
    os.environ[commands.BEGAN] = str(say.began)
    fetching = None
    if not are_assets_current(project) and system_npm():
        fetching = _start_assets(sys.executable, project)
    if not is_current:
        say("installing Python packages into .venv")
        make_environment(project, dev=is_dev)
        say("Python packages are installed")
    if not are_assets_current(project):
        (fetching or _start_assets(str(python), project)).finish()
        say("front-end files are in static/vendor")
    os.execv(python, [str(python), str(project / "portal"), *words])  # noqa: S606


def _start_assets(python: str, project: Path) -> Beside:
    command = [python, "-m", "ops_portal.launch.assets"]
    return start_beside(command, environment=dict(os.environ), folder=project)
