"""What a month usually is against the average one: by the season, and by its working days (DOMAIN.md section 9).

Figures are compared, and their usual range is drawn, without either. Classical ratios to a centred year; how much of them is
kept follows from how far the same month differs from year to year (FORECAST.md: shrunken indices).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from apps.core.month import Month

YEAR = 12
FEWEST_YEARS = 2
"""From two full years on there is a season (FORECAST.md: from 24 months). A month needs two ratios, or nothing says whether
they agree: below three years the half years at both ends get theirs from the trend carried on."""
HALF = 6
ONE, NOTHING = Decimal(1), Decimal(0)
PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Usual:
    """Indexes by month: 1 is the average month. What they hold: the season, the working days, both or nothing."""

    indexes: Mapping[Month, Decimal] = field(default_factory=dict)
    has_season: bool = False
    has_days: bool = False

    @property
    def is_any(self) -> bool:
        return self.has_season or self.has_days

    def without(self, month: Month, value: Decimal) -> Decimal:
        """VALUE as it would have been in an average month."""
        return value / self.indexes.get(month, ONE)


def usual_months(
    values: Mapping[Month, Decimal], work_days: Mapping[Month, int] | None = None, *, judged: Month | None = None
) -> Usual:
    """Indexes of the months of VALUES (all of one definition). WORK_DAYS: given for figures that add up over a month.

    A season takes two years of values above nothing; without it, or without days to go by, the index says the other alone.
    The JUDGED month has no part in the season (as in rules.steady): a jump would be half of its own index, and hide
    as much of itself. All Junes have one index, so that a year before is compared as it stands.
    """
    days = day_indexes(values, work_days or {})
    if days and not calms(values, days):
        days = {}
    plain = {month: value / days.get(month, ONE) for month, value in values.items()}
    season = season_of({month: value for month, value in plain.items() if month != judged})
    if not days and not season:
        return Usual()
    numbers = {month.number: season.index(month.number) if season else ONE for month in values}
    indexes = {month: indexed(days.get(month, ONE) * numbers[month.number]) for month in values}
    return Usual(indexes, has_season=season is not None, has_days=bool(days))


def indexed(index: Decimal) -> Decimal:
    """An index as it is divided by: six places, above nothing."""
    return max(index.quantize(PLACES), PLACES)


def day_indexes(values: Mapping[Month, Decimal], work_days: Mapping[Month, int]) -> dict[Month, Decimal]:
    """Working days of each month against the average one; empty where some month has none, or all have the same."""
    known = [work_days.get(month, 0) for month in values]
    if not known or min(known) <= 0 or min(known) == max(known):
        return {}
    average = Decimal(sum(known)) / len(known)
    return {month: work_days[month] / average for month in values}


def calms(values: Mapping[Month, Decimal], days: Mapping[Month, Decimal]) -> bool:
    """Whether the figures move less from month to month without their working days: those of a shop that never closes do
    not."""
    ordered = sorted(values)
    raw, plain = ([value(month) for month in ordered] for value in (values.__getitem__, lambda m: values[m] / days[m]))
    moved = [sum((abs(after - before) for before, after in pairwise(row)), NOTHING) for row in (raw, plain)]
    return len(ordered) >= YEAR and moved[1] < moved[0]


@dataclass(frozen=True, slots=True)
class Season:
    """What twelve months of the year are: ratios to their year by month of the year, and how much of them is KEPT."""

    ratios: Mapping[int, Mapping[Month, Decimal]]
    middle: Decimal
    kept: Decimal

    def index(self, number: int, *, but: Month | None = None) -> Decimal:
        """Index of the NUMBER-th month of the year from its ratios, BUT the one of a month that is not to judge itself."""
        found = [ratio for month, ratio in self.ratios[number].items() if month != but]
        return ONE + self.kept * (sum(found, NOTHING) / len(found) / self.middle - ONE)


def season_of(values: Mapping[Month, Decimal]) -> Season | None:
    """The season of VALUES; None where nothing can be said, or where years do not agree on any."""
    return season_from(ratios_of(values))


def season_from(ratios: Mapping[int, Mapping[Month, Decimal]]) -> Season | None:
    """The season in RATIOS (of `ratios_of`); None where there are none, or where years do not agree on any."""
    if not ratios:
        return None
    by_number = {number: list(found.values()) for number, found in ratios.items()}
    means = {number: sum(found, NOTHING) / len(found) for number, found in by_number.items()}
    kept = share_kept(by_number, means)
    return Season(ratios, sum(means.values(), NOTHING) / YEAR, kept) if kept else None


def ratios_of(values: Mapping[Month, Decimal]) -> dict[int, dict[Month, Decimal]]:
    """By month of the year, each month against the year around it; empty unless all twelve have FEWEST_YEARS of them."""
    if len(values) < FEWEST_YEARS * YEAR or min(values.values()) <= 0:
        return {}
    ratios: dict[int, dict[Month, Decimal]] = {}
    levels = centred_years(values)
    if len(values) < (FEWEST_YEARS + 1) * YEAR:
        levels = carried_on(levels, sorted(values))
    for month, level in levels.items():
        ratios.setdefault(month.number, {})[month] = values[month] / level
    return ratios if len(ratios) == YEAR and min(map(len, ratios.values())) >= FEWEST_YEARS else {}


def centred_years(values: Mapping[Month, Decimal]) -> dict[Month, Decimal]:
    """Mean of the twelve months around each month, the two outermost counted half; where one is missing there is none."""
    places = {month.year * YEAR + month.number: value for month, value in values.items()}
    found = {}
    for month in values:
        place = month.year * YEAR + month.number
        known = [places[at] for at in range(place - HALF, place + HALF + 1) if at in places]
        if len(known) == YEAR + 1:
            found[month] = (sum(known, NOTHING) - (known[0] + known[-1]) / 2) / YEAR
    return found


def carried_on(levels: Mapping[Month, Decimal], months: Sequence[Month]) -> dict[Month, Decimal]:
    """LEVELS with those of the MONTHS before the first and after the last on the straight line from the one to the other.

    Only levels above nothing are added; the line is that of the ends, so that a season that repeats itself leaves no bend.
    """
    known = sorted(levels)
    if len(known) < HALF:
        return dict(levels)
    first, last = known[0], known[-1]
    steps = len(first.until(last)) - 1
    slope = (levels[last] - levels[first]) / steps
    found = dict(levels)
    for month in months:
        if month < first:
            level = levels[first] - slope * (len(month.until(first)) - 1)
        elif month > last:
            level = levels[last] + slope * (len(last.until(month)) - 1)
        else:
            continue
        if level > 0:
            found[month] = level
    return found


def share_kept(ratios: Mapping[int, list[Decimal]], means: Mapping[int, Decimal]) -> Decimal:
    """How much of the season is kept, 0 to 1: 1 less what the differences between years alone put into the variance of the
    means."""
    count = sum(map(len, ratios.values()))
    within = sum(((one - means[number]) ** 2 for number, found in ratios.items() for one in found), NOTHING)
    within_mean = within / (count - YEAR) * YEAR / count
    middle = sum(means.values(), NOTHING) / YEAR
    between = sum(((mean - middle) ** 2 for mean in means.values()), NOTHING) / (YEAR - 1)
    return max(NOTHING, ONE - within_mean / between) if between else NOTHING
