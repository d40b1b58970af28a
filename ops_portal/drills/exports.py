"""R13: every list is exported with hostile text in names and notes: no cell computes, all is read back as it is stored."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any
from unittest import mock

from django.db import transaction
from django.test import Client

from apps.core import exports
from ops_portal.drills import DrillReport
from ops_portal.drills.access import surroundings
from tests.drills.lists import EXPECTED, READ_BACK, TODAY, Lists

ABOUT = "R13: every list exported with hostile text in names and notes: no live formula, read back as it is stored."
PROTECTIONS = {"apostrophe": "the apostrophe before a sign that makes a spreadsheet compute"}
ROUNDS = 1
KINDS = ("csv", "xlsx", "json")
ENOUGH = 20
"""With a protection taken out, so many faults show what it is there for."""


def run(*, without: str | None, rounds: int) -> DrillReport:
    """Export everything, ROUNDS times over."""
    started = time.monotonic()
    found: list[str] = []
    with surroundings(TODAY), taken_out(without), transaction.atomic():
        lists = Lists(Client(raise_request_exception=False))
        addresses = lists.addresses()
        for _round in range(rounds):
            found += faults(lists, addresses, most=ENOUGH if without else None)
        transaction.set_rollback(True)
    figures: dict[str, Any] = {
        "lists": len(addresses),
        "read_back_whole": len(EXPECTED),
        "faults": len(found),
        "first_faults": found[:5] or "none",
    }
    return DrillReport(passed=not found, figures=figures, seconds=time.monotonic() - started)


def faults(lists: Lists, addresses: Iterable[str], *, most: int | None = None) -> list[str]:
    """What is wrong with the exports of ADDRESSES, and with what is read back; the first MOST of it."""
    return list(islice(_faults(lists, addresses), most))


def _faults(lists: Lists, addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        yield from (f"{address}: computes {cell!r}" for cell in lists.live(address))
    for name in EXPECTED:
        yield from (f"{name}: lost {text}" for text in lists.lost(name))
    for name in READ_BACK:
        for kind in KINDS:
            yield from (f"{name}: {kind} is imported without {text!r}" for text in lists.unread(name, kind))


@contextmanager
def taken_out(name: str | None) -> Iterator[None]:
    """Everything inside goes on without the protection of that name."""
    if name is None:
        yield
        return
    with mock.patch.object(exports, "safe_cell", str):
        yield
