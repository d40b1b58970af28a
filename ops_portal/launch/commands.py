"""up, down, status, logs, reset and manage: what each command of ./portal does."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ops_portal.files_only import is_files_only
from ops_portal.launch.leftovers import end_leftovers
from ops_portal.launch.place import Place, prepare_place, refuse_full_disk
from ops_portal.launch.portal import OWNER_COMMANDS, Portal
from ops_portal.launch.processes import python
from ops_portal.launch.sign_ins import ask_sign_ins
from ops_portal.launch.supervisor import Supervisor
from ops_portal.launch.system import LaunchError, is_port_free, wait_until

DOWN_SECONDS = 90.0
# Passed on when a command goes on in another process, so that the seconds count from the first one.
BEGAN = "PORTAL_BEGAN"


class Stopped(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal while things are still being started."""


class Progress:
    """Lines with the seconds since the start, so that a slow step can be seen."""

    def __init__(self) -> None:
        self.began = float(os.environ.get(BEGAN) or time.time())

    def __call__(self, text: str) -> None:
        """Print one line with the seconds."""
        tell(f"{time.time() - self.began:6.1f} s  {text}")


def tell(text: str) -> None:
    """Print a line. A closed terminal is no reason to stop halfway: what must still be done is done unseen."""
    with suppress(OSError):
        print(text, flush=True)


@contextmanager
def held_lock(place: Place) -> Iterator[None]:
    """The lock that one process may hold; taken by whoever starts the stores."""
    with place.lock_file.open("r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LaunchError(already_running(place)) from None
        yield


def is_running(place: Place) -> bool:
    """Whether somebody holds the lock."""
    try:
        with place.lock_file.open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def read_status(place: Place) -> dict[str, Any]:
    """What the supervisor last wrote about itself; empty when it never did."""
    with suppress(OSError, ValueError):
        return dict(json.loads(place.status_file.read_text(encoding="utf-8")))
    return {}


def already_running(place: Place) -> str:
    """The polite refusal of a second start."""
    status = read_status(place)
    where = status.get("url", "an unknown address")
    return (
        f"The portal is already {status.get('state', 'starting')} at {where} (process {status.get('pid', '?')}): "
        "open that address, or stop it with `./portal down`."
    )


def refuse_taken_port(place: Place) -> None:
    """Refuse before anything is started when somebody else listens on our port."""
    if not is_port_free(place.port, place.host):
        message = (
            f"Port {place.port} is in use by another program: stop that program, "
            f"or choose another port, for example `PORTAL_PORT={place.port + 1} ./portal up`."
        )
        raise LaunchError(message)


def up(place: Place, *, detach: bool) -> int:
    """Bring everything up and stay until asked to stop (or go to the background)."""
    prepare_place(place)
    refuse_full_disk(place.state)
    if detach:
        return up_in_background(place)
    say = Progress()
    with held_lock(place):
        clear_leftovers(place, say)
        refuse_taken_port(place)
        supervisor = Supervisor(status_file=place.status_file, logs=place.logs, url=place.url, said=say)
        _stop_on_signals()
        try:
            _bring_up(place, supervisor, say)
            signal_stop(supervisor)
            supervisor.watch()
        except Stopped:
            tell("")
        finally:
            for number in STOP_SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            say("stopping")
            supervisor.stop_all()
            say("stopped; nothing is running")
    return 0


def clear_leftovers(place: Place, say: Callable[[str], None]) -> None:
    """End what a killed supervisor left behind; it would hold the port and the data."""
    if ended := end_leftovers(place.state, place.data_folders):
        say(f"ended {ended} processes that a killed run left behind")


STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _stop_on_signals() -> None:
    """While things are being started a signal breaks off whatever is going on."""

    def stop(_number: int, _frame: object) -> None:
        raise Stopped

    for number in STOP_SIGNALS:
        signal.signal(number, stop)


def signal_stop(supervisor: Supervisor) -> None:
    """Once all is up a signal only asks the watch to end, so that no restart is cut in half."""

    def stop(_number: int, _frame: object) -> None:
        supervisor.is_stopping = True

    for number in STOP_SIGNALS:
        signal.signal(number, stop)


def _bring_up(place: Place, supervisor: Supervisor, say: Progress) -> None:
    portal = Portal(place=place, say=say)
    portal.start_stores(supervisor)
    portal.prepare()
    portal.keep_demo()
    sign_ins = ask_sign_ins(portal)
    supervisor.bring_up(portal.services())
    lines = sign_ins.lines()
    say("ready")
    tell(f"\n  The portal is at {place.url}\n")
    for line in lines:
        tell(f"  {line}")
    tell("\n  Ctrl-C stops it; `./portal status` and `./portal logs` show how it is.\n")


def up_in_background(place: Place) -> int:
    """Start the same thing in a session of its own, show its progress, and leave when it runs."""
    if is_running(place):
        raise LaunchError(already_running(place))
    place.status_file.unlink(missing_ok=True)
    log = place.logs / "supervisor.log"
    with log.open("wb") as target:
        process = subprocess.Popen(
            [python(), str(place.project / "portal"), "up"],
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, BEGAN: str(Progress().began)},
        )
    shown = 0
    while True:
        is_over = process.poll() is not None or read_status(place).get("state") == "running"
        text = log.read_text(encoding="utf-8", errors="replace")
        print(text[shown:], end="", flush=True)
        shown = len(text)
        if is_over:
            return process.returncode or 0
        time.sleep(0.1)


def down(place: Place) -> int:
    """Stop the portal from another terminal; also clears away what a killed one left."""
    if not is_running(place):
        if place.lock_file.exists() and (ended := end_leftovers(place.state, place.data_folders)):
            print(f"The supervisor was gone; ended {ended} processes that it had left behind.")
        else:
            print("The portal is not running.")
        return 0
    pid = int(read_status(place).get("pid", 0))
    if not pid:
        message = "The portal is just starting: try again in a moment."
        raise LaunchError(message)
    os.kill(pid, signal.SIGTERM)
    if not wait_until(lambda: not is_running(place), seconds=DOWN_SECONDS, pause=0.1):
        message = f"Process {pid} does not stop: look at `./portal logs`, then end it with `kill -9 {pid}`."
        raise LaunchError(message)
    print("The portal is down.")
    return 0


def status(place: Place) -> int:
    """Print how it is: 0 when running, 3 when not."""
    found = read_status(place)
    if not is_running(place):
        print("The portal is not running. Start it with `./portal up`.")
        return 3
    print(f"The portal is {found.get('state', 'starting')} at {found.get('url')} since {found.get('began_at')}.")
    for member in found.get("processes", []):
        again = f"restarted {member['restarts']} times, last {member['last_exit']}" if member["restarts"] else ""
        print(f"  {member['name']:<10} {member['state']:<11} {member['pid'] or '-':>8}  {again}".rstrip())
    return 0


def reset(place: Place, *, is_sure: bool) -> int:
    """Delete all data of this portal after a question."""
    if is_running(place):
        message = "The portal is running: stop it with `./portal down` first."
        raise LaunchError(message)
    if not place.state.exists():
        print("There is nothing to delete.")
        return 0
    if not is_sure:
        print(f"This deletes all data, uploaded files, passwords and logs in {place.state}.")
        if _answer("Type 'delete' to go on: ") != "delete":
            print("Nothing was deleted.")
            return 1
    prepare_place(place)
    with held_lock(place):
        end_leftovers(place.state, place.data_folders)
        for entry in place.state.iterdir():
            if entry != place.lock_file:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    print("Deleted. The next `./portal up` begins anew.")
    return 0


def _answer(question: str) -> str:
    """What the person types; nothing when there is nobody to ask."""
    try:
        return input(question).strip()
    except EOFError:
        return ""


def manage(place: Place, words: list[str]) -> int:
    """Run manage.py with the stores up: the running portal's, or our own for as long as it takes.

    What needs files only runs without them.
    """
    if is_files_only(words):
        return _run_manage(place, words, dict(os.environ))
    as_owner = bool(words) and words[0] in OWNER_COMMANDS
    if is_running(place):
        return _run_manage(place, words, beside_running(place, as_owner=as_owner))
    prepare_place(place)
    with held_lock(place):
        clear_leftovers(place, tell)
        supervisor = Supervisor(status_file=place.status_file, logs=place.logs, url=place.url)
        _stop_on_signals()
        try:
            portal = Portal(place=place, say=lambda _text: None)
            portal.start_stores(supervisor)
            return _run_manage(place, words, portal.django(as_owner=as_owner))
        except Stopped:
            return 130
        finally:
            supervisor.stop_all()


def beside_running(place: Place, *, as_owner: bool) -> dict[str, str]:
    """Environment for a command beside a running portal, from the addresses it left."""
    if not wait_until(place.stores_file.exists, seconds=30):
        message = "The portal is still starting: try again when `./portal status` says it is running."
        raise LaunchError(message)
    told = json.loads(place.stores_file.read_text(encoding="utf-8"))
    portal = Portal(place=place, say=lambda _text: None)
    environment = portal.django(as_owner=as_owner)
    environment["DATABASE_URL"] = told["owner_url" if as_owner else "app_url"]
    environment["REDIS_URL"] = told["redis_url"]
    return environment


def _run_manage(place: Place, words: list[str], environment: dict[str, str]) -> int:
    """manage.py in the folder the person stands in, so that file names mean what they see."""
    return subprocess.run(
        [sys.executable, str(place.project / "manage.py"), *words], env=environment, cwd=Path.cwd(), check=False
    ).returncode
