"""The Celery application. Schedule: ops_portal.schedule; job contract: apps.jobs."""

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
