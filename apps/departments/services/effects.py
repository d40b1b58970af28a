"""What an act would do, found by doing it and taking it back: the preview can never disagree with the act."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.clock import local_date
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.wording import month_text
from apps.departments.models import Department
from apps.departments.selectors.figures import figures_on
from apps.departments.selectors.lives import life_of
from apps.departments.selectors.tree import path_on, subtree_ids
from apps.departments.services.refusals import day_text


@dataclass(frozen=True, slots=True)
class Change:
    """One thing before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What an act changes, in words."""

    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def effect_of(
    act: Callable[[], Any], *, department: Department | None, on: date, scope: Scope, now: datetime
) -> Effect:
    """The effect of ACT on DEPARTMENT (None: on the one it creates) from the day ON. Nothing is kept.

    Raises the refusal the act itself would raise.
    """
    before = facts_on(department, on, scope) if department else {}
    with transaction.atomic():
        result = act()
        subject = department or result
        effect = effect_between(
            before, facts_on(subject, on, scope), notes_on(subject, result, on=on, scope=scope, now=now)
        )
        transaction.set_rollback(True)
    return effect


def effect_between(before: dict[str, str], after: dict[str, str], notes: list[str]) -> Effect:
    """The difference of two sets of facts."""
    changes = [
        Change(label, before.get(label, ""), value) for label, value in after.items() if before.get(label, "") != value
    ]
    return Effect(changes, notes)


def facts_on(department: Department, on: date, scope: Scope) -> dict[str, str]:
    """Name, place and parts of a department on the day, in words."""
    line = next((line for line in life_of(department) if line.covers(on)), None)
    if line is None:
        return {_("State"): _("Closed"), _("Name"): "", _("Belongs to"): "", _("Departments below"): ""}
    path = " › ".join(name for _pk, name in path_on(department, on, scope))
    return {
        _("State"): _("Open"),
        _("Name"): line.name,
        _("Belongs to"): path or _("Nothing: it stands at the top"),
        _("Departments below"): str(len(subtree_ids(department, on)) - 1),
    }


def notes_on(department: Department, result: Any, *, on: date, scope: Scope, now: datetime) -> list[str]:
    """Sentences on what goes along, and on days that have passed."""
    notes = [standing.words for standing in result] if isinstance(result, list) else []
    branch = subtree_ids(department, on)
    heads = sum(figures.people or 0 for figures in figures_on(branch, on, scope).values())
    if heads:
        words = ngettext(
            "%(count)s person works in this branch on that day.",
            "%(count)s people work in this branch on that day.",
            heads,
        )
        notes.append(words % {"count": heads})
    today = local_date(now)
    if on < today:
        message = _(
            "The day lies in the past: figures of every month from %(month)s on are rolled up along the new tree."
        )
        notes.append(message % {"month": month_text(Month.of(on))})
    elif on > today:
        notes.append(_("Until %(day)s nothing changes.") % {"day": day_text(on)})
    if on <= today:
        notes.append(_("Who may see what follows the tree of today, so it changes at once for those who lead above."))
    return notes
