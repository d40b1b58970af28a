"""`./portal logs`: the last lines of one log or of all, and what comes next when asked to follow."""

import time
from pathlib import Path

from ops_portal.launch.system import LaunchError

LINES = 40


def show_logs(folder: Path, name: str, *, follow: bool, lines: int = LINES) -> int:
    """Print the end of the logs, each line led by its log's name when there are several."""
    files = sorted(folder.glob("*.log"))
    chosen = [file for file in files if name in {"", file.stem}]
    if not chosen:
        known = ", ".join(file.stem for file in files) or "none yet"
        message = f"There is no log named {name or 'anything'}: there are {known}."
        raise LaunchError(message)
    places = {file: file.stat().st_size for file in chosen}
    for file in chosen:
        for line in tail(file, lines):
            _print(file, line, is_alone=len(chosen) == 1)
    while follow:
        time.sleep(0.3)
        for file in chosen:
            places[file] = _print_new(file, places[file], is_alone=len(chosen) == 1)
    return 0


def tail(file: Path, lines: int) -> list[str]:
    """The last lines of a file, read from its end."""
    with file.open("rb") as source:
        size = source.seek(0, 2)
        source.seek(max(0, size - 400 * lines))
        return source.read().decode("utf-8", errors="replace").splitlines()[-lines:]


def _print_new(file: Path, place: int, *, is_alone: bool) -> int:
    size = file.stat().st_size
    if size < place:
        # It was rotated: what is there now is all new.
        place = 0
    if size > place:
        with file.open("rb") as source:
            source.seek(place)
            for line in source.read(size - place).decode("utf-8", errors="replace").splitlines():
                _print(file, line, is_alone=is_alone)
    return size


def _print(file: Path, line: str, *, is_alone: bool) -> None:
    print(line if is_alone else f"{file.stem:<10} {line}", flush=True)
