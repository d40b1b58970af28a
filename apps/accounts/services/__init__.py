"""What other apps and the doors may call."""

from apps.accounts.services.keys import KeyRefused, UnknownScope, issue_key, revoke_key, stamp_key_use
from apps.accounts.services.opening import (
    AccountRefused,
    LastAdministrator,
    change_account,
    close_account,
    create_account,
    end_sessions,
    grant_role,
    reopen_account,
    revoke_role,
)
from apps.accounts.services.throttling import WINDOW_SECONDS, Count, count_request

__all__ = [
    "WINDOW_SECONDS",
    "AccountRefused",
    "Count",
    "KeyRefused",
    "LastAdministrator",
    "UnknownScope",
    "change_account",
    "close_account",
    "count_request",
    "create_account",
    "end_sessions",
    "grant_role",
    "issue_key",
    "reopen_account",
    "revoke_key",
    "revoke_role",
    "stamp_key_use",
]
