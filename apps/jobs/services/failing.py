"""A run that failed for good is told to whoever asked for it, through the outbox: in the transaction that fails it, once."""

from collections.abc import Iterable

from django.conf import settings

from apps.jobs.choices import JobState
from apps.jobs.models import JobRun
from apps.jobs.services.outbox import emit_many


def tell_failed(run_ids: Iterable[int]) -> None:
    """Write a message for each of these runs that failed and that a person had asked for. In the caller's transaction.

    Who is told how is for the app above that settings.FAILED_JOB_TOPIC names. A run tried again and failed again is told
    again: the key holds its fence.
    """
    failed = JobRun.objects.filter(
        pk__in=list(run_ids), state=JobState.FAILED, started_by__isnull=False, started_by__is_system=False
    )
    payloads = {f"{pk}/{fence}": {"run": pk} for pk, fence in failed.values_list("pk", "fence")}
    if payloads:
        emit_many(topic=settings.FAILED_JOB_TOPIC, payloads=payloads)
