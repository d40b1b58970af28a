"""Rows of notifications for tests."""

from datetime import UTC, date, datetime

import factory

from apps.accounts.tests.factories import UserFactory
from apps.jobs.models import Outbox
from apps.jobs.services import deliver
from apps.notifications.models import Notification, StandIn, WebhookDelivery, WebhookEndpoint
from apps.notifications.services.sealing import seal

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRET = "whsec_for_tests"


class NotificationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Notification

    user = factory.SubFactory(UserFactory)
    kind = "approvals.waiting"
    about = "approvals"
    subject = "A plan waits for you"
    key = factory.Sequence(lambda number: f"told-{number}")
    told_at = NOW


class StandInFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StandIn

    user = factory.SubFactory(UserFactory)
    stand_in = factory.SubFactory(UserFactory)
    first_day = date(2026, 11, 16)
    last_day = date(2026, 11, 27)


class WebhookEndpointFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = WebhookEndpoint

    name = factory.Sequence(lambda number: f"Receiver {number}")
    url = "https://receiver.example.com/in"
    wanted_events = ["*"]
    sealed_secret = factory.LazyFunction(lambda: seal(SECRET))
    owner = factory.SubFactory(UserFactory, roles=["administrator"])


def subscribed(*events):
    """Another system that is told of these events; of all when none is named."""
    return WebhookEndpointFactory(wanted_events=list(events) or ["*"])


def events_sent():
    """What systems were told, in order: (event, what it says)."""
    rows = WebhookDelivery.objects.order_by("pk").values_list("event", "payload")
    return [(event, payload["data"]) for event, payload in rows]


def told(user):
    """What a person was told, in order: (kind, subject)."""
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", "subject"))


def deliver_all():
    for pk in Outbox.objects.values_list("pk", flat=True):
        deliver(outbox_id=pk)
