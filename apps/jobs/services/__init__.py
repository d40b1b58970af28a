"""Work: asked for, done once, watched. Other apps import from here."""

from apps.jobs.services.declaring import job, shard_task, sweeper, topic
from apps.jobs.services.leases import JobCancelled, LeaseLost
from apps.jobs.services.outbox import deliver, emit, emit_many, send_again
from apps.jobs.services.queueing import RunEnded, RunNotFailed, cancel, enqueue, enqueue_next, requeue
from apps.jobs.services.registry import KINDS, TOPICS, Result, UnknownJob, kind_label, label_of, topic_label
from apps.jobs.services.running import claim, fail, finish, report_progress, work
from apps.jobs.services.sharding import claim_shard, finish_shard, split, work_shard
from apps.jobs.services.sweeping import forget_old, open_due, sweep

__all__ = [
    "KINDS",
    "TOPICS",
    "JobCancelled",
    "LeaseLost",
    "Result",
    "RunEnded",
    "RunNotFailed",
    "UnknownJob",
    "cancel",
    "claim",
    "claim_shard",
    "deliver",
    "emit",
    "emit_many",
    "enqueue",
    "enqueue_next",
    "fail",
    "finish",
    "finish_shard",
    "forget_old",
    "job",
    "kind_label",
    "label_of",
    "open_due",
    "report_progress",
    "requeue",
    "send_again",
    "shard_task",
    "split",
    "sweep",
    "sweeper",
    "topic",
    "topic_label",
    "work",
    "work_shard",
]
