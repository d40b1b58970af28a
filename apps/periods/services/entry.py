"""The question every service asks before it stores a fact for a month: may it still be entered?"""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import connection, transaction
from django.utils import formats
from django.utils.translation import gettext

from apps.core.errors import Refusal
from apps.core.month import Month
from apps.core.wording import month_text
from apps.periods.choices import FactKind
from apps.periods.models import Period
from apps.periods.rules import Answer
from apps.periods.selectors import EntryWindow, entry_window

LOCK_SPACE = 5_001
"""Number space of the advisory locks on months, apart from anyone else's."""
HOLD = "SELECT pg_advisory_xact_lock_shared(%(space)s, key) FROM unnest(%(keys)s::int[]) AS key"


class PeriodClosed(Refusal):
    """The month takes no more facts of this kind."""

    code: ClassVar[str] = "period_closed"


class PeriodNotOpen(Refusal):
    """The month has not begun."""

    code: ClassVar[str] = "period_not_open"


class PeriodUnknown(Refusal):
    """The month lies outside the years that are laid out."""

    code: ClassVar[str] = "period_unknown"


def say_moment(moment: datetime) -> str:
    """A moment in words, on the company's clock."""
    return formats.date_format(moment.astimezone(settings.COMPANY_ZONE), "j F Y, H:i")


def lock_key(month: Month) -> int:
    """The advisory lock's number of a month."""
    return month.year * 12 + month.number - 1


@transaction.atomic
def require_accepts(*, kind: FactKind | str, month: Month, at: datetime) -> Period:
    """Return the month's period when facts of KIND may be entered for it AT that moment; refuse otherwise.

    Who may: every service that stores a fact, inside its own transaction. Changes nothing, but holds a shared lock on
    the month until that transaction ends, so that a month being closed or published waits for entries in flight.
    Refuses: before the month begins, after its cut-off (the cut-off moment itself is in time), once it is closed.
    """
    hold_months([month])
    window = entry_window(kind, month)
    if window is None:
        raise PeriodUnknown(
            gettext(
                "%(month)s is outside the years that are laid out. An administrator can lay out the year under Periods."
            )
            % {"month": month_text(month)},
            field="month",
        )
    answer = window.answer_at(at)
    if answer is not Answer.YES:
        raise _refusal(window, answer)
    return window.period


def _refusal(window: EntryWindow, answer: Answer) -> Refusal:
    """The sentence that goes with an answer: what was wrong, since when, and what to do."""
    facts = {"month": window.period.label, "kind": window.kind.label, "moment": say_moment(window.closes_at)}
    if answer is Answer.NOT_YET:
        facts["moment"] = say_moment(window.opens_at)
        text = gettext("%(month)s has not begun. %(kind)s may be entered for it from %(moment)s.")
        return PeriodNotOpen(text % facts, field="month")
    if answer is Answer.CLOSED and window.period.closed_at is not None:
        facts["moment"] = say_moment(window.period.closed_at)
        text = gettext(
            "%(month)s was closed on %(moment)s and takes no more entries (%(kind)s). "
            "Ask the chief operating officer to reopen it, or record a correction with a reason."
        )
        return PeriodClosed(text % facts, field="month")
    text = gettext(
        "The cut-off of %(month)s for %(kind)s was %(moment)s. "
        "Ask the chief operating officer to move it, or record a correction with a reason."
    )
    return PeriodClosed(text % facts, field="month")


def hold_months(months: Iterable[Month]) -> None:
    """Hold a shared lock on each of these months until the caller's transaction ends: closing and publishing them wait.

    For services that judge many facts at once by `selectors.month_answers`; taken before any other lock. One query.
    """
    keys = sorted({lock_key(month) for month in months})
    if not keys:
        return
    with connection.cursor() as cursor:
        cursor.execute(HOLD, {"space": LOCK_SPACE, "keys": keys})


def lock_month(month: Month) -> None:
    """Wait for entries in flight and keep new ones out until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, lock_key(month)])
