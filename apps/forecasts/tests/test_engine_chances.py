"""Chances of reaching a target, in one month and with a total."""

import numpy as np
import pytest

from apps.forecasts.management.files.oddities import wave
from apps.forecasts.rules.accuracy import Outcome, base_brier, brier, coverage, msis95, owa, reliability, smape
from apps.forecasts.rules.chances import chance_at_least, chance_mean_at_least, chance_total_at_least
from apps.forecasts.rules.engine import forecast
from apps.forecasts.rules.series import right_aligned
from apps.forecasts.rules.widths import NORMAL, Bonds, normal_places, total_quantiles


@pytest.fixture(scope="module")
def found():
    histories = [wave(48, 100, 5, 20), [40.0] * 30, [np.nan] * 30, wave(36, 98, 1)]
    return forecast(right_aligned(histories), upper=np.array([np.nan, np.nan, np.nan, 100.0]))


class TestChanceOfAMonth:
    def test_the_median_is_even(self, found):
        assert chance_at_least(found, 3, found.mean[:, 3])[0] == pytest.approx(0.5, abs=1e-6)

    def test_of_a_quantile_is_what_lies_above_it(self, found):
        assert chance_at_least(found, 5, found.hi95[:, 5])[0] == pytest.approx(0.025, abs=1e-4)
        assert chance_at_least(found, 5, found.lo80[:, 5])[0] == pytest.approx(0.9, abs=1e-4)

    def test_falls_as_the_target_rises(self, found):
        told = [chance_at_least(found, 0, target)[0] for target in np.linspace(0, 250, 60)]
        assert (np.diff(told) <= 1e-12).all()
        assert told[0] > 0.999
        assert told[-1] < 0.001

    def test_a_constant_is_certain(self, found):
        assert chance_at_least(found, 0, 40.0)[1] == 1
        assert chance_at_least(found, 0, 40.1)[1] == 0

    def test_no_forecast_has_no_chance(self, found):
        assert np.isnan(chance_at_least(found, 0, 1.0)[2])

    def test_beyond_the_bound_there_is_none(self, found):
        assert chance_at_least(found, 0, 100.5)[3] == 0

    def test_each_row_has_its_own_month_and_target(self, found):
        month, target = np.array([0, 1, 2, 3]), np.array([100.0, 39, 0, 98])
        told = chance_at_least(found, month, target)
        assert told[3] == chance_at_least(found, 3, 98.0)[3]


class TestChanceOfATotal:
    def test_of_one_month_is_that_month(self, found):
        one = chance_total_at_least(found, [0], found.mean[:, 0] * 1.02)
        assert one[0] == pytest.approx(chance_at_least(found, 0, found.mean[:, 0] * 1.02)[0], abs=0.05)

    def test_counts_what_is_known_already(self, found):
        told = chance_total_at_least(found, range(6), 1000.0, so_far=500.0)
        assert told[0] == chance_total_at_least(found, range(6), 500.0)[0]

    def test_the_mean_is_the_total_over_all_months(self, found):
        told = chance_mean_at_least(found, range(6), 90.0, so_far=540.0, known_months=6)
        assert told[0] == chance_total_at_least(found, range(6), 540.0)[0]

    def test_no_month_left_is_certain(self, found):
        assert chance_total_at_least(found, [], 10.0, so_far=10.0)[0] == 1
        assert chance_total_at_least(found, [], 10.0, so_far=9.0)[0] == 0

    def test_a_total_is_wider_the_closer_its_months_are_bound(self):
        quantiles = np.tile(NORMAL, (1, 12, 1)) + 10
        free = total_quantiles(quantiles, Bonds(np.eye(18), np.ones(18)))
        bound = total_quantiles(quantiles, Bonds(np.ones((18, 18)), np.ones(18)))
        assert free[0, -1] - 120 == pytest.approx(NORMAL[-1] * np.sqrt(12))
        assert bound[0, -1] - 120 == pytest.approx(NORMAL[-1] * 12)


def wild_histories(random, count=400):
    """Numbers of any size and sign, with gaps and infinities."""
    sizes = 10.0 ** random.uniform(-300, 300, (count, 1))
    values = random.choice([random.standard_normal((count, 60)) * sizes, np.exp(random.normal(0, 30, (count, 60)))])
    values[random.random(values.shape) < random.random((count, 1))] = np.nan
    values[random.random(values.shape) < 0.02] = np.inf
    values[np.arange(60)[None, :] < random.integers(0, 60, (count, 1))] = np.nan
    return values


class TestWhateverComes:
    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("is_trained", [True, False], ids=["net", "blend"])
    def test_lines_are_finite_and_rise_and_chances_are_chances(self, seed, is_trained):
        """Warnings are errors here: nothing may overflow or divide by nothing on the way either."""
        random = np.random.default_rng(seed)
        kind = random.choice(["additive", "rate", "count", ""], 400).tolist()
        found = forecast(wild_histories(random), kind=kind, horizon=20, is_trained=is_trained)
        told = found.model != "none"
        assert told.any()
        assert np.isfinite(found.quantiles[told]).all()
        assert (np.diff(found.quantiles[told], axis=2) >= 0).all()
        target = random.standard_normal(400)
        for chance in (chance_at_least(found, 0, target), chance_total_at_least(found, range(12), target)):
            assert ((chance[told] >= 0) & (chance[told] <= 1)).all()
            assert np.isnan(chance[~told]).all()


class TestMeasures:
    def test_a_place_between_quantiles(self):
        quantiles = 100 + 10 * NORMAL[None, :]
        assert normal_places(quantiles, np.array([110.0]))[0] == pytest.approx(1.0)
        assert normal_places(quantiles, np.array([130.0]))[0] == pytest.approx(3.0)

    def test_by_hand(self):
        of = Outcome(np.array([[10.0, 30.0]]), np.array([5.0]), np.array([50.0]), np.array([2.0]))
        mean = np.array([[20.0, 30.0]])
        assert smape(of.truth, mean)[0] == pytest.approx((2000 / 30 + 0) / 2)
        assert owa(of, mean) == pytest.approx((100 / 3 / 50 + 1 / 2) / 2)
        low, high = np.array([[12.0, 20.0]]), np.array([[22.0, 40.0]])
        assert coverage(of.truth, low, high) == 0.5
        assert msis95(of, low, high) == pytest.approx(((10 + 40 * 2) + 20) / 2 / 5)

    def test_chances_against_the_base_rate(self):
        came = np.array([True, True, False, False])
        assert base_brier(came) == 0.25
        assert brier(np.array([1.0, 0.5, 0.5, 0.0]), came) == 0.125
        bins = reliability(np.array([1.0, 0.95, 0.05, 0.0]), came)
        assert [(row.number, row.came) for row in bins] == [(2, 0.0), (2, 1.0)]

    def test_ten_bins_hold_each_chance_once_with_what_was_told_and_what_came(self):
        """One hundred chances 0.00 to 0.99 that come true exactly as often as they say, and one that is certain."""
        chances = np.append(np.arange(100) / 100, 1.0)
        came = np.append(np.arange(100) % 10 < np.arange(100) // 10, True)
        bins = reliability(chances, came)
        assert [(round(row.low, 1), round(row.high, 1)) for row in bins] == [(n / 10, (n + 1) / 10) for n in range(10)]
        assert [row.number for row in bins] == [10] * 9 + [11], "1.00 lies in the last one"
        assert [row.came for row in bins[:9]] == pytest.approx([n / 10 for n in range(9)])
        assert [row.told for row in bins[:9]] == pytest.approx([n / 10 + 0.045 for n in range(9)])
