"""What follows from grades, by the rules alone: nominations, leaders, recommended shares, shares of a pool, kept grades."""

from decimal import Decimal
from fractions import Fraction

import pytest

from apps.assessments.rules.consequences import FOLLOWS_FROM_MONTHS, is_nominated_in, leading
from apps.assessments.rules.distribution import Over, over_quota, recommended
from apps.assessments.rules.plain import drawn_params
from apps.assessments.rules.scoring import parse_method
from apps.assessments.rules.staff import pool_member
from apps.core.month import Month

MAY = Month(2026, 5)


def back(*months):
    """So many months before May."""
    return {MAY.plus(-number) for number in months}


class TestNominatedIn:
    @pytest.mark.parametrize(
        ("best", "is_so"),
        [
            (back(0, 1, 2), True),
            (back(0, 2, 5), True),
            (back(0, 2, 6), False),  # the third lies seven months back
            (back(0, 1), False),
            (back(1, 2, 3), False),  # May brings none
            (back(0, 1, 2, 3), False),  # April had its third already
            (back(0, 1, 4, 6), False),  # so it had here: its six months reach one further back
            (back(0, 1, 4, 7), True),
            (back(0, 1, -1), False),  # what comes later says nothing of May
        ],
    )
    def test_the_third_within_six_months_once(self, best, is_so):
        assert is_nominated_in(MAY, best) is is_so

    def test_months_that_call_for_something(self):
        assert FOLLOWS_FROM_MONTHS == 3


class TestLeading:
    TOTALS = {1: (Decimal(95), "A"), 2: (Decimal(99), "B"), 3: (Decimal(97), "A"), 4: (Decimal(97), "A")}

    def test_all_that_share_the_highest_total_of_the_best_grade(self):
        assert leading(self.TOTALS, "A") == {3, 4}

    def test_a_higher_total_with_a_lower_grade_does_not_lead(self):
        assert leading(self.TOTALS, "B") == {2}
        assert leading({1: (Decimal(90), "A"), 2: (Decimal(90), "B")}, "A") == {1}

    def test_nobody_without_the_grade(self):
        assert leading(self.TOTALS, "E") == frozenset()


class TestRecommended:
    def test_the_shares_that_are_named(self):
        grades = [
            {"grade": "A", "quota": "15"},
            {"grade": "B", "quota": None},
            {"grade": "C", "quota": ""},
            {"grade": "D"},
        ]
        assert recommended(grades) == {"A": Fraction(15)}

    def test_a_fifth_for_the_best_where_none_is(self):
        assert recommended([{"grade": "A"}, {"grade": "B", "quota": ""}]) == {"A": Fraction(20)}
        assert recommended([]) == {}

    def test_too_many_are_told_with_how_many_may_be(self):
        found = over_quota({"A": 3, "B": 2}, {"A": Fraction(20), "B": Fraction(25, 2), "C": Fraction(0)}, size=10)
        assert found == (Over("A", 3, 2, "20"), Over("B", 2, 1, "12.5"))

    def test_as_many_as_recommended_are_not_too_many(self):
        assert over_quota({"A": 2, "B": 0}, {"A": Fraction(20), "B": Fraction(0)}, size=10) == ()
        assert over_quota({}, {"A": Fraction(0)}, size=10) == ()

    def test_a_small_group_has_none(self):
        assert over_quota({"A": 4}, {"A": Fraction(20)}, size=4) == ()


class TestDrawn:
    OF_TARGET = {"floor": "50", "stretch": None}

    def test_a_line_takes_what_the_scheme_does_not_write(self):
        assert drawn_params("linear", {"floor_pct": "60"}, self.OF_TARGET) == {"floor_pct": "60", "floor": "50"}

    def test_what_the_scheme_writes_stays(self):
        assert drawn_params("linear", {"floor": "40"}, {"floor": "50", "stretch": "120"}) == {
            "floor": "40",
            "stretch": "120",
        }

    def test_other_rules_do_not_look_at_it(self):
        assert drawn_params("ratio", {"cap": "1.2"}, self.OF_TARGET) == {"cap": "1.2"}


class TestKeptGrade:
    @staticmethod
    def best_grade(actual, target, **given):
        side = {"per": "1", "points": "1", "cap": "5"}
        grades = {"loss_grade": "C", "profit_grade": "B"}
        return parse_method("step", {"unit": "percent", "up": side, "down": side, **grades, **given}).best_grade(
            Fraction(actual), Fraction(target)
        )

    @pytest.mark.parametrize(
        ("actual", "target", "grade"),
        [(-1, -10, "C"), (0, -10, "B"), (5, -10, "B"), (-1, 0, ""), (-1, 10, ""), (5, 10, "")],
    )
    def test_of_a_planned_loss(self, actual, target, grade):
        assert self.best_grade(actual, target) == grade

    def test_only_where_more_is_better(self):
        assert self.best_grade(-1, -10, direction="lower") == ""


class TestPoolMember:
    @pytest.mark.parametrize(("score", "product"), [("90", 90 * 20 * 3), ("0.5", 30), ("-4", 0)])
    def test_points_by_days_by_weight(self, score, product):
        assert pool_member(Decimal(score), days=20, weight=Decimal(3)).product == product
