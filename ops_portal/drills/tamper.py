"""R18: published scores are changed by every road; the database refuses, and what gets past it is found and named."""

import time
from typing import Any

import psycopg2

from ops_portal.drills import DrillReport
from ops_portal.drills.company import LARGE, SMALL, ask, close_at_once, give_reward, make_firm
from ops_portal.drills.copies import copy_month
from ops_portal.drills.lab import LAB
from ops_portal.drills.static_names import name_plainly
from ops_portal.drills.tampering import attempts, doors, findings
from ops_portal.drills.unguarded import months as unguarded

ABOUT = "R18: what is published, changed by ORM, addresses and SQL as the application's role, and behind every trigger."
PROTECTIONS = {
    "triggers": "the triggers that refuse every change of what is kept",
    "digests": "the digests of scores, which are worked out again from the lines, and of people's scores",
}
ROUNDS = 20
"""Published months; the size that is required is twenty months of fifty thousand lines."""


def take_out(name: str) -> None:
    """Take a protection out of this process and its database."""
    unguarded.take_out(name)


def run(*, without: str | None, rounds: int) -> DrillReport:
    """ROUNDS published months; every attempt to change one of them; then one cell after the other changed all the same."""
    started = time.monotonic()
    name_plainly()
    firm = make_firm(LARGE if rounds >= ROUNDS else SMALL)
    published = close_at_once(firm).run
    give_reward(published, hr=firm.hr, gm=firm.gm)
    for number in range(1, rounds):
        copy_month(published, shift=number, by=firm.hr)
    ask("ANALYZE assessments_scoreline, assessments_score")
    if without:
        take_out(without)
    tried = attempts(published, sql=as_application)
    changed_by_doors = doors(published, users=[firm.hr, firm.coo, firm.administrator])
    found = findings(published, firm.outside)
    taken = [name for name, how in tried.items() if how != "refused"]
    missed = {one.name: one.fault for one in found if one.fault}
    seconds = sorted(one.seconds for one in found)
    figures: dict[str, Any] = {
        "attempts": len(tried),
        "refused": len(tried) - len(taken),
        "not_refused": ", ".join(taken) or "none",
        "answers_of_addresses": changed_by_doors.answers,
        "changed_by_addresses": changed_by_doors.is_changed,
        "lines": ask("SELECT count(*) FROM assessments_scoreline")[0][0],
        "people": ask("SELECT count(*) FROM assessments_personscore")[0][0],
        "published_months": rounds,
        "tampered": len(found),
        "missed": missed or "none",
        "check_s": f"{seconds[0]:.1f} to {seconds[-1]:.1f}",
    }
    passed = not taken and not missed and not changed_by_doors.is_changed
    return DrillReport(passed=passed, figures=figures, seconds=time.monotonic() - started)


def as_application(statement: str) -> str:
    """Run a statement as web and worker would, and take it back; gives the code of the refusal, '' when it was taken."""
    session = psycopg2.connect(LAB.stores.app_database_url)
    try:
        with session.cursor() as cursor:
            cursor.execute(statement)
    except psycopg2.Error as error:
        return str(error.pgcode)
    else:
        return ""
    finally:
        session.rollback()
        session.close()
