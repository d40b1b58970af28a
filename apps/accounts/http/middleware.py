"""Session limits, and the code that some roles must have."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.accounts.http.sessions import touch_session, why_ended
from apps.accounts.rules import needs_second_factor
from apps.accounts.selectors import has_second_factor, roles_of
from apps.core.clock import now

ACCOUNT_KEY = "_auth_user_id"
CHECKED = "second_factor"
OPEN_WITHOUT_CODE = ("mfa_", "account_", "accounts:end_", "health", "ready")


class SessionLimitMiddleware:
    """Ends a session that was idle too long or is too old; sends those who must have a code to set one up.

    Requests that a page makes by itself (views marked @unattended) do not keep a session alive.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if ACCOUNT_KEY in request.session and (why := why_ended(request.session, now())):
            logout(request)
            # access.to_sign_in tells the person, and where what they typed has gone.
            request.session_ended = why  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """With the view known: move the clock, ask for the code."""
        del args, kwargs
        if ACCOUNT_KEY not in request.session or not request.user.is_authenticated:
            return None
        if not getattr(view, "is_unattended", False):
            touch_session(request.session, now())
        if settings.REQUIRE_TOTP and not request.session.get(CHECKED):
            return self.ask_for_code(request)
        return None

    def ask_for_code(self, request: HttpRequest) -> HttpResponse | None:
        """Once a session: people whose role needs a code but who have none set it up first."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not needs_second_factor(roles_of(request.user)) or has_second_factor(request.user):
            request.session[CHECKED] = True
            return None
        if name.startswith(OPEN_WITHOUT_CODE):
            return None
        if request.path.startswith("/api/"):
            raise PermissionDenied(_("Your role needs a sign-in code. Set one up in the browser first."))
        return redirect("mfa_activate_totp")
