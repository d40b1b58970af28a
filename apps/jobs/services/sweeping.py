"""The sweep: sends nudges for what waits unsent, takes up what a dead worker left, opens what the calendar says is due."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.services import forget_old_access
from apps.jobs.choices import JobState, OutboxState, ShardState
from apps.jobs.models import IdempotencyKey, JobRun, JobShard, Outbox
from apps.jobs.rules import Entry, due_periods, nudge_wait
from apps.jobs.services.failing import tell_failed
from apps.jobs.services.publishing import SHARD_TASK, send
from apps.jobs.services.queueing import enqueue
from apps.jobs.services.registry import KINDS, TOPICS, JobKind, Topic

MOST_PER_SWEEP = 1_000
KEEP_ANSWERS = timedelta(days=2)
KEEP_MESSAGES = timedelta(days=90)
KEEP_RUNS = timedelta(days=730)
LONGEST_WAIT_COUNT = 7


def sweep(*, now: datetime) -> int:
    """Send a nudge for each run, shard and message that waits and was not told lately, or whose holder is gone or silent.

    Returns how many were sent. Called by beat every second; any number at once do no harm: claims decide.
    """
    _fail_hopeless(now=now)
    return (
        _sweep_rows(JobRun.objects.claimable(now), now=now, send_row=_send_run)
        + _sweep_rows(JobShard.objects.claimable(now).select_related("run"), now=now, send_row=_send_shard)
        + _sweep_rows(Outbox.objects.claimable(now), now=now, send_row=_send_message)
    )


def _sweep_rows(claimable: QuerySet[Any], *, now: datetime, send_row: Callable[[Any], bool]) -> int:
    """Pick rows that lack a worker, send each, and note which were sent; a broker that is away leaves them as they were."""
    rows = claimable.filter(_not_told_lately(now)).order_by("due_at", "pk")
    sent = _send_until_refused(rows[:MOST_PER_SWEEP], send_row)
    if sent:
        table = claimable.model._default_manager.filter(pk__in=sent)
        table.update(nudged_at=now, nudge_count=F("nudge_count") + 1)
    return len(sent)


def _send_until_refused(rows: Iterable[Any], send_row: Callable[[Any], bool]) -> list[int]:
    sent = []
    for row in rows:
        if not send_row(row):
            break
        sent.append(row.pk)
    return sent


def _not_told_lately(now: datetime) -> Q:
    """Rows never nudged, or nudged longer ago than their count allows."""
    rule = Q(nudged_at=None)
    for count in range(1, LONGEST_WAIT_COUNT):
        rule |= Q(nudge_count=count, nudged_at__lt=now - nudge_wait(count))
    return rule | Q(nudge_count__gte=LONGEST_WAIT_COUNT, nudged_at__lt=now - nudge_wait(LONGEST_WAIT_COUNT))


def _send_run(run: JobRun) -> bool:
    return send(f"{run.kind}_job", queue=run.queue, run_id=run.pk)


def _send_shard(shard: JobShard) -> bool:
    return send(SHARD_TASK, queue=shard.run.queue, shard_id=shard.pk)


def _send_message(message: Outbox) -> bool:
    known = TOPICS.get(message.topic)
    return send(f"{message.topic}_job", queue=known.queue if known else "notify", outbox_id=message.pk)


def _fail_hopeless(*, now: datetime) -> None:
    """Give up work whose worker died each time: what kills its worker must not do so for ever."""
    error = _("The worker died each time this was tried. See the worker's log, then start it again.")
    ended = {"error": error, "lease_until": None}
    shards = JobShard.objects.filter(_hopeless(now, KINDS, "run__kind"), state=ShardState.RUNNING)
    with transaction.atomic():
        runs = list(shards.values_list("run_id", flat=True).distinct())
        shards.update(state=ShardState.FAILED, finished_at=now, **ended)
        lost = JobRun.objects.filter(Q(pk__in=runs) | _hopeless(now, KINDS, "kind"), state=JobState.RUNNING)
        ids = list(lost.select_for_update().values_list("pk", flat=True))
        JobRun.objects.filter(pk__in=ids).update(state=JobState.FAILED, finished_at=now, **ended)
        tell_failed(ids)
    Outbox.objects.filter(_hopeless(now, TOPICS, "topic"), state=OutboxState.SENDING).update(
        state=OutboxState.FAILED, **ended
    )


def _hopeless(now: datetime, known: Mapping[str, JobKind] | Mapping[str, Topic], column: str) -> Q:
    """Rows whose holder went silent at the last attempt that their kind or topic allows."""
    names_by_limit: dict[int, list[str]] = {}
    for name, entry in known.items():
        names_by_limit.setdefault(entry.attempts, []).append(name)
    rule = Q(pk__in=[])
    for limit, names in names_by_limit.items():
        rule |= Q(lease_until__lt=now, attempt_count__gte=limit, **{f"{column}__in": names})
    return rule


def open_due(*, calendar: Iterable[Entry], zone: ZoneInfo, now: datetime) -> list[JobRun]:
    """Ask for every periodic run that is due by NOW and not yet there, in order; missed ones too where the entry says so.

    Reads what exists from the database, so beat may have been down for days, or run twice: each (kind, period) comes once.
    """
    calendar = list(calendar)
    newest = dict(
        JobRun.objects.filter(kind__in=[entry.kind for entry in calendar])
        .order_by()
        .values_list("kind")
        .annotate(last=Max("period"))
    )
    return [
        enqueue(kind=entry.kind, period=period, by=None, now=now)
        for entry in calendar
        for period in due_periods(entry, last=newest.get(entry.kind, ""), now=now, zone=zone)
    ]


def forget_old(*, now: datetime) -> dict[str, int]:
    """Remove what is no longer needed: answers after 2 days, sent messages after 90 days, ended runs after 2 years, and
    what signing in leaves behind."""
    with transaction.atomic():
        answers, _kinds = IdempotencyKey.objects.filter(created_at__lt=now - KEEP_ANSWERS).delete()
        messages, _kinds = Outbox.objects.filter(state=OutboxState.SENT, sent_at__lt=now - KEEP_MESSAGES).delete()
        ended = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
        runs, _kinds = JobRun.objects.filter(state__in=ended, finished_at__lt=now - KEEP_RUNS).delete()
        access = forget_old_access(now=now)
    return {"answers": answers, "messages": messages, "runs": runs, "access": access}
