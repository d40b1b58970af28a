"""R3: the web process dies after its commit and before the broker hears of it; the broker is away for a minute."""

import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import mock

from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.services import create_account
from apps.core import clock
from apps.jobs.services import sweeping
from apps.notifications.models import WebhookDelivery, WebhookEndpoint
from apps.notifications.services import add_endpoint
from ops_portal.drills import DrillReport
from ops_portal.drills.lab import LAB, until
from ops_portal.drills.static_names import name_plainly

ABOUT = "R3: web killed after commit and before the broker is told; broker away for 60 s while pages are used."
PROTECTIONS = {
    "sweep": "the sweep, which sends what was never sent",
    "open_cache": "the cache that fails open, so that pages live without the broker",
}
ROUNDS = 50
AWAY_SECONDS = 60
WITHIN_SECONDS = 30
FIRST_ERROR = 500


class Receiver(BaseHTTPRequestHandler):
    """Counts the events that arrive, by id."""

    got: dict[str, int] = {}
    lock = threading.Lock()

    def do_POST(self) -> None:
        """Take one event."""
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.lock:
            name = str(self.headers["Portal-Event-Id"])
            self.got[name] = self.got.get(name, 0) + 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def take_out(name: str) -> None:
    """Take a protection out of this process."""
    if name == "sweep":
        mock.patch.object(sweeping, "_sweep_rows", return_value=0).start()


def run(*, without: str | None, rounds: int) -> DrillReport:
    """ROUNDS requests whose process dies at the first word to the broker; then a minute of requests without a broker."""
    started = time.monotonic()
    name_plainly()
    server = ThreadingHTTPServer(("localhost", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    administrator = create_account(
        email="drill@example.com", name="Drill", roles=["administrator"], by=None, now=clock.now()
    )
    endpoint, _secret = add_endpoint(
        name="drill",
        url=f"http://localhost:{server.server_port}/",
        events=["*"],
        owner=administrator,
        by=administrator,
        now=clock.now(),
    )
    for role in ("worker", "beat"):
        LAB.start(role, drill="outbox", without=without)
    killed = sum(killed_after_commit(administrator, endpoint) for _ in range(rounds))
    first_wait = until(all_arrived, seconds=WITHIN_SECONDS)
    answers = use_without_broker(administrator, endpoint, seconds=AWAY_SECONDS * rounds // ROUNDS or 5, without=without)
    second_wait = until(all_arrived, seconds=WITHIN_SECONDS)
    figures = {
        "killed": killed,
        "all_there_after_s": first_wait and round(first_wait, 1),
        **answers,
        "all_there_after_broker_came_back_s": second_wait and round(second_wait, 1),
        **counted(),
    }
    good = killed == rounds and not figures["lost"] and not figures["repeated"] and not figures["server_errors"]
    in_time = first_wait is not None and second_wait is not None
    return DrillReport(passed=good and in_time, figures=figures, seconds=time.monotonic() - started)


def client_of(user: User) -> Client:
    """A browser that is signed in."""
    client = Client(raise_request_exception=False, headers={"host": "localhost"})
    client.force_login(user)
    return client


def killed_after_commit(user: User, endpoint: WebhookEndpoint) -> bool:
    """Handle one request in a process that is killed when it would tell the broker; True when that happened."""
    connection.close()
    pid = os.fork()
    if not pid:
        with mock.patch("apps.jobs.services.publishing.current_app.send_task", side_effect=die):
            client_of(user).post(reverse("notifications:ping_webhook", args=[endpoint.pk]))
        os._exit(1)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def die(*_: Any, **__: Any) -> None:
    """What happens to the process instead of its first word to the broker."""
    os.kill(os.getpid(), signal.SIGKILL)


def use_without_broker(user: User, endpoint: WebhookEndpoint, *, seconds: int, without: str | None) -> dict[str, Any]:
    """Read pages and send tests while the broker is away; gives how many answers there were and how many were 5xx."""
    caches = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": LAB.stores.redis_url}}
    changed = override_settings(CACHES=caches) if without == "open_cache" else override_settings()
    client = client_of(user)
    addresses = [reverse("notifications:list"), reverse("jobs:list"), reverse("ready")]
    statuses: list[int] = []
    slowest, restarts = 0.0, 0
    with changed, LAB.broker_away():
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.monotonic()
            statuses += [client.get(address).status_code for address in addresses]
            statuses.append(client.post(reverse("notifications:ping_webhook", args=[endpoint.pk])).status_code)
            slowest = max(slowest, (time.monotonic() - began) / (len(addresses) + 1))
            time.sleep(1)
            restarts += LAB.revive()
    return {
        "processes_restarted": restarts,
        "answers_while_broker_away": len(statuses),
        "server_errors": sum(status >= FIRST_ERROR for status in statuses),
        "slowest_mean_answer_ms": round(slowest * 1000),
    }


def all_arrived() -> bool:
    """Every event that was written has arrived. (What ended meanwhile is started again, as by the supervisor.)"""
    LAB.revive()
    return not counted()["lost"]


def counted() -> dict[str, int]:
    """Events written, lost, and arrived more than once."""
    written = {str(found) for found in WebhookDelivery.objects.values_list("event_id", flat=True)}
    return {
        "events": len(written),
        "lost": len(written - Receiver.got.keys()),
        "repeated": sum(times > 1 for times in Receiver.got.values()),
    }
