"""Which kind of nothing a month without a number is: the ones of choices.Absence, told apart from what is known."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["not_due", "missing", "no_data", "suppressed", "closed", "unexpected", "no_result"]
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an indicator in a department and month that shows no number."""

    kind: str = ""
    """What was reported for it (a ValueKind); empty: nothing at all."""
    is_reporter: bool = True
    """The department reports it itself, so that what was reported is its own word."""
    adds_up: bool = True
    """Values of several departments become one (not: as given, does not add up)."""
    is_formula: bool = False
    expected_count: int = 1
    """Departments that were to report it here."""
    is_open: bool = True
    """The department existed on the month's last day."""
    is_before_opening: bool = False
    is_in_use: bool = True
    """Not retired by then, and the department is its owner or stands below it."""
    is_last_of_period: bool = True
    """The month is one on which a quarterly or yearly indicator sits."""
    is_past_cut_off: bool = True


def absence(facts: Facts) -> Kind:
    """The kind of nothing. What was reported comes first, then what the department and the calendar say."""
    if facts.kind:
        return reported_nothing(facts)
    if not facts.is_open and not facts.is_before_opening and facts.is_in_use:
        return "closed"
    if not facts.is_in_use or not facts.is_open or not (facts.expected_count or facts.is_formula):
        return "unexpected"
    if not facts.is_last_of_period or not facts.is_past_cut_off:
        return "not_due"
    has_own = facts.is_reporter or facts.adds_up
    return "no_result" if facts.is_formula or not has_own else "missing"


def reported_nothing(facts: Facts) -> Kind:
    """Something was reported, and no number came of it: it said so itself, or nothing can be reckoned from it."""
    if facts.kind == "suppressed":
        return "suppressed"
    is_reckoned = facts.is_formula or (not facts.is_reporter and not facts.adds_up)
    return "no_result" if facts.kind == "number" or is_reckoned else "no_data"


def is_last_of_period(month: date, frequency: str, first_month: int) -> bool:
    """Whether a figure of this frequency sits on the MONTH; FIRST_MONTH is the fiscal year's."""
    length = MONTHS_OF[frequency]
    return (month.month - first_month) % 12 % length == length - 1


def is_expected(month: date, first: date, last: date | None) -> bool:
    """Whether a report is expected for the MONTH when it is from FIRST until LAST (None: open end)."""
    return first <= month and (last is None or month <= last)
