"""Reads about accounts. Rows of other people need accounts.view; the doors check it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models.functions import Lower

from apps.accounts.models import ApiKey, RoleGrant, User
from apps.accounts.rules import CAPABILITIES, capabilities_of


def roles_of(user: Any) -> frozenset[str]:
    """The roles of an account; read once per user object, so once per request."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    known = getattr(user, "_roles", None)
    if known is None:
        known = frozenset(RoleGrant.objects.filter(user_id=user.pk).values_list("role", flat=True))
        user._roles = known
    return known  # type: ignore[no-any-return]


def capabilities_for(user: Any) -> frozenset[str]:
    """What the account may do now: by its roles, and for a request with an API key only what the key was made for."""
    held = capabilities_of(roles_of(user))
    key: ApiKey | None = getattr(user, "acting_key", None)
    return held if key is None else held & frozenset(key.scopes)


def users_with_capability(capability: str) -> Any:
    """Open accounts of people whose roles give them the capability."""
    roles = frozenset(role for role, held in CAPABILITIES.items() if capability in held)
    return User.objects.open().filter(is_system=False).holding(roles)


def account_for(*, email: str) -> User | None:
    """The account with this e-mail, whatever its case."""
    return User.objects.filter(email__iexact=email.strip()).first()


def accounts_by_email(emails: Iterable[str]) -> dict[str, User]:
    """Accounts by lower-case e-mail, in one query."""
    wanted = {email.strip().lower() for email in emails}
    found = User.objects.get_queryset().annotate(low=Lower("email")).filter(low__in=wanted)
    return {user.email.lower(): user for user in found}


def usable_key(*, prefix: str, now: datetime) -> ApiKey | None:
    """The key with this public part, if it may be used now, with its owner."""
    if not prefix:
        return None
    return ApiKey.objects.usable(now).filter(prefix=prefix).select_related("owner").first()
