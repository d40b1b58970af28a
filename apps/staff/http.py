"""request.scope: who asks and how far they see, worked out at most once a request and only when something asks."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from apps.core import clock
from apps.core.scope import Scope
from apps.staff.selectors import scope_of

Answer = Callable[[HttpRequest], HttpResponse]


class ScopeMiddleware:
    """Gives every request its scope, lazily: pages that ask nothing cost no query.

    The scope follows `request.user` at the moment it is asked for, so an API key (recognised inside the view, after all
    middleware) gets the scope of its owner, cut down to what the key was issued for.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.scope = SimpleLazyObject(lambda: scope_for(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def scope_for(request: HttpRequest) -> Scope:
    """The scope of whoever sent the request, never wider than the key it came with."""
    scope = scope_of(request.user, clock.today())
    key: Any = getattr(request, "auth", None)
    return scope if key is None else replace(scope, capabilities=scope.capabilities & frozenset(key.scopes))
