"""R6: two beats; beat away over a month end; one message delivered five times; a task longer than the visibility timeout."""

import time
from collections import Counter
from datetime import time as day_time
from typing import Any
from unittest import mock

from django.conf import settings
from django.db import connection

from apps.core import clock
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun
from apps.jobs.rules import Cadence, Entry, due_periods
from apps.jobs.services import enqueue, job, leases, publishing
from ops_portal.celery import app
from ops_portal.drills import DrillReport, probes
from ops_portal.drills.lab import LAB, until

ABOUT = (
    "R6: two beats, beat away for days over a month end, messages repeated, tasks longer than the visibility timeout."
)
PROTECTIONS = {
    "unique": "the unique key of (kind, period, version)",
    "catch_up": "reading what was missed from the database",
    "heartbeat": "the heartbeat, which keeps a long task's lease",
}
ROUNDS = 5
BEFORE, AFTER = "2026-11-27", "2026-12-01"
MISSED = ["2026-11-28", "2026-11-29", "2026-11-30", "2026-12-01"]
VISIBILITY_SECONDS = 3
CALENDAR = (
    Entry("drill.each_day", Cadence.DAILY, at=day_time(0, 0), catches_up=True),
    Entry("drill.newest_day", Cadence.DAILY, at=day_time(0, 0)),
    Entry("drill.each_month", Cadence.MONTHLY, at=day_time(0, 0), day=1, catches_up=True),
)
WANTED = {
    "drill.each_day": [BEFORE, *MISSED],
    "drill.newest_day": [BEFORE, AFTER],
    "drill.each_month": ["2026-11", "2026-12"],
}


def leave_period(run: JobRun, now: Any) -> None:
    """The effect of a periodic run."""
    del now
    probes.leave(f"{run.kind}/{run.period}")


def prepare_process() -> None:
    """Three periodic kinds, and a broker that gives a message out again after 3 s."""
    for entry in CALENDAR:
        job(entry.kind, label=entry.kind)(leave_period)
    settings.JOB_CALENDAR = CALENDAR
    options = {**app.conf.broker_transport_options, "visibility_timeout": VISIBILITY_SECONDS}
    app.conf.broker_transport_options = options


def take_out(name: str) -> None:
    """Take a protection out of this process."""
    if name == "unique":
        mock.patch.object(type(JobRun.objects), "get_or_create", look_then_create).start()
    elif name == "catch_up":
        mock.patch("apps.jobs.services.sweeping.due_periods", newest_only).start()
    else:
        mock.patch.object(leases.Heartbeat, "_beat").start()


def newest_only(entry: Entry, *, last: str, **facts: Any) -> list[str]:
    """What a beat knows that has only its own memory: today."""
    return [period for period in due_periods(entry, last="", **facts) if period != last]


def look_then_create(manager: Any, defaults: dict[str, Any], **key: Any) -> tuple[JobRun, bool]:
    """What code without a unique key does: look whether it is there, then make it."""
    found = manager.filter(**key).first()
    time.sleep(0.3)
    return (found, False) if found else (manager.create(**key, **defaults), True)


def run(*, without: str | None, rounds: int) -> DrillReport:
    """Both days with two beats and two workers; then a message ROUNDS times, and a task three visibility timeouts long."""
    started = time.monotonic()
    probes.make_tables()
    probes.declare()
    prepare_process()
    if without == "unique":
        with connection.cursor() as cursor:
            cursor.execute("alter table jobs_jobrun drop constraint jobs_run_once_per_version")
    figures: dict[str, Any] = {}
    for day in (BEFORE, AFTER):
        figures[f"settled_on_{day}_s"] = live_through(day, without=without)
    figures |= {"periodic_runs": periodic(), "as_wanted": periodic() == WANTED, "doubled": doubled()}
    figures |= repeat_messages(rounds, without=without)
    good = figures["as_wanted"] and not figures["doubled"]
    once = figures["attempts_of_repeated"] == figures["attempts_of_long"] == figures["effects_of_each"] == [1] * rounds
    return DrillReport(passed=good and once, figures=figures, seconds=time.monotonic() - started)


def live_through(day: str, *, without: str | None) -> float | None:
    """Two beats and two workers on DAY, until all that is due then is done; a little longer, so that doubles would show."""
    roles = ("worker", "worker", "beat", "beat")
    processes = [LAB.start(role, drill="beats", without=without, PORTAL_TODAY=day) for role in roles]
    wanted = {kind: [name for name in names if name <= day] for kind, names in WANTED.items()}
    waited = until(lambda: all(set(wanted[kind]) <= set(names) for kind, names in periodic().items()), seconds=30)
    time.sleep(5)
    for process in processes:
        LAB.end(process)
    return None if waited is None else round(waited, 1)


def periodic() -> dict[str, list[str]]:
    """The finished periodic runs: kind → periods, in order."""
    found: dict[str, list[str]] = {kind: [] for kind in WANTED}
    rows = JobRun.objects.filter(kind__in=WANTED, state=JobState.DONE).order_by("kind", "period")
    for kind, period in rows.values_list("kind", "period"):
        found[kind].append(period)
    return found


def doubled() -> int:
    """Periods that ran or took effect more than once."""
    runs = Counter(JobRun.objects.filter(kind__in=WANTED).values_list("kind", "period"))
    effects = probes.effects()
    return sum(times > 1 for times in runs.values()) + sum(times > 1 for times in effects.values())


def repeat_messages(rounds: int, *, without: str | None) -> dict[str, Any]:
    """One run told five times, and one that takes three visibility timeouts, ROUNDS of each."""
    for role in ("worker", "worker", "beat"):
        LAB.start(role, drill="beats", without=without)
    now = clock.now()
    told = [enqueue(kind="drill.whole", period=f"told-{number}", by=None, now=now) for number in range(rounds)]
    long = [
        enqueue(
            kind="drill.whole", period=f"long-{number}", params={"seconds": 3 * VISIBILITY_SECONDS}, by=None, now=now
        )
        for number in range(rounds)
    ]
    for entry in told:
        for _ in range(5):
            publishing.send(f"{entry.kind}_job", queue=entry.queue, run_id=entry.pk)
    runs = JobRun.objects.filter(pk__in=[entry.pk for entry in (*told, *long)])
    waited = until(lambda: runs.filter(state=JobState.DONE).count() == len(told) + len(long), seconds=120)
    there = probes.effects()
    return {
        "repeated_and_long_done_after_s": waited and round(waited, 1),
        "attempts_of_repeated": attempts(told),
        "attempts_of_long": attempts(long),
        "effects_of_each": [max(there.get(f"told-{n}", 0), there.get(f"long-{n}", 0)) for n in range(rounds)],
    }


def attempts(runs: list[JobRun]) -> list[int]:
    """How often each was started."""
    found = dict(JobRun.objects.filter(pk__in=[entry.pk for entry in runs]).values_list("pk", "attempt_count"))
    return [found[entry.pk] for entry in runs]
