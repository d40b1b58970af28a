"""Who favours whom among raters, and which rewards are above a limit: the rules alone, at their edges."""

from decimal import Decimal
from fractions import Fraction

import pytest

from apps.assessments.rules.consequences import is_above
from apps.assessments.rules.raters import Flag, Opinion, rater_checks
from apps.assessments.rules.results import Status
from apps.assessments.rules.scorecard import Extra, Line, Terms, assemble


class TestIsAbove:
    @pytest.mark.parametrize(
        ("amount", "settles", "limit", "is_so"),
        [
            ("100", "0", "100", False),
            ("100.01", "0", "100", True),
            ("-100", "0", "100", False),
            ("-100.01", "0", "100", True),
            ("0", "100.01", "100", True),
            ("60", "-41", "100", True),
            ("60", "-40", "100", False),
            ("9999", "0", None, False),
        ],
    )
    def test_what_is_given_and_what_is_moved(self, amount, settles, limit, is_so):
        limit = None if limit is None else Decimal(limit)
        assert is_above(Decimal(amount), Decimal(settles), limit) is is_so


class TestFavours:
    """Ann belongs to subject 1, Bob to 2; Cid, who belongs nowhere, rates both at 80."""

    PLACES = {"ann": [1], "bob": [2]}

    def checks(self, ann, bob, places=None):
        given = [("ann", 2, ann), ("bob", 1, bob), ("cid", 1, 80), ("cid", 2, 80)]
        opinions = [Opinion(rater, subject, 1, Fraction(pct), str(pct)) for rater, subject, pct in given]
        return {one.rater: one for one in rater_checks(opinions, self.PLACES if places is None else places)}

    def test_five_points_above_the_others_on_both_sides(self):
        found = self.checks(85, 95)
        assert (found["ann"].partners, found["bob"].partners, found["cid"].partners) == (("bob",), ("ann",), ())
        assert [Flag.RECIPROCAL in found[name].flags for name in ("ann", "bob", "cid")] == [True, True, False]

    @pytest.mark.parametrize(("ann", "bob"), [("84.99", 95), (95, 80), (95, 60), (60, 60)])
    def test_less_or_on_one_side_only_is_no_exchange(self, ann, bob):
        found = self.checks(ann, bob)
        assert not any(one.partners or Flag.RECIPROCAL in one.flags for one in found.values())

    def test_nor_where_nobody_belongs_there(self):
        assert not any(one.partners for one in self.checks(95, 95, places={}).values())
        assert not any(one.partners for one in self.checks(95, 95, places={"ann": [1]}).values())

    def test_nor_is_the_own_department_one(self):
        found = self.checks(95, 95, places={"ann": [2], "bob": [1]})
        assert not any(one.partners for one in found.values())


def test_a_line_of_no_weight_spoils_no_score():
    lines = [Line("a", 100, Decimal("80.00"), Status.SCORED), Line("b", 0, Decimal("0.00"), Status.SCORED)]
    assert assemble(lines, Terms()).total == 80


def test_bonus_and_deduction_are_told_to_two_places():
    lines = [Line("a", 100, Decimal("80.00"), Status.SCORED)]
    card = assemble(lines, Terms(bonus=Extra([Decimal("0.25")]), deductions=Extra([Decimal("0.31")])))
    assert (str(card.bonus), str(card.deduction), str(card.before_vetoes)) == ("0.25", "0.31", "79.94")
