"""What other apps and the doors may call."""

from apps.accounts.services.demo import DemoRefused, create_demo_account, demo_password
from apps.accounts.services.forgetting import forget_old_access
from apps.accounts.services.keys import KeyRefused, UnknownScope, issue_key, revoke_key, stamp_key_use
from apps.accounts.services.opening import (
    AccountRefused,
    LastAdministrator,
    change_account,
    close_account,
    create_account,
    end_sessions,
    grant_role,
    has_administrator,
    open_first_administrator,
    reopen_account,
    revoke_role,
    set_roles,
)
from apps.accounts.services.signing import CodesExhausted, check_code, may_sign_in, record_sign_in, reset_second_factor
from apps.accounts.services.throttling import WINDOW_SECONDS, Count, count_request

__all__ = [
    "WINDOW_SECONDS",
    "AccountRefused",
    "CodesExhausted",
    "Count",
    "DemoRefused",
    "KeyRefused",
    "LastAdministrator",
    "UnknownScope",
    "change_account",
    "check_code",
    "close_account",
    "count_request",
    "create_account",
    "create_demo_account",
    "demo_password",
    "end_sessions",
    "forget_old_access",
    "grant_role",
    "has_administrator",
    "issue_key",
    "may_sign_in",
    "open_first_administrator",
    "record_sign_in",
    "reopen_account",
    "reset_second_factor",
    "revoke_key",
    "revoke_role",
    "set_roles",
    "stamp_key_use",
]
