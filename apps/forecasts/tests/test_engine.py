"""The forecast engine: order of its lines, bounds, odd histories, notes, refusals."""

import numpy as np
import pytest

from apps.forecasts.management.files.oddities import faults, forecast_odd, line_faults, odd_series, wave
from apps.forecasts.rules.engine import AT_ONCE, forecast, shipped_weights
from apps.forecasts.rules.network import HORIZON, LEVELS, WEIGHTS_FILE

ODD = list(odd_series())
LINES = ("lo95", "lo80", "mean", "hi80", "hi95")


def stacked(found):
    return np.stack([getattr(found, line) for line in LINES])


class TestOddSeries:
    def test_are_of_many_kinds(self):
        assert len(ODD) >= 48
        assert len({odd.name for odd in ODD}) == len(ODD)

    @pytest.mark.parametrize("is_trained", [True, False], ids=["net", "blend"])
    def test_all_get_lines_that_hold_or_none(self, is_trained):
        assert faults(ODD, forecast_odd(ODD, is_trained=is_trained)) == []

    @pytest.mark.parametrize("odd", ODD, ids=[odd.name for odd in ODD])
    def test_alone_get_the_same_as_among_others(self, odd):
        alone = forecast_odd([odd])
        among = forecast_odd(ODD)
        row = ODD.index(odd)
        assert alone.model[0] == among.model[row]
        # Single precision inside the net: sums in another order differ in the sixth digit of the series' size.
        size = np.nanmax(np.abs([0.0, *np.array(odd.values)[np.isfinite(odd.values)]]))
        assert np.allclose(alone.quantiles[0], among.quantiles[row], rtol=1e-3, atol=1e-4 * size, equal_nan=True)

    def test_the_check_sees_planted_faults(self):
        odd = next(odd for odd in ODD if odd.name == "percentage at its upper bound")
        lines = np.tile(np.array([[90.0], [95], [94], [96], [101]]), HORIZON)
        assert len(line_faults(odd, lines)) == 2


class TestModels:
    def test_no_number_gives_no_forecast_and_says_so(self):
        found = forecast(np.full((2, 30), np.nan))
        assert found.model.tolist() == ["none", "none"]
        assert found.note.tolist() == ["no_history"] * 2
        assert np.isnan(found.mean).all()

    def test_one_value_goes_on_with_a_wide_range(self):
        found = forecast([[50.0]])
        assert found.model[0] == "last_value"
        assert "one_value" in found.note[0]
        assert (found.mean == 50).all()
        assert (found.hi95 - found.lo95 > 30).all()

    def test_a_constant_stays(self):
        found = forecast([[3.25] * 24])
        assert (found.model[0], found.note[0]) == ("constant", "constant")
        assert (stacked(found) == 3.25).all()

    def test_under_thirteen_months_there_is_no_net(self):
        found = forecast([wave(12).tolist()])
        assert (found.model[0], found.note[0]) == ("blend", "short_history")

    def test_a_pure_season_goes_on(self):
        found = forecast([(100 + 30 * np.sin(2 * np.pi * np.arange(60) / 12)).tolist()])
        expected = 100 + 30 * np.sin(2 * np.pi * np.arange(60, 60 + HORIZON) / 12)
        assert np.abs(found.mean[0] - expected).max() < 5

    def test_without_weights_the_blend_stands_in(self):
        found = forecast([wave(48).tolist()], is_trained=False)
        assert found.model[0] == "blend"
        assert np.isfinite(found.quantiles).all()

    def test_an_absent_file_is_no_weights(self, tmp_path):
        assert shipped_weights(tmp_path / "weights.npz") is None

    def test_the_shipped_weights_are_small(self):
        assert WEIGHTS_FILE.stat().st_size <= 300 * 1024


class TestNotes:
    def test_gaps(self):
        values = wave(40)
        values[20] = np.nan
        assert forecast([values.tolist()]).note[0] == "gaps_filled"

    def test_a_spike_is_capped_and_hardly_moves_the_forecast(self):
        plain, spiked = wave(40), wave(40)
        spiked[25] *= 10
        found = forecast([plain.tolist(), spiked.tolist()])
        assert found.note.tolist() == ["", "spike_capped"]
        assert np.abs(found.mean[0] - found.mean[1]).max() < 5

    def test_a_spike_of_every_december_is_season(self):
        values = wave(48)
        values[11::12] *= 3
        found = forecast([values.tolist()])
        assert "spike_capped" not in found.note[0]
        assert found.mean[0, 11] > 220

    def test_a_clean_level_shift_is_cut(self):
        found = forecast([[*wave(24, 100, 3).tolist(), *wave(16, 220, 3).tolist()]])
        assert "level_shift_cut" in found.note[0]
        assert (found.lo95[0] > 150).all()

    def test_under_two_years_there_is_no_sure_season(self):
        assert forecast([wave(20).tolist()]).note[0] == "no_season_yet"


class TestBounds:
    def test_declared_ones_hold(self):
        found = forecast([wave(30, 99, 2).tolist()] * 2, lower=np.array([0.0, np.nan]), upper=np.array([100.0, np.nan]))
        assert stacked(found)[:, 0].max() <= 100
        assert stacked(found)[:, 1].max() > 100

    def test_never_negative_stays_so(self):
        values = np.maximum(wave(40, 1, 2), 0)
        assert stacked(forecast([values.tolist()])).min() >= 0

    def test_never_positive_stays_so(self):
        assert stacked(forecast([(-np.maximum(wave(40, 1, 2), 0)).tolist()])).max() <= 0

    def test_a_declared_bound_wins_over_the_sign(self):
        found = forecast([wave(30).tolist()], lower=-9.0, upper=-1.0)
        assert stacked(found).max() <= -1

    def test_crossed_ones_are_refused(self):
        with pytest.raises(ValueError, match="lower bound is above"):
            forecast([[1.0, 2.0]], lower=5.0, upper=1.0)


class TestKinds:
    """The table of docs/forecast-model.md."""

    def told(self, values, *kinds):
        return [forecast([values], kind=[kind]).quantiles for kind in kinds]

    def test_a_count_is_forecast_like_any_figure(self):
        plain, count, none = self.told(wave(36), "", "count", None)
        assert np.array_equal(plain, count) and np.array_equal(plain, none)

    def test_a_rate_has_its_season_added(self):
        plain, rate, additive = self.told(wave(36), "", "rate", "additive")
        assert np.array_equal(rate, additive) and not np.allclose(plain, rate)

    def test_so_has_what_was_not_always_above_zero(self):
        plain, additive = self.told(wave(36) - 100, "", "additive")
        assert np.array_equal(plain, additive)


class TestShape:
    @pytest.mark.parametrize("horizon", [1, 6, 18, 36])
    def test_any_horizon(self, horizon):
        found = forecast([wave(40).tolist()], horizon=horizon)
        assert found.quantiles.shape == (1, horizon, len(LEVELS))
        assert (np.diff(stacked(found), axis=0) >= 0).all()
        longest = forecast([wave(40).tolist()], horizon=36)
        assert np.allclose(found.mean, longest.mean[:, :horizon])

    @pytest.mark.parametrize("horizon", [0, -1, 61])
    def test_no_horizon_is_refused(self, horizon):
        with pytest.raises(ValueError, match="between 1 and 60"):
            forecast([[1.0]], horizon=horizon)

    def test_unknown_kinds_are_refused(self):
        with pytest.raises(ValueError, match="additive, rate and count"):
            forecast([[1.0, 2.0]], kind=["percent"])

    def test_no_series_gives_no_rows(self):
        assert forecast(np.empty((0, 60))).mean.shape == (0, HORIZON)

    def test_quantiles_rise(self):
        random = np.random.default_rng(5)
        values = np.exp(random.normal(0, 3, (300, 1)) + np.cumsum(random.normal(0, 0.3, (300, 60)), axis=1))
        values[random.random(values.shape) < 0.2] = np.nan
        assert (np.diff(forecast(values).quantiles, axis=2) >= 0).all()

    def test_more_rows_than_one_batch_give_the_same(self):
        values = np.tile(wave(30), (AT_ONCE + 3, 1))
        found = forecast(values)
        assert np.allclose(found.mean[0], found.mean[-1], rtol=1e-5)

    def test_the_same_twice(self):
        values = [wave(40, seed=seed).tolist() for seed in range(20)]
        assert np.array_equal(forecast(values).quantiles, forecast(values).quantiles)

    def test_the_unit_does_not_matter(self):
        values = wave(40, season=20)
        found = forecast([values.tolist(), (values * 1e6).tolist(), (values * 1e-9).tolist()])
        assert np.allclose(found.mean[1], found.mean[0] * 1e6, rtol=1e-4)
        assert np.allclose(found.mean[2], found.mean[0] * 1e-9, rtol=1e-4)
