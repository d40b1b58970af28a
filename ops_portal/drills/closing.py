"""The faults of drill `close`, and what is looked at during and after them."""

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import Error, connection

from apps.assessments.models import Publication, ScoreRun
from apps.core.month import Month
from apps.jobs.choices import JobState, OutboxState, ShardState
from apps.jobs.models import JobRun, JobShard, Outbox
from apps.notifications.models import Notification, WebhookDelivery
from ops_portal.drills.company import ask
from ops_portal.drills.lab import LAB
from ops_portal.launch.system import LaunchError, end_group

Answer = TypeVar("Answer")
POSTGRES = 1
STUCK_SECONDS = 150.0
BACK_SECONDS = 60.0
OPEN = (JobState.QUEUED, JobState.RUNNING)
# Lines of a run that is neither there nor worked on in parts: nobody would ever see or forget them. Only of runs after one
# that is known to be whole: what is asked after each fault must not take a second away from the month.
HALF = """
SELECT (SELECT count(*) FROM assessments_scoreline WHERE run_id > %(after)s
        AND run_id NOT IN (SELECT id FROM assessments_scorerun)
        AND run_id NOT IN (
            SELECT (s.params ->> 'run')::bigint FROM jobs_jobshard s JOIN jobs_jobrun j ON j.id = s.run_id
            WHERE j.state IN ('queued', 'running') AND s.params ? 'run')),
       (SELECT count(*) FROM (SELECT run_id FROM assessments_score UNION ALL SELECT run_id FROM assessments_personscore) s
        WHERE run_id > %(after)s AND run_id NOT IN (SELECT id FROM assessments_scorerun)),
       (SELECT count(*) FROM assessments_scorerun r WHERE r.id > %(after)s
        AND (r.line_count <> (SELECT count(*) FROM assessments_scoreline l WHERE l.run_id = r.id)
             OR r.score_count <> (SELECT count(*) FROM assessments_score s WHERE s.run_id = r.id)
             OR r.person_count <> (SELECT count(*) FROM assessments_personscore p WHERE p.run_id = r.id)))
"""
DIGITS = """
SELECT r.version, r.digest, r.fingerprint, r.mean_total, r.line_count, r.person_count,
       (SELECT md5(string_agg(ROW(s.department_id, s.scorecard_id, s.status, s.coverage_pct, s.base, s.coefficient, s.bonus,
                                  s.deduction, s.total, s.grade, s.rank, s.below_count, s.below_points, s.digest)::text, ''
                              ORDER BY s.department_id)) FROM assessments_score s WHERE s.run_id = r.id),
       (SELECT md5(string_agg(ROW(l.department_id, l.indicator_id, l.month, l.presence, l.value, l.numerator, l.denominator,
                                  l.scale, l.target, l.floor, l.stretch, l.weight, l.rate, l.points, l.status)::text, ''
                              ORDER BY l.department_id, l.indicator_id)) FROM assessments_scoreline l WHERE l.run_id = r.id),
       (SELECT md5(string_agg(ROW(p.person_id, p.department_id, p.role, p.status, p.stays, p.days, p.department_part,
                                  p.dept_weight, p.personal, p.raters, p.vetoes, p.personal_weight, p.total, p.grade,
                                  p.digest)::text, '' ORDER BY p.person_id))
        FROM assessments_personscore p WHERE p.run_id = r.id)
FROM assessments_scorerun r WHERE r.month = %s AND r.state = 'published'
"""
CLEAR = "TRUNCATE assessments_scorerun, assessments_scoreline, jobs_outbox, notifications_notification CASCADE"


class Trouble(Exception):
    """The month does not get on: no use in going on with the drill."""


@dataclass
class Faults:
    """Which faults come when, and what came of the attempts they hit."""

    kills: int
    crashes: int
    flushes: int
    drafts: int
    at_end: int
    """So many of the kills hit the publishing."""
    seconds: float = 1.0
    """How long an undisturbed attempt takes: faults come at any moment of it."""
    done: dict[str, int] = field(default_factory=lambda: {"kill": 0, "crash": 0, "flush": 0})
    seen: list[str] = field(default_factory=list)
    busy_s: float = 0.0
    """Seconds in which somebody alive was at work."""
    idle_s: list[float] = field(default_factory=list)
    """After each fault the seconds until somebody alive was at work again, or all was done."""
    server_s: float = 0.0
    """Of these, seconds in which PostgreSQL was down."""
    struck: float | None = None
    whole: int = 0
    """The newest run when the last work was asked for: it and those before it are ended. At the end all are looked at."""
    carried: list[str] = field(default_factory=list)
    chance: random.Random = field(default_factory=random.Random)

    def planned(self, stage: int) -> list[str]:
        """The faults of a draft, or of the publishing, which comes after the last draft."""
        if stage == self.drafts:
            return (
                ["flush"] * (self.flushes > 0) + ["kill", "crash"] * (self.crashes > 0) + ["kill"] * (self.at_end - 1)
            )
        early = self.kills - self.at_end
        kills = early * (stage + 1) // self.drafts - early * stage // self.drafts
        flush = (self.flushes - 1) * (stage + 1) // self.drafts > (self.flushes - 1) * stage // self.drafts
        crash = (self.crashes - 1) * (stage + 1) // self.drafts > (self.crashes - 1) * stage // self.drafts
        return ["flush"] * (flush and self.flushes > 0) + ["kill"] * kills + ["crash"] * (crash and self.crashes > 0)

    def settle(self, request: Callable[[], list[int]], stage: int) -> list[int]:
        """Ask for work, strike it as planned while it is held, and wait until it is done."""
        self.whole = self.retry(newest_run)
        asked: list[int] = self.retry(request)
        plan, end = self.carried + self.planned(stage), time.monotonic() + STUCK_SECONDS
        while plan or self.is_open(asked):
            if plan and self.strike(plan[0], asked):
                plan.pop(0)
                end = time.monotonic() + STUCK_SECONDS
            if time.monotonic() > end:
                message = f"not done after {STUCK_SECONDS:.0f} s"
                raise Trouble(message)
            self.retry(lambda: require_none_failed(asked))
            began = time.monotonic()
            if plan and not self.is_open(asked):
                # Done before the fault found it: it comes with the next draft, at the end with more of the same work.
                if stage < self.drafts:
                    break
                asked.extend(self.retry(request))
            LAB.revive()
            time.sleep(0.05)
            if self.retry(lambda: holders(asked)):
                self.busy_s += time.monotonic() - began
                self.note_work()
        self.note_work()
        self.carried = plan
        return asked

    def note_work(self) -> None:
        """Somebody is at work, or all is done: so long it took after the last fault."""
        if self.struck is not None:
            self.idle_s.append(round(time.monotonic() - self.struck, 1))
            self.struck = None

    def is_open(self, asked: list[int]) -> bool:
        """Whether any of these jobs waits or is worked on."""
        return self.retry(lambda: bool(open_ones(asked)))

    def strike(self, fault: str, asked: list[int]) -> bool:
        """One fault, at some moment of an attempt; False when nobody is at work."""
        if fault == "flush":
            LAB.flush_broker()
        else:
            if not self.retry(lambda: holders(asked)):
                return False
            began = time.monotonic()
            time.sleep(self.chance.uniform(0.05, 0.9) * self.seconds)
            busy = self.retry(lambda: holders(asked))
            self.busy_s += time.monotonic() - began
            if not busy:
                return False
            self.note_work()
            self.struck = time.monotonic()
            if fault == "crash":
                crash_postgres(self.chance)
                self.server_s += time.monotonic() - self.struck
            else:
                kill_worker(self.chance.choice(busy))
        self.done[fault] += 1
        LAB.revive()
        half = self.retry(lambda: half_stored(after=self.whole))
        if half:
            self.seen.append(half)
        return True

    def retry(self, question: Callable[[], Answer]) -> Answer:
        """Ask again while the database is away."""
        end = time.monotonic() + BACK_SECONDS
        while True:
            try:
                return question()
            except Error:
                connection.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def summary(self, asked: list[int]) -> dict[str, Any]:
        """How long somebody alive was at work, and on how many attempts."""
        runs = self.retry(lambda: list(JobRun.objects.filter(pk__in=asked)))
        parts = self.retry(lambda: list(JobShard.objects.filter(run__in=asked).values_list("attempt_count", flat=True)))
        attempts = sum(run.attempt_count for run in runs) + sum(parts)
        waits = {"idle_s": round(sum(self.idle_s), 1), "idle": self.idle_s, "server_s": round(self.server_s, 1)}
        return {"busy_s": round(self.busy_s, 1), "attempts": attempts, **waits}


def open_ones(asked: list[int]) -> list[int]:
    """Which of these jobs wait or are worked on."""
    return list(JobRun.objects.filter(pk__in=asked, state__in=OPEN).values_list("pk", flat=True))


def require_none_failed(asked: list[int]) -> None:
    """A job that failed for good is not tried again by anybody."""
    failed = JobRun.objects.filter(pk__in=asked, state=JobState.FAILED).first()
    if failed:
        message = f"a job failed: {failed.kind}: {failed.error.splitlines()[0]}"
        raise Trouble(message)


def holders(asked: list[int]) -> list[int]:
    """The process groups of those who are alive and hold one of these jobs, or a part of one."""
    alive = {process.pid for process in LAB.processes if process.poll() is None}
    runs = JobRun.objects.filter(pk__in=asked, state=JobState.RUNNING, lease_until__isnull=False)
    parts = JobShard.objects.filter(run__in=asked, state=ShardState.RUNNING)
    words = [*runs.values_list("worker", flat=True), *parts.values_list("worker", flat=True)]
    return sorted({group for word in words if (group := group_of(word)) in alive})


def group_of(worker: str) -> int:
    """The process group of a worker; 0 when it is gone."""
    try:
        return os.getpgid(int(worker.rpartition(":")[2]))
    except (ProcessLookupError, ValueError):
        return 0


def kill_worker(group: int) -> None:
    """kill -9 of the whole group; started again as by the supervisor."""
    for process in LAB.processes:
        if process.pid == group:
            end_group(process)


def crash_postgres(chance: random.Random) -> None:
    """An immediate stop, or kill -9 of every process of the server; then a start, which has to recover."""
    stores = LAB.stores
    process, _how = stores.processes[POSTGRES]
    if chance.random() < 0.5:
        process.send_signal(signal.SIGQUIT)
        process.wait()
    else:
        end_group(process)
    connection.close()
    end = time.monotonic() + BACK_SECONDS
    while True:
        before = len(stores.processes)
        try:
            stores._launch(stores.postgres, "postgres")
        except LaunchError:
            stores.processes[before:] = []
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
        else:
            stores.processes[POSTGRES] = stores.processes.pop(before)
            return


def half_stored(*, after: int = 0) -> str:
    """Whether anything of a run is there without the rest, of runs AFTER the one of that key; '' when not."""
    lines, scores, runs = ask(HALF, {"after": after})[0]
    return f"half-stored: {lines} lines and {scores} scores of no run, {runs} runs" if lines or scores or runs else ""


def newest_run() -> int:
    """The key of the newest run there is; 0 for none."""
    return ScoreRun.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def digits(month: Month) -> list[tuple[Any, ...]]:
    """Every digit of what is published, without keys and moments."""
    return ask(DIGITS, [month.first_day])


def clear() -> None:
    """Forget the month and who was told of it, so that it can be closed again on the same figures."""
    ask(CLEAR)


def is_told() -> bool:
    """Nothing waits to be sent."""
    return not Outbox.objects.filter(state__in=(OutboxState.WAITING, OutboxState.SENDING)).exists()


def troubles(month: Month, *, drafts: int) -> list[str]:
    """What is not as it must be at the end."""
    published = ScoreRun.objects.filter(month=month.first_day, state="published").count()
    notices = Notification.objects.filter(kind="assessments.published")
    told = notices.count(), notices.values("user").distinct().count()
    found = {
        half_stored(): bool(half_stored()),
        f"{published} published runs": published != 1,
        f"{Publication.objects.count()} publications": Publication.objects.count() != 1,
        "not every draft is a run": ScoreRun.objects.count() != drafts,
        "the event is not there once": Outbox.objects.filter(topic="assessments.published").count() != 1,
        "messages wait": not is_told(),
        f"{told[0]} notices to {told[1]} people": told[0] != told[1] or not told[0],
        "systems were not told once": WebhookDelivery.objects.count() != 1,
    }
    return [words for words, is_so in found.items() if is_so]
