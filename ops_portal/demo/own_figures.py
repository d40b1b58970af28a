"""What people of the demo put beside the forecast: own figures with their reasons, and what would be if things changed."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.accounts.models import User
from apps.core.month import Month
from apps.forecasts.choices import SubjectKind
from apps.forecasts.rules.what_if import Change
from apps.forecasts.selectors import Subject, current_issue, series_for
from apps.forecasts.services import save_scenario, tell_override
from ops_portal.demo.keeping import Desk

TOLD_ON = 14
"""Day of the month after, once the forecast is there."""


@dataclass(frozen=True, slots=True)
class Word:
    """Somebody expects another figure of the next month: so many times what is forecast, and why. AGO: after which month."""

    ago: int
    by: str
    code: str
    unit: str
    factor: float
    decimals: int
    reason: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would be if something changed from the month after the next on."""

    by: str
    code: str
    unit: str
    name: str
    change: Change


WORDS = (
    Word(3, "coo", "OTD", "OPS", 0.965, 1, "Sensors will be late: the supplier has told us so, the past has not."),
    Word(2, "manager", "ORD", "REG", 0.96, 1, "I fear that customers wait with orders until deliveries are on time."),
    Word(1, "manager", "REV", "REG", 1.02, 1, "The first lots of two new frame contracts are invoiced this month."),
)
"""The COO will be closer than the forecast, the head of sales will not: own figures are judged like any forecast."""
WHAT_IFS = (
    WhatIf("coo", "OTD", "OPS", "A second supplier of sensors", Change(level_pct=Decimal(6))),
    WhatIf("manager", "ORD", "REG", "Two more sales representatives", Change(growth_pct=Decimal("0.5"))),
)


def speak(desk: Desk, month: Month, ago: int) -> None:
    """What is told beside the forecast that was made after a month; at the end, what is tried out on the newest."""
    for word in WORDS:
        if word.ago == ago:
            tell(desk, word, month.plus(1), now=desk.moment(month, TOLD_ON))
    if ago == 1:
        for what_if in WHAT_IFS:
            keep(desk, what_if)


def tell(desk: Desk, word: Word, month: Month, *, now: datetime) -> None:
    """One own figure."""
    who, subject = person(desk, word.by), subject_of(desk, word.code, word.unit)
    scope = desk.scope(who)
    issue = current_issue(scope)
    assert issue is not None
    value = round(series_for(scope, issue, subject).mean[0] * word.factor, word.decimals)
    tell_override(subject=subject, month=month, value=value, reason=word.reason, scope=scope, by=who, now=now)


def keep(desk: Desk, what_if: WhatIf) -> None:
    """One what-if."""
    who = person(desk, what_if.by)
    save_scenario(
        subject=subject_of(desk, what_if.code, what_if.unit),
        name=what_if.name,
        from_month=desk.last.plus(2),
        change=what_if.change,
        scope=desk.scope(who),
        by=who,
        now=desk.now,
    )


def person(desk: Desk, role: str) -> User:
    """The COO, or the head of sales and service."""
    return desk.coo if role == "coo" else desk.manager


def subject_of(desk: Desk, code: str, unit: str) -> Subject:
    """An indicator in a department."""
    return Subject(SubjectKind.KPI, desk.departments[unit], desk.known[code])
