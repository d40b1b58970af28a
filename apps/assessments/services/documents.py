"""A whole scheme as one document, as other systems send it: drafted or replaced in one go, or not at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assessments.models import Scheme
from apps.assessments.services.refusals import WrongScheme
from apps.assessments.services.schemes import (
    Limits,
    Terms,
    add_scorecard,
    change_scheme,
    draft_scheme,
    locked_draft,
    place_departments,
    save_indicator,
)
from apps.core.history import because
from apps.core.month import Month
from apps.departments.models import Department


@dataclass(frozen=True, slots=True)
class CardText:
    """A scorecard with everything in it. DEPARTMENTS: each with its difficulty."""

    name: str
    departments: Mapping[Department, Decimal] = field(default_factory=dict)
    indicators: Sequence[Terms] = ()


@dataclass(frozen=True, slots=True)
class SchemeText:
    """Everything a scheme says."""

    name: str
    first_month: Month
    limits: Limits
    note: str = ""
    scorecards: Sequence[CardText] = ()


@transaction.atomic
def draft_document(*, text: SchemeText, by: User) -> Scheme:
    """Begin the next scheme with everything in it. assessments.edit_schemes. Refuses what the single steps refuse."""
    scheme = draft_scheme(name=text.name, first_month=text.first_month, limits=text.limits, note=text.note, by=by)
    write_cards(scheme, text.scorecards, by=by)
    return scheme


@transaction.atomic
def replace_document(
    *, scheme: Scheme, text: SchemeText, by: User, check: Callable[[Scheme], None] | None = None
) -> Scheme:
    """Let a draft say exactly this. assessments.edit_schemes. CHECK is called with the locked draft before anything changes.

    Refuses what is no draft any more, and what the single steps refuse; then nothing is changed.
    """
    draft = locked_draft(scheme)
    if check is not None:
        check(draft)
    draft = change_scheme(
        scheme=draft, name=text.name, first_month=text.first_month, limits=text.limits, note=text.note, by=by
    )
    with because("assessments.scheme_changed", by=by):
        draft.scorecards.all().delete()
    write_cards(draft, text.scorecards, by=by)
    return draft


def write_cards(scheme: Scheme, cards: Sequence[CardText], *, by: User) -> None:
    """Scorecards with their departments and indicators, in the order they are given."""
    require_once(cards)
    for given in cards:
        card = add_scorecard(scheme=scheme, name=given.name, by=by)
        place_departments(scorecard=card, departments=given.departments, by=by)
        for terms in given.indicators:
            save_indicator(scorecard=card, terms=terms, by=by)


def require_once(cards: Sequence[CardText]) -> None:
    """Refuse a department that stands in two scorecards."""
    seen: dict[int, str] = {}
    for card in cards:
        for place in card.departments:
            if place.pk in seen:
                raise WrongScheme(
                    _("%(place)s stands in “%(first)s” and in “%(second)s”. Leave it in one of them.")
                    % {"place": place.name, "first": seen[place.pk], "second": card.name},
                    field="scorecards",
                )
            seen[place.pk] = card.name
