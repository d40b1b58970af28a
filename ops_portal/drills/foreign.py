"""R16: ids of somebody else, wherever a request can put them, and every field a table has: nothing changes or is told."""

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import transaction

from ops_portal.drills import DrillReport
from ops_portal.drills.access import ENOUGH, surroundings, taken_out
from ops_portal.drills.access import PROTECTIONS as OF_ACCESS
from tests.access.asking import Asker
from tests.access.foreign import READERS, WRITERS, reading_faults, reads, writes, writing_faults

ABOUT = "R16: filters, searches, exports and the bodies of writes with somebody else's ids, sent as every role."
PROTECTIONS = {name: OF_ACCESS[name] for name in ("scope", "capability")}
ROUNDS = 1


def run(*, without: str | None, rounds: int) -> DrillReport:
    """Send everything, ROUNDS times over."""
    started = time.monotonic()
    found: list[str] = []
    with surroundings(), taken_out(without), transaction.atomic():
        asker = Asker()
        for _round in range(rounds):
            found += islice(faults(asker), ENOUGH if without else None)
        transaction.set_rollback(True)
    figures: dict[str, Any] = {
        "readings": len(list(reads())) * len(READERS),
        "writings": len(list(writes())) * len(WRITERS),
        "faults": len(found),
        "first_faults": found[:5] or "none",
    }
    return DrillReport(passed=not found, figures=figures, seconds=time.monotonic() - started)


def faults(asker: Asker) -> Iterator[str]:
    """What was told or changed that should not have been, as it comes."""
    for route in reads():
        for role in READERS:
            yield from (f"{route.name} as {role}: {fault}" for fault in reading_faults(asker, route, role))
    for route, method in writes():
        for role in WRITERS:
            yield from (
                f"{route.name} {method} as {role}: {fault}" for fault in writing_faults(asker, route, method, role)
            )
