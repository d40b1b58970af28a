"""What forecasts mean: the chance of the target next month, at the end of the quarter and the year, and early warnings."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from apps.forecasts.rules.behind import Behind, bridged, nobody_late
from apps.forecasts.rules.chances import chance_above
from apps.forecasts.rules.endings import WEIGHED, highest_of, shares_by_month, shares_of, weighed
from apps.forecasts.rules.engine import Forecast
from apps.forecasts.rules.histories import Histories, Words
from apps.forecasts.rules.network import LEVELS, MIDDLE
from apps.forecasts.rules.pace import Pace, Period, quarter_and_year
from apps.forecasts.rules.series import MONTHS, YEAR, Flags, Floats, Whole
from apps.forecasts.rules.widths import Bonds, total_quantiles

MONTHLY = Pace()
LIKELY = 0.5
ADDED = ("sum", "mean", *WEIGHED)
"""Over time: months add up to the figure of a quarter or year, each by its share."""
AT_THE_END = ("last", "none")
"""Over time: the last month stands for all. What only its source can put together (`given`) is not guessed."""
NEVER = -1
COUNT = "count"
"""The engine's word for whole things."""
LOW, HIGH = LEVELS.index(0.1), LEVELS.index(0.9)


class Edges(NamedTuple):
    """Between what a figure is on target, [n, any]: infinite where that side is open, NaN where there is no target."""

    low: Floats
    high: Floats

    @property
    def are_there(self) -> Flags:
        return ~np.isnan(self.low) & ~np.isnan(self.high)

    def hold(self, values: Floats) -> Flags:
        """Where VALUES are on target; never where there is none."""
        return np.asarray((values >= self.low) & (values <= self.high))

    def between_counts(self, is_count: Flags) -> "Edges":
        """The same for counts of whole things, whose forecast is a curve: half a thing beyond the last one on target, so
        that 0.4 expected accidents are not surely more than none."""
        where = is_count.reshape(-1, *[1] * (self.low.ndim - 1))
        return Edges(
            np.where(where, np.ceil(self.low) - 0.5, self.low), np.where(where, np.floor(self.high) + 0.5, self.high)
        )


class AtEnd(NamedTuple):
    """What a period comes to, [n]: expected, its 80 % range, its target (lower end of a range), the chance of it, the upper
    end of the target where a range is aimed at."""

    mean: Floats
    lo80: Floats
    hi80: Floats
    target: Floats
    chance: Floats
    upper: Floats


@dataclass(frozen=True, slots=True)
class Outlook:
    """[n] each: chance of the target next month; the quarter and the year the next month lies in; the early warning
    ('' for none), the month ahead it is about (0: the next one; NEVER) and its chance; whether quarter or year count months
    that should be known as estimated; quarter_shares and year_shares [n, their months ahead]: endings.shares_by_month."""

    next_month: Floats
    quarter: AtEnd
    year: AtEnd
    warning: Words
    warned_ahead: Whole
    warned_chance: Floats
    is_estimated: Flags
    quarter_shares: Floats
    year_shares: Floats


def outlook(
    of: Histories,
    told: Forecast,
    *,
    month_number: int,
    fiscal_first_month: int,
    denominator: Floats | None = None,
    behind: Behind | None = None,
    pace: Pace = MONTHLY,
) -> Outlook:
    """What TOLD, the forecast of the rows OF, means for their targets. DENOMINATOR [n, horizon]: what is foretold of that
    of ratios; BEHIND: of months that are late. Of another PACE the columns are its periods, and so are those of
    `warned_ahead`."""
    when = {"month_number": month_number, "fiscal_first_month": fiscal_first_month}
    periods = quarter_and_year(pace, **when)
    edges = edges_of(of.target, of.target_upper, of.direction)
    chances = chances_ahead(edges.between_counts(of.season == COUNT), told)
    below = np.full_like(told.mean, np.nan) if denominator is None else denominator
    late = nobody_late() if behind is None else behind
    known = periods[-1].known
    whole, has_gap = bridged(of, late, known)
    shares = [
        shares_of(whole, below, period, year=pace.year) if period.ahead else np.zeros((len(of), 0))
        for period in periods
    ]
    at_quarter, at_year = (
        at_end(whole, told, edges, period, counted, late) if period.ahead else nothing(of)
        for period, counted in zip(periods, shares, strict=True)
    )
    return Outlook(
        chances[:, 0],
        at_quarter,
        at_year,
        *warnings(of, edges, chances),
        estimated(of, late, has_gap & (known > 0), periods[-1]) & ~np.isnan(at_year.mean),
        *(
            shares_by_month(whole, counted, period, pace, months.ahead)
            for counted, period, months in zip(shares, periods, quarter_and_year(MONTHLY, **when), strict=True)
        ),
    )


def estimated(of: Histories, late: Behind, has_gap: Flags, year: Period) -> Flags:
    """[n]: rows whose year counts a month as estimated: one with a gap, or one that is LATE and lies in the year."""
    found = has_gap.copy()
    if year.known:
        found[late.rows] = True
    return found & ~np.isin(of.over_time, AT_THE_END)


def nothing(of: Histories) -> AtEnd:
    """What a period comes to that the figures do not have."""
    return AtEnd(*(np.full(len(of), np.nan) for _ in AtEnd._fields))


def edges_of(target: Floats, upper: Floats, direction: Words) -> Edges:
    """Higher is better: at least the target. Lower: at most. A range: from the target to its upper end. Neutral: none."""
    way = direction[:, None]
    low = np.select([way == "higher", way == "lower", way == "range"], [target, -np.inf, target], np.nan)
    high = np.select([way == "higher", way == "lower", way == "range"], [np.inf, target, upper], np.nan)
    is_set = ~np.isnan(target)
    return Edges(np.where(is_set, low, np.nan), np.where(is_set, high, np.nan))


def chance_between(quantiles: Floats, edges: Edges, lowest: Floats, highest: Floats) -> Floats:
    """[n]: chance that a figure of these QUANTILES [n, levels], never outside LOWEST and HIGHEST, lies between EDGES."""
    at_least = chance_from(quantiles, edges.low, lowest, highest)
    at_most = np.ones(len(quantiles))
    rows = np.flatnonzero(np.isfinite(edges.high))
    if len(rows):
        mirrored = -quantiles[rows, ::-1]
        at_most[rows] = chance_from(mirrored, -edges.high[rows], -highest[rows], -lowest[rows])
    is_told = edges.are_there & ~np.isnan(quantiles[:, MIDDLE])
    return np.where(is_told, np.clip(at_least + at_most - 1, 0, 1), np.nan)


def chance_from(quantiles: Floats, edge: Floats, lowest: Floats, highest: Floats) -> Floats:
    """[n]: chance of EDGE or more."""
    found, rows = np.ones(len(edge)), np.flatnonzero(np.isfinite(edge))
    if len(rows):
        found[rows] = chance_above(quantiles if len(rows) == len(edge) else quantiles[rows], edge[rows])
    return np.where(edge <= lowest, 1.0, np.where(edge > highest, 0.0, found))


def chances_ahead(edges: Edges, told: Forecast) -> Floats:
    """[n, horizon]: the chance of the target in each month ahead; NaN where there is none."""
    horizon = told.quantiles.shape[1]
    found = np.full((len(told.quantiles), horizon), np.nan)
    for ahead in range(horizon):
        of_month = Edges(edges.low[:, YEAR + ahead], edges.high[:, YEAR + ahead])
        rows = of_month.are_there
        if rows.any():
            found[rows, ahead] = chance_between(
                told.quantiles[rows, ahead],
                Edges(of_month.low[rows], of_month.high[rows]),
                told.lower[rows],
                told.upper[rows],
            )
    return found


def at_end(of: Histories, told: Forecast, edges: Edges, period: Period, shares: Floats, late: Behind) -> AtEnd:
    """What each row comes to at the end of PERIOD, by the way its months are put together. SHARES: endings.shares_of. Months
    that are LATE count like those ahead: with what is foretold of them, and its range."""
    months = told.quantiles[:, : period.ahead]
    found = ended(of, Limits(told.lower, told.upper, told.bonds), edges, period, shares, months)
    counts = np.minimum(late.late, period.known)
    for count in np.unique(counts[counts > 0]).tolist():
        some = np.flatnonzero(counts == count)
        rows = late.rows[some]
        longer = np.concatenate([late.of_months(count)[some], months[rows]], axis=1)
        limits = Limits(told.lower[rows], told.upper[rows], told.bonds)
        sides = Edges(edges.low[rows], edges.high[rows])
        better = ended(of.chosen(rows), limits, sides, period, shares[rows], longer)
        for column, figures in zip(found, better, strict=True):
            column[rows] = figures
    return found


class Limits(NamedTuple):
    """Between what each month lies, [n], and how strongly their errors are bound."""

    lower: Floats
    upper: Floats
    bonds: Bonds


def ended(of: Histories, limits: Limits, edges: Edges, period: Period, shares: Floats, months: Floats) -> AtEnd:
    """The same where the last MONTHS [n, any, levels] of the period are foretold and those before them known."""
    is_added, is_last, is_highest, is_lowest = (
        np.isin(of.over_time, way) for way in (ADDED, AT_THE_END, ("max",), ("min",))
    )
    known = of.values[:, MONTHS - period.known : MONTHS + period.ahead - months.shape[1]]
    quantiles, lowest, highest = total_at_end(known, limits, shares, months)
    quantiles = np.select([is_added[:, None], is_last[:, None]], [quantiles, months[:, -1]], np.nan)
    lowest, highest = np.where(is_added, lowest, limits.lower), np.where(is_added, highest, limits.upper)
    for rows, sign in ((np.flatnonzero(is_highest), 1), (np.flatnonzero(is_lowest), -1)):
        if len(rows):
            bounds = (limits.lower[rows], limits.upper[rows])[::sign]
            found = farthest_at_end(
                sign * known[rows],
                sign * months[rows][:, :, ::sign],
                Edges(*(sign * bound for bound in bounds)),
                limits.bonds,
            )
            quantiles[rows] = sign * found[0][:, ::sign]
            lowest[rows], highest[rows] = (sign * bound for bound in found[1][::sign])
    quantiles = np.clip(
        quantiles, np.nan_to_num(lowest, nan=-np.inf)[:, None], np.nan_to_num(highest, nan=np.inf)[:, None]
    )
    aims = Edges(*(aim_at_end(side, of, period, shares) for side in edges))
    is_whole = (of.season == COUNT) & ((of.over_time == "sum") | is_last | is_highest | is_lowest)
    chance = chance_between(quantiles, aims.between_counts(is_whole), lowest, highest)
    goal = np.where(np.isfinite(aims.low), aims.low, np.where(np.isfinite(aims.high), aims.high, np.nan))
    upper = np.where(np.isfinite(aims.low) & np.isfinite(aims.high), aims.high, np.nan)
    return AtEnd(quantiles[:, MIDDLE], quantiles[:, LOW], quantiles[:, HIGH], goal, chance, upper)


def total_at_end(known: Floats, limits: Limits, shares: Floats, months: Floats) -> tuple[Floats, Floats, Floats]:
    """(quantiles, lowest, highest) of months that add up by their SHARES: those KNOWN count as they are."""
    so_far = weighed(known, shares[:, : known.shape[1]])
    ahead = shares[:, known.shape[1] :]
    quantiles = total_quantiles(months * ahead[:, :, None], limits.bonds)
    rest = ahead.sum(axis=1)
    with np.errstate(invalid="ignore"):
        lowest, highest = (so_far + np.where(rest == 0, 0.0, bound * rest) for bound in (limits.lower, limits.upper))
    return quantiles + so_far[:, None], lowest, highest


def farthest_at_end(known: Floats, quantiles: Floats, bounds: Edges, bonds: Bonds) -> tuple[Floats, Edges]:
    """Quantiles of the highest of KNOWN months [n, any] and of those with QUANTILES, and between what it must lie. (The
    lowest of months is the highest of their opposites.)"""
    so_far = known.max(axis=1, initial=-np.inf)
    return np.maximum(highest_of(quantiles, bonds), so_far[:, None]), Edges(
        *(np.maximum(bound, so_far) for bound in bounds)
    )


def aim_at_end(side: Floats, of: Histories, period: Period, shares: Floats) -> Floats:
    """[n]: one side of the targets of a PERIOD's months put together as the months are; NaN where one has none."""
    months = side[:, YEAR - period.known : YEAR + period.ahead]
    ways = [np.isin(of.over_time, ADDED), of.over_time == "max", of.over_time == "min"]
    is_set = ~np.isnan(months).any(axis=1)
    added = np.where(is_set, weighed(months, shares), np.nan)
    return np.select(ways, [added, months.max(axis=1), months.min(axis=1)], months[:, -1])


def warnings(of: Histories, edges: Edges, chances: Floats) -> tuple[Words, Whole, Floats]:
    """(warning, month ahead, chance of it) of each row.

    Judged by the last value known and the target of its month. On target: it leaves in the first month where missing it is
    at least as likely as not. Off it: it returns in the first month where reaching it is, else it stays off, told of the
    next month that has a target. Where that month had no target, or no month of the last year is known, the targets ahead
    say it alone: off all along where none of them is likely, else it leaves in the first month that is likely missed.
    """
    value, aimed = last_known(of, edges)
    is_told = ~np.isnan(chances)
    has_chance = is_told.any(axis=1)
    is_judged = aimed.are_there & ~np.isnan(value) & has_chance
    is_off = is_judged & ~aimed.hold(value)
    with np.errstate(invalid="ignore"):
        is_reached = chances >= LIKELY
        turns = np.where(is_off[:, None], is_reached, chances <= LIKELY)
    has_turn, first_turn = turns.any(axis=1), turns.argmax(axis=1)
    stays_off = has_chance & ~is_reached.any(axis=1) & (is_off | ~is_judged)
    warning = np.select([stays_off, is_off & has_turn, has_turn], ["stays_off", "returns", "leaves"], "")
    ahead = np.where(warning == "", NEVER, np.where(stays_off, is_told.argmax(axis=1), first_turn))
    reached = chances[np.arange(len(chances)), np.maximum(ahead, 0)]
    return warning, ahead, np.where(warning == "", np.nan, np.where(warning == "returns", reached, 1 - reached))


def last_known(of: Histories, edges: Edges) -> tuple[Floats, Edges]:
    """The last value of the twelve months up to the issued one, NaN where none is known, and the target of its month."""
    values, rows = of.values[:, MONTHS - YEAR :], np.arange(len(of))
    at = YEAR - 1 - (~np.isnan(values))[:, ::-1].argmax(axis=1)
    return values[rows, at], Edges(edges.low[rows, at], edges.high[rows, at])
