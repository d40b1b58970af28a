"""What somebody reads who owes a month something, and the line above them."""

from collections.abc import Callable, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.rules.owing import Kind, Stage
from apps.core.month import Month
from apps.core.wording import day_text, month_text

NAMES_TOLD = 10
"""The line above reads so many names; of the rest it reads how many there are."""

NOUNS: dict[Kind, Callable[[], str]] = {
    Kind.VALUES: lambda: _("KPI values"),
    Kind.REPORTS: lambda: _("Reports for the scores"),
    Kind.RATINGS: lambda: _("Ratings of departments"),
    Kind.PARTS: lambda: _("Personal parts of scores"),
    Kind.CLAIMS: lambda: _("Decisions on bonuses, deductions, vetoes and exemptions"),
    Kind.APPEALS: lambda: _("Answers to appeals"),
}

OPEN: dict[Kind, Callable[[int], str]] = {
    Kind.VALUES: lambda n: ngettext("%(count)s value is missing.", "%(count)s values are missing.", n),
    Kind.REPORTS: lambda n: ngettext("%(count)s report is open.", "%(count)s reports are open.", n),
    Kind.RATINGS: lambda n: ngettext("%(count)s department to rate.", "%(count)s departments to rate.", n),
    Kind.PARTS: lambda n: ngettext(
        "%(count)s person waits for their personal part.", "%(count)s people wait for their personal part.", n
    ),
    Kind.CLAIMS: lambda n: ngettext("%(count)s proposal waits for you.", "%(count)s proposals wait for you.", n),
    Kind.APPEALS: lambda n: ngettext("%(count)s appeal waits for you.", "%(count)s appeals wait for you.", n),
}


def subject_of(kind: Kind, stage: Stage, month: Month, due_on: date) -> str:
    """What a notice says first."""
    words = {
        Stage.AHEAD: _("%(what)s of %(month)s are due on %(day)s"),
        Stage.DAY_BEFORE: _("%(what)s of %(month)s are due the next working day, %(day)s"),
        Stage.ON_THE_DAY: _("%(what)s of %(month)s are due today, %(day)s"),
        Stage.MISSED: _("%(what)s of %(month)s were due on %(day)s and are missing"),
        Stage.CLIMBED: _("In your line: %(what)s of %(month)s were due on %(day)s and are missing"),
    }
    return words[stage] % {"what": NOUNS[kind](), "month": month_text(month), "day": day_text(due_on)}


def body_of(kind: Kind, count: int) -> str:
    """How much is open, and what to do."""
    return _("%(open)s Open the page to give what is asked of you.") % {"open": OPEN[kind](count) % {"count": count}}


def climbed_body(rows: Sequence[tuple[str, int]]) -> str:
    """Who in the line owes how many. ROWS: names with how many are open."""
    names = [_("%(name)s: %(count)s open") % {"name": name, "count": count} for name, count in rows[:NAMES_TOLD]]
    more = len(rows) - NAMES_TOLD
    if more > 0:
        names.append(ngettext("and %(count)s more person", "and %(count)s more people", more) % {"count": more})
    return _("%(names)s. You are told because the day has passed and you stand above.") % {"names": "; ".join(names)}
