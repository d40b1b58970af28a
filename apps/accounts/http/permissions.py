"""What an API view asks for: its declared capability, by method."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.accounts.http.access import may
from apps.accounts.models import ApiKey

PUBLIC, SIGNED_IN = "public", "signed_in"


def declared(view: Any, method: str) -> str:
    """The capability the view declares for its action, else for the method; empty when it declares none."""
    word: str | Mapping[str, str] = getattr(view, "capability", "") or ""
    if isinstance(word, str):
        return word
    return word.get(getattr(view, "action", None) or "") or word.get("GET" if method == "HEAD" else method, "")


class DeclaredCapability(BasePermission):
    """Refuses whoever lacks the capability the view declares, and every view that declares none."""

    message: Any = _("You may not do this: your role, or the scopes of your API key, do not include it.")

    def has_permission(self, request: Request, view: Any) -> bool:
        narrow_scope(request)
        method = request.method or ""
        if method not in view.allowed_methods:
            return bool(request.user.is_authenticated)
        word = SIGNED_IN if method == "OPTIONS" else declared(view, method)
        if word == PUBLIC:
            return True
        if not word or not request.user.is_authenticated:
            return False
        if word == SIGNED_IN:
            return True
        self.message = _("You need the capability %(name)s: your role, or the scopes of your API key, lack it.") % {
            "name": word,
        }
        return may(request._request, word)


def narrow_scope(request: Request) -> None:
    """With an API key the scope of the request holds only what the key was made for."""
    scope = getattr(request._request, "scope", None)
    if isinstance(request.auth, ApiKey) and scope is not None:
        held = scope.capabilities & frozenset(request.auth.scopes)
        request._request.scope = replace(unwrapped(scope), capabilities=held)  # type: ignore[attr-defined]


def unwrapped(scope: Any) -> Any:
    """The scope behind a lazy one."""
    return scope.__copy__() if hasattr(scope, "_wrapped") else scope
