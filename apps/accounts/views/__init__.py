"""The pages of accounts."""

from apps.accounts.views.accounts import (
    account_page,
    accounts_page,
    change_account_page,
    change_roles_page,
    close_account_page,
    create_account_page,
    end_account_sessions,
    reopen_account,
    reset_second_factor,
    send_invitation,
)
from apps.accounts.views.keys import issue_key_page, key_page, keys_page, revoke_key
from apps.accounts.views.profile import end_other_sessions, end_session, profile_page
from apps.accounts.views.sign_in import sign_in_page

__all__ = [
    "account_page",
    "accounts_page",
    "change_account_page",
    "change_roles_page",
    "close_account_page",
    "create_account_page",
    "end_account_sessions",
    "end_other_sessions",
    "end_session",
    "issue_key_page",
    "key_page",
    "keys_page",
    "profile_page",
    "reopen_account",
    "reset_second_factor",
    "revoke_key",
    "send_invitation",
    "sign_in_page",
]
