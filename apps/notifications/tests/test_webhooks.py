"""Webhooks: who is called, how it is signed, what is tried again, and which addresses are never called."""

import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest import mock

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.core import clock
from apps.jobs.choices import OutboxState
from apps.jobs.models import Outbox
from apps.jobs.services import deliver
from apps.notifications import services
from apps.notifications.models import Notification, WebhookAttempt, WebhookDelivery
from apps.notifications.rules import is_signed
from apps.notifications.services import calling
from apps.notifications.tests.factories import NOW, SECRET, WebhookEndpointFactory, deliver_all

pytestmark = pytest.mark.django_db


class Receiver(BaseHTTPRequestHandler):
    """A webhook receiver of our own; each test says what it answers."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.server.answer(self)

    def log_message(self, *args):
        """Say nothing."""


@contextmanager
def receiver(answer=None):
    def fine(handler, status=200):
        handler.send_response(status)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"ok")

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.answer = [], answer or fine
    server.handle_error = lambda *args: None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    server.url = f"http://localhost:{server.server_port}/in?x=1"
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def status(code, **headers):
    def answer(handler):
        handler.send_response(code)
        for name, value in {"Content-Length": "0", **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()

    return answer


@pytest.fixture
def listed(settings):
    settings.WEBHOOK_ALLOWED_HOSTS = ["localhost"]


def emit(**facts):
    return services.emit_webhook(
        **{"event": "staff.hired", "key": "person/7", "payload": {"person": 7}, "now": NOW, **facts}
    )


class TestEmitWebhook:
    def test_tells_those_who_subscribed_once(self):
        WebhookEndpointFactory(wanted_events=["staff.*"])
        WebhookEndpointFactory(wanted_events=["departments.*"])
        WebhookEndpointFactory(is_active=False)
        assert emit() == 1
        assert emit() == 1
        assert WebhookDelivery.objects.count() == Outbox.objects.count() == 1

    def test_nobody_listens(self):
        assert emit() == 0


@pytest.mark.usefixtures("listed")
class TestCallEndpoint:
    def call(self, server, **facts):
        endpoint = WebhookEndpointFactory(url=server.url, **facts)
        emit()
        return endpoint, deliver(outbox_id=Outbox.objects.get().pk)

    def test_is_signed_and_bears_the_event_id(self):
        with receiver() as server:
            _, message = self.call(server)
        headers, body = server.got[0]
        stamp = int(headers["Portal-Signature"].split(",")[0][2:])
        assert message.state == OutboxState.SENT
        assert is_signed(secret=SECRET, header=headers["Portal-Signature"], body=body, at=stamp)
        content = json.loads(body)
        assert content["event"] == headers["Portal-Event"] == "staff.hired"
        assert content["id"] == headers["Portal-Event-Id"] == str(WebhookDelivery.objects.get().event_id)
        assert content["data"] == {"person": 7}
        assert WebhookAttempt.objects.get().status == 200

    @pytest.mark.parametrize("answer", [status(500), status(404), status(302, Location="http://localhost/other")])
    def test_anything_else_is_tried_again_later_with_the_same_id(self, answer):
        with receiver(answer) as server:
            endpoint, message = self.call(server)
            assert message.state == OutboxState.WAITING
            Outbox.objects.update(due_at=NOW)
            deliver(outbox_id=message.pk)
        endpoint.refresh_from_db()
        assert endpoint.failure_count == WebhookAttempt.objects.count() == len(server.got) == 2
        assert len({headers["Portal-Event-Id"] for headers, _ in server.got}) == 1

    def test_gone_pauses_it_and_tells_the_owner(self):
        with receiver(status(410)) as server:
            endpoint, message = self.call(server)
        endpoint.refresh_from_db()
        assert (message.state, endpoint.is_active) == (OutboxState.FAILED, False)
        assert Notification.objects.get(user=endpoint.owner).kind == "accounts.webhook_paused"
        assert emit(key="person/8") == 0

    def test_thirty_failures_in_a_row_pause_it(self):
        with receiver(status(500)) as server:
            endpoint, _ = self.call(server, failure_count=29)
        endpoint.refresh_from_db()
        assert not endpoint.is_active

    def test_success_ends_the_row_of_failures(self):
        with receiver() as server:
            endpoint, _ = self.call(server, failure_count=29)
        endpoint.refresh_from_db()
        assert endpoint.failure_count == 0

    def test_a_lost_pepper_is_said(self, settings):
        WebhookEndpointFactory()
        emit()
        settings.TOKEN_PEPPER = "another"
        message = deliver(outbox_id=Outbox.objects.get().pk)
        assert message.state == OutboxState.FAILED
        assert "Make a new secret" in message.error

    def test_sent_again_by_hand_bears_the_same_id(self):
        with receiver() as server:
            self.call(server)
            delivery = WebhookDelivery.objects.get()
            services.redeliver(delivery=delivery, now=clock.now())
            deliver(outbox_id=delivery.message_id)
        assert len({headers["Portal-Event-Id"] for headers, _ in server.got}) == 1
        assert len(server.got) == 2

    def test_ping_reaches_only_its_endpoint(self):
        with receiver() as server:
            endpoint = WebhookEndpointFactory(url=server.url, wanted_events=["staff.*"])
            WebhookEndpointFactory()
            services.ping_endpoint(endpoint=endpoint, by=endpoint.owner, now=clock.now())
            deliver_all()
        assert [headers["Portal-Event"] for headers, _ in server.got] == ["portal.ping"]


class TestPost:
    def post(self, url, **facts):
        return calling.post(url=url, body=b"{}", headers={}, **facts)

    def test_a_name_that_leads_inside_is_not_called(self):
        found = [(socket.AF_INET, 1, 6, "", ("8.8.8.8", 443)), (socket.AF_INET, 1, 6, "", ("10.0.0.7", 443))]
        with (
            mock.patch.object(calling.socket, "getaddrinfo", return_value=found),
            mock.patch.object(calling.socket, "create_connection") as connect,
            pytest.raises(calling.CallRefused, match=r"10\.0\.0\.7"),
        ):
            self.post("https://rebound.example.com/")
        connect.assert_not_called()

    def test_the_address_checked_is_the_address_called(self):
        found = [(socket.AF_INET, 1, 6, "", ("8.8.8.8", 443))]
        with (
            mock.patch.object(calling.socket, "getaddrinfo", return_value=found) as resolve,
            mock.patch.object(calling.socket, "create_connection", side_effect=OSError("stop here")) as connect,
            pytest.raises(calling.CallFailed),
        ):
            self.post("https://pinned.example.com/")
        assert resolve.call_count == 1
        assert connect.call_args.args[0] == ("8.8.8.8", 443)

    def test_inside_addresses_are_refused_before_any_call(self):
        with pytest.raises(calling.CallRefused):
            self.post("https://127.0.0.1/")

    def test_an_unknown_name_may_come_back(self):
        with (
            mock.patch.object(calling.socket, "getaddrinfo", side_effect=OSError),
            pytest.raises(calling.CallFailed, match="could not be resolved"),
        ):
            self.post("https://gone.example.com/")

    @pytest.mark.usefixtures("listed")
    def test_redirects_are_not_followed(self):
        with receiver(status(302, Location="http://localhost:1/")) as server:
            assert self.post(server.url).status == 302
        assert len(server.got) == 1

    @pytest.mark.usefixtures("listed")
    def test_a_huge_answer_is_cut_off(self):
        def flood(handler):
            handler.send_response(200)
            handler.end_headers()
            for _ in range(40):
                handler.wfile.write(b"x" * 65_536)

        with receiver(flood) as server, pytest.raises(calling.CallFailed, match="larger than 1 MB"):
            self.post(server.url)

    @pytest.mark.usefixtures("listed")
    def test_a_drip_of_bytes_is_cut_off_at_the_deadline(self):
        stop = threading.Event()

        def drip(handler):
            handler.send_response(200)
            handler.end_headers()
            while not stop.wait(0.05):
                handler.wfile.write(b"x")
                handler.wfile.flush()

        with receiver(drip) as server, mock.patch.object(calling, "SECONDS", 0.4):
            try:
                with pytest.raises(calling.CallFailed, match="No complete answer"):
                    self.post(server.url)
            finally:
                stop.set()

    @pytest.mark.usefixtures("listed")
    def test_nobody_listening_is_said(self):
        with receiver() as server:
            url = server.url
        with pytest.raises(calling.CallFailed, match="refused"):
            self.post(url)


class TestEndpoints:
    def add(self, **facts):
        admin = UserFactory(roles=["administrator"])
        given = {
            "name": "HR system",
            "url": "https://hr.example.com/in",
            "events": ["staff.*"],
            "owner": admin,
            "by": admin,
        }
        return services.add_endpoint(**{**given, **facts}, now=NOW)

    def test_the_secret_is_shown_once_and_kept_sealed(self):
        endpoint, secret = self.add()
        assert secret.startswith("whsec_")
        assert secret not in endpoint.sealed_secret
        assert services.unseal(endpoint.sealed_secret) == secret

    @pytest.mark.parametrize(
        ("facts", "field"),
        [({"url": "https://10.0.0.1/"}, "url"), ({"events": []}, "events"), ({"url": "http://hr.example.com"}, "url")],
    )
    def test_refuses_beside_the_field(self, facts, field):
        with pytest.raises(services.BadEndpoint) as caught:
            self.add(**facts)
        assert caught.value.field == field

    def test_refuses_a_name_that_is_taken(self):
        self.add()
        with pytest.raises(services.BadEndpoint, match="called HR system already"):
            self.add()

    def test_a_new_secret_replaces_the_old(self):
        endpoint, secret = self.add()
        assert services.renew_secret(endpoint=endpoint, by=endpoint.owner) != secret

    def test_paused_takes_no_ping_until_resumed(self):
        endpoint, _ = self.add()
        services.pause_endpoint(endpoint=endpoint, reason="Their upgrade", by=endpoint.owner)
        with pytest.raises(services.EndpointPaused):
            services.ping_endpoint(endpoint=endpoint, by=endpoint.owner, now=NOW)
        services.resume_endpoint(endpoint=endpoint, by=endpoint.owner)
        assert services.ping_endpoint(endpoint=endpoint, by=endpoint.owner, now=NOW).event == "portal.ping"
        events = type(endpoint).objects.get().wanted_events
        assert events == ["staff.*"]

    def test_no_plain_secret_in_the_history(self):
        endpoint, secret = self.add()
        from apps.notifications.models import WebhookEndpointEvent  # noqa: PLC0415 - made by the decorator

        rows = list(WebhookEndpointEvent.objects.values())
        assert rows
        assert secret not in str(rows)
        assert endpoint.sealed_secret not in str(rows)
