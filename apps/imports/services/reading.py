"""Reading an uploaded file through the child process: the only way the importer looks into a file."""

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.errors import Refusal
from apps.files.models import Attachment
from apps.files.selectors import open_file
from apps.imports.rules.limits import Limits
from apps.imports.services.wording import FILE_SENTENCES, worded

CHILD = "apps.imports.rules.child"
CHUNK = 1 << 20
FULL = Limits()
PEEK = replace(FULL, cpu_seconds=6, wall_seconds=20)
LAYOUT_KEYS = ("encoding", "delimiter", "sheet", "heading_row")


class FileUnreadable(Refusal):
    """The file cannot or must not be read, and why."""

    code = "file_unreadable"


@dataclass(frozen=True, slots=True)
class Table:
    """A file as read: what it is, how it is laid out, its headings, and (line, cells) rows."""

    kind: str
    layout: dict[str, Any]
    headings: list[str]
    rows: list[tuple[int, list[Any]]]


def read_attachment(
    attachment: Attachment, *, layout: dict[str, Any], known: Iterable[str] = (), is_peek: bool = False
) -> Table:
    """A stored file's table. IS_PEEK reads the first rows only."""
    with open_file(attachment) as file:
        return read_table(file, name=attachment.name, layout=layout, known=known, is_peek=is_peek)


def read_table(
    file: IO[bytes], *, name: str, layout: dict[str, Any], known: Iterable[str] = (), is_peek: bool = False
) -> Table:
    """The table in FILE. Refuses what is hostile, damaged, too large or no table; KNOWN names help to find the headings.

    The child gets the bytes under a name of ours, no environment worth stealing, and limits on CPU, memory and time. Its
    output goes to a file and is looked at only when it has ended.
    """
    limits = PEEK if is_peek else FULL
    limits = replace(limits, file_bytes=settings.FILE_UPLOAD_MAX_BYTES)
    with tempfile.NamedTemporaryFile(prefix="import-") as copy, tempfile.TemporaryFile() as output:
        while chunk := file.read(CHUNK):
            copy.write(chunk)
        copy.flush()
        options = {
            "path": copy.name,
            "name": name,
            "layout": {key: layout[key] for key in LAYOUT_KEYS if layout.get(key)},
            "known": list(known),
            "peek": is_peek,
            "limits": asdict(limits),
        }
        run_child(options, output, seconds=limits.wall_seconds)
        output.seek(0)
        return table_from(output)


def run_child(options: dict[str, Any], output: IO[bytes], *, seconds: int) -> None:
    """Run the reading child to its end; a child that was stopped by a limit is a refusal."""
    base = Path(settings.BASE_DIR)
    environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, options on standard input
            [sys.executable, "-s", "-m", CHILD],
            input=json.dumps(options).encode(),
            stdout=output,
            stderr=subprocess.DEVNULL,
            cwd=base,
            env=environment,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FileUnreadable(worded(FILE_SENTENCES, "too_long_reading", {}), field="file") from error
    if done.returncode != 0:
        # Killed by the CPU limit, or by the system for memory that even the child's own handler could not report.
        code = "too_long_reading" if done.returncode in {-24, -9} else "too_much_memory"
        raise FileUnreadable(worded(FILE_SENTENCES, code, {}), field="file")


def table_from(output: IO[bytes]) -> Table:
    """The child's lines as a table; its refusal as ours."""
    lines = [json.loads(line, parse_float=Decimal) for line in output]
    last = lines.pop() if lines else {}
    if "refused" in last:
        raise FileUnreadable(worded(FILE_SENTENCES, last["refused"], last["facts"]), field="file")
    if not lines or last != {"end": True}:
        raise FileUnreadable(_("Reading the file was cut off. Send it again."), field="file")
    head = lines[0]
    rows = [(line, cells) for line, cells in lines[1:]]
    return Table(kind=head["kind"], layout=head["layout"], headings=head["headings"], rows=rows)


def clean_layout(layout: dict[str, Any]) -> dict[str, Any]:
    """What a person may say about the layout, in its right types; anything else is left out."""
    cleaned: dict[str, Any] = {}
    for key in ("encoding", "delimiter", "sheet", "decimal", "date_order"):
        if isinstance(layout.get(key), str) and layout[key]:
            cleaned[key] = layout[key][:60]
    with suppress(KeyError, TypeError, ValueError):
        cleaned["heading_row"] = int(layout["heading_row"])
    return cleaned


LAYOUT_OPTIONS = {
    "sheet": "sheet of a workbook, else the first one that shows",
    "heading_row": "number of the row that holds the headings",
    "encoding": "encoding of a text file, such as cp1252",
    "delimiter": "sign between the columns",
    "decimal": "sign before the decimals: , or .",
    "date_order": "dmy or mdy, for dates like 03/04/2026",
}


def add_layout_options(parser: ArgumentParser) -> None:
    """What a person may say on the command line of a file's layout, where it is not found rightly."""
    for name, words in LAYOUT_OPTIONS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=words)


def layout_in(options: Mapping[str, Any]) -> dict[str, Any]:
    """What was said of it."""
    return {name: options[name] for name in LAYOUT_OPTIONS if options.get(name)}
