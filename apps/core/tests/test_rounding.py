from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.rounding import round_half_up


class TestRoundHalfUp:
    @pytest.mark.parametrize(
        ("value", "places", "expected"),
        [
            (Decimal("2.345"), 2, "2.35"),
            (Decimal("-2.345"), 2, "-2.35"),
            (Decimal("1.005"), 2, "1.01"),
            (Fraction(605, 600) * 9, 2, "9.08"),
            (Fraction(-1, 400), 2, "0.00"),
            (Decimal("-0.001"), 2, "0.00"),
            (7, 0, "7"),
        ],
    )
    def test_takes_ties_away_from_zero(self, value, places, expected):
        assert str(round_half_up(value, places)) == expected

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
    def test_gives_the_same_for_a_decimal_and_its_fraction(self, value):
        assert round_half_up(value, 2) == round_half_up(Fraction(value), 2)

    @given(st.fractions(min_value=-1000, max_value=1000), st.integers(0, 6))
    def test_is_never_further_than_half_a_unit_away(self, value, places):
        assert abs(Fraction(round_half_up(value, places)) - value) <= Fraction(1, 2 * 10**places)
