"""How often a page may be sent, counted in PostgreSQL: for sign-in and whatever else checks a secret."""

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.accounts.http.addresses import client_address
from apps.accounts.services import count_request
from apps.core.clock import now


def limited(view: Any, *, name: str, per_minute: int) -> Any:
    """VIEW, refusing more than PER_MINUTE sendings from one person or address before anything is checked or hashed."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            who = f"user:{request.user.pk}" if request.user.is_authenticated else f"address:{client_address(request)}"
            result = count_request(caller=f"{name}:{who}", now=now())
            if result.count > per_minute:
                page = render(request, "account/lockout.html", {"seconds": result.seconds_left}, status=429)
                page["Retry-After"] = str(result.seconds_left)
                return page
        return view(request, *args, **kwargs)  # type: ignore[no-any-return]

    return guarded
