"""Companies made up month by month from a known truth, and how well their staff numbers were told."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from apps.core.month import Month
from apps.forecasts.rules.crowds import Crowd, carried, rates_of, trials_of
from apps.forecasts.rules.proving import Way, proven_factors, proven_swing, proven_way
from apps.forecasts.rules.staffing import Ends, Row, headcount_series, past_turnover, turnover_series

PAST, AHEAD, EVERY, MONTHS = 72, 18, 6, 108
BOUNDS = ("lo95", "lo80", "mean", "hi80", "hi95")


class Flows(NamedTuple):
    """heads [n, months + 1] at month ends; leavers, joiners, into, out [n, months]."""

    heads: np.ndarray
    leavers: np.ndarray
    joiners: np.ndarray
    into: np.ndarray
    out: np.ndarray


class Result(NamedTuple):
    """Mean absolute error over that of "same as last month"; shares that came inside the ranges."""

    error: float
    in80: float
    in95: float
    in80_next: float
    """Of the next month alone."""
    in95_next: float


def made_up(kind: str, seed: int, count: int = 60) -> Flows:
    """COUNT departments, most of 3 to 30 heads, that lose 0.2 to 2 % a month by chance.

    KIND: `refilled`, half of the vacancies below the planned heads are filled in a month; `bursts`, the same more slowly,
    and leaving comes in bursts; `steady`, as many join as leave, by chance; `growing`, a third grows by up to 2 % a month.
    """
    chance = np.random.default_rng(seed)
    planned = np.clip(np.round(np.exp(chance.normal(2.2, 0.8, count))), 2, 200)
    rate = chance.gamma(4, 0.25, count) * 0.009
    growth = np.where(chance.random(count) < 0.3, chance.uniform(0.005, 0.02, count), 0.0)
    growth *= kind == "growing"
    heads, found = planned.copy(), []
    for _month in range(MONTHS):
        now = rate * (chance.gamma(2, 0.5) if kind == "bursts" else 1.0)
        left = chance.binomial(heads.astype(int), np.minimum(now, 1)).astype(float)
        rest = heads - left
        is_planned = kind in {"refilled", "bursts"}
        out, into = moved(chance, rest, planned if is_planned else None)
        if is_planned:
            vacant = np.maximum(planned - rest - into + out, 0).astype(int)
            came = chance.binomial(vacant, 0.5 if kind == "refilled" else 0.25).astype(float)
        else:
            came = chance.poisson(heads * (rate + growth)).astype(float)
        found.append((heads, left, came, into, out))
        heads = rest + came + into - out
    flows = [np.array(one).T for one in zip(*found, strict=True)]
    return Flows(np.hstack([flows[0], heads[:, None]]), *flows[1:])


def moved(chance: np.random.Generator, heads: np.ndarray, planned: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Transfers out of and into each department: where a plan leaves vacancies, or anywhere."""
    out, into = np.zeros(len(heads)), np.zeros(len(heads))
    for _number in range(chance.poisson(len(heads) / 30)):
        source = chance.choice(len(heads), p=heads / heads.sum())
        open_ones = np.arange(len(heads)) if planned is None else np.flatnonzero(planned > heads + into)
        open_ones = open_ones[open_ones != source]
        if len(open_ones) and heads[source] - out[source] > 1:
            out[source] += 1
            into[chance.choice(open_ones)] += 1
    return out, into


def cuts(flows: Flows) -> Iterator[tuple[Crowd, np.ndarray, np.ndarray]]:
    """What is known at moments six months apart, and the heads and turnovers [n, AHEAD] that came."""
    for moment in range(PAST, MONTHS - AHEAD, EVERY):
        known, all_of_it = slice(moment - PAST, moment), slice(moment - PAST, moment + AHEAD)
        none = np.zeros((len(flows.heads), AHEAD))
        movers = flows.into + flows.out
        crowd = Crowd(
            flows.heads[:, moment - PAST : moment + 1], flows.leavers[:, known], flows.joiners[:, known],
            movers[:, known], none, none, none,
        )  # fmt: skip
        later = Crowd(
            flows.heads[:, moment - PAST : moment + 1 + AHEAD], flows.leavers[:, all_of_it],
            flows.joiners[:, all_of_it], movers[:, all_of_it], none, none, none,
        )  # fmt: skip
        yield crowd, later.heads[:, -AHEAD:], past_turnover(later)[:, -AHEAD:]


def way_of(crowd: Crowd) -> Way:
    """How its heads are carried forward."""
    return proven_way(trials_of(crowd))


def told_of(crowd: Crowd, way: Way | None = None) -> tuple[list, list]:
    """Series of headcount and turnover, as the monthly job tells them; rows have their place as department."""
    trial, rates, ends = trials_of(crowd), rates_of(crowd, crowd), Ends(2, 5)
    way = proven_way(trial) if way is None else way
    outlook = carried(crowd, rates, crowd, way)
    by_head = outlook.variance / np.maximum(crowd.now, 1.0)[:, None]
    swing = proven_swing(trial, way, by_head)
    outlook = replace(outlook, variance=outlook.variance + swing * crowd.now[:, None] ** 2)
    factors = proven_factors(trial, way, by_head, swing)
    rows = [Row(at) for at in range(len(crowd.now))]
    no_plan = np.full(outlook.mean.shape, np.nan)
    return (
        headcount_series(rows, crowd, outlook, no_plan, month=Month(2026, 6), ends=ends, factors=factors),
        turnover_series(rows, crowd, outlook, rates.leaving_variance, ends, factors),
    )


def results(kind: str, seeds: range) -> tuple[Result, Result]:
    """Of headcount and of turnover, over all cuts of companies with these seeds."""
    rows: tuple[list, list] = ([], [])
    for seed in seeds:
        for crowd, heads, turnover in cuts(made_up(kind, seed)):
            last = past_turnover(crowd)[:, -1]
            for place, (truth, naive) in enumerate(((heads, crowd.now), (turnover, last))):
                for one in told_of(crowd)[place]:
                    at = one.department
                    if not np.isnan(truth[at]).any():
                        rows[place].append(
                            np.array([truth[at], *(getattr(one, b) for b in BOUNDS), [naive[at]] * AHEAD])
                        )
    return result(np.array(rows[0])), result(np.array(rows[1]))


def result(rows: np.ndarray) -> Result:
    """ROWS [series, (truth, bounds, naive), AHEAD]. A bound that is met to nine digits is met."""
    truth, lo95, lo80, mean, hi80, hi95, naive = rows.transpose(1, 0, 2)
    near = 1e-9
    in80 = (truth >= lo80 - near) & (truth <= hi80 + near)
    in95 = (truth >= lo95 - near) & (truth <= hi95 + near)
    return Result(
        float(np.abs(truth - mean).mean() / np.abs(truth - naive).mean()),
        float(in80.mean()),
        float(in95.mean()),
        float(in80[:, 0].mean()),
        float(in95[:, 0].mean()),
    )
