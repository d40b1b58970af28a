"""What forecasts mean: the chance of the target next month, at the end of the quarter and the year, and early warnings."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from apps.forecasts.rules.chances import chance_above
from apps.forecasts.rules.engine import Forecast
from apps.forecasts.rules.histories import Histories, Words
from apps.forecasts.rules.network import LEVELS, MIDDLE
from apps.forecasts.rules.series import MONTHS, YEAR, Flags, Floats, Whole
from apps.forecasts.rules.widths import total_quantiles

QUARTER = 3
THIS_MONTH = YEAR - 1
"""Where the issued month stands among the targets."""
LIKELY = 0.5
AVERAGED = ("mean", "ratio", "weighted")
"""Over time: of ratios the mean of the months stands for the quotient of their sums."""
AT_THE_END = ("last", "given", "none")
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


class Period(NamedTuple):
    """A quarter or year that is under way or begins: months of it that are known, and months of it ahead."""

    known: int
    ahead: int


class AtEnd(NamedTuple):
    """What a period comes to, [n]: expected, its 80 % range, its target (lower end of a range), the chance of it."""

    mean: Floats
    lo80: Floats
    hi80: Floats
    target: Floats
    chance: Floats


@dataclass(frozen=True, slots=True)
class Outlook:
    """[n] each: chance of the target next month; the quarter and the year the next month lies in; the early warning
    ('' for none), the month ahead it is about (0: the next one; NEVER) and its chance."""

    next_month: Floats
    quarter: AtEnd
    year: AtEnd
    warning: Words
    warned_ahead: Whole
    warned_chance: Floats


def periods_after(month_number: int, fiscal_first_month: int) -> tuple[Period, Period]:
    """(quarter, year) the month after MONTH_NUMBER (1 to 12) lies in."""
    place = (month_number + 1 - fiscal_first_month) % YEAR
    return Period(place % QUARTER, QUARTER - place % QUARTER), Period(place, YEAR - place)


def outlook(of: Histories, told: Forecast, *, month_number: int, fiscal_first_month: int) -> Outlook:
    """What TOLD, the forecast of the rows OF, means for their targets."""
    quarter, year = periods_after(month_number, fiscal_first_month)
    edges = edges_of(of.target, of.target_upper, of.direction)
    chances = chances_ahead(edges.between_counts(of.season == COUNT), told)
    return Outlook(
        chances[:, 0], at_end(of, told, edges, quarter), at_end(of, told, edges, year), *warnings(of, edges, chances)
    )


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
    at_most = chance_from(-quantiles[:, ::-1], -edges.high, -highest, -lowest)
    is_told = edges.are_there & ~np.isnan(quantiles[:, MIDDLE])
    return np.where(is_told, np.clip(at_least + at_most - 1, 0, 1), np.nan)


def chance_from(quantiles: Floats, edge: Floats, lowest: Floats, highest: Floats) -> Floats:
    """[n]: chance of EDGE or more."""
    is_edge = np.isfinite(edge)
    found = chance_above(quantiles, np.where(is_edge, edge, 0.0)) if is_edge.any() else np.ones(len(edge))
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


def at_end(of: Histories, told: Forecast, edges: Edges, period: Period) -> AtEnd:
    """What each row comes to at the end of PERIOD, by the way its months are put together."""
    known = of.values[:, MONTHS - period.known :]
    so_far, count = known.sum(axis=1), period.known + period.ahead
    total = total_quantiles(told.quantiles[:, : period.ahead], told.bonds) + so_far[:, None]
    is_sum, is_mean = of.over_time == "sum", np.isin(of.over_time, AVERAGED)
    is_last = np.isin(of.over_time, AT_THE_END)
    ways = [way[:, None] for way in (is_sum, is_mean, is_last)]
    quantiles = np.select(ways, [total, total / count, told.quantiles[:, period.ahead - 1]], np.nan)
    lowest, highest = (
        np.select([is_sum, is_mean], [so_far + bound * period.ahead, (so_far + bound * period.ahead) / count], bound)
        for bound in (told.lower, told.upper)
    )
    quantiles = np.clip(
        quantiles, np.nan_to_num(lowest, nan=-np.inf)[:, None], np.nan_to_num(highest, nan=np.inf)[:, None]
    )
    aims = Edges(*(aim_at_end(side, period, is_sum, is_mean) for side in edges))
    counted = (of.season == COUNT) & (is_sum | is_last)
    chance = chance_between(quantiles, aims.between_counts(counted), lowest, highest)
    goal = np.where(np.isfinite(aims.low), aims.low, np.where(np.isfinite(aims.high), aims.high, np.nan))
    return AtEnd(quantiles[:, MIDDLE], quantiles[:, LOW], quantiles[:, HIGH], goal, chance)


def aim_at_end(side: Floats, period: Period, is_sum: Flags, is_mean: Flags) -> Floats:
    """[n]: one side of the targets of a PERIOD's months put together as the months are; NaN where one has none."""
    months = side[:, YEAR - period.known : YEAR + period.ahead]
    return np.select([is_sum, is_mean], [months.sum(axis=1), months.mean(axis=1)], months[:, -1])


def warnings(of: Histories, edges: Edges, chances: Floats) -> tuple[Words, Whole, Floats]:
    """(warning, month ahead, chance of it) of each row.

    On target now: it leaves in the first month where missing it is at least as likely as not. Off it: it returns in the
    first month where reaching it is, else it stays off, told of the next month that has a target.
    """
    now = Edges(edges.low[:, THIS_MONTH], edges.high[:, THIS_MONTH])
    actual = of.values[:, MONTHS - 1]
    is_judged = now.are_there & ~np.isnan(actual) & ~np.isnan(chances).all(axis=1)
    is_on = now.hold(actual)
    with np.errstate(invalid="ignore"):
        turns = np.where(is_on[:, None], chances <= LIKELY, chances >= LIKELY)
    has_turn, first_turn = turns.any(axis=1), turns.argmax(axis=1)
    first_told = (~np.isnan(chances)).argmax(axis=1)
    warning = np.select(
        [is_judged & is_on & has_turn, is_judged & ~is_on & has_turn, is_judged & ~is_on],
        ["leaves", "returns", "stays_off"],
        "",
    )
    ahead = np.where(warning == "", NEVER, np.where(has_turn, first_turn, first_told))
    reached = chances[np.arange(len(chances)), np.maximum(ahead, 0)]
    return warning, ahead, np.where(warning == "", np.nan, np.where(warning == "returns", reached, 1 - reached))
