"""All histories to all forecasts: the engine once over everything, the better of plain ways, wholes and parts, ratios."""

from dataclasses import dataclass, replace

import numpy as np

from apps.forecasts.rules.behind import Behind, nobody_late, up_to_now
from apps.forecasts.rules.choosing import Choice, last_values, moved_to, values_of_last_year
from apps.forecasts.rules.coherence import reconciled
from apps.forecasts.rules.engine import Forecast, forecast
from apps.forecasts.rules.histories import NO_PARENT, Histories
from apps.forecasts.rules.network import LEVELS, MIDDLE
from apps.forecasts.rules.overdue import adding_up, family_of
from apps.forecasts.rules.pace import Pace
from apps.forecasts.rules.paired import Pairing, pairing
from apps.forecasts.rules.quarters import forecast_quarters, forecast_years
from apps.forecasts.rules.series import MONTHS, Flags, Floats, Whole
from apps.forecasts.rules.widths import bounded

OWN_BOUNDS = np.nan
ENGINES = {1: forecast, 3: forecast_quarters, 12: forecast_years}
"""By how many months a figure stands for."""
MONTHLY = Pace()


@dataclass(frozen=True, slots=True)
class Stack:
    """Every history the engine looks at: the rows of the table, then numerators, then denominators of its ratios (a weighted
    mean is one).

    ratios: rows of the table that are ratios, is_paired [ratios]: those told through their parts; parent: rows of the
    stack."""

    matrix: Floats
    lower: Floats
    upper: Floats
    season: list[str]
    parent: Whole
    ratios: Whole
    is_paired: Flags

    def part(self, number: int) -> slice:
        """Rows of the numerators (0) or denominators (1)."""
        first = len(self.matrix) - (2 - number) * len(self.ratios)
        return slice(first, first + len(self.ratios))


@dataclass(frozen=True, slots=True)
class Foretold:
    """What is foretold of each row: the engine's forecast after all that was done to it; own [n, horizon]: what the engine
    would have said by itself where a plain way is told; of ratios told through them numerator and denominator [n, horizon],
    NaN elsewhere; flags: months late (stale), moved to fit the whole, ratios told by themselves because their parts are
    known for some months only. behind: what is foretold of the months that are late."""

    forecast: Forecast
    own: Floats
    numerator: Floats
    denominator: Floats
    late: Whole
    is_moved: Flags
    is_by_itself: Flags
    behind: Behind


def foretell(of: Histories, *, horizon: int, chosen: Choice, pace: Pace = MONTHLY) -> Foretold:
    """Forecasts of all rows for the HORIZON columns after the last one: months, or the periods of another PACE."""
    pairs = pairing(of)
    stack = stacked(of, pairs)
    by_itself, late, overdue = forecast_to_date(stack, horizon, pace)
    told = with_choice(by_itself, stack, chosen, horizon, pace)
    fitting, moved = reconciled(told.quantiles, stack.parent, told.lower, told.upper)
    told = with_quantiles(told, fitting)
    count = len(of)
    numerator, denominator = (np.full((count, horizon), np.nan) for _ in range(2))
    through = stack.ratios[stack.is_paired]
    numerator[through], denominator[through] = (told.mean[stack.part(number)][stack.is_paired] for number in (0, 1))
    is_moved = moved[:count].copy()
    is_moved[stack.ratios] = (moved[stack.part(0)] | moved[stack.part(1)]) & stack.is_paired
    rows = as_quotients(first_rows(told, count), numerator, denominator, of.scale)
    own = np.where((chosen.naive | chosen.seasonal)[:, None], own_means(by_itself, stack, of.scale), rows.mean)
    behind = behind_of(of, stack, overdue, by_itself, chosen, pace)
    return Foretold(rows, own, numerator, denominator, late[:count], is_moved, pairs.is_partial, behind)


def own_means(by_itself: Forecast, stack: Stack, scale: Floats) -> Floats:
    """[rows, horizon]: what the engine says before anything is done to it, of ratios by their parts where they are told
    through them."""
    found = by_itself.mean[: len(scale)].copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = by_itself.mean[stack.part(0)] / by_itself.mean[stack.part(1)] * scale[stack.ratios][:, None]
    is_told = np.isfinite(quotient) & stack.is_paired[:, None]
    found[stack.ratios] = np.where(is_told, quotient, found[stack.ratios])
    return bounded(found, by_itself.lower[: len(scale)], by_itself.upper[: len(scale)])


def stacked(of: Histories, pairs: Pairing | None = None) -> Stack:
    """The table as the engine takes it. A ratio's parts add up over departments, the ratio itself does not.

    A whole that is not told through its parts (PAIRS) hands none of them down: of departments that give theirs every month
    they would be moved to a sum in which others are missing. As a part of its own whole it counts with what is known.
    """
    pairs = pairing(of) if pairs is None else pairs
    ratios = np.flatnonzero(of.is_ratio)
    count, size = len(of), len(ratios)
    place = np.full(count + 1, NO_PARENT, dtype=np.int64)
    place[ratios] = np.where(pairs.is_whole[ratios], np.arange(size), NO_PARENT)
    above = place[of.parent[ratios]]
    parents = [np.where(of.is_ratio, NO_PARENT, of.parent)]
    parents += [np.where(above == NO_PARENT, NO_PARENT, above + count + number * size) for number in (0, 1)]
    numerator, denominator = of.numerator[ratios], of.denominator[ratios]
    is_pair = ~np.isnan(numerator) & ~np.isnan(denominator)
    parts = [np.where(is_pair, figures, np.nan) for figures in (numerator, denominator)]
    matrix = np.concatenate([of.values, *parts])
    free = np.full(2 * size, OWN_BOUNDS)
    return Stack(
        matrix=matrix,
        lower=np.concatenate([of.lower, free]),
        upper=np.concatenate([of.upper, free]),
        season=[*of.season.tolist(), *[""] * (2 * size)],
        parent=np.concatenate(parents),
        ratios=ratios,
        is_paired=pairs.is_whole[ratios],
    )


def forecast_to_date(stack: Stack, horizon: int, pace: Pace) -> tuple[Forecast, Whole, Behind]:
    """The engine over the stack, how many periods late each history is, and what is told of those, by rows of the stack.

    A late history is forecast from its own last period on; what lies before those ahead is what is late.
    """
    engine, most_late = ENGINES[pace.step], pace.most_late
    known = ~np.isnan(stack.matrix)
    late = np.where(known.any(axis=1), known[:, ::-1].argmax(axis=1), 0)
    matrix = stack.matrix.copy()
    matrix[late > most_late] = np.nan
    told = engine(matrix, horizon=horizon, lower=stack.lower, upper=stack.upper, kind=stack.season)
    rows = np.flatnonzero((late > 0) & (late <= most_late))
    if not len(rows):
        return told, late, nobody_late()
    columns = np.arange(MONTHS)[None, :] - late[rows][:, None]
    shifted = np.where(columns >= 0, np.take_along_axis(matrix[rows], np.maximum(columns, 0), axis=1), np.nan)
    longer = engine(
        shifted,
        horizon=horizon + most_late,
        lower=stack.lower[rows],
        upper=stack.upper[rows],
        kind=[stack.season[row] for row in rows],
    )
    months = late[rows][:, None] + np.arange(horizon)[None, :]
    told.quantiles[rows] = np.take_along_axis(longer.quantiles, months[:, :, None], axis=1)
    told.model[rows], told.note[rows] = longer.model, longer.note
    most = pace.year - 1
    overdue = up_to_now(longer.quantiles, late[rows], most)
    behind = Behind(rows, np.minimum(late[rows], most), overdue, np.full(overdue.shape[:2], np.nan))
    return with_quantiles(told, told.quantiles), late, behind


def behind_of(of: Histories, stack: Stack, overdue: Behind, told: Forecast, chosen: Choice, pace: Pace) -> Behind:
    """What is OVERDUE in the stack for the rows of the table, by the way that is CHOSEN for each, adding up with what is
    known to what is told of their whole; ratios by their parts, of which one may be known already, where they are told
    through them. What else is foretold of a denominator says what the month weighs."""
    if not len(overdue.rows):
        return overdue
    rows, columns = overdue.rows, overdue.quantiles.shape[1]
    naive, seasonal = (np.concatenate([flags, flags[stack.ratios], flags[stack.ratios]])[rows] for flags in chosen)
    matrix = stack.matrix[rows]
    last = np.broadcast_to(last_values(matrix)[:, None], (len(rows), columns))
    year_before = matrix[:, MONTHS - columns - pace.year : MONTHS - pace.year]
    quantiles = moved_to(overdue.quantiles, last, naive)
    quantiles = moved_to(quantiles, np.where(np.isnan(year_before), last, year_before), seasonal)
    quantiles = bounded(quantiles, told.lower[rows], told.upper[rows])
    family = family_of(
        rows, stack.matrix, stack.parent, (told.lower, told.upper), told.quantiles[:, 0, MIDDLE], columns
    )
    quantiles = adding_up(quantiles, rows, family)
    place = np.full(len(stack.matrix), len(rows))
    place[rows] = np.arange(len(rows))
    middles = np.concatenate([quantiles[:, :, MIDDLE], np.full((1, columns), np.nan)])
    mine = np.flatnonzero(rows < len(of))
    ratio = np.full(len(of), NO_PARENT, dtype=np.int64)
    ratio[stack.ratios] = np.arange(len(stack.ratios))
    found = Behind(rows[mine], overdue.late[mine], quantiles[mine], overdue.denominator[mine])
    some = np.flatnonzero(ratio[found.rows] != NO_PARENT)
    numerator, denominator = (
        known_or_told(stack.matrix, stack.part(number).start + ratio[found.rows[some]], middles, place)
        for number in (0, 1)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = of.scale[found.rows[some]][:, None] * numerator / denominator
    is_through = stack.is_paired[ratio[found.rows[some]]]
    middle[~np.isfinite(middle) | ~is_through[:, None]] = np.nan
    moved = moved_to(found.quantiles[some], middle, np.ones(len(some), dtype=np.bool_))
    found.quantiles[some] = bounded(moved, told.lower[found.rows[some]], told.upper[found.rows[some]])
    found.denominator[some] = denominator
    return found


def known_or_told(matrix: Floats, rows: Whole, middles: Floats, place: Whole) -> Floats:
    """[m, columns]: the last columns of ROWS of the stack's MATRIX, or what is told of them: MIDDLES by PLACE."""
    known = matrix[rows, MONTHS - middles.shape[1] :]
    return np.where(np.isnan(known), middles[place[rows]], known)


def with_quantiles(told: Forecast, quantiles: Floats) -> Forecast:
    """The forecast with other QUANTILES, its mean and ranges read from them."""
    mean, lo80, hi80, lo95, hi95 = (quantiles[:, :, LEVELS.index(level)] for level in (0.5, 0.1, 0.9, 0.025, 0.975))
    return replace(told, mean=mean, lo80=lo80, hi80=hi80, lo95=lo95, hi95=hi95, quantiles=quantiles)


def first_rows(told: Forecast, count: int) -> Forecast:
    """Only the first COUNT rows."""
    kept = replace(
        told, lower=told.lower[:count], upper=told.upper[:count], model=told.model[:count], note=told.note[:count]
    )
    return with_quantiles(kept, told.quantiles[:count])


def with_choice(told: Forecast, stack: Stack, chosen: Choice, horizon: int, pace: Pace) -> Forecast:
    """Where a plain way is better, the ranges stand about what it says; of a ratio its parts follow."""
    naive, seasonal = (np.concatenate([rows, rows[stack.ratios], rows[stack.ratios]]) for rows in chosen)
    if not (naive.any() or seasonal.any()):
        return told
    same = np.broadcast_to(last_values(stack.matrix)[:, None], (len(stack.matrix), horizon))
    quantiles = moved_to(told.quantiles, same, naive)
    quantiles = moved_to(quantiles, values_of_last_year(stack.matrix, horizon, pace.year), seasonal)
    return with_quantiles(told, inside(quantiles, told, naive | seasonal))


def as_quotients(told: Forecast, numerator: Floats, denominator: Floats, scale: Floats) -> Forecast:
    """Ratios stand at SCALE x NUMERATOR / DENOMINATOR; their range is what the ratio itself erred by, moved there."""
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = scale[:, None] * numerator / denominator
    middle[~np.isfinite(middle)] = np.nan
    is_moved = ~np.isnan(told.quantiles[:, 0, MIDDLE]) & ~np.isnan(scale)
    if not is_moved.any():
        return told
    return with_quantiles(told, inside(moved_to(told.quantiles, middle, is_moved), told, is_moved))


def inside(quantiles: Floats, told: Forecast, moved: Flags) -> Floats:
    """QUANTILES with the rows that MOVED put back inside their bounds; the others never left them."""
    rows = np.flatnonzero(moved)
    quantiles[rows] = bounded(quantiles[rows], told.lower[rows], told.upper[rows])
    return quantiles
