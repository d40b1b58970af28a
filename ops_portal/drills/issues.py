"""The monthly forecast is made in real workers that are killed at any moment of it: one complete issue or none.

Targets change between the rounds, so each round makes another version. The last one must be what the same figures give
undisturbed, to the digit.
"""

import inspect
import random
import time
from typing import Any
from unittest import mock

from django.db import connection

from apps.core.clock import now
from apps.core.frames import copy_frame
from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.models import ForecastIssue
from apps.forecasts.services import issuing, storing
from apps.jobs.models import JobRun, Outbox
from apps.jobs.services import enqueue_next
from apps.periods.services import open_periods
from ops_portal.bench.company import make_company
from ops_portal.bench.figures import months_back
from ops_portal.bench.issues import write_histories
from ops_portal.drills import DrillReport, workers
from ops_portal.drills.closing import Trouble, holders, kill_worker, open_ones, require_none_failed
from ops_portal.drills.company import ask
from ops_portal.drills.lab import LAB, until

ABOUT = (
    "Killed at random moments, the monthly forecast leaves one complete issue or none, and the pointer on the newest."
)
PROTECTIONS = {
    "one-transaction": "the one transaction in which an issue is stored and the pointer moves",
    "sweep": "the sweep, which takes up what a dead worker held",
}
ROUNDS = 20
REPORTED = 1_200
SETTLE_SECONDS = 60.0
SHIFT = "UPDATE kpis_kpitarget SET target = 90 + %s"
# Everything of one issue is there, or nothing; the newest counts.
HALF = """
SELECT (SELECT count(*) FROM forecasts_seriesforecast WHERE issue_id NOT IN (SELECT id FROM forecasts_forecastissue)),
       (SELECT count(*) FROM forecasts_forecastissue i
        WHERE i.series_count <> (SELECT count(*) FROM forecasts_seriesforecast s WHERE s.issue_id = i.id)),
       (SELECT count(*) FROM forecasts_forecastissue i
        WHERE NOT EXISTS (SELECT 1 FROM forecasts_forecastmonth m JOIN forecasts_forecastissue c ON c.id = m.current_id
                          WHERE m.month = i.month AND c.version >= i.version)),
       (SELECT count(*) FROM forecasts_forecastissue) - (SELECT count(*) FROM jobs_outbox WHERE topic = 'forecasts.issued')
"""
DIGITS = """
SELECT md5(string_agg((to_jsonb(s) - 'issue_id')::text, '' ORDER BY s.kind, s.kpi_key, s.department_id, s.is_own))
FROM forecasts_seriesforecast s JOIN forecasts_forecastmonth m ON m.current_id = s.issue_id
"""
CLEAR = "TRUNCATE forecasts_seriesforecast, forecasts_forecastissue, forecasts_forecastmonth CASCADE"


def take_out(name: str) -> None:
    """Take a protection out of this process."""
    if name == "sweep":
        workers.take_out(name)
        return
    whole = issuing.issue_month

    def commit_first(frame: Any, table: str) -> None:
        copy_frame(frame, table)
        connection.connection.commit()
        time.sleep(0.5)

    mock.patch.object(storing, "copy_frame", commit_first).start()
    # Without the inner transaction, whose savepoint would be gone by its end.
    mock.patch.object(services, "issue_month", inspect.unwrap(whole)).start()


def run(*, without: str | None, rounds: int) -> DrillReport:
    """As many versions as rounds, each by a worker that is killed once; then the last one again in peace."""
    started = time.monotonic()
    open_periods(now=now())
    write_histories(make_company(), reported=REPORTED)
    connection.close()
    for role in ("worker", "worker", "beat"):
        LAB.start(role, drill="issues", without=without)
    month, chance = Month.of(months_back(1)[0]), random.Random()  # noqa: S311 - any moment will do
    versions, kills, troubles = 0, 0, set[str]()
    seconds = settled(asked(month, versions))
    while kills < rounds and not troubles and seconds is not None:
        versions += 1
        row = asked(month, versions)
        kills += struck(row, chance.uniform(0.02, 0.95) * seconds)
        troubles |= half_stored()
        if settled(row) is None:
            troubles.add("a killed run was never done")
    troubles |= half_stored() | differing(month, versions)
    figures = {
        "killed": kills,
        "versions": versions + 1,
        "undisturbed_s": seconds,
        "troubles": sorted(troubles) or "none",
    }
    passed = not troubles and kills == rounds
    return DrillReport(passed=passed, figures=figures, seconds=time.monotonic() - started)


def asked(month: Month, round_: int) -> JobRun:
    """The month's job, after targets changed."""
    ask(SHIFT, [round_])
    params = {"month": str(month), "reason": f"Round {round_}"}
    return enqueue_next(kind=services.ISSUE_KIND, period=str(month), params=params, by=None, now=now())


def struck(row: JobRun, after: float) -> int:
    """kill -9 of the group of whoever holds the run, so many seconds AFTER it was taken; 0 when it was done before."""
    until(lambda: bool(holders([row.pk])) or not open_ones([row.pk]), seconds=SETTLE_SECONDS)
    time.sleep(after)
    for group in holders([row.pk]):
        kill_worker(group)
        LAB.revive()
        return 1
    return 0


def settled(row: JobRun) -> float | None:
    """How long the run takes until it is done; None when it never is, or fails for good."""

    def is_done() -> bool:
        LAB.revive()
        require_none_failed([row.pk])
        return not open_ones([row.pk])

    try:
        return until(is_done, seconds=SETTLE_SECONDS)
    except Trouble:
        return None


def half_stored() -> set[str]:
    """What is there without the rest of it."""
    names = (
        "rows of no issue",
        "issues without all their rows",
        "issues the pointer passed by",
        "issues nobody is told of",
    )
    return {f"{count} {name}" for name, count in zip(names, ask(HALF)[0], strict=True) if count}


def differing(month: Month, versions: int) -> set[str]:
    """Whether there are other versions than were asked for, or other digits than undisturbed."""
    found = set[str]()
    if ForecastIssue.objects.count() != versions + 1:
        found.add(f"{ForecastIssue.objects.count()} issues of {versions + 1}")
    if Outbox.objects.filter(topic=services.ISSUED_TOPIC).count() != versions + 1:
        found.add("the event is not there once for each issue")
    disturbed = ask(DIGITS)
    ask(CLEAR)
    services.issue_month(month=month, by=None, now=now())
    if ask(DIGITS) != disturbed:
        found.add("the digits differ from the undisturbed run's")
    return found
