"""Raters on one scale: each rating moved to the mean and spread of all, for discussion."""

from decimal import Decimal
from fractions import Fraction

from apps.assessments.rules.raters import Opinion, mean_and_spread, standardised


def said(rater, *points, criterion=1):
    """One opinion for each of the POINTS, of subjects 1, 2, 3 …"""
    return [Opinion(rater, subject, criterion, Fraction(str(one)), "") for subject, one in enumerate(points, 1)]


class TestStandardised:
    def test_moves_a_mild_and_a_strict_rater_to_the_mean_and_spread_of_all(self):
        # All: mean 75, spread √(500/3) = 12.9099; each rater: spread √50 = 7.0711. 75 ∓ 5 × 12.9099 ÷ 7.0711.
        found = standardised([*said("mild", 80, 90), *said("strict", 60, 70)])
        assert [one.pct for one in found] == [Decimal(text) for text in ("65.87", "84.13", "65.87", "84.13")]
        assert [one.moved for one in found] == [Decimal(text) for text in ("-14.13", "-5.87", "5.87", "14.13")]

    def test_tells_the_means_of_all_raters_on_both_scales(self):
        first = standardised([*said("mild", 80, 90), *said("strict", 60, 70), *said("third", 75)])[0]
        assert (first.raw_mean, first.raters) == (Decimal("71.67"), 3)
        # The third gave one rating and stays as given; spread of all √125: (67.09 + 67.09 + 75) ÷ 3.
        assert first.mean == Decimal("69.73")

    def test_leaves_whoever_gave_one_or_always_the_same_as_given(self):
        found = standardised([*said("one", 90), *said("same", 80, 80, 80), *said("other", 40, 60)])
        assert [(one.pct, one.moved) for one in found[:4]] == [(90, 0), (80, 0), (80, 0), (80, 0)]
        assert [one.pct for one in found[4:]] != [40, 60]

    def test_keeps_criteria_apart_and_the_order_given(self):
        found = standardised([*said("x", 80, 90), *said("x", 60, 70, criterion=2)])
        assert [(one.opinion.subject, one.opinion.criterion) for one in found] == [(1, 1), (2, 1), (1, 2), (2, 2)]
        assert [one.pct for one in found] == [80, 90, 60, 70]

    def test_nothing_gives_nothing(self):
        assert standardised([]) == []
        assert mean_and_spread([]) == (0, 0)
        assert mean_and_spread([Fraction(7)]) == (7, 0)
