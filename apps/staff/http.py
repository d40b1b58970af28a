"""request.scope: who asks and how far they see, worked out at most once a request and only when something asks."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from apps.core import clock
from apps.staff.selectors import scope_of

Answer = Callable[[HttpRequest], HttpResponse]


class ScopeMiddleware:
    """Gives every request its scope, lazily: pages that ask nothing cost no query.

    The scope follows `request.user` at the moment it is asked for, so an API key (recognised inside the view, after all
    middleware) gets the scope of its owner; accounts.selectors cuts the capabilities down to what the key was made for.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.scope = SimpleLazyObject(lambda: scope_of(request.user, clock.today()))  # type: ignore[attr-defined]
        return self.get_response(request)
