"""Heads carried forward month by month: as many come as leave (at rates of 24 months), unless another way is proven; what is
known to come; and how far chance may lead.

Rows of a `Crowd` are departments' own heads; `rolled` makes the rows of departments with everything below them. The mean of
such a row is the sum of the means below it; its range comes from its own counts, for leavers of two departments rarely come
together. Source: DOMAIN.md section 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.forecasts.rules.proving import STAY, Trial, Way, Year, monthly_drift, trials, usual_heads, year_of
from apps.forecasts.rules.series import YEAR, Floats

RATE_MONTHS = 24
"""Months by which rates are told."""
BORROWED = 720.0
"""Head-months of the company that stand beside a department's own months before it is known how far departments differ: with
30 heads half of the rate is its own (below 30 heads a yearly rate says more about chance than about the department,
DOMAIN.md section 7)."""
LEAST_BORROWED, MOST_BORROWED = 120.0, 14_400.0
SURE_OF_BORROWED = 6.0
"""As many departments' worth of evidence as BORROWED itself counts for."""
UNEVEN_MONTHS = 36
"""Months by which it is judged how uneven leaving and joining are."""
SURE_OF_EVEN = 12.0
"""Months of evenness taken for granted, so that one bad month does not widen everything."""
MOST_UNEVEN = 6.0
UNSEEN = 0.5
"""A company in which nobody left may still lose somebody: half a leaver, in the range only."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """People of some rows by month, whole numbers as floats. Past columns end with the last month known.

    `heads` [n, past + 1] at month ends, one more on the left than the flows; `leavers`, `joiners` [n, past];
    `movers` [n, past]: transfers in and out; `due_leavers`, `due_joiners` [n, ahead]: known to come; `due_net` [n, ahead]:
    known transfers in less those out.
    """

    heads: Floats
    leavers: Floats
    joiners: Floats
    movers: Floats
    due_leavers: Floats
    due_joiners: Floats
    due_net: Floats

    @property
    def now(self) -> Floats:
        """[n]: heads at the end of the last month."""
        return self.heads[:, -1]

    @property
    def average(self) -> Floats:
        """[n, past]: mean of opening and closing of each month."""
        return (self.heads[:, :-1] + self.heads[:, 1:]) / 2


@dataclass(frozen=True, slots=True)
class Rates:
    """[n] each: share that leaves in a month; people who join in a month; how sure both are; how uneven months are."""

    leaving: Floats
    leaving_variance: Floats
    hires: Floats
    hires_variance: Floats
    leavers_spread: Floats
    """Variance of leavers against what even chance gives, 1 or more."""
    joiners_spread: Floats
    moving: Floats
    """Transfers in and out in a month."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """[n, ahead] each: heads expected at month ends with variance and third moment; leavers of each month with theirs."""

    mean: Floats
    variance: Floats
    third: Floats
    leavers: Floats
    leavers_variance: Floats
    exposed: Floats
    """Heads that the month's leaving rate is about: an error in the rate reaches all months alike."""


def rates_of(crowd: Crowd, company: Crowd) -> Rates:
    """Rates of the last 24 months; those of small rows lean on the rates of the COMPANY (rows of own heads), the more the
    less its departments differ."""
    exposed = crowd.average[:, -RATE_MONTHS:].sum(axis=1)
    everybody = max(company.average[:, -RATE_MONTHS:].sum(), 1e-9)
    found = []
    for own, whole in ((crowd.leavers, company.leavers), (crowd.joiners, company.joiners)):
        usual = whole[:, -RATE_MONTHS:].sum() / everybody
        borrowed = min(borrowed_months(whole, company.average), everybody)
        weight = exposed + borrowed
        count = own[:, -RATE_MONTHS:].sum(axis=1) + borrowed * usual
        found.append((count / weight, (count + UNSEEN) / weight, weight))
    (leaving, shy, sureness), (joining, shy_joining, sureness_joining) = found
    shy = np.minimum(shy, 1.0)
    return Rates(
        leaving=np.minimum(leaving, 1.0),
        leaving_variance=shy * (1 - shy) / (sureness + 1),
        hires=joining * crowd.now,
        hires_variance=shy_joining / sureness_joining * crowd.now**2,
        leavers_spread=spread_of(crowd.leavers, crowd.average),
        joiners_spread=spread_of(crowd.joiners, crowd.average),
        moving=crowd.movers[:, -YEAR:].mean(axis=1) if crowd.movers.shape[1] else np.zeros(len(crowd.now)),
    )


def borrowed_months(counts: Floats, average: Floats) -> float:
    """Head-months of the company that stand beside a department's own: rate over variance of rates between departments.

    By the method of moments from how much further departments' COUNTS lie from the company's rate than chance takes them.
    """
    seen, exposed = counts[:, -RATE_MONTHS:].sum(axis=1), average[:, -RATE_MONTHS:].sum(axis=1)
    total = exposed.sum()
    if total <= 0 or seen.sum() <= 0:
        return BORROWED
    expected = exposed * seen.sum() / total
    counted = expected > 0
    squares = float((((seen - expected) ** 2)[counted] / expected[counted]).sum())
    room = total - float((exposed**2).sum()) / total
    doubt = SURE_OF_BORROWED * total / max(int(counted.sum()), 1)
    differing = max(squares - (int(counted.sum()) - 1), 0.0)
    return float(np.clip((room + doubt) / max(differing + doubt / BORROWED, 1e-9), LEAST_BORROWED, MOST_BORROWED))


def spread_of(counts: Floats, average: Floats) -> Floats:
    """[n]: how much more uneven COUNTS were over the last 36 months than chance alone makes them, 1 to 6."""
    seen, exposed = counts[:, -UNEVEN_MONTHS:], average[:, -UNEVEN_MONTHS:]
    total = np.maximum(exposed.sum(axis=1, keepdims=True), 1e-9)
    expected = exposed * seen.sum(axis=1, keepdims=True) / total
    counted = expected > 0
    squares = np.where(counted, (seen - expected) ** 2 / np.where(counted, expected, 1.0), 0.0).sum(axis=1)
    months = np.maximum(counted.sum(axis=1) - 1, 0)
    found: Floats = np.clip((squares + SURE_OF_EVEN) / (months + SURE_OF_EVEN), 1.0, MOST_UNEVEN)
    return found


def turned_over(crowd: Crowd) -> Floats:
    """[n, past]: people who came or went in each month, transfers included."""
    return crowd.leavers + crowd.joiners + crowd.movers


def last_year(crowd: Crowd, company: Crowd) -> Year:
    """The last twelve months of a crowd, beside the rate of the COMPANY."""
    whole = year_of(company.heads[:, -(YEAR + 1) :], *flows_of(company, -YEAR))
    own = year_of(crowd.heads[:, -(YEAR + 1) :], *flows_of(crowd, -YEAR))
    usual = float(whole.usual[0]) if len(whole.usual) else 0.0
    return own._replace(usual=np.full(len(own.usual), usual))


def flows_of(crowd: Crowd, first: int = 0) -> tuple[Floats, Floats]:
    """From month FIRST on, [n, …]: people who came or went, transfers included; joiners less leavers."""
    return turned_over(crowd)[:, first:], (crowd.joiners - crowd.leavers)[:, first:]


def trials_of(crowd: Crowd) -> Trial:
    """The moments of a crowd's past at which its heads could have been told."""
    return trials(crowd.heads, *flows_of(crowd), crowd.due_net.shape[1])


def carried(crowd: Crowd, rates: Rates, company: Crowd, way: Way = STAY) -> Outlook:
    """The outlook of each row on its own, as many months ahead as moves are known for.

    As many come as leave, plus what WAY adds. HIRES of the rates tells how uneven coming is. COMPANY: rows of own heads.
    """
    count, ahead = crowd.due_leavers.shape
    still_due = crowd.due_leavers[:, ::-1].cumsum(axis=1)[:, ::-1]
    found = Outlook(*(np.zeros((count, ahead)) for _column in Outlook.__dataclass_fields__))
    mean, variance, third = crowd.now.copy(), np.zeros(count), np.zeros(count)
    by_rate, by_hires = np.zeros(count), np.zeros(count)
    year = last_year(crowd, company)
    drift = monthly_drift(year, way)
    usual = usual_heads(year) + crowd.due_net.cumsum(axis=1).T
    for month in range(ahead):
        free = np.maximum(mean - still_due[:, month], 0.0)
        expected = np.maximum(rates.leaving * mean - crowd.due_leavers[:, month], 0.0)
        lost = np.minimum(expected, rates.leaving * free)
        chance = np.divide(lost, free, out=np.zeros(count), where=free > 0)
        gained = rates.leaving * mean + drift + way.level * (usual[month] - mean)
        hired = np.maximum(gained - crowd.due_joiners[:, month], np.minimum(gained, 0.0))
        coming = np.maximum(np.maximum(hired, rates.hires - crowd.due_joiners[:, month]), 0.0)
        exposed = np.where(lost > 0, free, 0.0)
        keep = 1 - chance
        by_rate = by_rate * keep - exposed
        by_hires = by_hires * keep + (coming > 0)
        noise = lost * keep * rates.leavers_spread
        variance = variance * keep**2 + noise + coming * rates.joiners_spread + rates.moving
        third = third * keep**3 - lost * keep * (1 - 2 * chance) + coming
        known = crowd.due_joiners[:, month] - crowd.due_leavers[:, month] + crowd.due_net[:, month]
        mean = np.maximum(mean - lost + hired + known, 0.0)
        found.mean[:, month], found.third[:, month] = mean, third
        found.variance[:, month] = variance + by_rate**2 * rates.leaving_variance + by_hires**2 * rates.hires_variance
        found.leavers[:, month] = crowd.due_leavers[:, month] + lost
        found.leavers_variance[:, month], found.exposed[:, month] = noise, exposed
    return found


def rolled(values: Floats, below: Sequence[tuple[int, int]], count: int) -> Floats:
    """[count, …]: VALUES of rows added up by BELOW, pairs of (row of the sum, row that belongs to it)."""
    out = np.zeros((count, *values.shape[1:]))
    if below:
        pairs = np.asarray(below, dtype=np.int64)
        np.add.at(out, pairs[:, 0], values[pairs[:, 1]])
    return out
