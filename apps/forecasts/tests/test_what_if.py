"""What would be if something changed: the arithmetic, and the places it leaves alone."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.forecasts.rules.ahead import Record, months_left_in_quarter, months_left_in_year
from apps.forecasts.rules.what_if import Change, bent

numbers = st.floats(-1e6, 1e6)


class TestBent:
    def test_is_the_forecast_where_nothing_changes(self):
        assert bent([1.0, 2.0], Change(), start=0) == [1.0, 2.0]

    def test_moves_the_level_from_a_month_on(self):
        assert bent([100.0] * 3, Change(level_pct=Decimal(10)), start=1) == pytest.approx([100, 110, 110])

    def test_grows_from_month_to_month(self):
        assert bent([100.0] * 3, Change(growth_pct=Decimal(10)), start=0) == pytest.approx([110, 121, 133.1])

    def test_adds_a_one_off_once(self):
        assert bent([100.0] * 3, Change(one_off=Decimal(7)), start=1) == [100.0, 107.0, 100.0]

    def test_more_is_more_below_nought(self):
        assert bent([-100.0], Change(level_pct=Decimal(10)), start=0) == pytest.approx([-90])

    def test_stays_within_the_bounds(self):
        assert bent([95.0, 5.0], Change(one_off=Decimal(10)), start=0, lower=0.0, upper=100.0) == [100.0, 5.0]
        assert bent([5.0], Change(level_pct=Decimal(-100), one_off=Decimal(-1)), start=0, lower=0.0) == [0.0]

    def test_leaves_everything_alone_that_begins_after_the_last_month(self):
        assert bent([1.0, 2.0], Change(level_pct=Decimal(50)), start=2) == [1.0, 2.0]

    @given(st.lists(numbers, max_size=24), st.integers(0, 24), st.integers(-100, 1000), st.integers(-50, 50))
    def test_keeps_length_and_bounds(self, mean, start, level, growth):
        start = min(start, len(mean))
        found = bent(mean, Change(Decimal(level), Decimal(growth)), start=start, lower=-2e6, upper=2e6)
        assert len(found) == len(mean) and found[:start] == mean[:start]
        assert all(-2e6 <= value <= 2e6 for value in found)


class TestRecord:
    @pytest.mark.parametrize(
        ("record", "verdict"),
        [
            (Record(10, 1.0, 2.0, 3.0, 8, 9), "better"),
            (Record(10, 2.0, 1.0, 3.0, 8, 9), "naive"),
            (Record(10, 2.0, 1.5, 1.0, 8, 9), "seasonal"),
            (Record(10, 1.0, 1.0, None, 8, 9), "better"),
            (Record(2, 5.0, 1.0, 1.0, 0, 0), "few"),
            (Record(5, None, None, None, 0, 0), "few"),
        ],
    )
    def test_says_who_came_closer(self, record, verdict):
        assert record.verdict == verdict

    def test_shares_are_of_those_judged(self):
        assert (Record(8, 1.0, 1.0, 1.0, 6, 8).share80, Record(0, None, None, None, 0, 0).share95) == (75.0, None)


@pytest.mark.parametrize(
    ("number", "first", "year", "quarter"), [(1, 1, 11, 2), (12, 1, 0, 0), (3, 4, 0, 0), (4, 4, 11, 2), (8, 1, 4, 1)]
)
def test_months_left(number, first, year, quarter):
    assert (months_left_in_year(number, first), months_left_in_quarter(number, first)) == (year, quarter)
