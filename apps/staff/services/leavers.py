"""Whoever left can no longer sign in: the account closes on the day after the last one."""

from datetime import datetime

from apps.accounts.services import close_account
from apps.core.clock import local_date
from apps.core.errors import Refusal
from apps.staff.selectors.people import leavers_with_open_account


def close_accounts_of_leavers(*, now: datetime) -> dict[str, int]:
    """Close the account of everybody whose last spell is over: sessions and keys end at once.

    Run by a daily job. Safe to repeat: closed accounts are not looked at again. The last administrator stays, and is
    counted, so that somebody can still open accounts. One service call an account: there are a few a month.
    """
    closed = kept = 0
    for person in leavers_with_open_account(local_date(now)):
        try:
            close_account(user=person.user, by=None, now=now, reason="Left the company")  # type: ignore[arg-type]
            closed += 1
        except Refusal:
            kept += 1
    return {"closed": closed, "kept": kept}
