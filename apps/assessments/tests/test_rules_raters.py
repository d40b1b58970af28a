"""Edges of the rater checks: what is exactly on a threshold, and how fine it is told from what lies beside it."""

from fractions import Fraction

from apps.assessments.rules.raters import Flag, Opinion, correlation, is_narrow, rater_checks

NINE_TENTHS = (3, 2, 1, 5, 4, 7, 6, 8, 9)
"""1 to 9 in another order: squares of the distances add up to 12, so the correlation is 1 - 6 x 12 / (9 x 80) = 9/10."""


def two_criteria(*others):
    """What one rater says of nine departments by two criteria: 1 to 9 by the first, OTHERS by the second."""
    return [
        Opinion("a", subject, criterion, Fraction(pct), str(pct))
        for subject, both in enumerate(zip(range(1, 10), others, strict=True))
        for criterion, pct in enumerate(both)
    ]


class TestHalo:
    def test_of_exactly_nine_tenths_is_none(self):
        (check,) = rater_checks(two_criteria(*NINE_TENTHS))
        assert check.halo == Fraction(9, 10)
        assert Flag.HALO not in check.flags

    def test_a_little_more_is_one(self):
        (check,) = rater_checks(two_criteria(3, 2, 1, 5, 4, 6, 7, 8, 9))
        assert check.halo == Fraction(55, 60)
        assert Flag.HALO in check.flags


class TestCorrelation:
    def test_does_not_depend_on_where_either_scale_begins(self):
        """Shifted far up or down on one side or on both: the same, and the other way round too."""
        pairs = [(Fraction(one), Fraction(other)) for one, other in enumerate(NINE_TENTHS, 1)]
        for left, right in ((0, 0), (1000, 0), (0, -1000), (-70, 300)):
            moved = [(one + left, other + right) for one, other in pairs]
            assert correlation(moved) == Fraction(9, 10)
            assert correlation([(other, one) for one, other in moved]) == Fraction(9, 10)


class TestNarrowSpread:
    """Half of a usual spread of 5 is 2.5; both are compared at twenty places."""

    def test_is_told_at_the_twentieth_place(self):
        assert is_narrow(Fraction("2.5") - Fraction(4, 10**20), Fraction(5))
        assert is_narrow(Fraction("2.5") - Fraction(6, 10**21), Fraction(5))

    def test_is_not_told_beyond_it(self):
        assert not is_narrow(Fraction("2.5") - Fraction(4, 10**21), Fraction(5))
