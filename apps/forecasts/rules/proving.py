"""Which way heads are carried forward, and how wide its ranges are: tried on the company's own past, all rows together.

One department's past is too short to tell a trend from chance; the company's departments at many moments are not. "As many
as now" stands unless another way was clearly closer, and ranges take the width that would have kept their word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from apps.forecasts.rules.ranges import PLACES
from apps.forecasts.rules.series import YEAR, Floats, Whole

CLEARLY = 0.95
"""Another way than "as many as now" has to be closer by more than 5 %."""
EVERY = 2
"""Months between two moments at which the ways are tried."""
FEWEST = 20
"""Fewer departments times moments a year apart prove no way."""
DOUBT = 40.0
"""As many foretold moments as theory counts for when widths are measured."""
NARROWEST, WIDEST = 0.1, 3.0
SHARES = {"lo95": 0.025, "lo80": 0.1, "hi80": 0.9, "hi95": 0.975}


Factors = Mapping[str, Floats]
"""By the name of a bound [ahead]: what its distance from the mean has to be multiplied by; SPREAD: the deviation."""
SPREAD = "spread"
SWINGS = (0.0, *np.geomspace(1e-6, 1.0, 49))
MIDDLE_SQUARE = 0.455
"""Half of the squares of a standard normal distribution lie below."""
OUTLYING = 4.0
"""So many deviations away an error counts as so many: one re-organisation must not widen everything."""


def as_theory(ahead: int) -> Factors:
    """Factors of one."""
    return {name: np.ones(ahead) for name in (*SHARES, SPREAD)}


@dataclass(frozen=True, slots=True)
class Way:
    """How heads move on besides known moves.

    RATES: joining less leaving goes on at the rate of the last year, a department's own standing beside so many head-months
    of the company. DRIFT: the change of the last year goes on; within DRIFT times what chance alone gives it counts as none.
    LEVEL: the share of the gap to the usual heads of the last year that is closed in a month. None of them: as many as now.
    """

    rates: float | None = None
    drift: float | None = None
    level: float = 0.0


STAY = Way()
OTHERS = (
    Way(rates=360.0), Way(rates=1440.0), Way(rates=14_400.0), Way(drift=1.0), Way(drift=2.0),
    Way(level=0.1), Way(level=0.25), Way(level=0.5),
)  # fmt: skip


class Year(NamedTuple):
    """The last twelve months of rows at a moment. `heads` [n, 13] at month ends; [n]: `turned`, people who came or went,
    transfers included; `gained`, joiners less leavers; `exposed`, head-months; `usual`, the company's gain a head-month."""

    heads: Floats
    turned: Floats
    gained: Floats
    exposed: Floats
    usual: Floats


def year_of(heads: Floats, turned: Floats, gained: Floats) -> Year:
    """From HEADS [n, 13] and flows [n, 12]. The company: all these rows."""
    exposed = ((heads[:, :-1] + heads[:, 1:]) / 2).sum(axis=1)
    usual = gained.sum() / max(float(exposed.sum()), 1e-9)
    return Year(heads, turned.sum(axis=1), gained.sum(axis=1), exposed, np.full(len(heads), usual))


def monthly_drift(year: Year, way: Way) -> Floats:
    """[n]: heads gained a month as WAY sees it; none where that makes less than one head in a year.

    A drift is shrunk by 1 - (DRIFT / z)^2 as James and Stein do, z being the year's change in its own deviations.
    """
    now = year.heads[:, -1]
    if way.rates is not None:
        drift = now * (year.gained + way.rates * year.usual) / (year.exposed + way.rates)
    elif way.drift is not None:
        change = now - year.heads[:, 0]
        noise = way.drift**2 * np.maximum(year.turned, 1.0)
        drift = change * np.maximum(1 - noise / np.maximum(change**2, 1e-9), 0.0) / (year.heads.shape[1] - 1)
    else:
        drift = np.zeros(len(now))
    return np.asarray(np.where(np.abs(drift) * YEAR < 1, 0.0, drift))


def usual_heads(year: Year) -> Floats:
    """[n]: the middle of the last year's month ends."""
    return np.asarray(np.median(year.heads[:, 1:], axis=1))


def changes(year: Year, way: Way, ahead: int) -> Floats:
    """[n, ahead]: what WAY adds to the heads of now, were nothing known to come."""
    months = np.arange(1, ahead + 1)
    now = year.heads[:, -1:]
    gap = usual_heads(year)[:, None] - now
    moved = monthly_drift(year, way)[:, None] * months + gap * (1 - (1 - way.level) ** months)
    return np.asarray(np.maximum(moved, -now))


@dataclass(frozen=True, slots=True)
class Trial:
    """Moments of the past at which heads could have been told. `row` [m]: of the crowd; `truth` [m, ahead]: what came, NaN
    beyond now; `every`: months between two moments."""

    row: Whole
    year: Year
    truth: Floats
    every: int


def trials(
    heads: Floats, turned: Floats, gained: Floats, ahead: int, *, recent: int = YEAR, every: int = EVERY
) -> Trial:
    """All moments that have a year before and a month after them. HEADS [n, past + 1]; TURNED, GAINED [n, past]."""
    count, past = turned.shape
    years, came = [], []
    padded = np.hstack([heads, np.full((count, ahead), np.nan)])
    for moment in range(past - every, recent - 1, -every):
        flows = slice(moment - recent, moment)
        years.append(year_of(heads[:, moment - recent : moment + 1], turned[:, flows], gained[:, flows]))
        came.append(padded[:, moment + 1 : moment + 1 + ahead])
    if not years:
        nobody = np.zeros(0)
        empty = Year(np.zeros((0, recent + 1)), nobody, nobody, nobody, nobody)
        return Trial(np.zeros(0, dtype=np.int64), empty, np.zeros((0, ahead)), every)
    joined = Year(*(np.concatenate(parts) for parts in zip(*years, strict=True)))
    manned = (joined.heads > 0).all(axis=1)
    row = np.tile(np.arange(count), len(years))[manned]
    return Trial(row, Year(*(part[manned] for part in joined)), np.vstack(came)[manned], every)


def is_told(trial: Trial) -> bool:
    """Whether there are moments enough to prove anything by."""
    return len(trial.row) * trial.every >= FEWEST * YEAR


def proven_way(trial: Trial) -> Way:
    """The way that was closest on the whole, "as many as now" where none was clearly closer.

    Errors are in roots of heads, as chance moves them, so that large departments do not decide alone.
    """
    if not is_told(trial):
        return STAY
    ahead = trial.truth.shape[1]
    now = trial.year.heads[:, -1:]
    errors = {
        way: usual_error((trial.truth - now - changes(trial.year, way, ahead)) / np.sqrt(now))
        for way in (STAY, *OTHERS)
    }
    best = min(OTHERS, key=lambda way: errors[way])
    return best if errors[best] < CLEARLY * errors[STAY] else STAY


def usual_error(off: Floats) -> float:
    """Mean of the months' mean absolute errors, months not known yet left out."""
    known = ~np.isnan(off)
    months = known.any(axis=0)
    sums = np.where(known, np.abs(off), 0.0).sum(axis=0)[months]
    return float((sums / known.sum(axis=0)[months]).mean())


def proven_swing(trial: Trial, way: Way, unit: Floats) -> Floats:
    """[ahead]: variance of the share by which heads changed beyond chance: budgets and decisions move whole departments,
    the more people the more.

    UNIT [n, ahead]: variance of theory for each head. The smallest swing with which half of the errors are as small as half
    of a normal distribution's are: by their middle, so that one re-organisation says nothing.
    """
    off, variance = errors_of(trial, way, unit)
    squares = trial.year.heads[:, -1:] ** 2
    ahead = off.shape[1]
    found = np.zeros(ahead)
    for month in range(ahead):
        known = ~np.isnan(off[:, month]) & (variance[:, month] > 0)
        error, chance, square = off[known, month] ** 2, variance[known, month], squares[known, 0]
        for swing in SWINGS:
            found[month] = swing
            if not len(error) or np.median(error / (chance + swing * square)) <= MIDDLE_SQUARE:
                break
    return found


def errors_of(trial: Trial, way: Way, unit: Floats) -> tuple[Floats, Floats]:
    """[m, ahead]: by how much WAY was off at each moment, NaN beyond now; and the variance of theory."""
    now = trial.year.heads[:, -1:]
    return trial.truth - now - changes(trial.year, way, trial.truth.shape[1]), unit[trial.row] * now


def proven_factors(trial: Trial, way: Way, unit: Floats, swing: Floats) -> Factors:
    """What the distance of each bound has to be multiplied by, [ahead] each.

    UNIT [n, ahead]: variance of theory, for each head; SWING [ahead]: that of shares. People come whole: half a head lies
    inside either way. The fewer moments apart by their own horizon there are, the more theory counts.
    """
    off, chance = errors_of(trial, way, unit)
    variance = chance + swing * trial.year.heads[:, -1:] ** 2
    usable = (chance > 0) & ~np.isnan(off)
    away = np.sign(off) * np.maximum(np.abs(off) - 0.5, 0.0) / np.sqrt(np.where(usable, variance, 1.0))
    found = dict(as_theory(off.shape[1]))
    for month in range(off.shape[1]):
        seen = away[usable[:, month], month]
        own = len(seen) * trial.every / max(month + 1.0, trial.every)
        for name, share in SHARES.items():
            measured = float(np.quantile(seen, share)) / PLACES[name] if len(seen) else 1.0
            found[name][month] = (own * max(measured, NARROWEST) + DOUBT) / (own + DOUBT)
        squares = np.minimum(off[usable[:, month], month] ** 2 / variance[usable[:, month], month], OUTLYING**2)
        found[SPREAD][month] = np.sqrt((own * float(squares.mean() if len(seen) else 1.0) + DOUBT) / (own + DOUBT))
    return {name: np.clip(smoothed(values), NARROWEST, WIDEST) for name, values in found.items()}


def smoothed(values: Floats) -> Floats:
    """Averages with the months beside each: one month's factor is noisy."""
    padded = np.pad(values, 1, mode="edge")
    return np.asarray((padded[:-2] + padded[1:-1] + padded[2:]) / 3)
