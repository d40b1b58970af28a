"""Old basis and new basis side by side, wherever rules that changed inside a running year are read."""

from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.models import Scheme
from apps.assessments.selectors.bases import Turn, turn_of, turns_around
from apps.assessments.services.changes import changes_for, changes_of
from apps.assessments.views.frame import VIEW
from apps.assessments.views.telling import url_or_nothing
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.wording import day_text, month_text

SHORT = 6  # differences shown at once; more open when asked for


def turn_words(turn: Turn) -> str:
    """From which day the change takes effect, and which period had begun by the old basis."""
    said = {"day": day_text(turn.new.valid.lower), "year": turn.year, "quarter": turn.quarter}
    if turn.quarter:
        return _("Takes effect on %(day)s, inside the running year %(year)s and its quarter %(quarter)s.") % said
    return _("Takes effect on %(day)s, inside the running year %(year)s.") % said


def counted_words(turn: Turn, scheme: Scheme, month: Month) -> str:
    """Which basis counted in MONTH, judged by SCHEME."""
    said = {"month": month_text(month), "first": month_text(turn.first), "old": turn.old, "new": turn.new}
    if scheme.pk == turn.new.pk:
        return _("For %(month)s the new basis counted: %(new)s, in force from %(first)s on.") % said
    return _("For %(month)s the old basis counted: %(old)s. From %(first)s on the new one does: %(new)s.") % said


def turn_context(turn: Turn, rows: list[dict[str, str]], scope: Scope, counted: str = "") -> dict[str, Any]:
    """A change as `_basis.html` draws it."""
    return {
        "when": turn_words(turn),
        "counted": counted,
        "reason": turn.new.note,
        "old": str(turn.old),
        "new": str(turn.new),
        "rows": rows,
        "is_short": len(rows) <= SHORT,
        "url": f"{url_or_nothing('assessments:compare_schemes', turn.new.pk)}?with={turn.old.pk}"
        if scope.may(VIEW)
        else "",
    }


def scheme_basis(scheme: Scheme, scope: Scope) -> list[dict[str, Any]]:
    """The change inside a year that a version makes; none where it begins with a year."""
    turn = turn_of(scheme)
    return [turn_context(turn, changes_of(scheme), scope)] if turn else []


def month_basis(scheme: Scheme, month: Month, department: int, scope: Scope) -> list[dict[str, Any]]:
    """The changes inside the year of a month judged by SCHEME, with what they mean for a department whose score may be
    read."""
    turns = turns_around(scheme, month)
    return [
        turn_context(turn, rows, scope, counted_words(turn, scheme, month))
        for turn, rows in zip(turns, changes_for(turns, department), strict=True)
    ]
