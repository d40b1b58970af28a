"""Parts and wholes: whatever the forecasts are, afterwards they add up, in order and inside their bounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.forecasts.rules.coherence import levels_of, reconciled
from apps.forecasts.rules.network import LEVELS, MIDDLE

HORIZON = 3
# 0 over 1 and 2; 1 over 3, 4 and 5; 6 alone.
PARENT = np.array([-1, 0, 0, 1, 1, 1, -1])


def told(draw_seed, *, low, high):
    """Forecasts of seven rows between LOW and HIGH, in order."""
    random = np.random.default_rng(draw_seed)
    return np.sort(random.uniform(low, high, (len(PARENT), HORIZON, len(LEVELS))), axis=2)


def with_bounds(low, high):
    """Bounds of the rows: of a whole those of its parts together, as services.placing declares them."""
    sizes = np.array([4, 3, 1, 1, 1, 1, 1])
    return low * sizes, high * sizes


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), low=st.sampled_from([-50.0, 0.0, 20.0]), is_bound=st.booleans())
def test_parts_add_up_in_order_and_inside_their_bounds(seed, low, is_bound):
    quantiles = told(seed, low=low, high=100.0)
    lower, upper = with_bounds(low, 100.0) if is_bound else (np.full(7, -np.inf), np.full(7, np.inf))
    quantiles[[0, 1]] *= np.array([4, 3])[:, None, None] if is_bound else 1

    found, _moved = reconciled(quantiles, PARENT, lower, upper)

    middle = found[:, :, MIDDLE]
    assert middle[1] + middle[2] == pytest.approx(middle[0], rel=1e-9, abs=1e-9)
    assert middle[3] + middle[4] + middle[5] == pytest.approx(middle[1], rel=1e-9, abs=1e-9)
    assert (np.diff(found, axis=2) >= 0).all()
    assert (found >= lower[:, None, None]).all()
    assert (found <= upper[:, None, None]).all()


def test_the_whole_keeps_its_forecast_and_its_range():
    quantiles = told(1, low=0, high=100)

    found, moved = reconciled(quantiles, PARENT, np.zeros(7), np.full(7, np.inf))

    assert np.array_equal(found[0], quantiles[0])
    assert np.array_equal(found[6], quantiles[6])
    assert moved.tolist() == [False, True, True, True, True, True, False]


def test_parts_that_are_never_negative_move_in_proportion_and_their_ranges_with_them():
    quantiles = np.broadcast_to(np.array([0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2]), (3, 1, 7)).copy()
    quantiles *= np.array([120.0, 75.0, 25.0])[:, None, None]

    found, _moved = reconciled(quantiles, np.array([-1, 0, 0]), np.zeros(3), np.full(3, np.inf))

    assert found[1, 0] == pytest.approx(quantiles[1, 0] * 1.2)
    assert found[2, 0] == pytest.approx(quantiles[2, 0] * 1.2)


def test_others_move_by_how_unsure_they_are():
    width = np.array([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0])
    quantiles = np.stack([10 + width, width * 3, 2 + width])[:, None, :]

    found, _moved = reconciled(quantiles, np.array([-1, 0, 0]), np.full(3, -np.inf), np.full(3, np.inf))

    assert found[:, 0, MIDDLE] == pytest.approx([10, 6, 4])
    assert found[1, 0] - 6 == pytest.approx(width * 3)


def test_a_part_without_a_forecast_has_no_part_in_the_sum_and_a_whole_without_one_hands_nothing_down():
    quantiles = told(2, low=0, high=100)
    quantiles[2], quantiles[3] = np.nan, np.nan

    found, _moved = reconciled(quantiles, PARENT, np.zeros(7), np.full(7, np.inf))

    assert np.isnan(found[[2, 3]]).all()
    assert found[1, :, MIDDLE] == pytest.approx(found[0, :, MIDDLE])
    assert found[4, :, MIDDLE] + found[5, :, MIDDLE] == pytest.approx(found[1, :, MIDDLE])

    quantiles[0] = np.nan
    alone, _moved = reconciled(quantiles, PARENT, np.zeros(7), np.full(7, np.inf))
    assert np.array_equal(alone[1], quantiles[1])


def test_parts_that_are_all_nothing_share_the_whole_evenly():
    quantiles = np.zeros((3, 1, 7))
    quantiles[0] = 10.0

    found, _moved = reconciled(quantiles, np.array([-1, 0, 0]), np.zeros(3), np.full(3, np.inf))

    assert found[:, 0, MIDDLE] == pytest.approx([10, 5, 5])


def test_rows_know_how_many_stand_above_them():
    assert levels_of(PARENT).tolist() == [0, 1, 1, 2, 2, 2, 0]
