"""The Celery application. Schedule: ops_portal.schedule; job contract: apps.jobs."""

import logging
import os

from celery import Celery
from django.conf import settings
from kombu.entity import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ops_portal.settings")

app = Celery("ops_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
# A worker started without a list of queues takes them all; -Q narrows it (RELIABILITY.md section 7: hosts by kind of work).
app.conf.task_queues = [Queue(name, routing_key=name) for name in settings.JOB_QUEUES]  # type: ignore[no-untyped-call]
app.autodiscover_tasks()
app.set_default()


SWEEP = "jobs.sweep_job"


def is_worth_a_line(record: logging.LogRecord) -> bool:
    """Whether a line about a task belongs into the log: the sweep comes each second, and only its faults are news."""
    if record.levelno > logging.INFO or not record.args:
        return True
    words = record.args.values() if isinstance(record.args, dict) else record.args
    return SWEEP not in words


for name in ("celery.worker.strategy", "celery.app.trace", "celery.beat"):
    logging.getLogger(name).addFilter(is_worth_a_line)
