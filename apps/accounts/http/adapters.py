"""How allauth behaves here: no sign-up, our addresses, our log of sign-ins."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter

from apps.accounts.http.addresses import client_address


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by administrators; people only sign in."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def get_client_ip(self, request: Any) -> str:
        return client_address(request)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Company sign-on opens existing accounts, it makes none."""

    def is_open_for_signup(self, request: Any, sociallogin: Any) -> bool:
        return False
