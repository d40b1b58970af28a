"""What the staff services refuse, each in one sentence that says what was wrong and how to go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import IntegrityError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.core.errors import Conflict, Refusal
from apps.staff.rules.acts import Finding, Obstacle


class NumberTaken(Conflict):
    """Another person has this staff number."""

    code = "staff_number_taken"


class CodeTaken(Conflict):
    """Another position has this code."""

    code = "position_code_taken"


class PlannedMeanwhile(Conflict):
    """Somebody else filled one of the cells of the headcount plan."""

    code = "changed_meanwhile"


class EmailTaken(Conflict):
    """Another person has this e-mail address."""

    code = "email_taken"


class AccountTaken(Conflict):
    """The account belongs to somebody else, or the person has one."""

    code = "account_taken"


class EmploymentOverlaps(Conflict):
    """The person is employed on those days already."""

    code = "employment_overlaps"


class NotEmployed(Refusal):
    """The person is not employed on that day."""

    code = "not_employed"


class LeavesBeforeJoining(Refusal):
    """The last day lies before the first one."""

    code = "leaves_before_joining"


class AlreadyLeaves(Conflict):
    """A last day is recorded already."""

    code = "already_leaves"


class LaterEntry(Conflict):
    """Something later is recorded; acts are recorded in order."""

    code = "later_entry"


class NoChange(Refusal):
    """The act would change nothing."""

    code = "no_change"


class HeadTaken(Conflict):
    """The department has a head on those days."""

    code = "head_taken"


class ShareTooLarge(Refusal):
    """The shares of one person would exceed 100 %."""

    code = "share_too_large"


class AppointedAlready(Conflict):
    """The person has an appointment in that department on those days."""

    code = "appointed_already"


class DepartmentClosed(Refusal):
    """The department does not exist on that day."""

    code = "department_closed"


class CannotCancel(Conflict):
    """Something was built on this movement since."""

    code = "cannot_cancel"


class WrongInput(Refusal):
    """A value that cannot be meant."""

    code = "wrong_input"


def day_text(day: date | None) -> str:
    """A day as people read it."""
    return date_format(day, "j M Y") if day else str(_("open end"))


def refuse_finding(finding: Finding, *, person: Any, department: Any = "", field: str = "") -> None:
    """Raise the refusal that a finding calls for; nothing for a clear one."""
    if not finding:
        return
    kind, default_field, sentence = SENTENCES[finding.obstacle]
    spell, place = finding.spell, finding.place
    words = {
        "person": person,
        "department": department,
        "hired": day_text(spell.hired_on) if spell else "",
        "last": day_text(spell.last_day) if spell else "",
        "start": day_text(place.starts_on) if place else "",
        "end": day_text(place.ends_on) if place else "",
        "total": finding.total,
    }
    raise kind(_(sentence) % words, field=field or default_field)


SENTENCES: dict[Obstacle, tuple[type[Refusal], str, str]] = {
    Obstacle.SPELL_OVERLAPS: (
        EmploymentOverlaps,
        "hired_on",
        gettext_noop("%(person)s is employed from %(hired)s to %(last)s already. Choose days outside that."),
    ),
    Obstacle.NOT_EMPLOYED: (
        NotEmployed,
        "on",
        gettext_noop("%(person)s is not employed on that day. Choose a day of their employment, or hire them first."),
    ),
    Obstacle.LEFT_BEFORE_JOINING: (
        LeavesBeforeJoining,
        "last_day",
        gettext_noop("%(person)s cannot leave before joining on %(hired)s. Choose that day or a later one."),
    ),
    Obstacle.ALREADY_LEAVES: (
        AlreadyLeaves,
        "last_day",
        gettext_noop("%(person)s leaves on %(last)s already. Cancel that leaving first to record another day."),
    ),
    Obstacle.LATER_APPOINTMENT: (
        LaterEntry,
        "on",
        gettext_noop("%(person)s has an appointment that starts later, on %(start)s. Cancel or end that one first."),
    ),
    Obstacle.SAME_DEPARTMENT: (
        NoChange,
        "department",
        gettext_noop("%(person)s is in %(department)s already, since %(start)s. Choose another department."),
    ),
    Obstacle.SAME_DAY: (
        LaterEntry,
        "on",
        gettext_noop(
            "%(person)s started in the present department on %(start)s. Choose a later day, or cancel that start."
        ),
    ),
    Obstacle.ALREADY_THERE: (
        AppointedAlready,
        "department",
        gettext_noop("%(person)s is appointed in %(department)s from %(start)s to %(end)s already. End that first."),
    ),
    Obstacle.SHARE_OVER_100: (
        ShareTooLarge,
        "share",
        gettext_noop("The shares of %(person)s would add up to %(total)s %%. Lower one of them to stay within 100 %%."),
    ),
    Obstacle.OUTSIDE_SPELL: (
        NotEmployed,
        "ends_on",
        gettext_noop("%(person)s leaves on %(last)s. The appointment must end on that day or earlier."),
    ),
    Obstacle.ENDS_BEFORE_START: (
        WrongInput,
        "ends_on",
        gettext_noop("The last day of the appointment lies before its first one. Choose a later last day."),
    ),
}

BY_CONSTRAINT: dict[str, tuple[type[Refusal], str, str]] = {
    "staff_person_number_key": (NumberTaken, "number", gettext_noop("This staff number is taken. Enter another.")),
    "staff_person_email_unique": (EmailTaken, "email", gettext_noop("This e-mail is taken. Enter another.")),
    "staff_person_user_id_key": (AccountTaken, "user", gettext_noop("This account is taken. Choose another.")),
    "staff_employment_no_overlap": (
        EmploymentOverlaps,
        "hired_on",
        gettext_noop("The person is employed on some of these days already. Reload the page and choose other days."),
    ),
    "staff_appointment_one_head": (
        HeadTaken,
        "role",
        gettext_noop(
            "The department has a head on some of these days. End that appointment first, or choose another role."
        ),
    ),
    "staff_appointment_one_main": (
        LaterEntry,
        "on",
        gettext_noop("Somebody recorded another move of this person a moment ago. Reload the page and look again."),
    ),
    "staff_appointment_once_per_dept": (
        AppointedAlready,
        "department",
        gettext_noop("The person is appointed in this department on some of these days. End that appointment first."),
    ),
    "staff_movement_once_per_spell": (
        AlreadyLeaves,
        "",
        gettext_noop("Somebody recorded this movement a moment ago. Reload the page and look again."),
    ),
    "staff_position_code_key": (CodeTaken, "code", gettext_noop("The code is in use. Enter another one.")),
    "staff_headcount_plan_once": (
        PlannedMeanwhile,
        "planned",
        gettext_noop("Somebody filled one of these cells a moment ago. Reload the page and look again."),
    ),
}
"""The database has the last word when two people act in the same moment: its names, in words."""


@contextmanager
def constraints_in_words() -> Iterator[None]:
    """Turn a broken constraint of ours into its refusal; anything else passes through."""
    try:
        yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        known = BY_CONSTRAINT.get(name)
        if known is None:
            raise
        kind, field, sentence = known
        raise kind(_(sentence), field=field) from error
