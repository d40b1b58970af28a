"""Staff numbers carried forward by department: as many come as leave, and who is known to come or go besides. (DOMAIN.md
section 7 has H of the next month = H x (1 - r) + hires: with vacancies filled up to a plan two uncertain rates drift apart.)

What is known to come (joiners, last days set, retirements, transfers) is counted exactly. It is not counted twice: the rates
speak of everybody who leaves or joins, so the known ones come out of what the rates expect, and only the rest is chance.
How heads move on besides, and how wide their ranges have to be, was tried on the company's own past (rules.proving). The
leavers of a turnover are a count: few, whole, and of a rate that is only estimated (rules.counts). How it is carried
forward: rules.crowds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from apps.core.month import Month
from apps.forecasts.rules.counts import count_quantiles
from apps.forecasts.rules.crowds import Crowd, Outlook
from apps.forecasts.rules.proving import SPREAD, Factors, as_theory
from apps.forecasts.rules.ranges import PLACES, chance_of_whole, whole_ranges
from apps.forecasts.rules.series import MONTHS, YEAR, Flags, Floats

HEADCOUNT = "headcount"
TURNOVER = "turnover"
METHOD = "staffing"
KNOWN_MOVES = "known_moves"
NAIVE_BETTER = "naive_better"
BELOW_PLAN = "below_plan"
NOBODY = 0.5
"""A turnover over fewer heads than this on average is none: there is nothing to divide by."""


@dataclass(frozen=True, slots=True)
class StaffSeries:
    """One series of staff numbers after a month, in the shape forecasts are stored in. Lists hold one figure a month ahead.

    HEADCOUNT rows are heads at month ends, TURNOVER rows leavers of twelve months in percent of the mean headcount. A
    department stands with everything below it; `is_own` rows are its own heads alone, there only where others stand below.
    """

    department: int
    """Key of the department."""
    kind: str
    is_own: bool
    history: Sequence[float]
    """60 months up to the issue's, the last one on the right; NaN before anybody was there."""
    actual: float | None
    """Value of the issue's month."""
    mean: list[float]
    lo80: list[float]
    hi80: list[float]
    lo95: list[float]
    hi95: list[float]
    method: str = METHOD
    remarks: list[str] = field(default_factory=list)
    target: list[float] = field(default_factory=list)
    """Planned heads of all months ahead; where a plan ends earlier its last figure stands on. Empty where there is none."""
    planned: list[float] = field(default_factory=list)
    """Planned heads month by month, NaN where there is no plan: what the chances and the warning go by."""
    chance_month: float | None = None
    """Chance of at least the planned heads next month."""
    chance_quarter: float | None = None
    """The same at the end of the quarter the next month lies in."""
    chance_year: float | None = None
    quarter_mean: float | None = None
    quarter_lo80: float | None = None
    quarter_hi80: float | None = None
    year_mean: float | None = None
    year_lo80: float | None = None
    year_hi80: float | None = None
    quarter_target: float | None = None
    year_target: float | None = None
    warning: str = ""
    """`below_plan` where the heads expected, in whole heads, are fewer than planned in some month ahead."""
    warned_month: Month | None = None
    """The first such month."""
    warned_chance: float | None = None
    """Chance of fewer heads than planned in that month."""
    own: list[float] = field(default_factory=list)
    """What our own way says where another is told; empty where it is what is told."""
    due: list[float] = field(default_factory=list)
    """Heads more (or fewer) by each month because of people known to come and go."""
    variance: list[float] = field(default_factory=list)
    third: list[float] = field(default_factory=list)
    """Variance and third moment of the heads, from which chances follow."""
    above: int | None = None
    """Key of the department directly above, of which these heads are a part."""


@dataclass(frozen=True, slots=True)
class Ends:
    """How many months ahead (from 0) the quarter and the year of the next month end; None: beyond the months foretold."""

    quarter: int | None
    year: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """What a row of a crowd is about."""

    department: int
    is_own: bool = False
    above: int | None = None


def headcount_series(
    rows: Sequence[Row],
    crowd: Crowd,
    outlook: Outlook,
    planned: Floats,
    *,
    month: Month,
    ends: Ends,
    factors: Factors | None = None,
    remarks: Sequence[str] = (),
) -> list[StaffSeries]:
    """Headcount of ROWS after MONTH. PLANNED [n, ahead]: NaN where there is no plan. FACTORS: of the ranges' bounds.
    REMARKS: what is to be said of all of them."""
    factors = factors or as_theory(outlook.mean.shape[1])
    ranges = whole_ranges(outlook.mean, outlook.variance, outlook.third, factors)
    usual = usual_factor(factors)
    variance, third = outlook.variance * usual**2, outlook.third * usual**3
    chances = chance_of_whole(outlook.mean, variance, third, planned)
    history, known = manned(crowd.heads), has_moves_due(crowd)
    due = (crowd.due_joiners - crowd.due_leavers + crowd.due_net).cumsum(axis=1)
    lists = {"mean": outlook.mean, **ranges, "due": due, "variance": variance, "third": third}
    return [
        with_plan(
            StaffSeries(
                department=row.department,
                kind=HEADCOUNT,
                is_own=row.is_own,
                history=history[at].tolist(),
                actual=known_or_none(history[at, -1]),
                **{name: values[at].tolist() for name, values in lists.items()},
                remarks=[*([KNOWN_MOVES] if known[at] else []), *remarks],
                above=row.above,
            ),
            planned[at],
            chances[at],
            month=month,
            ends=ends,
        )
        for at, row in enumerate(rows)
    ]


def usual_factor(factors: Factors) -> Floats:
    """[ahead]: what the deviation of heads has to be multiplied by, from both bounds of the 80 % range."""
    return np.asarray((factors["lo80"] + factors["hi80"]) / 2)


def with_plan(series: StaffSeries, planned: Floats, chances: Floats, *, month: Month, ends: Ends) -> StaffSeries:
    """The series with what is planned, the chances of it, and the warning about the first month below it."""
    mean = np.asarray(series.mean)
    with np.errstate(invalid="ignore"):
        below = np.flatnonzero(np.floor(mean + 0.5) < planned)
    first = int(below[0]) if len(below) else None
    return replace(
        with_ends(series, ends),
        planned=planned.tolist(),
        target=standing(planned),
        chance_month=at_end(chances, 0 if len(chances) else None),
        chance_quarter=at_end(chances, ends.quarter),
        chance_year=at_end(chances, ends.year),
        quarter_target=at_end(planned, ends.quarter),
        year_target=at_end(planned, ends.year),
        warning="" if first is None else BELOW_PLAN,
        warned_month=None if first is None else month.plus(first + 1),
        warned_chance=None if first is None else 1 - float(chances[first]),
    )


def standing(planned: Floats) -> list[float]:
    """The plan with its gaps closed by the figure before; empty where it does not begin next month."""
    if not len(planned) or math.isnan(planned[0]):
        return []
    last = np.maximum.accumulate(np.where(np.isnan(planned), 0, np.arange(len(planned))))
    found: list[float] = planned[last].tolist()
    return found


def with_ends(series: StaffSeries, ends: Ends) -> StaffSeries:
    """The series with what is expected at the end of the quarter and of the year."""
    return replace(
        series,
        quarter_mean=at_end(series.mean, ends.quarter),
        quarter_lo80=at_end(series.lo80, ends.quarter),
        quarter_hi80=at_end(series.hi80, ends.quarter),
        year_mean=at_end(series.mean, ends.year),
        year_lo80=at_end(series.lo80, ends.year),
        year_hi80=at_end(series.hi80, ends.year),
    )


def at_end(values: Sequence[float] | Floats, end: int | None) -> float | None:
    """The figure at that month ahead; None where there is none."""
    return None if end is None else known_or_none(float(values[end]))


def known_or_none(value: float) -> float | None:
    """A number as it is, NaN as None."""
    return None if math.isnan(value) else float(value)


def has_moves_due(crowd: Crowd) -> Flags:
    """[n]: whether somebody is known to come, go or change departments in the months ahead."""
    due = crowd.due_leavers + crowd.due_joiners + np.abs(crowd.due_net)
    return np.asarray(due.any(axis=1))


def manned(heads: Floats) -> Floats:
    """[n, 60]: heads at month ends; NaN before anybody was there."""
    kept = heads[:, -MONTHS:]
    began = np.logical_or.accumulate(heads > 0, axis=1)[:, -MONTHS:]
    history = np.full((len(heads), MONTHS), np.nan)
    history[:, MONTHS - kept.shape[1] :] = np.where(began, kept, np.nan)
    return history


def turnover_series(
    rows: Sequence[Row],
    crowd: Crowd,
    outlook: Outlook,
    sureness: Floats,
    ends: Ends,
    factors: Factors | None = None,
) -> list[StaffSeries]:
    """Turnover of twelve months of ROWS, carried forward; rows without heads to divide by are left out.

    Leavers of twelve months / mean of monthly (opening + closing) / 2 x 100: past months as they were, those ahead as
    expected. SURENESS [n]: variance of the leaving rate. FACTORS: of the ranges' bounds of the heads.
    """
    told, figures = turnover_ahead(crowd, outlook, sureness, factors or as_theory(outlook.mean.shape[1]))
    history, known = past_turnover(crowd), has_moves_due(crowd)
    return [
        with_ends(
            StaffSeries(
                department=row.department,
                kind=TURNOVER,
                is_own=row.is_own,
                history=history[at].tolist(),
                actual=known_or_none(history[at, -1]),
                **{name: values[at].tolist() for name, values in figures.items()},
                remarks=[KNOWN_MOVES] if known[at] else [],
            ),
            ends,
        )
        for at, row in enumerate(rows)
        if told[at]
    ]


def turnover_ahead(
    crowd: Crowd, outlook: Outlook, sureness: Floats, factors: Factors
) -> tuple[Flags, dict[str, Floats]]:
    """[n]: whether there are heads to divide by; and middle and ranges [n, ahead] of the turnover.

    Those known to leave and a negative binomial count of others, over heads that are uncertain themselves. Both move a
    bound the same way: where more leave than expected fewer are left to divide by.
    """
    ahead = outlook.mean.shape[1]
    closing = np.hstack([crowd.heads[:, -(YEAR + 1) :], outlook.mean])
    average = rolling((closing[:, :-1] + closing[:, 1:]) / 2)[:, -ahead:] / YEAR
    past = crowd.leavers[:, -YEAR:]
    none = np.zeros_like(past)
    leavers, exposed, chance, certain = (
        rolling(np.hstack([before, after]))[:, -ahead:]
        for before, after in (
            (none, outlook.leavers - crowd.due_leavers), (none, outlook.exposed), (none, outlook.leavers_variance),
            (past, crowd.due_leavers),
        )
    )  # fmt: skip
    scale = 100 / np.maximum(average, NOBODY)
    counts = count_quantiles(leavers, chance + exposed**2 * sureness[:, None])
    middle = (certain + counts["mean"]) * scale
    unsure = np.sqrt(outlook.variance) * factors[SPREAD] * share_ahead(ahead) / np.maximum(average, NOBODY)
    bounds = {
        name: (certain + counts[name]) * scale * np.maximum(1 + place * unsure, 0.0) for name, place in PLACES.items()
    }
    found = {"mean": middle, **bounds}
    return average.min(axis=1) >= NOBODY, found


def share_ahead(ahead: int) -> Floats:
    """[ahead]: deviation of the mean heads of twelve months over that of the heads at their end.

    Assumption: heads walk at random from now on. So many months of a walk have a mean with a third of the variance of its
    end; beyond twelve months the part before the window goes on in all of them.
    """
    months = np.arange(1.0, ahead + 1)
    within = months**3 / (3 * YEAR**2)
    beyond = months - YEAR * 2 / 3
    return np.asarray(np.sqrt(np.where(months <= YEAR, within, beyond) / months))


def rolling(values: Floats) -> Floats:
    """[n, columns - 11]: totals of twelve columns each."""
    summed = np.cumsum(np.hstack([np.zeros((len(values), 1)), values]), axis=1)
    found: Floats = summed[:, YEAR:] - summed[:, :-YEAR]
    return found


def past_turnover(crowd: Crowd) -> Floats:
    """[n, 60]: turnover of the twelve months up to each month; NaN before there are twelve, or nobody to divide by."""
    history = np.full((len(crowd.heads), MONTHS), np.nan)
    if crowd.leavers.shape[1] < YEAR:
        return history
    average = rolling(crowd.average)[:, -MONTHS:] / YEAR
    leavers = rolling(crowd.leavers)[:, -MONTHS:]
    began = np.logical_or.accumulate(crowd.heads > 0, axis=1)[:, :-YEAR][:, -MONTHS:]
    rate = np.divide(leavers * 100, average, out=np.full_like(average, np.nan), where=(average > 0) & began)
    history[:, MONTHS - rate.shape[1] :] = rate
    return history
