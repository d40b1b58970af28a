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
from tests.access.looking_up import looking_up_faults, told
from tests.access.sending import SENDS
from tests.access.world import OWN

ABOUT = "R16: filters, searches, exports and the bodies of writes with somebody else's ids, sent as every role."
PROTECTIONS = {name: OF_ACCESS[name] for name in ("scope", "capability")}
ROUNDS = 1


def run(*, without: str | None, rounds: int) -> DrillReport:
    """Send everything, ROUNDS times over."""
    started = time.monotonic()
    found: dict[str, list[str]] = {name: [] for name in KINDS}
    accepted: list[str] = []
    with surroundings(), taken_out(without), transaction.atomic():
        asker = Asker()
        for _round in range(rounds):
            # Each kind runs on its own: a protection that is out must be missed by the writes too, not by readings alone.
            for name, faults_of in KINDS.items():
                found[name] += islice(faults_of(asker), ENOUGH if without else None)
        if not without:
            accepted = [send.name for send in SENDS if told(asker, send, OWN).is_accepted]
        transaction.set_rollback(True)
    figures: dict[str, Any] = {
        "readings": len(list(reads())) * len(READERS),
        "hostile_bodies": len(list(writes())) * len(WRITERS),
        "writes_right_but_for_the_id": len(SENDS),
        **{f"faults_of_{name}": len(faults) for name, faults in found.items()},
        "first_faults": [fault for faults in found.values() for fault in faults[:3]] or "none",
    }
    if not without:
        short = sorted({send.name for send in SENDS} - set(accepted))
        figures |= {"of_these_reach_the_look_up": len(accepted), "fall_short": short or "none"}
        found["writes"] += [f"{name}: not accepted even with an own id" for name in short]
    return DrillReport(passed=not any(found.values()), figures=figures, seconds=time.monotonic() - started)


def faults_of_readings(asker: Asker) -> Iterator[str]:
    """What was told that should not have been, as it comes."""
    for route in reads():
        for role in READERS:
            yield from (f"{route.name} as {role}: {fault}" for fault in reading_faults(asker, route, role))


def faults_of_writes(asker: Asker) -> Iterator[str]:
    """Writes of a manager that are right but for the id: what became of somebody else's, as it comes."""
    for send in SENDS:
        yield from (f"{send.name}: {fault}" for fault in looking_up_faults(asker, send))


def faults_of_hostile_bodies(asker: Asker) -> Iterator[str]:
    """What a body with every field there is changed, as it comes."""
    for route, method in writes():
        for role in WRITERS:
            yield from (
                f"{route.name} {method} as {role}: {fault}" for fault in writing_faults(asker, route, method, role)
            )


KINDS = {"readings": faults_of_readings, "writes": faults_of_writes, "hostile_bodies": faults_of_hostile_bodies}
