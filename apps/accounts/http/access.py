"""Who may open a page. Every view carries one of these; a test refuses a view without.

@allow("staff.manage")       signed in and holding it (or one of several); else the sign-in page, or 403
@signed_in                   anyone signed in
@public                      anyone at all
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from apps.accounts.models import User
from apps.accounts.rules import unknown_capabilities
from apps.accounts.selectors import capabilities_for

ViewT = TypeVar("ViewT", bound=Callable[..., HttpResponseBase])


def may(request: HttpRequest, capability: str) -> bool:
    """Whether the caller holds the capability: by the scope of the request, or by the account where no scope was made."""
    scope = getattr(request, "scope", None)
    if scope is not None:
        return bool(scope.may(capability))
    return capability in capabilities_for(request.user)


def return_address(request: HttpRequest) -> str:
    """Where to come back to after signing in: this page, or for a sent form the page it was sent from."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return request.get_full_path()
    shown = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if url_has_allowed_host_and_scheme(shown, allowed_hosts={request.get_host()}, require_https=settings.IS_HTTPS):
        parts = urlsplit(shown)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """The way to the sign-in page and back, with why the session ended. (core turns it into a whole-page move for htmx.)"""
    answer = redirect_to_login(return_address(request))
    if why := getattr(request, "session_ended", ""):
        answer["Location"] += f"&ended={why}"
    return answer


def acting_user(request: Any) -> User:
    """Who is signed in, for views behind @allow or @signed_in."""
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied


def mark(view: Any, capability: str, others: tuple[str, ...] = ()) -> Any:
    """Write on the view what it asks for: the access tests read it."""
    view.capability = capability
    view.capabilities = (capability, *others)
    return view


def allow(capability: str, *others: str) -> Callable[[ViewT], ViewT]:
    """Only for those who hold CAPABILITY or one of OTHERS. A name no role holds is a mistake and stops the start."""
    if wrong := unknown_capabilities([capability, *others]):
        message = f"No role holds {', '.join(wrong)}. Add it to apps/accounts/rules.py or correct the name."
        raise ValueError(message)

    def wrap(view: ViewT) -> ViewT:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if not any(may(request, name) for name in (capability, *others)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return mark(guarded, capability, others)  # type: ignore[no-any-return]

    return wrap


def signed_in(view: ViewT) -> ViewT:
    """For anyone signed in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.user.is_authenticated else to_sign_in(request)

    return mark(guarded, "signed_in")  # type: ignore[no-any-return]


def public(view: ViewT) -> ViewT:
    """For anyone at all: health, the sign-in pages."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return mark(opened, "public")  # type: ignore[no-any-return]


def unattended(view: ViewT) -> ViewT:
    """For what a page asks by itself (bell, progress): such requests do not keep an idle session alive.

    Stands above @allow, so that the middleware sees the mark.
    """
    view.is_unattended = True  # type: ignore[attr-defined]
    return view
