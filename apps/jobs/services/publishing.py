"""The only place that talks to Celery: makes tasks and sends nudges.

A nudge that gets lost costs a few seconds: the sweep sends it again from the row.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from celery import current_app, shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerAway
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

QUIET_SECONDS = 10.0
HARD_LIMIT_AFTER = 60
SHARD_TASK = "jobs.work_shard_job"

Task = Callable[..., None]
OutOfTime: type[Exception] = SoftTimeLimitExceeded


class _Breaker:
    """After a failed send, leaves the broker alone for a few seconds, so that no page waits for it again and again."""

    quiet_until = 0.0

    def is_open(self) -> bool:
        return time.monotonic() < self.quiet_until

    def trip(self) -> None:
        self.quiet_until = time.monotonic() + QUIET_SECONDS


breaker = _Breaker()


def send(name: str, *, queue: str, **kwargs: Any) -> bool:
    """Send one nudge now; False when the broker is away (never an error: the sweep will send it again)."""
    if breaker.is_open():
        return False
    try:
        current_app.send_task(name, kwargs=kwargs, queue=queue, retry=False, ignore_result=True)
    except (BrokerAway, RedisError, OSError) as error:
        breaker.trip()
        logger.warning("Broker away, %s waits for the sweep: %s", name, error)
        return False
    return True


def nudge_on_commit(name: str, *, queue: str, **kwargs: Any) -> None:
    """Send a nudge once the caller's transaction has committed."""
    transaction.on_commit(partial(send, name, queue=queue, **kwargs), robust=True)


def make_task(function: Task, *, name: str, seconds: int, like: Callable[..., Any]) -> Task:
    """A Celery task around FUNCTION: late ack, soft limit after SECONDS, hard limit a minute later."""
    function.__name__ = like.__name__
    function.__module__ = like.__module__
    function.__doc__ = like.__doc__
    task: Task = shared_task(
        name=name,
        soft_time_limit=seconds,
        time_limit=seconds + HARD_LIMIT_AFTER,
        acks_late=True,
        reject_on_worker_lost=True,
        ignore_result=True,
    )(function)
    return task
