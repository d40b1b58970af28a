"""What the database knows of the work: runs, their shards, messages to the outside, answers already given.

The broker only carries nudges to look here: losing it loses nothing.
"""

from datetime import datetime
from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.models import BaseModel
from apps.jobs.choices import JobState, OutboxState, ShardState


class JobRunQuerySet(models.QuerySet["JobRun"]):
    """Chainable words about runs."""

    def open(self) -> "JobRunQuerySet":
        """Neither done, failed nor cancelled."""
        return self.filter(state__in=(JobState.QUEUED, JobState.RUNNING))

    def claimable(self, now: datetime) -> "JobRunQuerySet":
        """Waiting and due, or held by a worker that has not been heard of since its lease ran out."""
        return self.filter(Q(state=JobState.QUEUED, due_at__lte=now) | Q(state=JobState.RUNNING, lease_until__lt=now))


class JobRun(BaseModel):
    """One piece of work, unique by (kind, period, version). The row is itself the message to the worker."""

    kind = models.CharField(_("kind"), max_length=80)
    period = models.CharField(_("for"), max_length=80)
    version = models.PositiveIntegerField(_("version"), default=1)
    params = models.JSONField(_("parameters"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    queue = models.CharField(_("queue"), max_length=20, default="default")
    state = models.CharField(_("state"), max_length=10, choices=JobState, default=JobState.QUEUED)
    started_by = models.ForeignKey(
        User, verbose_name=_("started by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    done_count = models.PositiveIntegerField(_("done"), default=0)
    total_count = models.PositiveIntegerField(_("of"), default=0)
    note = models.CharField(_("note"), max_length=200, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    error = models.TextField(_("what went wrong"), blank=True)
    is_cancel_asked = models.BooleanField(_("cancelling"), default=False)
    due_at = models.DateTimeField(_("due at"))
    nudged_at = models.DateTimeField(_("last sent to a worker at"), null=True, blank=True)
    nudge_count = models.PositiveIntegerField(_("times sent"), default=0)
    attempt_count = models.PositiveIntegerField(_("attempts"), default=0)
    fence = models.PositiveIntegerField(_("fence"), default=0)
    lease_until = models.DateTimeField(_("held until"), null=True, blank=True)
    worker = models.CharField(_("worker"), max_length=120, blank=True)
    shard_count = models.PositiveIntegerField(_("shards"), default=0)
    shard_done_count = models.PositiveIntegerField(_("shards done"), default=0)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects: ClassVar[models.Manager["JobRun"]] = JobRunQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("kind", "period", "version"), name="jobs_run_once_per_version"),
            models.CheckConstraint(condition=Q(version__gte=1), name="jobs_run_version_from_1"),
            models.CheckConstraint(
                condition=Q(shard_done_count__lte=models.F("shard_count")), name="jobs_run_shards_within_count"
            ),
        )
        indexes = (
            models.Index(fields=("due_at",), condition=Q(state="queued"), name="jobs_run_waiting"),
            models.Index(fields=("lease_until",), condition=Q(state="running"), name="jobs_run_held"),
            models.Index(fields=("started_by", "-id"), name="jobs_run_of_user"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.period} v{self.version}"

    @property
    def is_open(self) -> bool:
        """Whether something may still happen to it."""
        return self.state in {JobState.QUEUED, JobState.RUNNING}

    @property
    def done_pct(self) -> int:
        """Progress in whole percent, 100 only when it is done."""
        if self.state == JobState.DONE:
            return 100
        return min(99, self.done_count * 100 // self.total_count) if self.total_count else 0


class JobShard(BaseModel):
    """One part of a large run, done under its own lease; its result and the run's counter commit together."""

    run = models.ForeignKey(JobRun, on_delete=models.CASCADE, related_name="shards")
    number = models.PositiveIntegerField(_("number"))
    params = models.JSONField(_("parameters"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    state = models.CharField(_("state"), max_length=10, choices=ShardState, default=ShardState.QUEUED)
    result = models.JSONField(_("result"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    error = models.TextField(_("what went wrong"), blank=True)
    due_at = models.DateTimeField(_("due at"))
    nudged_at = models.DateTimeField(null=True, blank=True)
    nudge_count = models.PositiveIntegerField(default=0)
    attempt_count = models.PositiveIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("run", "number")
        constraints = (models.UniqueConstraint(fields=("run", "number"), name="jobs_shard_once_per_run"),)
        indexes = (
            models.Index(fields=("due_at",), condition=Q(state="queued"), name="jobs_shard_waiting"),
            models.Index(fields=("lease_until",), condition=Q(state="running"), name="jobs_shard_held"),
        )

    def __str__(self) -> str:
        return f"{self.run} #{self.number}"


class Outbox(BaseModel):
    """Something to tell the outside, written in the transaction of what caused it; unique by (topic, key)."""

    topic = models.CharField(_("topic"), max_length=80)
    key = models.CharField(_("key"), max_length=200)
    payload = models.JSONField(_("payload"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    state = models.CharField(_("state"), max_length=10, choices=OutboxState, default=OutboxState.WAITING)
    error = models.TextField(_("what went wrong"), blank=True)
    due_at = models.DateTimeField(_("due at"))
    nudged_at = models.DateTimeField(null=True, blank=True)
    nudge_count = models.PositiveIntegerField(default=0)
    attempt_count = models.PositiveIntegerField(_("attempts"), default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("outgoing message")
        constraints = (models.UniqueConstraint(fields=("topic", "key"), name="jobs_outbox_once_per_key"),)
        indexes = (
            models.Index(fields=("due_at",), condition=Q(state="waiting"), name="jobs_outbox_waiting"),
            models.Index(fields=("lease_until",), condition=Q(state="sending"), name="jobs_outbox_held"),
        )

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class IdempotencyKey(BaseModel):
    """An API write that took effect, and the answer it got: the same key again gets the same answer."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    headers = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="jobs_answer_once_per_key"),)
        indexes = (models.Index(fields=("created_at",), name="jobs_answer_age"),)

    def __str__(self) -> str:
        return self.key
