"""The reading child: `python -m apps.imports.rules.child`, options as JSON on standard input, rows as JSON lines out.

A process of its own because a hostile file may cost any amount of time and memory: the limits are set before the file is
opened, and the web process only ever reads the finished output.
"""

import json
import resource
import sys
from collections.abc import Iterator
from dataclasses import fields
from itertools import chain, islice
from pathlib import Path
from typing import Any

from apps.files.rules.problems import FileProblem
from apps.imports.rules.limits import Limits, Unreadable
from apps.imports.rules.sniffing import clean_headings, heading_row_of, kind_of
from apps.imports.rules.tables import OPENERS, Row, Source

PEEK_ROWS = 60


def main() -> int:
    """Read the file named in the options; print what it is and its rows, or why it is refused."""
    options = json.load(sys.stdin)
    limits = Limits(**{key: options["limits"][key] for key in (item.name for item in fields(Limits))})
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(400)
    try:
        for line in read(options, limits):
            sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    except FileProblem as refusal:
        return finish({"refused": refusal.code, "facts": refusal.facts})
    except MemoryError:
        return finish({"refused": "too_much_memory", "facts": {}})
    except RecursionError:
        return finish({"refused": "too_deep", "facts": {}})
    except Exception as error:  # noqa: BLE001 - parsers of hostile input raise anything; the parent words it
        return finish({"refused": "damaged", "facts": {"reason": type(error).__name__}})
    return finish({"end": True})


def finish(last: dict[str, Any]) -> int:
    """The last line: without it the parent takes the output as cut off."""
    sys.stdout.write(json.dumps(last) + "\n")
    sys.stdout.flush()
    return 0


def read(options: dict[str, Any], limits: Limits) -> Iterator[Any]:
    """First the file's kind, layout and headings; then its rows as [line, cells]."""
    path = Path(options["path"])
    if path.stat().st_size > limits.file_bytes:
        raise Unreadable("too_large", megabytes=limits.file_bytes // 2**20)
    with path.open("rb") as file:
        kind = kind_of(file.read(4096), name=options["name"])
    source = OPENERS[kind](path, options=options["layout"], limits=limits)
    head, rows = split_heading(source, options, limits)
    yield {"kind": kind, **head}
    count = 0
    for line, cells in rows:
        if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells):
            continue
        count += 1
        if count > limits.rows:
            raise Unreadable("too_many_rows", limit=limits.rows)
        yield [line, cells]
        if options["peek"] and count >= PEEK_ROWS:
            return
    if count == 0:
        raise Unreadable("no_rows")


def split_heading(source: Source, options: dict[str, Any], limits: Limits) -> tuple[dict[str, Any], Iterator[Row]]:
    """The headings, and the rows below them."""
    if source.headings is not None:
        return {"layout": source.layout, "headings": source.headings}, source.rows
    first = list(islice(source.rows, limits.preamble_rows + 40))
    if not first:
        raise Unreadable("empty")
    chosen = options["layout"].get("heading_row")
    if chosen:
        index = next((at for at, (line, _) in enumerate(first) if line == int(chosen)), None)
        if index is None:
            raise Unreadable("no_heading_row", line=chosen)
    else:
        index = heading_row_of([cells for _, cells in first], known=frozenset(options["known"]), limits=limits)
    line, cells = first[index]
    cells = trimmed(cells)
    if len(cells) > limits.columns:
        raise Unreadable("too_many_columns", count=len(cells), limit=limits.columns)
    head = {"layout": {**source.layout, "heading_row": line}, "headings": clean_headings(cells)}
    return head, chain(first[index + 1 :], source.rows)


def trimmed(cells: list[Any]) -> list[Any]:
    """Without the blanks at the right end."""
    end = len(cells)
    while end and cells[end - 1] in (None, ""):
        end -= 1
    return cells[:end]


if __name__ == "__main__":
    sys.exit(main())
