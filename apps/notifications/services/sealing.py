"""Webhook secrets at rest: sealed with a key derived from the portal's pepper, so that a dump alone signs nothing."""

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.errors import Refusal


class SecretLost(Refusal):
    """The pepper changed since the secret was sealed."""

    code = "secret_lost"


def new_secret() -> str:
    """A fresh secret, readable as ours."""
    return f"whsec_{secrets.token_urlsafe(32)}"


def seal(secret: str) -> str:
    """The secret as it is stored."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret as it signs; refuses when it was sealed under another pepper."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        message = _(
            "This webhook's secret can no longer be read (PORTAL_TOKEN_PEPPER changed). Make a new secret for it."
        )
        raise SecretLost(message) from None


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"webhooks:{settings.TOKEN_PEPPER}".encode()).digest()))
