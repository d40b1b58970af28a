"""How allauth and axes behave here: no sign-up, our addresses, our log of sign-ins, our lock-out page, sealed secrets."""

import base64
import hashlib
import logging
import smtplib
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import SignInResult
from apps.accounts.http.addresses import client_address, client_device
from apps.accounts.http.sessions import begin_session, is_fresh
from apps.accounts.models import User
from apps.accounts.rules import needs_second_factor
from apps.accounts.selectors import account_for, roles_of
from apps.accounts.services import may_sign_in, record_sign_in
from apps.core.clock import now
from apps.core.errors import Conflict

logger = logging.getLogger(__name__)


POST_ROOM = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")
"""One letter after the other; the process ends only when the last one is out."""


def deliver(message: EmailMessage) -> None:
    """Send it, or say in the log that it could not be sent; the person asks again."""
    try:
        message.send()
    except (OSError, smtplib.SMTPException):
        logger.exception("A mail could not be sent")


class PortalBackend(AuthenticationBackend):  # type: ignore[misc]
    """E-mail and password. Asked at sign-in and again on each request, so a closed account is out on its next click."""

    def user_can_authenticate(self, user: Any) -> bool:
        return may_sign_in(user)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are opened by administrators; people only sign in, and every attempt is written down."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("E-mail or password is not right. Check both and try again."),
        "enter_current_password": _("Write your present password."),
        "incorrect_password": _("The password is not right."),
    }

    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def get_client_ip(self, request: Any) -> str:
        return client_address(request) or "0.0.0.0"  # noqa: S104 - stands for "unknown", nothing listens there

    def pre_login(self, request: Any, user: Any, **kwargs: Any) -> Any:
        """The last gate before a session, also for company sign-on."""
        if not may_sign_in(user):
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **kwargs)

    def respond_user_inactive(self, request: Any, user: Any) -> Any:
        return redirect("account_inactive")

    def login(self, request: Any, user: Any) -> None:
        """Password and code were right: the session begins, its clocks start."""
        super().login(request, user)
        begin_session(request, now())
        self.note(request, user, SignInResult.SUCCEEDED)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not again within five minutes of signing in: who is sent to set up a code has just shown the password."""
        if is_fresh(context.request.session, now()):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def authentication_failed(self, request: Any, **credentials: Any) -> None:
        is_locked = getattr(request, "axes_locked_out", False)
        user = account_for(email=str(credentials.get("email") or credentials.get("username") or ""))
        self.note(request, user, SignInResult.LOCKED if is_locked else SignInResult.FAILED)

    def note(self, request: Any, user: User | None, result: SignInResult) -> None:
        """Write the attempt down."""
        device = client_device(request)
        record_sign_in(user=user, result=result, address=client_address(request), device=device, now=now())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Written here, sent beside the request: neither the time a mail server takes nor its absence may tell whether
        the account exists."""
        message = self.render_mail(template_prefix, email, context)
        if settings.MAIL_BESIDE_REQUEST:
            POST_ROOM.submit(deliver, message)
        else:
            deliver(message)

    def add_message(self, request: Any, level: int, *args: Any, **kwargs: Any) -> None:
        """No "signed in as …" toast: the person sees that."""
        template = kwargs.get("message_template") or (args[0] if args else "")
        if template not in {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}:
            super().add_message(request, level, *args, **kwargs)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Company sign-on opens existing accounts, it makes none."""

    def is_open_for_signup(self, request: Any, sociallogin: Any) -> bool:
        return False


class SecretUnreadable(Conflict):
    """The pepper under which the secret was sealed is gone."""

    code = "secret_unreadable"


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """TOTP secrets and recovery codes lie sealed in the database; who must have a code cannot switch it off."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("The code is not right. Wait for the next one in the app and type that."),
        "cannot_delete_authenticator": _("Your role needs a sign-in code, so it cannot be switched off."),
    }

    def sealer(self) -> Fernet:
        """The seal's key, derived from the pepper that also guards API keys."""
        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"mfa:{settings.TOKEN_PEPPER}".encode()).digest()))

    def encrypt(self, text: str) -> str:
        return self.sealer().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return self.sealer().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            # Never an empty secret instead: codes made from it could be guessed.
            message = _("The sign-in code of this account can no longer be read. Ask an administrator to reset it.")
            raise SecretUnreadable(message) from error

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        return not (settings.REQUIRE_TOTP and needs_second_factor(roles_of(authenticator.user)))


def typed_name(request: Any, credentials: dict[str, Any] | None = None) -> str:
    """The account name an attempt was made for, as axes counts it."""
    given = credentials or {}
    typed = given.get("email") or given.get("username") or request.POST.get("login", "")
    return str(typed).strip().lower()[:255]


def locked_out_page(request: HttpRequest, response: Any = None, credentials: Any = None) -> HttpResponse:
    """Too many attempts: says for how long, never whether the account exists."""
    del response, credentials
    minutes = round(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
    page = render(request, "account/lockout.html", {"minutes": minutes}, status=429)
    page["Retry-After"] = str(minutes * 60)
    return page
