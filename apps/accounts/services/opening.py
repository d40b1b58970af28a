"""Accounts: open, close, roles, sessions."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import ApiKey, RoleGrant, User
from apps.accounts.rules import needs_second_factor
from apps.accounts.selectors import has_second_factor, roles_granted
from apps.core.errors import Conflict, NotAllowed, Refusal
from apps.core.history import because


class AccountRefused(Refusal):
    """The account cannot be made or changed like this."""

    code = "account_refused"


class LastAdministrator(Conflict):
    """Nobody would be left who can open accounts."""

    code = "last_administrator"


def create_account(
    *,
    email: str,
    name: str,
    roles: Iterable[str],
    password: str | None = None,
    by: User | None,
    now: datetime,
    is_system: bool = False,
) -> User:
    """Open an account with roles. Who may: administrators; set-up (BY None). Without a password the person sets one
    by the reset mail. Refuses a taken or malformed e-mail, unknown roles, a weak password."""
    del now
    address = tidy_email(email)
    wanted = check_roles(roles)
    check_identity(address, name)
    user = User(email=address, name=name.strip(), is_system=is_system, password=make_password(None))
    if password is not None:
        check_password(password, user)
        user.password = make_password(password)
    try:
        with transaction.atomic(), because("accounts.created", by=by):
            user.save(force_insert=True)
            RoleGrant.objects.bulk_create([RoleGrant(user=user, role=role) for role in wanted])
            EmailAddress.objects.create(user=user, email=address, primary=True, verified=True)
    except IntegrityError as error:
        message = _("There is an account for %(email)s already. Open that one, or use another e-mail.") % {
            "email": address
        }
        raise Conflict(message, field="email") from error
    return user


def has_administrator() -> bool:
    """Whether anybody is there who can open accounts. One query."""
    return RoleGrant.objects.filter(role=Role.ADMINISTRATOR, user__is_active=True).exists()


def open_first_administrator(*, email: str, name: str, now: datetime) -> str:
    """Open the account that opens all others, for whoever has the machine in hand; returns its password, kept nowhere else.

    Refuses as soon as there is an administrator, also to the second of two at once, and what `create_account` refuses.
    """
    password = secrets.token_urlsafe(15)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('accounts.first_administrator'))")
        if has_administrator():
            message = _("There is an administrator already. Ask them to open the account, on the page Accounts.")
            raise Conflict(message, field="email")
        create_account(email=email, name=name, roles=[Role.ADMINISTRATOR], password=password, by=None, now=now)
    return password


def check_roles(roles: Iterable[str]) -> list[str]:
    """The roles, each once and known; refuses others by name."""
    wanted = sorted(set(roles))
    if unknown := [role for role in wanted if role not in Role.values]:
        message = _("There is no role %(names)s.") % {"names": ", ".join(unknown)}
        raise AccountRefused(message, field="roles")
    return wanted


def tidy_email(text: str) -> str:
    """An e-mail as it is stored: lower case, since company sign-on and reset look it up that way."""
    return text.strip().lower()


def check_identity(email: str, name: str) -> None:
    """Refuse what is no e-mail address or no name."""
    try:
        validate_email(email)
    except ValidationError as error:
        message = _("%(email)s is not an e-mail address. Write it like name@company.com.") % {"email": email or "–"}
        raise AccountRefused(message, field="email") from error
    if not name.strip():
        raise AccountRefused(_("The name is missing. Write the person's name."), field="name")


def check_password(password: str, user: User) -> None:
    """Refuse a weak password in the words of the password rules."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise AccountRefused(" ".join(error.messages), field="password") from error


def change_account(*, user: User, name: str, email: str, by: User) -> User:
    """Correct name or e-mail. Who may: administrators. Refuses a taken or malformed e-mail."""
    address = tidy_email(email)
    check_identity(address, name)
    try:
        with transaction.atomic(), because("accounts.changed", by=by):
            user.name, user.email = name.strip(), address
            user.save(update_fields=["name", "email", "updated_at"])
            EmailAddress.objects.filter(user=user).delete()
            EmailAddress.objects.create(user=user, email=address, primary=True, verified=True)
    except IntegrityError as error:
        message = _("There is another account for %(email)s. Use another e-mail.") % {"email": address}
        raise Conflict(message, field="email") from error
    return user


def grant_role(*, user: User, role: str, by: User | None, now: datetime, reason: str = "") -> None:
    """Give a role; giving it again changes nothing. Who may: administrators, never to themselves."""
    del now
    refuse_self(user, by)
    [wanted] = check_roles([role])
    with transaction.atomic(), because("accounts.role_granted", reason=reason, by=by):
        _grant, is_new = RoleGrant.objects.get_or_create(user=user, role=wanted)
        if is_new and needs_second_factor([wanted]) and not has_second_factor(user):
            # The next sign-in asks for the code that this role needs.
            end_all_sessions(user)
    forget_roles(user)


def revoke_role(*, user: User, role: str, by: User | None, now: datetime, reason: str = "") -> None:
    """Take a role away; it is gone on the person's next click. Who may: administrators, never their own."""
    del now
    refuse_self(user, by)
    with transaction.atomic(), because("accounts.role_revoked", reason=reason, by=by):
        if role == Role.ADMINISTRATOR:
            keep_an_administrator(without=user)
        RoleGrant.objects.filter(user=user, role=role).delete()
    forget_roles(user)


def set_roles(*, user: User, roles: Iterable[str], by: User | None, now: datetime, reason: str = "") -> None:
    """Make these exactly the roles of the account: grants and revokes what differs, all or nothing. Who may:
    administrators, never their own."""
    wanted = set(check_roles(roles))
    with transaction.atomic():
        present = roles_granted(user)
        for role in sorted(wanted - present):
            grant_role(user=user, role=role, by=by, now=now, reason=reason)
        for role in sorted(present - wanted):
            revoke_role(user=user, role=role, by=by, now=now, reason=reason)


def forget_roles(user: User) -> None:
    """Drop the roles remembered on this object."""
    user.__dict__.pop("_roles", None)


def refuse_self(user: User, by: User | None) -> None:
    """Nobody changes their own rights."""
    if by is not None and by.pk == user.pk:
        raise NotAllowed(_("Nobody changes their own roles or closes their own account. Ask another administrator."))


def keep_an_administrator(*, without: User) -> None:
    """Refuse when WITHOUT is the last open administrator. Locks the grants, so that two cannot remove each other."""
    locked = RoleGrant.objects.select_for_update().filter(role=Role.ADMINISTRATOR, user__is_active=True)
    ids = set(locked.order_by("pk").values_list("user_id", flat=True))
    if ids == {without.pk}:
        message = _("%(name)s is the last administrator. Make somebody else administrator first.") % {"name": without}
        raise LastAdministrator(message)


def close_account(*, user: User, by: User | None, now: datetime, reason: str = "") -> None:
    """Close an account: its sessions and keys end at once. Who may: administrators, never their own; refuses the last
    administrator. Closing it again changes nothing."""
    refuse_self(user, by)
    with transaction.atomic(), because("accounts.closed", reason=reason, by=by):
        if RoleGrant.objects.filter(user=user, role=Role.ADMINISTRATOR).exists():
            keep_an_administrator(without=user)
        closed = User.objects.filter(pk=user.pk, is_active=True).update(
            is_active=False, closed_at=now, session_epoch=F("session_epoch") + 1
        )
        if closed:
            ApiKey.objects.filter(owner=user, revoked_at__isnull=True).update(revoked_at=now)
            UserSession.objects.filter(user=user).delete()
    user.refresh_from_db(fields=["is_active", "closed_at", "session_epoch"])
    forget_roles(user)


def reopen_account(*, user: User, by: User | None, now: datetime, reason: str = "") -> None:
    """Let a closed account sign in again; its old keys stay revoked. Who may: administrators."""
    del now
    with transaction.atomic(), because("accounts.reopened", reason=reason, by=by):
        User.objects.filter(pk=user.pk, is_active=False).update(is_active=True, closed_at=None)
    user.refresh_from_db(fields=["is_active", "closed_at"])


def end_sessions(*, user: User, by: User | None, now: datetime) -> None:
    """Sign the account out everywhere. Who may: the person, an administrator."""
    del now
    with transaction.atomic(), because("accounts.sessions_ended", by=by):
        end_all_sessions(user)


def end_all_sessions(user: User) -> None:
    """Break the seal of every session of the account and forget their list."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    UserSession.objects.filter(user=user).delete()
    user.refresh_from_db(fields=["session_epoch"])
