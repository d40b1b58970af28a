"""The indicators that are off target: the block of the home page that says what, by how much, whose and since when."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.kpis.selectors import calendar_on, off_target
from apps.kpis.selectors.board import CARD, Card

SHOWN = 6


@dataclass(frozen=True, slots=True)
class OffLine:
    """One indicator off target."""

    name: str
    url: str
    place: str
    owner: str
    value: str
    target: str
    is_red: bool
    since: date


@dataclass(frozen=True, slots=True)
class OffTarget:
    """The worst of them, for one month."""

    month: date
    lines: tuple[OffLine, ...]
    has_more: bool
    all_url: str
    list_url: str


def off_target_for(*, scope: Scope, now: datetime) -> OffTarget | None:
    """What is off target in the last closed month, red first; None for those who see no indicators. Five queries."""
    if scope.reach is Reach.SELF or not scope.may("kpis.view"):
        return None
    calendar = calendar_on(now)
    found = off_target(scope, calendar=calendar, limit=SHOWN + 1)
    month = calendar.closed
    return OffTarget(
        month=month.first_day,
        lines=tuple(line_of(row, month) for row in found[:SHOWN]),
        has_more=len(found) > SHOWN,
        all_url=f"{reverse('kpis:list')}?month={month}&status=off",
        list_url=f"{reverse('kpis:list')}?month={month}",
    )


def line_of(row: Any, month: Month) -> OffLine:
    """One indicator as a line of the block."""
    card: Card = getattr(row, CARD)
    assert card.line is not None
    return OffLine(
        name=row.name,
        url=f"{reverse('kpis:detail', args=[row.pk])}?month={month}&department={row.place_id}",
        place=card.facts.place_name,
        owner=row.owner.name if row.owner else "",
        value=card.facts.shown(card.line.value),
        target=card.facts.shown(card.line.target),
        is_red=card.status == "red",
        since=(card.since or month).first_day,
    )
