"""What the months of a quarter or year weigh in its figure, and what the highest or lowest of them comes to."""

import numpy as np

from apps.forecasts.rules.chances import normal_tail
from apps.forecasts.rules.choosing import values_of_last_year
from apps.forecasts.rules.histories import Histories
from apps.forecasts.rules.network import LEVELS, MIDDLE
from apps.forecasts.rules.pace import Pace, Period
from apps.forecasts.rules.series import MONTHS, YEAR, Floats
from apps.forecasts.rules.widths import Bonds, normal_places

WEIGHED = ("ratio", "weighted")
"""Over time: figures that count as much as their denominators."""
POINTS = 33
"""Places at which the chance of a highest figure is worked out; straight lines between them."""
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
NODE_SHARES = NODE_WEIGHTS / NODE_WEIGHTS.sum()
BEYOND = 2.0
"""How many times the distance from the 90 to the 97.5 % quantile the highest of many months may lie beyond the latter."""
AT_ONCE = 2_000


def shares_of(of: Histories, denominator: Floats, period: Period, *, year: int = YEAR) -> Floats:
    """[n, months of the PERIOD]: what each month counts: 1 in a sum, its part of the year in a mean, its part of all
    denominators in a quotient of sums or a weighted mean; NaN where those are not known.

    DENOMINATOR [n, horizon]: as it is forecast; where it is not, those of a YEAR (columns) before stand for it.
    """
    count = period.known + period.ahead
    ahead = np.where(
        np.isnan(denominator), values_of_last_year(of.denominator, denominator.shape[1], year), denominator
    )
    weight = np.concatenate([of.denominator[:, MONTHS - period.known :], ahead[:, : period.ahead]], axis=1)
    total = weight.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where((total > 0) & (weight >= 0).all(axis=1, keepdims=True), weight / total, np.nan)
    is_sum, is_weighed = of.over_time[:, None] == "sum", np.isin(of.over_time, WEIGHED)[:, None]
    return np.select([is_sum, is_weighed], [np.ones_like(part), part], 1 / count)


def shares_by_month(of: Histories, shares: Floats, period: Period, pace: Pace, months: int) -> Floats:
    """[n, MONTHS]: what each of so many months ahead counts in the figure of the PERIOD, by SHARES (shares_of), where that
    is no matter of how many there are: of quotients of sums and weighted means. Nothing where no figure is due; NaN for
    other rows, and where it is not known."""
    found = np.full((len(of), months), np.nan)
    if period.ahead:
        is_known = np.isin(of.over_time, WEIGHED) & ~np.isnan(shares).any(axis=1)
        rows = np.flatnonzero(is_known)
        found[rows] = 0.0
        found[np.ix_(rows, pace.end_of(np.arange(period.ahead)))] = shares[rows, period.known :]
    return found


def weighed(figures: Floats, shares: Floats) -> Floats:
    """[n]: FIGURES [n, months] by SHARES; a month without any weight (a quotient of nothing) does not count."""
    return added_by_shares(figures, shares)


def added_by_shares(figures: Floats, shares: Floats) -> Floats:
    """[…]: the same of FIGURES […, months]."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(shares == 0, 0.0, figures * shares).sum(axis=-1))


def highest_of(quantiles: Floats, bonds: Bonds) -> Floats:
    """[n, levels]: quantiles of the highest of months with QUANTILES [n, months, levels].

    Months are bound by one common cause, as strongly as BONDS.months say on average: given the cause they are independent,
    so the chance of all of them staying below is a product, averaged over the cause (Gauss and Hermite's nodes).
    """
    found = [highest_of_some(quantiles[at : at + AT_ONCE], bonds) for at in range(0, len(quantiles), AT_ONCE)]
    return np.concatenate(found) if found else quantiles[:, 0]


def highest_of_some(quantiles: Floats, bonds: Bonds) -> Floats:
    """The same for as many rows as are worked out at once."""
    months = quantiles.shape[1]
    if months == 1:
        return quantiles[:, 0]
    within = np.minimum(np.arange(months), len(bonds.months) - 1)
    tie = bonds.months[np.ix_(within, within)]
    common = float(np.clip((tie.sum() - np.trace(tie)) / (months * (months - 1)), 0.0, 0.99))
    low = quantiles[:, :, 0].max(axis=1)
    last, before = quantiles[:, :, -1], quantiles[:, :, -2]
    high = (last + BEYOND * (last - before)).max(axis=1)
    places = low + np.linspace(0, 1, POINTS)[:, None] * (high - low)
    below = np.array([chance_all_below(quantiles, place, common) for place in places])
    return at_levels(places, np.maximum.accumulate(below, axis=0), quantiles[:, :, MIDDLE].max(axis=1))


def chance_all_below(quantiles: Floats, place: Floats, common: float) -> Floats:
    """[n]: the chance that every month stays below PLACE [n], of errors that have the share COMMON of their variance in
    common."""
    steps = normal_places(quantiles, np.broadcast_to(place[:, None], quantiles.shape[:2]))
    own = np.sqrt(1 - common)
    chances = (
        normal_tail(np.clip((node * np.sqrt(common) - steps) / own, -9, 9)).prod(axis=1) * share
        for node, share in zip(NODES, NODE_SHARES, strict=True)
    )
    return np.asarray(sum(chances))


def at_levels(places: Floats, below: Floats, certain: Floats) -> Floats:
    """[n, levels]: where BELOW [points, n] reaches each level among PLACES [points, n]; CERTAIN [n] without any width."""
    found = np.empty((places.shape[1], len(LEVELS)))
    columns = np.arange(places.shape[1])
    for number, level in enumerate(LEVELS):
        upper = np.clip((below < level).sum(axis=0), 1, len(places) - 1)
        start, end = below[upper - 1, columns], below[upper, columns]
        part = np.clip((level - start) / np.where(end > start, end - start, 1.0), 0, 1)
        found[:, number] = places[upper - 1, columns] * (1 - part) + places[upper, columns] * part
    is_certain = places[-1] <= places[0]
    return np.where(is_certain[:, None], certain[:, None], found)
