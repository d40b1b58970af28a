"""Refusals become pages; pages with people's data are kept out of caches; htmx gets toasts and whole-page redirects."""

import json
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from apps.core.errors import Refusal
from apps.core.http.errors import refusal_page

Answer = Callable[[HttpRequest], HttpResponse]


class RefusalMiddleware:
    """Draws a refusal no view caught: its own status, its own sentence. Also finishes every page (see `finished`)."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return finished(request, self.get_response(request))

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called by Django for what a view raised."""
        return refusal_page(request, exception) if isinstance(exception, Refusal) else None


def finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What every answer of a view needs: no copies in caches, and for htmx its toasts and redirects."""
    if not response.has_header("Cache-Control"):
        add_never_cache_headers(response)
    if getattr(request, "htmx", False):
        patch_vary_headers(response, ("HX-Request",))
        return for_htmx(request, response)
    return response


def for_htmx(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A redirect to the sign-in page leaves the page (it would else land inside a table); waiting messages become toasts."""
    target = response.get("Location", "")
    if response.status_code in {302, 303} and target.split("?")[0] == resolve_url(settings.LOGIN_URL):
        leave = HttpResponse(status=204)
        leave["HX-Redirect"] = target
        return leave
    if response.status_code < 300 and not response.has_header("HX-Redirect"):
        toasts = [{"text": str(message), "tone": message.level_tag} for message in messages.get_messages(request)]
        if toasts:
            present = (
                json.loads(response.get("HX-Trigger", "{}")) if response.get("HX-Trigger", "{").startswith("{") else {}
            )
            response["HX-Trigger"] = json.dumps({**present, "portal:toasts": toasts})
    return response
