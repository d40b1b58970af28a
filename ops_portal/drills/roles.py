"""A worker, a beat or a web server as drills start them: the portal's own, with quicker clocks and, if asked, a protection
taken out."""

import importlib
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from gunicorn.app import wsgiapp

from apps.jobs.services import registry
from ops_portal.celery import app
from ops_portal.drills import probes

LEASE = timedelta(seconds=4)
BEAT_SECONDS = 1.5


def play(role: str, drill_name: str, without: str, number: str) -> None:
    """Be a worker, a beat or a web server until killed."""
    quicken()
    drill = importlib.import_module(f"ops_portal.drills.{drill_name}")
    if hasattr(drill, "prepare_process"):
        drill.prepare_process()
    if without != "-":
        drill.take_out(without)
    if role == "worker":
        quiet = ["--loglevel=INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        app.worker_main(["worker", "--concurrency=2", f"--hostname=w{number}@drill", *quiet])
    elif role == "web":
        # Loaded here and then forked, so what was patched stays patched in every one of its processes.
        sys.argv = ["gunicorn", "ops_portal.wsgi", "-c", "ops_portal/gunicorn.py"]
        wsgiapp.run()
    else:
        place = Path(settings.STATE_DIR) / f"beat-{number}"
        app.start(["beat", "--loglevel=INFO", "--pidfile=", f"--schedule={place}", "--max-interval=1"])


def quicken() -> None:
    """Leases of 4 s instead of 20, a look at the calendar each 1.5 s instead of 30: the same code, less waiting. The sweep
    comes as often as in the portal."""
    probes.declare()
    for name, kind in list(registry.KINDS.items()):
        registry.KINDS[name] = replace(kind, lease=LEASE)
    for name, topic in list(registry.TOPICS.items()):
        registry.TOPICS[name] = replace(topic, lease=LEASE)
    for entry in app.conf.beat_schedule.values():
        entry["schedule"] = min(entry["schedule"], BEAT_SECONDS)
        entry["options"] = {**entry["options"], "expires": 10}
