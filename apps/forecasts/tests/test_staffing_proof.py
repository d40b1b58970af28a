"""Staff numbers on companies made up from a known truth: ranges keep their word, errors are no worse than the plain way."""

import numpy as np
import pytest

from apps.forecasts.rules.counts import count_quantiles
from apps.forecasts.rules.proving import (
    STAY,
    Trial,
    Way,
    Year,
    as_theory,
    changes,
    proven_factors,
    proven_way,
    trials,
    year_of,
)
from apps.forecasts.tests.companies import cuts, made_up, results, way_of

SEEDS = range(1, 4)
KINDS = ("refilled", "bursts", "steady", "growing")


@pytest.fixture(scope="module")
def told():
    """Results of headcount and turnover by kind of company."""
    return {kind: results(kind, SEEDS) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_headcount_keeps_its_word(told, kind):
    heads = told[kind][0]
    assert 0.77 <= heads.in80 <= 0.97, "few heads stand still more often than four times in five"
    assert 0.925 <= heads.in95 <= 0.995
    assert heads.in95_next >= 0.92
    assert heads.error <= 1.01


@pytest.mark.parametrize("kind", KINDS)
def test_turnover_keeps_its_word(told, kind):
    turnover = told[kind][1]
    assert 0.77 <= turnover.in80 <= 0.92
    assert 0.93 <= turnover.in95 <= 0.99
    assert turnover.in80_next >= 0.77
    assert turnover.in95_next >= 0.925
    assert turnover.error <= 0.92


def test_the_way_fits_the_company(told):
    [refilled, *_rest] = (crowd for crowd, _heads, _turnover in cuts(made_up("refilled", 11)))
    [steady, *_rest] = (crowd for crowd, _heads, _turnover in cuts(made_up("steady", 11)))
    assert way_of(refilled).level > 0
    assert way_of(steady) == STAY
    assert told["refilled"][0].error < 0.75
    assert told["growing"][0].error < 0.95


def test_a_short_past_proves_nothing():
    heads = np.cumsum(np.full((30, 14), 2.0), axis=1) + 10
    trial = trials(heads, np.zeros((30, 13)), np.full((30, 13), 2.0), 18)
    assert len(trial.row) == 0
    assert proven_way(trial) == STAY
    assert all((factor == 1).all() for factor in proven_factors(trial, STAY, np.ones((30, 18)), np.zeros(18)).values())


def test_one_reorganisation_moves_no_way_and_no_deviation_far():
    chance = np.random.default_rng(5)
    heads = np.full((40, 61), 20.0) + np.cumsum(chance.choice([-1, 0, 0, 0, 1], (40, 61)), axis=1)
    moved = heads.copy()
    moved[0, 30:] = 300
    plain, after = (trials(one, np.ones((40, 60)), np.zeros((40, 60)), 18) for one in (heads, moved))
    assert proven_way(after) == proven_way(plain) == STAY
    unit = np.tile(np.arange(1, 19) * 0.4 / 20, (40, 1))
    spread = [proven_factors(one, STAY, unit, np.zeros(18))["spread"].mean() for one in (plain, after)]
    assert spread[1] < 1.5 * spread[0]


def test_factors_bring_too_wide_a_theory_to_what_came():
    chance = np.random.default_rng(3)
    heads = np.full((4_000, 13), 1000.0)
    nobody = np.zeros(4_000)
    truth = 1000 + np.round(chance.normal(0, 50, (4_000, 6)))
    year = Year(heads, nobody, nobody, nobody + 12_000, nobody)
    trial = Trial(np.arange(4_000), year, truth, every=12)
    factors = proven_factors(trial, STAY, np.full((4_000, 6), 10.0), np.zeros(6))
    for name in ("lo95", "lo80", "hi80", "hi95", "spread"):
        np.testing.assert_allclose(factors[name], 0.5, atol=0.06)
    assert set(as_theory(6)) == set(factors)


@pytest.mark.parametrize(("mean", "over"), [(0.05, 1.0), (0.6, 1.0), (3.0, 1.6), (12.0, 2.0), (39.0, 1.2), (90.0, 1.5)])
def test_counts_hold_their_share(mean, over):
    chance = np.random.default_rng(9)
    draws = (
        chance.poisson(mean, 40_000) if over == 1 else chance.poisson(chance.gamma(mean / (over - 1), over - 1, 40_000))
    )
    found = {
        name: float(values[0]) for name, values in count_quantiles(np.array([mean]), np.array([mean * over])).items()
    }
    assert found["lo95"] <= found["lo80"] <= found["mean"] <= found["hi80"] <= found["hi95"]
    for low, high, share in (("lo80", "hi80", 0.8), ("lo95", "hi95", 0.95)):
        inside = ((draws >= found[low]) & (draws <= found[high])).mean()
        assert inside >= share - 0.015
        narrower = ((draws >= found[low]) & (draws <= found[high] - 1)).mean()
        assert narrower < share + 0.015, "one less would not hold any more"


def test_nobody_expected_is_nobody():
    found = count_quantiles(np.zeros((2, 3)), np.zeros((2, 3)))
    assert all((values == 0).all() for values in found.values())


def test_a_way_never_takes_more_than_there_are():
    heads = np.array([[60.0, *[40.0] * 11, 4.0]])
    year = year_of(heads, np.full((1, 12), 5.0), np.full((1, 12), -5.0))
    for way in (Way(rates=360.0), Way(drift=1.0)):
        gone = heads[:, -1:] + changes(year, way, 18)
        assert gone.min() == 0
