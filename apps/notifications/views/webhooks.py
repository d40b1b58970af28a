"""Webhooks: endpoints, their secrets, the delivery log."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.http.access import allow
from apps.core.clock import now
from apps.core.errors import Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.http.listing import Badge, Column, Filter, ListSpec, list_response
from apps.jobs.choices import OutboxState
from apps.notifications import forms, selectors, services
from apps.notifications.models import WebhookDelivery, WebhookEndpoint
from apps.notifications.views.own import account_of

TONES = {
    OutboxState.WAITING: "warning",
    OutboxState.SENDING: "info",
    OutboxState.SENT: "success",
    OutboxState.FAILED: "danger",
}
form_page = require_http_methods(["GET", "POST"])


def endpoint_badge(row: WebhookEndpoint) -> Badge:
    """Whether an endpoint is called, and whether it answers."""
    if not row.is_active:
        return Badge(_("Paused"), "neutral")
    return Badge(_("Not answering"), "danger") if row.failure_count else Badge(_("Active"), "success")


def delivery_badge(row: WebhookDelivery) -> Badge:
    """How far an event is."""
    return Badge(row.message.get_state_display(), TONES[OutboxState(row.message.state)])


def endpoint_url(row: WebhookEndpoint) -> str:
    """The page of an endpoint."""
    return reverse("notifications:webhook", args=[row.pk])


def events_text(row: WebhookEndpoint) -> str:
    """What an endpoint is told about, in words."""
    words = dict(forms.EVENT_GROUPS)
    return ", ".join(str(words.get(name, name)) for name in row.wanted_events)


ENDPOINTS = ListSpec(
    name="webhooks",
    title=_("Webhooks"),
    subtitle=_("Other systems that are told when something happens here."),
    columns=(
        Column("name", _("Name"), kind="link", order_by="name", url=endpoint_url, note="url"),
        Column("events", _("Told about"), value=events_text),
        Column("state", _("State"), value=endpoint_badge, kind="badge", order_by="is_active"),
        Column("owner", _("Owner"), value="owner.name", kind="user", order_by="owner__name"),
        Column("last_event_at", _("Last event"), kind="moment", order_by="last_event_at", nulls_last=True),
    ),
    filters=(
        Filter("paused", _("Only paused ones"), apply=lambda rows, _value: rows.filter(is_active=False), kind="flag"),
    ),
    search=("name__icontains", "url__icontains"),
    default_order="name",
    empty_title=_("No webhooks yet"),
    empty_text=_("Add the address of another system. It is called, signed, whenever something it cares about happens."),
    empty_icon="webhook",
)

DELIVERIES = ListSpec(
    name="webhook-deliveries",
    title=_("Delivery log"),
    columns=(
        Column(
            "event",
            _("Event"),
            kind="link",
            url=lambda row: reverse("notifications:delivery", args=[row.pk]),
            order_by="event",
        ),
        Column("event_id", _("Event id")),
        Column(
            "state", _("State"), value=delivery_badge, kind="badge", order_by="message__state", note="message.error"
        ),
        Column(
            "attempts", _("Attempts"), value="message.attempt_count", kind="number", order_by="message__attempt_count"
        ),
        Column("created_at", _("Happened"), kind="moment", order_by="id"),
        Column(
            "sent_at",
            _("Arrived"),
            value="message.sent_at",
            kind="moment",
            order_by="message__sent_at",
            nulls_last=True,
        ),
    ),
    filters=(
        Filter(
            "state",
            _("State"),
            choices=OutboxState.choices,
            apply=lambda rows, value: rows.filter(message__state=value),
        ),
    ),
    search=("event__icontains", "event_id__icontains"),
    default_order="-id",
    page_size=25,
    empty_title=_("Nothing was sent yet"),
    empty_text=_("Send a test event to see whether the other side understands."),
    empty_icon="send",
)


@require_GET
@allow("notifications.manage_webhooks")
def webhooks_page(request: HttpRequest) -> HttpResponseBase:
    """All endpoints."""
    rows = selectors.webhook_endpoints(request.scope)  # type: ignore[attr-defined]
    return list_response(request, spec=ENDPOINTS, queryset=rows, template="notifications/webhooks.html")


@require_GET
@allow("notifications.manage_webhooks")
def webhook_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One endpoint: its state, its delivery log, what was changed."""
    scope = request.scope  # type: ignore[attr-defined]
    endpoint = selectors.endpoint_for(scope, pk)
    context = {
        "title": endpoint.name,
        "subtitle": endpoint.url,
        "crumbs": [(_("Webhooks"), reverse("notifications:webhooks")), (endpoint.name, "")],
        "endpoint": endpoint,
        "badge": endpoint_badge(endpoint),
        "events": events_text(endpoint),
    }
    rows = selectors.webhook_deliveries(scope, endpoint)
    return list_response(
        request, spec=DELIVERIES, queryset=rows, template="notifications/webhook.html", context=context
    )


def secret_page(request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
    """The one time a secret is shown. Never cached."""
    context = {"title": _("Secret of %(name)s") % {"name": endpoint.name}, "endpoint": endpoint, "secret": secret}
    response = render(request, "notifications/secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


@form_page
@allow("notifications.manage_webhooks")
def add_webhook(request: HttpRequest) -> HttpResponse:
    """Add an endpoint."""
    form = forms.WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            endpoint, secret = services.add_endpoint(
                **form.cleaned_data, owner=account_of(request), by=account_of(request), now=now()
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return secret_page(request, endpoint, secret)
    return form_response(
        request,
        form=form,
        title=_("Add a webhook"),
        submit_label=_("Add the webhook"),
        back_url=reverse("notifications:webhooks"),
    )


@form_page
@allow("notifications.manage_webhooks")
def change_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an endpoint's name, address or events."""
    endpoint = selectors.endpoint_for(request.scope, pk)  # type: ignore[attr-defined]
    present = {"name": endpoint.name, "url": endpoint.url, "events": endpoint.wanted_events}
    form = forms.WebhookForm(request.POST or None, initial=present)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_endpoint(endpoint=endpoint, **form.cleaned_data, by=account_of(request))
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The webhook was changed."))
            return redirect("notifications:webhook", pk)
    return form_response(
        request, form=form, title=_("Change %(name)s") % {"name": endpoint.name}, back_url=endpoint_url(endpoint)
    )


@require_POST
@allow("notifications.manage_webhooks")
def renew_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """Replace the secret and show the new one once."""
    endpoint = selectors.endpoint_for(request.scope, pk)  # type: ignore[attr-defined]
    return secret_page(request, endpoint, services.renew_secret(endpoint=endpoint, by=account_of(request)))


@form_page
@allow("notifications.manage_webhooks")
def pause_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop calling an endpoint for now."""
    endpoint = selectors.endpoint_for(request.scope, pk)  # type: ignore[attr-defined]
    form = forms.PauseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.pause_endpoint(endpoint=endpoint, **form.cleaned_data, by=account_of(request))
        messages.success(request, _("The webhook is paused."))
        return redirect("notifications:webhook", pk)
    return form_response(
        request,
        form=form,
        title=_("Pause %(name)s") % {"name": endpoint.name},
        submit_label=_("Pause"),
        back_url=endpoint_url(endpoint),
        context={"intro": _("While it is paused nothing is kept for it: it will not learn of what happens meanwhile.")},
    )


@require_POST
@allow("notifications.manage_webhooks")
def resume_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Call a paused endpoint again."""
    endpoint = selectors.endpoint_for(request.scope, pk)  # type: ignore[attr-defined]
    services.resume_endpoint(endpoint=endpoint, by=account_of(request))
    messages.success(request, _("The webhook is called again from now on."))
    return redirect("notifications:webhook", pk)


@require_POST
@allow("notifications.manage_webhooks")
def ping_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test event."""
    endpoint = selectors.endpoint_for(request.scope, pk)  # type: ignore[attr-defined]
    delivery = services.ping_endpoint(endpoint=endpoint, by=account_of(request), now=now())
    return redirect("notifications:delivery", delivery.pk)


@require_GET
@allow("notifications.manage_webhooks")
def delivery_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One event on its way: what is sent, each attempt, what was answered."""
    delivery = selectors.delivery_for(request.scope, pk)  # type: ignore[attr-defined]
    is_open = delivery.message.state in {OutboxState.WAITING, OutboxState.SENDING}
    context: dict[str, Any] = {
        "title": delivery.event,
        "subtitle": str(delivery.event_id),
        "crumbs": [
            (_("Webhooks"), reverse("notifications:webhooks")),
            (delivery.endpoint.name, endpoint_url(delivery.endpoint)),
            (delivery.event, ""),
        ],
        "delivery": delivery,
        "badge": delivery_badge(delivery),
        "attempts": list(delivery.attempts.all()[:50]),
        "payload": json.dumps(delivery.payload, indent=2, ensure_ascii=False),
        "is_open": is_open,
    }
    template = "notifications/_delivery.html" if getattr(request, "htmx", False) else "notifications/delivery.html"
    return render(request, template, context)


@require_POST
@allow("notifications.manage_webhooks")
def send_delivery_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an event once more, under its own id."""
    delivery = selectors.delivery_for(request.scope, pk)  # type: ignore[attr-defined]
    services.redeliver(delivery=delivery, now=now())
    messages.success(request, _("The event is sent again."))
    return redirect("notifications:delivery", pk)
