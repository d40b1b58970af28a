"""Telling people and systems. Other apps import from here."""

from apps.notifications.services.broadcasting import broadcast
from apps.notifications.services.mailing import send_digests, send_mail
from apps.notifications.services.notifying import Telling, mark_read, notify, notify_each
from apps.notifications.services.preferring import (
    AlreadyCovered,
    BadStandIn,
    UnknownChoice,
    end_stand_in,
    name_stand_in,
    set_preferences,
)
from apps.notifications.services.sealing import unseal
from apps.notifications.services.telling_jobs import tell_failed_job
from apps.notifications.services.webhooks import (
    BadEndpoint,
    EndpointPaused,
    NotDelivered,
    add_endpoint,
    call_endpoint,
    change_endpoint,
    emit_webhook,
    pause_endpoint,
    ping_endpoint,
    redeliver,
    renew_secret,
    resume_endpoint,
)

__all__ = [
    "AlreadyCovered",
    "BadEndpoint",
    "BadStandIn",
    "EndpointPaused",
    "NotDelivered",
    "Telling",
    "UnknownChoice",
    "add_endpoint",
    "broadcast",
    "call_endpoint",
    "change_endpoint",
    "emit_webhook",
    "end_stand_in",
    "mark_read",
    "name_stand_in",
    "notify",
    "notify_each",
    "pause_endpoint",
    "ping_endpoint",
    "redeliver",
    "renew_secret",
    "resume_endpoint",
    "send_digests",
    "send_mail",
    "set_preferences",
    "tell_failed_job",
    "unseal",
]
