"""What a month usually is, learned from months that stay: for limits that must not move (DOMAIN.md section 9).

A figure is compared by everything known so far (rules.season); limits are frozen, and so are the indexes that values are
divided by before limits are drawn from them. No month has a share in its own index: with two years behind an index the
months that set the limits would look calmer than later ones, and one later month in eight would be called a change
(measured on made-up years without any; this way it is one in a hundred, tests/test_steady.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.core.month import Month
from apps.kpis.rules.season import ONE, YEAR, Season, Usual, calms, day_indexes, indexed, ratios_of, season_from


@dataclass(frozen=True, slots=True)
class Steady:
    """Indexes of months, and the months they were learned from, oldest first; empty where there is nothing to take out."""

    usual: Usual
    learned: tuple[Month, ...] = ()


def steady_months(
    values: Mapping[Month, Decimal],
    base: Sequence[Month],
    *,
    judged: Month,
    work_days: Mapping[Month, int] | None = None,
) -> Steady:
    """Indexes of the months of VALUES (all of one definition, up to the JUDGED month).

    BASE: the months that set the limits, oldest first; the judged one is among them only where somebody froze it. They say
    what a working day is worth, given WORK_DAYS. The season is that of the first months that show one (`lessons`).
    """
    days = steady_days(values, base, work_days or {})
    plain = {month: values[month] / days.get(month, ONE) for month in sorted(values)}
    known = {month: value for month, value in plain.items() if month < judged or month in base}
    learned: tuple[Month, ...] = tuple(base) if days else ()
    season: Season | None = None
    for lesson in lessons(known, base):
        if ratios := ratios_of(lesson):
            season = season_from(ratios)
            learned = tuple(lesson) if season else learned
            break
    if not days and season is None:
        return Steady(Usual())
    indexes = {
        month: indexed(days.get(month, ONE) * (season.index(month.number, but=month) if season else ONE))
        for month in values
    }
    return Steady(Usual(indexes, has_season=season is not None, has_days=bool(days)), learned)


def lessons(known: Mapping[Month, Decimal], base: Sequence[Month]) -> Iterator[dict[Month, Decimal]]:
    """From which months a season may be learned, the best first; which one it is does not change with later months.

    The base alone; everything up to its end; and while that is too little, the first months by whole years.
    """
    if not base:
        return
    yield {month: known[month] for month in base}
    months = list(known)
    count = sum(month <= base[-1] for month in months)
    yield {month: known[month] for month in months[:count]}
    for size in range((count // YEAR + 1) * YEAR, len(months) + 1, YEAR):
        yield {month: known[month] for month in months[:size]}


def steady_days(
    values: Mapping[Month, Decimal], base: Sequence[Month], work_days: Mapping[Month, int]
) -> dict[Month, Decimal]:
    """Working days of each month against the average one of the BASE; empty where figures of the base do not follow them.

    A later month whose days nobody knows counts as an average one.
    """
    first = {month: values[month] for month in base}
    days = day_indexes(first, work_days)
    if not days or not calms(first, days):
        return {}
    average = Decimal(sum(work_days[month] for month in first)) / len(first)
    return {month: work_days[month] / average if work_days.get(month) else ONE for month in values}
