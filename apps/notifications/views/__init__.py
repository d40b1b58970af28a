"""Pages of notifications."""

from apps.notifications.views.own import (
    bell_part,
    end_stand_in,
    list_page,
    name_stand_in,
    open_notification,
    preferences_page,
    read_all,
    stand_in_page,
)
from apps.notifications.views.webhooks import (
    add_webhook,
    change_webhook,
    delivery_page,
    pause_webhook,
    ping_webhook,
    renew_secret,
    resume_webhook,
    send_delivery_again,
    webhook_page,
    webhooks_page,
)

__all__ = [
    "add_webhook",
    "bell_part",
    "change_webhook",
    "delivery_page",
    "end_stand_in",
    "list_page",
    "name_stand_in",
    "open_notification",
    "pause_webhook",
    "ping_webhook",
    "preferences_page",
    "read_all",
    "renew_secret",
    "resume_webhook",
    "send_delivery_again",
    "stand_in_page",
    "webhook_page",
    "webhooks_page",
]
