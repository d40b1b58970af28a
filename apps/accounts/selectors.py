"""Reads about accounts. Rows of other people need accounts.view; the doors check it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from apps.accounts.choices import Role, SignInResult
from apps.accounts.models import ApiKey, RoleGrant, SignIn, User
from apps.accounts.rules import CAPABILITIES, capabilities_of, device_words
from apps.core.clock import now


def roles_of(user: Any) -> frozenset[str]:
    """The roles of an account; read once per user object, so once per request."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    known = getattr(user, "_roles", None)
    if known is None:
        known = frozenset(RoleGrant.objects.filter(user_id=user.pk).values_list("role", flat=True))
        user._roles = known
    return known


def capabilities_for(user: Any) -> frozenset[str]:
    """What the account may do now: by its roles, and for a request with an API key only what the key was made for."""
    held = capabilities_of(roles_of(user))
    key: ApiKey | None = getattr(user, "acting_key", None)
    return held if key is None else held & frozenset(key.scopes)


def users_with_capability(capability: str) -> QuerySet[User]:
    """Open accounts of people whose roles give them the capability."""
    roles = frozenset(role for role, held in CAPABILITIES.items() if capability in held)
    return User.objects.open().filter(is_system=False).holding(roles)


def open_accounts() -> QuerySet[User]:
    """Accounts of people that are not closed."""
    return User.objects.open().filter(is_system=False)


def account_for(*, email: str) -> User | None:
    """The account with this e-mail, whatever its case."""
    return User.objects.filter(email__iexact=email.strip()).first()


def accounts_by_email(emails: Iterable[str]) -> dict[str, User]:
    """Accounts by lower-case e-mail, in one query."""
    wanted = {email.strip().lower() for email in emails}
    found = User.objects.get_queryset().annotate(low=Lower("email")).filter(low__in=wanted)
    return {user.email.lower(): user for user in found}


def usable_key(*, prefix: str, moment: datetime) -> ApiKey | None:
    """The key with this public part, if it may be used now, with its owner."""
    if not prefix:
        return None
    return ApiKey.objects.usable(moment).filter(prefix=prefix).select_related("owner").first()


def has_second_factor(user: Any) -> bool:
    """Whether the account asks for a code at sign-in."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists())


def recent_code_failures(user: User, *, since: datetime) -> int:
    """Wrong codes of this account since then, the ones after its last sign-in only."""
    tries = SignIn.objects.filter(user=user, at__gt=since)
    last = tries.filter(result=SignInResult.SUCCEEDED).order_by("-at").values_list("at", flat=True).first()
    return tries.filter(result=SignInResult.CODE_FAILED, at__gt=last or since).count()


def accounts() -> QuerySet[User]:
    """Every account with its roles and last sign-in. For those who hold accounts.view (the doors check)."""
    last = SignIn.objects.filter(user=OuterRef("pk"), result=SignInResult.SUCCEEDED).order_by("-at").values("at")[:1]
    return User.objects.get_queryset().prefetch_related("role_grants").annotate(last_sign_in_at=Subquery(last))


def keys_for(user: Any) -> QuerySet[ApiKey]:
    """The keys a person may see: their own, all of them with accounts.manage_keys."""
    rows = ApiKey.objects.select_related("owner")
    return rows if "accounts.manage_keys" in capabilities_for(user) else rows.filter(owner_id=user.pk)


def key_owners(user: Any) -> QuerySet[User]:
    """Accounts a person may issue keys for: their own; with accounts.manage_keys also those of systems."""
    is_manager = "accounts.manage_keys" in capabilities_for(user)
    own = Q(pk=user.pk)
    return User.objects.open().filter(own | Q(is_system=True) if is_manager else own)


def sign_ins_of(user: User, *, count: int) -> list[SignIn]:
    """The newest attempts for an account."""
    return list(SignIn.objects.filter(user=user)[:count])


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Where an account is signed in. `key` tells the present one apart and is never shown."""

    pk: int
    key: str
    device: str
    address: str
    since: datetime


def sessions_of(user: User) -> list[OpenSession]:
    """Open sessions of an account, newest first. Rows whose session has run out are left aside."""
    rows = UserSession.objects.filter(user=user).order_by("-created_at")[:50]
    alive = set(
        Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=now()).values_list(
            "session_key", flat=True
        )
    )
    return [
        OpenSession(row.pk, row.session_key, device_words(row.user_agent), row.ip, row.created_at)
        for row in rows
        if row.session_key in alive
    ]


def recovery_codes_left(user: User) -> int:
    """How many recovery codes are still unused."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(found.wrap().get_unused_codes()) if found else 0


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """One sign-in of the demo: the role it shows, its account."""

    role: str
    label: Any
    name: str
    email: str


def demo_sign_ins() -> list[DemoSignIn]:
    """One demo account for each role a person can have, in the order of the roles; none outside a demo."""
    if not settings.IS_DEMO:
        return []
    rows = RoleGrant.objects.filter(user__is_demo=True, user__is_active=True, user__is_system=False)
    found: dict[str, DemoSignIn] = {}
    for role, name, email in rows.order_by("user_id").values_list("role", "user__name", "user__email"):
        found.setdefault(role, DemoSignIn(role, Role(role).label, name, email))
    return [found[role] for role in Role.values if role in found]


def keys_of(user: User) -> list[ApiKey]:
    """The keys that act for an account, newest first."""
    return list(ApiKey.objects.filter(owner=user).order_by("-created_at")[:50])


def roles_granted(user: User) -> frozenset[str]:
    """The roles an account holds, open or closed."""
    return frozenset(RoleGrant.objects.filter(user=user).values_list("role", flat=True))


def users_with_role(role: str) -> QuerySet[User]:
    """Open accounts of people who hold the role."""
    return User.objects.open().filter(is_system=False).holding(frozenset({role}))


def accounts_by_role(roles: Iterable[str]) -> dict[str, frozenset[int]]:
    """Each of ROLES → open accounts of people who hold it. One query."""
    rows = RoleGrant.objects.filter(role__in=list(roles), user__is_active=True, user__is_system=False)
    held = list(rows.values_list("role", "user"))
    return {role: frozenset(user for one, user in held if one == role) for role in roles}
