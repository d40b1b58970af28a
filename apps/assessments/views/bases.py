"""Old basis and new basis side by side, wherever rules that changed inside a running year are read."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.models import PersonScore, Scheme, Score
from apps.assessments.selectors.bases import Turn, turn_of
from apps.assessments.services.changes import Basis, bases_of, bases_of_person, changes_of
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


def counted_words(basis: Basis, month: Month) -> str:
    """Which of the two counted in MONTH."""
    turn = basis.turn
    said = {"month": month_text(month), "first": month_text(turn.first), "old": turn.old, "new": turn.new}
    if basis.is_new:
        return _("For %(month)s the new basis counted: %(new)s, in force from %(first)s on.") % said
    return _("For %(month)s the old basis counted: %(old)s. From %(first)s on the new one does: %(new)s.") % said


def turn_context(turn: Turn, rows: Sequence[Mapping[str, str]], scope: Scope, counted: str = "") -> dict[str, Any]:
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


def month_basis(score: Score, scope: Scope) -> list[dict[str, Any]]:
    """The changes inside the year of a department's score, with what they mean for it."""
    month = Month.of(score.run.month)
    return basis_context(bases_of(score.run.scheme, month, score.department_id), month, scope)


def person_basis(score: PersonScore, scope: Scope) -> list[dict[str, Any]]:
    """The same for a person's score."""
    return basis_context(bases_of_person(score), Month.of(score.run.month), scope)


def basis_context(bases: Sequence[Basis], month: Month, scope: Scope) -> list[dict[str, Any]]:
    """Changes on a receipt, each with which of its two bases counted in the month."""
    return [turn_context(one.turn, one.rows, scope, counted_words(one, month)) for one in bases]
