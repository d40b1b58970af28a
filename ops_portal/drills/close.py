"""R1: a month is closed in real workers that are killed, whose broker forgets and whose database crashes, again and again.

Figures change between drafts, so the month is worked out anew each time; at last it is handed in, approved and published,
by two askers at once. Once undisturbed, once disturbed, on the same figures: the same digits, one publication, one event.
"""

import os
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from http.server import ThreadingHTTPServer
from typing import Any

from django.db import connection, transaction

from apps.accounts.models import User
from apps.assessments import services
from apps.assessments.services import computing
from apps.core import clock
from apps.core.month import Month
from apps.jobs.models import JobRun
from apps.jobs.services import Result, enqueue, enqueue_next, job, registry
from apps.notifications.services import add_endpoint
from ops_portal.drills import DrillReport
from ops_portal.drills.closing import Faults, Trouble, clear, digits, is_told, troubles
from ops_portal.drills.company import LARGE, SMALL, Firm, approve, ask, hand_in, make_firm, publish
from ops_portal.drills.lab import LAB, until
from ops_portal.drills.outbox import Receiver
from ops_portal.drills.unguarded import months as unguarded

ABOUT = "R1: one month close under kill -9 of the workers' groups, FLUSHDB and PostgreSQL crashes, computing and publishing."
PROTECTIONS = {
    "one-transaction": "the one transaction in which a run is stored",
    "month-lock": "the lock on the month's row, which lets one after the other compute and publish",
    "sweep": "the sweep, which takes up what a dead worker held",
}
ROUNDS = 20
"""kill -9 of a worker's group; half as many drafts."""
AT_END, CRASHES, FLUSHES = 4, 3, 3
FULL = 10
MOST_TIMES = 2.5
"""The disturbed close in times of the undisturbed one: at work, and in the whole drill (from FULL rounds on) by the clock
too. The clock of a short one is told and not judged: most of it is waiting until a death is noticed. A machine with much
else to do starts a killed worker's successor late: run the whole drill alone."""
PUBLISH = "drill.publish_month"
PAUSE = 0.4
LEASE = timedelta(seconds=4)
"""As quick as those of all other jobs in a drill."""
LEAST_PUBLISHING = 1.0
ASKERS = 2
SHIFT = """
UPDATE kpis_kpimonth SET value = 60 + ((kpi_id * 7919 + department_id * 104729 + %(draft)s * 6151) %% 70000) / 1000.0
WHERE month = %(month)s AND kpi_id IN (SELECT kpi_id FROM assessments_indicator)
"""


def publish_body(run: JobRun, now: datetime) -> Result:
    """Hand in, approve, publish, each in the service's own transaction, with a moment to die in before and inside."""
    del now
    firm = firm_of(run.params)
    for step in (hand_in, approve):
        with transaction.atomic():
            computing.locked_month(firm.month)
            step(firm)
        time.sleep(PAUSE)
    with transaction.atomic():
        publication = publish(firm)
        time.sleep(PAUSE)
    return {"publication": publication.pk}


def firm_of(params: dict[str, Any]) -> Firm:
    """The people by their keys, as a job gets them."""
    people = {name: User.objects.get(pk=params[name]) for name in ("hr", "coo", "gm", "administrator")}
    return Firm(Month.parse(params["month"]), people["hr"], people["coo"], people["gm"], people["administrator"])


def params_of(firm: Firm) -> dict[str, Any]:
    """The people as keys."""
    people = {name: getattr(firm, name).pk for name in ("hr", "coo", "gm", "administrator")}
    return {"month": str(firm.month), **people}


def prepare_process() -> None:
    """The publishing as a job, so that the same hands are killed in it."""
    job(PUBLISH, label="publish", queue="close", is_whole=False, attempts=30)(publish_body)
    registry.KINDS[PUBLISH] = replace(registry.KINDS[PUBLISH], lease=LEASE)


def take_out(name: str) -> None:
    """Take a protection out of this process."""
    unguarded.take_out(name)


def run(*, without: str | None, rounds: int) -> DrillReport:
    """The month once in peace and once under ROUNDS kills, with crashes and flushes between."""
    started = time.monotonic()
    safe_commits()
    prepare_process()
    firm = make_firm(LARGE if rounds >= FULL else SMALL)
    endpoint(firm)
    connection.close()
    for role in ("worker", "worker", "beat"):
        LAB.start(role, drill="close", without=without)
    drafts = max(rounds // 2, 3)
    peace = close(firm, Faults(kills=0, crashes=0, flushes=0, drafts=drafts, at_end=0))
    wanted = digits(firm.month)
    faults = Faults(kills=rounds, crashes=CRASHES, flushes=FLUSHES, drafts=drafts, at_end=min(AT_END, rounds // 2))
    faults.seconds = peace["busy_s"] / (drafts + ASKERS)
    # Without a protection somebody may still be at work on what is forgotten here.
    faults.retry(clear)
    Receiver.got.clear()
    war = close(firm, faults)
    found = {*peace["troubles"], *war["troubles"], *troubles(firm.month, drafts=drafts)}
    if digits(firm.month) != wanted or not wanted:
        found.add("the digits differ from the undisturbed run's")
    figures = {**faults.done, "drafts": drafts, **beside(peace, war), "troubles": sorted(found) or "none"}
    were_done = faults.done == {"kill": rounds, "crash": CRASHES, "flush": FLUSHES}
    judged = ("times_at_work", "times_by_the_clock") if rounds >= FULL else ("times_at_work",)
    is_quick = all(figures[name] <= MOST_TIMES for name in judged)
    return DrillReport(passed=not found and were_done and is_quick, figures=figures, seconds=time.monotonic() - started)


def beside(peace: dict[str, Any], war: dict[str, Any]) -> dict[str, Any]:
    """What both took: at work (from each claim to its end or the fault), and by the clock, with waiting for somebody."""
    return {
        "lines_of_all_drafts": ask("SELECT count(*) FROM assessments_scoreline")[0][0],
        "people_of_all_drafts": ask("SELECT count(*) FROM assessments_personscore")[0][0],
        "undisturbed_s": f"{peace['wall_s']} ({peace['busy_s']} at work)",
        "disturbed_s": f"{war['wall_s']} ({war['busy_s']} at work)",
        "times_at_work": round(war["busy_s"] / peace["busy_s"], 2) if peace["busy_s"] else 0.0,
        "times_by_the_clock": round(war["wall_s"] / peace["wall_s"], 2),
        "load": os.getloadavg()[0],
        "attempts": war["attempts"],
        "idle_after_faults_s": f"{war['idle_s']} ({war['server_s']} of it PostgreSQL down): {war['idle']}",
        "event_arrived": sorted(Receiver.got.values()),
    }


def safe_commits() -> None:
    """The drills' PostgreSQL does not wait for its own log: here it is killed, so what it answered must be written."""
    name = connection.settings_dict["NAME"]
    ask(f'ALTER DATABASE "{name}" SET synchronous_commit = on')
    connection.close()


def endpoint(firm: Firm) -> None:
    """A system that wants to hear of publications."""
    server = ThreadingHTTPServer(("localhost", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    add_endpoint(
        name="drill",
        url=f"http://localhost:{server.server_port}/",
        events=["assessments.published"],
        owner=firm.administrator,
        by=firm.administrator,
        now=clock.now(),
    )


def close(firm: Firm, faults: Faults) -> dict[str, Any]:
    """Drafts, then publication, each under its faults; the seconds, and what went wrong."""
    began, asked = time.monotonic(), list[int]()
    try:
        for draft in range(faults.drafts):
            faults.retry(partial(ask, SHIFT, {"draft": draft, "month": firm.month.first_day}))
            asked += faults.settle(partial(ask_for_draft, firm, draft, faults), draft)
        faults.seconds = min(faults.seconds, LEAST_PUBLISHING)
        asked += faults.settle(partial(ask_for_publication, firm), faults.drafts)
        until(lambda: faults.retry(is_told), seconds=30)
    except Trouble as trouble:
        return {**faults.summary(asked), "wall_s": round(time.monotonic() - began, 1), "troubles": [str(trouble)]}
    return {**faults.summary(asked), "wall_s": round(time.monotonic() - began, 1), "troubles": faults.seen}


def ask_for_draft(firm: Firm, draft: int, faults: Faults) -> list[int]:
    """The month's job; of the last draft two, as two people would who ask in the same moment."""
    now = clock.now()
    first = services.request_month(month=firm.month, by=firm.hr, now=now)
    if draft < faults.drafts - 1:
        return [first.pk]
    params = {"month": str(firm.month), "reason": ""}
    second = enqueue(
        kind=services.COMPUTE_KIND,
        period=str(firm.month),
        version=first.version + 1,
        params=params,
        by=firm.coo,
        now=now,
    )
    return [first.pk, second.pk]


def ask_for_publication(firm: Firm) -> list[int]:
    """Two who publish at once."""
    now = clock.now()
    return [
        enqueue_next(kind=PUBLISH, period=str(number), params=params_of(firm), by=firm.hr, now=now).pk
        for number in range(ASKERS)
    ]
