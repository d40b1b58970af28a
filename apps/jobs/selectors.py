"""What people may see of jobs: operators all runs, everyone else the runs they started."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.core.scope import Scope
from apps.jobs.choices import JobState, OutboxState, ShardState
from apps.jobs.models import JobRun, JobShard, Outbox


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many runs are in each state that matters to an operator, and how much mail or webhooks wait or were given up."""

    queued: int
    running: int
    failed: int
    unsent: int
    given_up: int


def visible_runs(scope: Scope) -> QuerySet[JobRun]:
    """All runs for those who hold jobs.view; else those the person started."""
    runs = JobRun.objects.select_related("started_by")
    if scope.may("jobs.view"):
        return runs
    return runs.filter(started_by_id=scope.user_id) if scope.user_id else runs.none()


def run_for(scope: Scope, pk: int) -> JobRun:
    """One run; outside what the person may see it does not exist."""
    run = visible_runs(scope).filter(pk=pk).first()
    if run is None:
        raise NotFound(_("There is no such job, or it lies outside what you may see."))
    return run


def failed_run(pk: int) -> JobRun | None:
    """A run that stands failed, with who asked for it; None once it was started again. For services that tell."""
    return JobRun.objects.select_related("started_by").filter(pk=pk, state=JobState.FAILED).first()


def history_links(scope: Scope, numbers: set[int]) -> dict[int, str]:
    """The pages of these runs that the person may open; one query. Runs are forgotten in time, their history is not."""
    if not (scope.may("jobs.view") or scope.may("jobs.view_own")):
        return {}
    known = visible_runs(scope).filter(pk__in=numbers).order_by().values_list("pk", flat=True)
    return {pk: reverse("jobs:detail", args=[pk]) for pk in known}


def may_manage(scope: Scope) -> bool:
    """Whether the person may start again or cancel runs."""
    return scope.may("jobs.manage")


def run_of(*, kind: str, period: str, version: int | None = None) -> JobRun | None:
    """The run of a kind for a period, the newest version unless one is named. For services that watch their own runs."""
    runs = JobRun.objects.filter(kind=kind, period=period)
    return runs.order_by("-version").first() if version is None else runs.filter(version=version).first()


def job_counts() -> JobCounts:
    """The figures above the list, for those who hold jobs.view."""
    states = _counts(JobRun.objects.open() | JobRun.objects.filter(state=JobState.FAILED))
    mail = _counts(Outbox.objects.exclude(state=OutboxState.SENT))
    return JobCounts(
        queued=states.get(JobState.QUEUED, 0),
        running=states.get(JobState.RUNNING, 0),
        failed=states.get(JobState.FAILED, 0),
        unsent=mail.get(OutboxState.WAITING, 0) + mail.get(OutboxState.SENDING, 0),
        given_up=mail.get(OutboxState.FAILED, 0),
    )


def result_facts(run: JobRun) -> list[tuple[str, Any]]:
    """A run's result as names and values for people; only plain values, nested ones are for machines."""
    return [
        (str(name).replace("_", " ").capitalize(), value)
        for name, value in run.result.items()
        if isinstance(value, (str, int, float)) and not isinstance(value, bool)
    ]


def shard_states(run: JobRun) -> list[tuple[str, int]]:
    """How many shards are in each state, in words."""
    counts = _counts(JobShard.objects.filter(run=run))
    return [(str(label), counts[state]) for state, label in ShardState.choices if state in counts]


def outgoing_messages(scope: Scope) -> QuerySet[Outbox]:
    """All messages, for those who hold jobs.view."""
    return Outbox.objects.all() if scope.may("jobs.view") else Outbox.objects.none()


def message_for(scope: Scope, pk: int) -> Outbox:
    """One message, for those who hold jobs.view."""
    message = outgoing_messages(scope).filter(pk=pk).first()
    if message is None:
        raise NotFound(_("There is no such message."))
    return message


def _counts(rows: QuerySet[Any]) -> dict[str, int]:
    return dict(rows.order_by().values_list("state").annotate(count=Count("pk")))
