"""Telling other systems: endpoints, events, deliveries."""

import json
import logging
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Conflict, Refusal
from apps.core.history import because
from apps.jobs.models import Outbox
from apps.jobs.services import emit_many, send_again
from apps.notifications.choices import EVENTS
from apps.notifications.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from apps.notifications.rules import signature, wants
from apps.notifications.services import calling
from apps.notifications.services.addressing import address_refusal
from apps.notifications.services.notifying import notify
from apps.notifications.services.sealing import new_secret, seal, unseal

logger = logging.getLogger(__name__)

WEBHOOK_TOPIC = "notifications.webhook"
EVENT_SPACE = uuid.UUID("5f7a3c1e-8c0b-4f53-9d52-8a4c7e0b6d11")
PAUSED_AFTER = 30
GONE = 410
PING = "portal.ping"


class BadEndpoint(Refusal):
    """The endpoint cannot be kept like this."""

    code = "bad_endpoint"


class EndpointPaused(Refusal):
    """The endpoint takes no calls until someone resumes it."""

    code = "endpoint_paused"


class NotDelivered(Exception):
    """The call did not succeed; the outbox tries again."""


def add_endpoint(
    *, name: str, url: str, events: Sequence[str], owner: User, by: User, now: datetime
) -> tuple[WebhookEndpoint, str]:
    """Add an endpoint; gives it and its secret, which is shown this once. Needs notifications.manage_webhooks.

    Refuses an address that is not public https (unless the operator lists its host), no events, a name that is taken.
    """
    del now
    secret = new_secret()
    with because("notifications.webhook_added", by=by), transaction.atomic():
        endpoint = WebhookEndpoint(name=name.strip(), owner=owner, sealed_secret=seal(secret))
        _keep(endpoint, url=url, events=events)
    return endpoint, secret


def change_endpoint(
    *, endpoint: WebhookEndpoint, name: str, url: str, events: Sequence[str], by: User
) -> WebhookEndpoint:
    """Change name, address or events. Needs notifications.manage_webhooks. Refuses as `add_endpoint`."""
    with because("notifications.webhook_changed", by=by), transaction.atomic():
        endpoint.name = name.strip()
        _keep(endpoint, url=url, events=events)
    return endpoint


def _keep(endpoint: WebhookEndpoint, *, url: str, events: Sequence[str]) -> None:
    if problem := address_refusal(url):
        raise BadEndpoint(problem, field="url")
    if not events:
        raise BadEndpoint(_("No event is chosen. Choose at least one."), field="events")
    endpoint.url, endpoint.wanted_events = url, sorted(set(events))
    try:
        with transaction.atomic():
            endpoint.save()
    except IntegrityError:
        message = _("There is a webhook called %(name)s already. Choose another name.")
        raise BadEndpoint(message % {"name": endpoint.name}, field="name") from None


def renew_secret(*, endpoint: WebhookEndpoint, by: User) -> str:
    """Replace the secret; the old one signs nothing more from now on. Gives the new one, shown this once."""
    secret = new_secret()
    with because("notifications.webhook_secret_renewed", by=by), transaction.atomic():
        endpoint.sealed_secret = seal(secret)
        endpoint.save(update_fields=["sealed_secret", "updated_at"])
    return secret


def pause_endpoint(*, endpoint: WebhookEndpoint, reason: str, by: User | None) -> WebhookEndpoint:
    """Stop calling an endpoint. Events of the meantime are not kept for it; those on their way are given up."""
    with because("notifications.webhook_paused", by=by, reason=reason), transaction.atomic():
        endpoint.is_active, endpoint.paused_reason = False, reason[:300]
        endpoint.save(update_fields=["is_active", "paused_reason", "updated_at"])
    return endpoint


def resume_endpoint(*, endpoint: WebhookEndpoint, by: User) -> WebhookEndpoint:
    """Call a paused endpoint again, from the next event on."""
    with because("notifications.webhook_resumed", by=by), transaction.atomic():
        endpoint.is_active, endpoint.paused_reason, endpoint.failure_count = True, "", 0
        endpoint.save(update_fields=["is_active", "paused_reason", "failure_count", "updated_at"])
    return endpoint


def emit_webhook(*, event: str, key: str, payload: dict[str, Any], now: datetime) -> int:
    """Tell every active endpoint that subscribed to EVENT, in the caller's transaction; gives how many.

    EVENT is `app.what_happened`. KEY makes it once: the same event and key again change nothing. PAYLOAD holds ids and plain
    values that whoever manages webhooks may pass on: no personal figures. An event stands in EVENTS and in docs/webhooks.md.
    """
    assert event in EVENTS, f"{event} is not listed in notifications.choices.EVENTS"
    chosen = [row for row in WebhookEndpoint.objects.filter(is_active=True) if wants(row.wanted_events, event)]
    return len(_send_event(chosen, event=event, key=key, payload=payload, now=now))


def ping_endpoint(*, endpoint: WebhookEndpoint, by: User, now: datetime) -> WebhookDelivery:
    """Send an endpoint a test event. Needs notifications.manage_webhooks. Refuses a paused one."""
    if not endpoint.is_active:
        raise EndpointPaused(_("This webhook is paused. Resume it first."))
    payload = {"message": _("A test from the portal."), "asked_by": str(by)}
    (delivery,) = _send_event([endpoint], event=PING, key=f"{endpoint.pk}/{now.isoformat()}", payload=payload, now=now)
    return delivery


def _send_event(
    endpoints: list[WebhookEndpoint], *, event: str, key: str, payload: dict[str, Any], now: datetime
) -> list[WebhookDelivery]:
    if not endpoints:
        return []
    event_id = uuid.uuid5(EVENT_SPACE, f"{event}/{key}")
    plain = {"id": str(event_id), "event": event, "occurred_at": now, "data": payload}
    content = json.loads(json.dumps(plain, cls=DjangoJSONEncoder))
    with transaction.atomic():
        messages = emit_many(
            topic=WEBHOOK_TOPIC, payloads={f"{row.pk}/{event_id}": {"endpoint": row.pk} for row in endpoints}
        )
        deliveries = [
            WebhookDelivery(
                endpoint=row, event=event, event_id=event_id, payload=content, message=messages[f"{row.pk}/{event_id}"]
            )
            for row in endpoints
        ]
        WebhookDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        return list(WebhookDelivery.objects.filter(event_id=event_id, endpoint__in=endpoints))


def call_endpoint(*, message: Outbox, now: datetime) -> None:
    """Make the call an outbox message stands for and log the attempt. Anything but an answer of 200 to 299 is tried again.

    Given up at once: a paused endpoint, an address that may not be called, 410 Gone (which pauses the endpoint).
    """
    delivery = WebhookDelivery.objects.select_related("endpoint__owner").get(message=message)
    endpoint = delivery.endpoint
    if not endpoint.is_active:
        raise EndpointPaused(_("The webhook is paused: this event was not sent."))
    body = json.dumps(delivery.payload, separators=(",", ":"), sort_keys=True).encode()
    headers = _headers(delivery, body, secret=unseal(endpoint.sealed_secret), timestamp=int(now.timestamp()))
    try:
        answer = calling.post(url=endpoint.url, body=body, headers=headers)
    except calling.CallFailed as error:
        _log(delivery, now=now, error=str(error))
        _count_failure(endpoint, now=now)
        if isinstance(error, calling.CallRefused):
            raise BadEndpoint(str(error)) from error
        raise NotDelivered(str(error)) from error
    _log(delivery, now=now, status=answer.status, excerpt=answer.excerpt, duration_ms=answer.duration_ms)
    if 200 <= answer.status < 300:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).exclude(failure_count=0).update(failure_count=0)
        return
    _count_failure(endpoint, now=now)
    if answer.status == GONE:
        _pause(endpoint, reason=_("It answered 410 Gone."), now=now)
        raise EndpointPaused(_("It answered 410 Gone: the webhook was paused."))
    raise NotDelivered(_("It answered %(status)s.") % {"status": answer.status})


def _headers(delivery: WebhookDelivery, body: bytes, *, secret: str, timestamp: int) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": f"Operations-Portal/{settings.VERSION}",
        "Portal-Event": delivery.event,
        "Portal-Event-Id": str(delivery.event_id),
        "Portal-Signature": signature(secret=secret, timestamp=timestamp, body=body),
    }


def _log(delivery: WebhookDelivery, *, now: datetime, **facts: Any) -> None:
    WebhookAttempt.objects.create(delivery=delivery, attempted_at=now, **facts)


def _count_failure(endpoint: WebhookEndpoint, *, now: datetime) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failure_count=F("failure_count") + 1)
    endpoint.refresh_from_db(fields=["failure_count"])
    if endpoint.failure_count >= PAUSED_AFTER:
        _pause(endpoint, reason=_("%(count)s calls in a row failed.") % {"count": PAUSED_AFTER}, now=now)


def _pause(endpoint: WebhookEndpoint, *, reason: str, now: datetime) -> None:
    """Pause an endpoint that does not answer, and tell its owner."""
    with transaction.atomic():
        pause_endpoint(endpoint=endpoint, reason=reason, by=None)
        notify(
            users=[endpoint.owner],
            kind="accounts.webhook_paused",
            subject=_("The webhook %(name)s was paused") % {"name": endpoint.name},
            body=_("%(reason)s Put the receiver right, then resume the webhook.") % {"reason": reason},
            url=f"/notifications/webhooks/{endpoint.pk}/",
            key=f"webhook-paused/{endpoint.pk}/{now.isoformat()}",
            now=now,
        )


def redeliver(*, delivery: WebhookDelivery, now: datetime) -> WebhookDelivery:
    """Send an event once more, under its own id. Needs notifications.manage_webhooks. Refuses what is still on its way."""
    if not delivery.endpoint.is_active:
        raise EndpointPaused(_("This webhook is paused. Resume it first."))
    before = delivery.message.state
    delivery.message = send_again(message=delivery.message, now=now)
    if delivery.message.state == before:
        raise Conflict(_("This event is still on its way: there is nothing to send again."))
    return delivery
