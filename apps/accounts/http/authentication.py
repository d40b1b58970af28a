"""API keys at the door: `Authorization: Bearer opk_…`."""

import hmac
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts.http.addresses import client_address
from apps.accounts.models import ApiKey, User
from apps.accounts.rules import is_within, key_digest, key_prefix
from apps.accounts.selectors import usable_key
from apps.accounts.services import stamp_key_use
from apps.core.clock import now

WRONG = _("The API key is not valid: unknown, expired or revoked. Ask the administrator for a new one.")


class ApiKeyAuthentication(BaseAuthentication):
    """Who acts is the key's owner, narrowed to the key's scopes (selectors.capabilities_for)."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        text = words[1].decode("latin-1") if len(words) == 2 else ""
        key = self.known_key(text)
        address = client_address(request)
        if not is_within(address, key.allowed_networks):
            raise AuthenticationFailed(
                _("The API key may not be used from this address. Its allowed networks say from where.")
            )
        stamp_key_use(key=key, address=address, now=now())
        owner = key.owner
        owner.acting_key = key  # type: ignore[attr-defined]
        return owner, key

    def known_key(self, text: str) -> ApiKey:
        """The key this text is; the same answer for unknown, wrong, expired and revoked ones."""
        key = usable_key(prefix=key_prefix(text), moment=now()) if text.isascii() else None
        if key is None or not hmac.compare_digest(key.digest, key_digest(text, settings.TOKEN_PEPPER)):
            raise AuthenticationFailed(WRONG)
        return key

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="api"'
