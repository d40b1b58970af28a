"""What a report rests on besides the figures it names: earlier months, departments' parts, the former scores, people month
by month. Kept inside the report in as few signs as will do, so that a correction of any of it can be listed beside it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from apps.core.month import Month
from apps.forecasts.services.sections import MonthFacts
from apps.forecasts.services.sections.moved import bridged, is_rate
from apps.forecasts.services.sections.people import MONTHS_SHOWN
from apps.kpis.selectors.months import Line
from apps.kpis.selectors.reporting import Result

YEAR = 12
Told = dict[str, dict[str, dict[str, list[str | None]]]]


def grounds_of(facts: MonthFacts) -> dict[str, Any]:
    """`kpis`: indicator → department → month → [value] or, of a rate, [value, what it weighs]; `names` of departments that
    stand in no other figure; `scores`: department → total of the month before; `people`: [joined, left, at the end, plan] by
    month, and the turnover."""
    kpis: Told = {}
    for result, months in earlier_of(facts):
        is_weighed = is_rate(result)
        told = {str(month): told_of(result.lines.get(month), is_weighed=is_weighed) for month in months}
        kpis.setdefault(str(result.row.pk), {}).setdefault(str(result.row.place_id), {}).update(told)
    names: dict[str, str] = {}
    for result in bridged(facts):
        for place in (pk for pk, node in facts.nodes.items() if node.parent == result.row.place_id):
            if lines := facts.below.get((result.row.pk, place)):
                kpis.setdefault(str(result.row.pk), {})[str(place)] = parts_of(facts, result, lines)
                names[str(place)] = facts.name_of(place)
    return {"kpis": kpis, "names": names, "scores": former_totals(facts), "people": people_of(facts)}


def earlier_of(facts: MonthFacts) -> Iterable[tuple[Result, list[Month]]]:
    """Of the company's indicators the year before the month, which they are compared with and drawn beside; of what is off
    the months since then, of the last year."""
    year = facts.month.plus(-YEAR).until(facts.month.plus(-1))
    for result in facts.top:
        yield result, [month for month in year if result.card.facts.is_due_in(month)]
    for result in facts.off:
        yield result, [month for month in year if result.card.since and month >= result.card.since]


def parts_of(facts: MonthFacts, result: Result, lines: dict[Month, Line]) -> dict[str, list[str | None]]:
    """A department's part in the three months a bridge is drawn between."""
    months = (facts.month, facts.month.plus(-1), facts.month.plus(-YEAR))
    is_weighed = is_rate(result)
    return {str(month): told_of(lines.get(month), is_weighed=is_weighed) for month in months}


def told_of(line: Line | None, *, is_weighed: bool) -> list[str | None]:
    """A month as it is stored."""
    if line is None:
        return [None, None] if is_weighed else [None]
    return [short(line.value), short(line.denominator)] if is_weighed else [short(line.value)]


def former_totals(facts: MonthFacts) -> dict[str, str | None]:
    """The scores of the month before those the report tells of: what their movement is measured against."""
    if facts.scored is None or facts.scored.former is None:
        return {}
    return {str(one.department_id): short(one.before_total) for one in facts.scored.scores}


def people_of(facts: MonthFacts) -> dict[str, Any]:
    """The months of the table of people, and the turnover as the report tells it: of few people their number."""
    shown = facts.people.months[-MONTHS_SHOWN:]
    turnover = facts.people.turnover
    return {
        "opening": shown[0].count.opening if shown else 0,
        "months": {
            str(one.month): [one.count.joiners, one.count.leavers, one.count.closing, one.planned] for one in shown
        },
        "left": turnover.leavers,
        "turnover": None if turnover.is_small else short(turnover.rate_pct),
    }


def short(value: Decimal | None) -> str | None:
    """A number in as few signs as tell it exactly."""
    return None if value is None else f"{value.normalize():f}"
