"""What the database knows of the work: runs, their shards, messages to the outside, answers already given.

The broker only carries nudges to look here: losing it loses nothing.
"""

from datetime import datetime
from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.models import BaseModel
from apps.jobs.choices import JobState, OutboxState, ShardState

RUN_LOCKS, SHARD_LOCKS = 20_554, 20_555
"""The two spaces of advisory locks: a session that holds an attempt holds the lock of its row and fence (see liveness)."""
FENCES = 4_096
"""Keys of rows lie so far apart, so that each attempt has a lock of its own. A key has 32 bits: two rows whose ids are a
million apart share one, and should both run at once, a death is noticed when the lease ends."""
QUICK_ATTEMPTS = 4
"""So many dead holders of a row are replaced at once; then each lease must end first: what kills its worker must not take
one worker after the other."""


class HolderLives(Func):
    """Whether some session holds the lock of a row's present attempt. Of this database, not of a neighbour."""

    arg_joiner = " * 4096 + "
    template = """(((%(expressions)s) & 4294967295) IN (
        SELECT held.objid::bigint FROM pg_catalog.pg_locks held
        WHERE held.locktype = 'advisory' AND held.classid = %(space)s AND held.objsubid = 2 AND held.granted
          AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())))"""

    def __init__(self, space: int) -> None:
        super().__init__(F("id"), F("fence"), output_field=models.BooleanField(), space=space)


def attempt_key(model: type[models.Model], pk: int, fence: int) -> tuple[int, int]:
    """The two numbers of the lock of an attempt, as PostgreSQL takes them: signed, of 32 bits."""
    number = (pk * FENCES + fence) & 0xFFFFFFFF
    return RUN_LOCKS if model is JobRun else SHARD_LOCKS, number - (1 << 32) if number >> 31 else number


def _left(now: datetime, space: int) -> Q:
    """Held rows whose holder has not been heard of since the lease ran out, or whose session has ended."""
    dead = Q(is_watched=True, lease_until__isnull=False, attempt_count__lte=QUICK_ATTEMPTS) & ~Q(HolderLives(space))
    return Q(state=JobState.RUNNING) & (Q(lease_until__lt=now) | dead)


class JobRunQuerySet(models.QuerySet["JobRun"]):
    """Chainable words about runs."""

    def open(self) -> "JobRunQuerySet":
        """Neither done, failed nor cancelled."""
        return self.filter(state__in=(JobState.QUEUED, JobState.RUNNING))

    def claimable(self, now: datetime) -> "JobRunQuerySet":
        """Waiting and due, or left by its holder."""
        return self.filter(Q(state=JobState.QUEUED, due_at__lte=now) | _left(now, RUN_LOCKS))


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
    is_watched = models.BooleanField(default=False)
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


class JobShardQuerySet(models.QuerySet["JobShard"]):
    """Chainable words about shards."""

    def claimable(self, now: datetime) -> "JobShardQuerySet":
        """Of a run that goes on: waiting and due, or left by its holder.

        The run is asked for in a subquery and not joined: in an UPDATE a join would move every condition into one, where
        PostgreSQL does not look again after it has waited for another claim.
        """
        going = models.Exists(JobRun.objects.filter(pk=models.OuterRef("run_id"), state=JobState.RUNNING))
        return self.filter(going, Q(state=ShardState.QUEUED, due_at__lte=now) | _left(now, SHARD_LOCKS))


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
    is_watched = models.BooleanField(default=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["JobShard"]] = JobShardQuerySet.as_manager()

    class Meta:
        ordering = ("run", "number")
        constraints = (models.UniqueConstraint(fields=("run", "number"), name="jobs_shard_once_per_run"),)
        indexes = (
            models.Index(fields=("due_at",), condition=Q(state="queued"), name="jobs_shard_waiting"),
            models.Index(fields=("lease_until",), condition=Q(state="running"), name="jobs_shard_held"),
        )

    def __str__(self) -> str:
        return f"{self.run} #{self.number}"


class OutboxQuerySet(models.QuerySet["Outbox"]):
    """Chainable words about messages."""

    def claimable(self, now: datetime) -> "OutboxQuerySet":
        """Waiting and due, or held by a sender that has not been heard of since its lease ran out.

        Senders are not watched: one that lost its session may still be sending, and a mail must not go out twice for that.
        """
        return self.filter(
            Q(state=OutboxState.WAITING, due_at__lte=now) | Q(state=OutboxState.SENDING, lease_until__lt=now)
        )


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

    objects: ClassVar[models.Manager["Outbox"]] = OutboxQuerySet.as_manager()

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
