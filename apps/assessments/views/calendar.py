"""The calendar of a month as pages draw it: seven steps with their days, and how far the next ones are."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.accounts.choices import Role
from apps.assessments.rules.calendar import PREPARED, Due, Step, StepState
from apps.assessments.selectors.calendar import MonthCalendar
from apps.core.clock import local_date
from apps.core.wording import day_text

LABELS = {
    Step.CUT_OFF: gettext_lazy("Values are in"),
    Step.REPORTS: gettext_lazy("Reports are in"),
    Step.CALCULATE: gettext_lazy("Worked out"),
    Step.REVIEW: gettext_lazy("Approved"),
    Step.PUBLISH: gettext_lazy("Published"),
    Step.APPEALS: gettext_lazy("Appeals taken"),
    Step.RULINGS: gettext_lazy("Appeals ruled on"),
}


def calendar_context(calendar: MonthCalendar | None) -> dict[str, Any] | None:
    """The strip of a month; None for those who do not work on it."""
    if calendar is None:
        return None
    return {"steps": [step_row(one) for one in calendar.steps], "countdown": countdown(calendar)}


def step_row(one: Due) -> dict[str, Any]:
    """One step as plain values. A step that is late and not the next one is still shown as late."""
    return {
        "label": LABELS[one.step],
        "state": one.state.value,
        "due_on": one.due_on,
        "done_on": one.done_on,
        "note": step_note(one),
    }


def step_note(one: Due) -> str:
    """How far a step is, or how late it was done."""
    if one.state == StepState.DONE:
        if not one.days_late or one.step not in PREPARED:
            return ""
        return ngettext("%(n)s working day late", "%(n)s working days late", one.days_late) % {"n": one.days_late}
    if one.state == StepState.LATE:
        return ngettext("%(n)s working day overdue", "%(n)s working days overdue", one.days_late) % {"n": one.days_late}
    if one.state == StepState.AHEAD and one.step not in PREPARED:
        return ""
    if one.days_left <= 0:
        return "" if one.days_left else _("due today")
    return ngettext("%(n)s working day left", "%(n)s working days left", one.days_left) % {"n": one.days_left}


def published_words(calendar: MonthCalendar | None, final_at: datetime | None) -> str:
    """What comes after publication, with its day, until the month is final; CALENDAR: for those who work on it."""
    if final_at is not None:
        return _("Published, and final since %(day)s. Nothing is left to do.") % {"day": day_text(local_date(final_at))}
    if calendar is None:
        return _("Published.")
    appeals, rulings = calendar.step(Step.APPEALS), calendar.step(Step.RULINGS)
    said = {"until": day_text(appeals.due_on), "by": day_text(rulings.due_on)}
    if appeals.done_on is None:
        return _("Published. Appeals are taken until %(until)s and ruled on by %(by)s; then the month is final.") % said
    if rulings.done_on is None and rulings.state == StepState.LATE:
        return _("Published. Appeals still wait for a ruling, which was due by %(by)s.") % said
    if rulings.done_on is None:
        return _("Published. Appeals were taken until %(until)s; the rulings on them are due by %(by)s.") % said
    return (
        _("Published. Appeals were taken until %(until)s; the month becomes final once nothing can go further.") % said
    )


def countdown(calendar: MonthCalendar) -> str:
    """How far publication is, and whose turn it is until then; nothing once the month is published."""
    due = calendar.step(Step.PUBLISH)
    if due.done_on is not None:
        return ""
    days = due.days_left
    if days < 0:
        text = ngettext(
            "Publication is %(n)s working day overdue.", "Publication is %(n)s working days overdue.", -days
        ) % {"n": -days}
    elif days == 0:
        text = _("Publication is due today.")
    else:
        text = ngettext("%(n)s working day to publication.", "%(n)s working days to publication.", days) % {"n": days}
    now = calendar.now
    if now is None or now.step not in PREPARED:
        return text
    return f"{text} " + _("It is the turn of: %(who)s.") % {"who": Role(calendar.turn.value).label}
