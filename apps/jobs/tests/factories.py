"""Rows of jobs for tests. Kinds that tests need are declared by `declared_job`, so that no test depends on another app's."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import factory
from celery import current_app

from apps.jobs.models import JobRun, JobShard, Outbox
from apps.jobs.services import KINDS, TOPICS, job, topic

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class JobRunFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = JobRun

    kind = "jobs.forget_old"
    period = factory.Sequence(lambda number: f"2026-{number:05d}")
    due_at = NOW


class JobShardFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = JobShard

    run = factory.SubFactory(JobRunFactory)
    number = factory.Sequence(lambda number: number + 1)
    due_at = NOW


class OutboxFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Outbox

    topic = "tests.tell"
    key = factory.Sequence(lambda number: f"message-{number}")
    due_at = NOW


def named(body: Any) -> Any:
    """A body whose name can be a task's: Celery writes it into code."""
    if body.__name__ == "<lambda>":
        body.__name__ = "body"
    return body


@contextmanager
def declared_job(kind: str, body: Any, **options: Any) -> Iterator[Any]:
    """Declare a kind of job for the block."""
    try:
        yield job(kind, label=kind, **options)(named(body))
    finally:
        KINDS.pop(kind, None)
        current_app.tasks.pop(f"{kind}_job", None)


@contextmanager
def declared_topic(name: str, body: Any, **options: Any) -> Iterator[Any]:
    """Declare an outbox topic for the block."""
    try:
        yield topic(name, label=name, **options)(named(body))
    finally:
        TOPICS.pop(name, None)
        current_app.tasks.pop(f"{name}_job", None)
