"""Signing in: who may at all, what came of each attempt, how often a code may be wrong."""

from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import SignInResult
from apps.accounts.models import SignIn, User
from apps.accounts.selectors import recent_code_failures
from apps.accounts.services.opening import end_sessions, refuse_self
from apps.core.errors import Refusal
from apps.core.history import because

WRONG_CODES = 5
WRONG_CODE_WINDOW = timedelta(minutes=15)


class CodesExhausted(Refusal):
    """Too many wrong codes in a short time."""

    code = "codes_exhausted"
    status = 429


def may_sign_in(user: User) -> bool:
    """Open, for a person, and not a demo account outside a demo."""
    return user.is_active and not user.is_system and (settings.IS_DEMO or not user.is_demo)


def reset_second_factor(*, user: User, by: User, now: datetime, reason: str = "") -> None:
    """Take the sign-in code and recovery codes away from an account whose device is lost, and sign it out everywhere; a
    role that needs a code asks for a new one at the next sign-in. Who may: administrators, never their own."""
    refuse_self(user, by)
    with transaction.atomic(), because("accounts.second_factor_reset", reason=reason, by=by):
        Authenticator.objects.filter(user=user).delete()
        end_sessions(user=user, by=by, now=now)


def record_sign_in(*, user: User | None, result: str, address: str, device: str, now: datetime) -> None:
    """Write one attempt down. Anyone; insert-only."""
    device = device.replace("\x00", "")
    SignIn.objects.create(user=user, result=result, address=address or None, device=device, at=now)


def check_code(*, user: User, is_right: Callable[[], bool], address: str, device: str, now: datetime) -> bool:
    """Whether the code is right, asking IS_RIGHT at most five times in a quarter of an hour for one account.

    The account's row is locked meanwhile: fifty guesses at once are still one after the other. A wrong one is written
    down before the answer is given. Refuses further guesses by name of the wait.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if recent_code_failures(user, since=now - WRONG_CODE_WINDOW) >= WRONG_CODES:
            minutes = round(WRONG_CODE_WINDOW.total_seconds() / 60)
            message = _("Too many wrong codes. Wait %(minutes)s minutes, or use a recovery code then.")
            raise CodesExhausted(message % {"minutes": minutes}, field="code")
        if is_right():
            return True
        record_sign_in(user=user, result=SignInResult.CODE_FAILED, address=address, device=device, now=now)
    return False
