"""One's own account: roles, code, password, sessions, keys."""

from allauth.usersessions.internal.flows.sessions import end_other_sessions as end_others
from allauth.usersessions.internal.flows.sessions import end_sessions
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.choices import Role
from apps.accounts.http.access import acting_user, allow
from apps.accounts.rules import needs_second_factor
from apps.accounts.selectors import (
    has_second_factor,
    keys_for,
    recovery_codes_left,
    roles_of,
    sessions_of,
    sign_ins_of,
)
from apps.core.errors import NotFound


@require_GET
@allow("accounts.view_own")
def profile_page(request: HttpRequest) -> HttpResponse:
    """Who I am here, how I sign in, where I am signed in."""
    user = acting_user(request)
    has_code = has_second_factor(user)
    context = {
        "title": _("My account"),
        "account": user,
        "roles": [label for value, label in Role.choices if value in roles_of(user)],
        "has_code": has_code,
        "must_have_code": settings.REQUIRE_TOTP and needs_second_factor(roles_of(user)),
        "codes_left": recovery_codes_left(user) if has_code else 0,
        "sessions": sessions_of(user),
        "current_key": request.session.session_key,
        "sign_ins": sign_ins_of(user, count=10),
        "keys": keys_for(user).filter(owner_id=user.pk)[:20],
    }
    return render(request, "accounts/profile.html", context)


@require_POST
@allow("accounts.view_own")
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign out one of my sessions."""
    session = UserSession.objects.filter(user_id=request.user.pk, pk=pk).first()
    if session is None:
        raise NotFound(_("There is no such session any more. Reload the page to see those that are open."))
    end_sessions(request, [session])
    messages.success(request, _("That session has been signed out."))
    return redirect("accounts:profile")


@require_POST
@allow("accounts.view_own")
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign me out everywhere but here."""
    end_others(request, request.user)
    messages.success(request, _("All other sessions have been signed out."))
    return redirect("accounts:profile")
