"""For the board of a month that was never worked out: what it waits for, as far as a page can look."""

from datetime import date
from typing import Any

from apps.assessments.selectors.awaiting import is_untouched, judged_departments
from apps.assessments.selectors.blocking import blockers_among
from apps.assessments.services.foreseeing import foreseen_lines
from apps.core.clock import now
from apps.core.month import Month
from apps.core.scope import Scope

MOST_LOOKED_AT = 50
"""Departments: a page looks no further, the month itself looks at all."""


def foreseen_context(scope: Scope, month: Month, today: date) -> dict[str, Any] | None:
    """What is awaited of the first departments; None where the month was worked out, or no scheme says what it needs."""
    if not is_untouched(scope, month):
        return None
    rows = judged_departments(scope, month)
    count = rows.count()
    if not count:
        return None
    places = list(rows.order_by("department_id")[:MOST_LOOKED_AT])
    lines = sorted(foreseen_lines(month=month, places=places, at=now()), key=lambda line: line.department.name)
    waiting = len({line.department_id for line in lines})
    return {
        "blockers": blockers_among(lines, today, count=len(lines), department_count=waiting),
        "looked_at": len(places),
        "all": count,
    }
