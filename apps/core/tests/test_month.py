from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.month import Month

months = st.builds(Month, st.integers(1990, 2090), st.integers(1, 12))


class TestMonth:
    def test_knows_its_days(self):
        assert (Month(2028, 2).first_day, Month(2028, 2).last_day) == (date(2028, 2, 1), date(2028, 2, 29))

    @pytest.mark.parametrize("text", ["2026-13", "2026-0", "26-01", "2026/01", "", "2026-1", "next month"])
    def test_refuses_what_is_no_month_and_says_how_to_write_it(self, text):
        with pytest.raises(ValueError, match="YYYY-MM"):
            Month.parse(text)

    @given(months)
    def test_reads_what_it_writes(self, month):
        assert Month.parse(str(month)) == month

    @given(months, st.integers(-600, 600))
    def test_moves_there_and_back(self, month, steps):
        assert month.plus(steps).plus(-steps) == month

    @given(months, st.integers(0, 40))
    def test_walks_every_month_once(self, month, steps):
        walked = month.until(month.plus(steps))
        assert len(walked) == steps + 1
        assert walked == sorted(set(walked))

    def test_walks_nothing_backwards(self):
        assert Month(2026, 3).until(Month(2026, 2)) == []
