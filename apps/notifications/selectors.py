"""What a person was told, what they chose; webhooks for those who manage them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_capability
from apps.core.errors import NotFound
from apps.core.scope import Scope
from apps.notifications.choices import OFFERED, Mode
from apps.notifications.models import (
    Notification,
    Preference,
    StandIn,
    WebhookDelivery,
    WebhookEndpoint,
)
from apps.notifications.rules import OPENS_CASES, default_mode

WEBHOOKS = "notifications.manage_webhooks"


@dataclass(frozen=True, slots=True)
class Choice:
    """How a person hears of one subject, and whether they said so themselves."""

    about: str
    label: str
    mode: str
    is_own: bool


def me(scope: Scope) -> int:
    """Key of the account that asks; a key no row has for nobody."""
    return scope.user_id or 0


def own_notifications(scope: Scope) -> QuerySet[Notification]:
    """What this person was told, newest first."""
    return Notification.objects.filter(user_id=me(scope)).select_related("on_behalf_of")


def notification_for(scope: Scope, pk: int) -> Notification:
    """One of the person's own; another's does not exist for them."""
    found = own_notifications(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such notification."))
    return found


def unread_count(scope: Scope) -> int:
    """How many are unread, at most 100: the bell shows "99+" anyway."""
    return Notification.objects.filter(user_id=me(scope), read_at=None)[:100].count()


def choices_of(scope: Scope) -> list[Choice]:
    """The person's preferences for every subject they may hear of, standing rules filled in."""
    own = dict(Preference.objects.filter(user_id=me(scope)).values_list("about", "mode"))
    return [
        Choice(about=about, label=str(label), mode=own.get(about, default_mode(about)), is_own=about in own)
        for about, label in OFFERED
    ]


def mode_labels() -> list[tuple[str, Any]]:
    """The ways of being told, for forms."""
    return list(Mode.choices)


def own_stand_ins(scope: Scope) -> QuerySet[StandIn]:
    """Who stands or stood in for this person."""
    return StandIn.objects.filter(user_id=me(scope)).select_related("stand_in")


def stand_in_entry(scope: Scope, pk: int) -> StandIn:
    """One of the person's own entries."""
    found = own_stand_ins(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such entry."))
    return found


def stand_in_of(user_id: int, day: date) -> User | None:
    """Who stands in for a person on DAY; None when nobody does. For services that ask who may act."""
    cover = StandIn.objects.in_force(day).filter(user_id=user_id, stand_in__is_active=True)
    found = cover.select_related("stand_in").first()
    return found.stand_in if found else None


def stand_ins_of(user_ids: Iterable[int], day: date) -> dict[int, int]:
    """Absent person → stand-in, on DAY, in one query."""
    cover = StandIn.objects.in_force(day).filter(user_id__in=list(user_ids), stand_in__is_active=True)
    return dict(cover.values_list("user_id", "stand_in_id"))


def covered_by(user_id: int, day: date) -> list[int]:
    """Accounts this person stands in for on DAY."""
    return list(StandIn.objects.in_force(day).filter(stand_in_id=user_id).values_list("user_id", flat=True))


def possible_stand_ins(scope: Scope) -> QuerySet[User]:
    """Whom a person may name: open accounts of people who may open the cases they would answer, but the own."""
    return users_with_capability(OPENS_CASES).exclude(pk=me(scope)).order_by("name")


def webhook_endpoints(scope: Scope) -> QuerySet[WebhookEndpoint]:
    """All endpoints, with when each was last told something, for those who manage them."""
    rows = WebhookEndpoint.objects.select_related("owner").annotate(last_event_at=Max("deliveries__created_at"))
    return rows if scope.may(WEBHOOKS) else rows.none()


def endpoint_for(scope: Scope, pk: int) -> WebhookEndpoint:
    """One endpoint, for those who manage them."""
    found = webhook_endpoints(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such webhook."))
    return found


def webhook_deliveries(scope: Scope, endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """The delivery log of an endpoint, newest first."""
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).select_related("message", "endpoint")
    return rows if scope.may(WEBHOOKS) else rows.none()


def delivery_for(scope: Scope, pk: int) -> WebhookDelivery:
    """One delivery, for those who manage webhooks."""
    found = WebhookDelivery.objects.filter(pk=pk).select_related("message", "endpoint").first()
    if found is None or not scope.may(WEBHOOKS):
        raise NotFound(_("There is no such delivery."))
    return found
