"""People's scores and shares, and how raters rate: edges and worked figures of the rules alone."""

from decimal import Decimal
from fractions import Fraction

import pytest

from apps.assessments.rules.raters import (
    Flag,
    Opinion,
    adjusted,
    correlation,
    halo_of,
    is_narrow,
    median,
    rater_checks,
    spread_of,
    square_root,
)
from apps.assessments.rules.staff import Member, Stay, bonus_pay, combine, pool_share


def fractions(*numbers):
    return [Fraction(number) for number in numbers]


class TestCombine:
    def found(self, *stays, personal=90, dept=60, own=40, **given):
        return combine(
            [Stay(*each) for each in stays], personal=personal, dept_weight=dept, personal_weight=own, **given
        )

    def test_department_and_personal_part(self):
        assert str(self.found((80, 31)).score) == "84.00"
        assert str(self.found((Decimal("91.41"), 31), personal=86, dept=30, own=70).score) == "87.62"

    def test_days_weigh_the_departments(self):
        found = self.found((80, 10), (95, 21), dept=100, own=0)
        assert (found.department_part, str(found.score)) == (Fraction(2795, 31), "90.16")

    @pytest.mark.parametrize(("dept", "own"), [(110, -10), (-10, 110), (60, 39), (60, 41)])
    def test_weights_that_are_none(self, dept, own):
        found = self.found((80, 31), dept=dept, own=own)
        assert (found.outcome, found.score, found.department_part) == ("invalid_config", None, None)

    def test_fifteen_days_are_enough_and_fewer_are_not(self):
        assert self.found((80, 15)).outcome == "ok"
        assert self.found((80, 14)).outcome == "not_assessed"
        assert self.found((80, 7), (80, 8)).outcome == "ok"
        assert self.found((80, 5), min_days=5).outcome == "ok"
        assert self.found((80, 0), min_days=0).outcome == "not_assessed"

    def test_what_is_awaited(self):
        assert self.found((80, 15), (None, 5)).outcome == "pending"
        assert self.found((80, 15), (None, 0)).outcome == "ok"
        assert self.found((80, 31), personal=None).outcome == "pending"
        assert self.found((None, 31), dept=0, own=100).outcome == "ok"
        assert str(self.found((80, 31), personal=None, dept=100, own=0).score) == "80.00"

    def test_a_department_that_has_no_score_and_no_weight_counts_as_nothing(self):
        assert self.found((None, 31), dept=0, own=100).department_part == 0
        assert str(self.found((None, 31), dept=0, own=100).score) == "90.00"


class TestPay:
    def test_by_days_worked(self):
        given = {"dept_coef": Decimal("1.2"), "personal_coef": Decimal("1.1")}
        assert str(bonus_pay(3000, **given, days_worked=31, days_in_period=31)) == "3960.00"
        assert str(bonus_pay(3000, **given, days_worked=10, days_in_period=31)) == "1277.42"
        assert str(bonus_pay(3000, **given, days_worked=0, days_in_period=31)) == "0.00"

    def test_a_pool_is_shared_by_base_and_coefficient(self):
        members = {"a": Member(1000, Decimal("1.2")), "b": Member(2000, Decimal("0.9")), "c": Member(0, 1)}
        assert members["a"].product == 1200
        assert {key: str(share) for key, share in pool_share(1000, members).items()} == {
            "a": "400.00", "b": "600.00", "c": "0.00"
        }  # fmt: skip

    def test_the_last_cents_go_to_the_largest_remainders(self):
        members = {1: Member(1, 1), 2: Member(1, 1), 3: Member(4, 1)}
        assert [str(share) for share in pool_share(Decimal("0.10"), members).values()] == ["0.02", "0.02", "0.06"]
        seven = {key: Member(1, 1) for key in (3, 1, 2)}
        assert {key: str(share) for key, share in pool_share(Decimal("0.05"), seven).items()} == {
            3: "0.01", 1: "0.02", 2: "0.02"
        }  # fmt: skip

    def test_a_pool_is_rounded_to_cents_first(self):
        assert sum(pool_share(Fraction(5, 1000), {"a": Member(1, 1)}).values()) == Decimal("0.01")
        assert pool_share(0, {"a": Member(1, 1)}) == {"a": Decimal("0.00")}
        with pytest.raises(ValueError, match="cannot be negative"):
            pool_share(Decimal("-0.01"), {"a": Member(1, 1)})


class TestAdjusted:
    def test_to_a_common_mean_and_spread(self):
        found = adjusted([60, 70, 80], target_mean=80, target_sd=5)
        assert [str(one) for one in found] == ["75.00", "80.00", "85.00"]

    def test_of_two_scores(self):
        """Sample spread: 200 / (2 - 1), of which the root is 14.142."""
        found = adjusted([60, 80], target_mean=70, target_sd=10)
        assert [str(one) for one in found] == ["62.93", "77.07"]


class TestRoots:
    def test_are_exact_or_cut_at_forty_places(self):
        assert square_root(Fraction(1, 4)) == Fraction(1, 2)
        assert square_root(Fraction(0)) == 0
        assert square_root(Fraction(2)) == Fraction("1.4142135623730950488016887242096980785696")
        third = square_root(Fraction(1, 3))
        assert 0 < Fraction(1, 3) - third**2 < Fraction(2, 10**40)


class TestSpreads:
    def test_of_five_values_up(self):
        assert spread_of(fractions(0, 0, 5, 10, 10)) == 5
        assert spread_of(fractions(0, 0, 10, 10)) is None
        assert spread_of(fractions(7, 7, 7, 7, 7)) == 0

    def test_the_middle_one_of_at_least_two(self):
        assert median(fractions(9, 1, 2)) == 2
        assert median(fractions(9, 1, 3, 4)) == Fraction(7, 2)
        assert median(fractions(3, 1)) == 2
        assert median(fractions(3)) is median([]) is None

    def test_half_of_the_usual_one_is_not_less_than_half(self):
        assert is_narrow(Fraction("2.4"), Fraction(5))
        assert not is_narrow(Fraction("2.5"), Fraction(5))
        assert not is_narrow(Fraction("2.5") - Fraction(1, 10**21), Fraction(5))
        assert is_narrow(Fraction("2.5") - Fraction(1, 10**19), Fraction(5))
        assert not is_narrow(None, Fraction(5))
        assert not is_narrow(Fraction(1), None)


class TestCorrelation:
    def pairs(self, *others):
        return [(Fraction(one), Fraction(other)) for one, other in enumerate(others)]

    def test_of_eight_pairs_up(self):
        assert correlation(self.pairs(*range(8))) == 1
        assert correlation(self.pairs(*range(0, -16, -2))) == -1
        assert correlation(self.pairs(*range(7))) is None

    def test_none_without_spread_on_either_side(self):
        assert correlation(self.pairs(*[5] * 8)) is None
        assert correlation([(Fraction(5), Fraction(one)) for one in range(8)]) is None

    def test_by_hand(self):
        """0 to 7 against 0 1 0 1 0 1 0 1: 2 / root of 42 x 2."""
        found = correlation(self.pairs(0, 1, 0, 1, 0, 1, 0, 1))
        assert abs(found**2 - Fraction(4, 84)) < Fraction(1, 10**30)
        assert found > 0


def said(rater, subject, pct, *, criterion=1, level=None):
    return Opinion(rater, subject, criterion, Fraction(pct), level or str(pct))


class TestRaterChecks:
    def checks(self, *opinions):
        return {check.rater: check for check in rater_checks(opinions)}

    def two(self, subjects, mild, hard):
        return [said(rater, subject, pct) for rater, pct in (("b", hard), ("a", mild)) for subject in range(subjects)]

    def test_five_points_over_five_subjects_are_lenient_and_severe(self):
        found = self.checks(*self.two(5, 80, 75))
        assert list(found) == ["a", "b"]
        assert (found["a"].leniency, found["b"].leniency) == (5, -5)
        assert (Flag.LENIENT in found["a"].flags, Flag.SEVERE in found["b"].flags) == (True, True)
        assert (Flag.SEVERE in found["a"].flags, Flag.LENIENT in found["b"].flags) == (False, False)
        assert (found["a"].count, found["a"].shared, found["a"].mean) == (5, 5, 80)

    def test_less_is_neither(self):
        found = self.checks(*self.two(5, 80, Decimal("75.01")))
        assert not {Flag.LENIENT, Flag.SEVERE} & {*found["a"].flags, *found["b"].flags}
        few = self.checks(*self.two(4, 90, 50))
        assert (few["a"].leniency, few["a"].shared, few["a"].flags) == (None, 4, ())

    def test_the_mean_of_the_others_is_that_of_all_of_them(self):
        opinions = [said("a", subject, 90) for subject in range(5)]
        opinions += [said(rater, subject, pct) for rater, pct in (("b", 80), ("c", 85)) for subject in range(5)]
        found = self.checks(*opinions, said("a", 9, 10))
        assert found["a"].leniency == Fraction(15, 2)
        assert (found["a"].shared, found["a"].count) == (5, 6)

    def test_criteria_are_compared_each_with_itself(self):
        opinions = [said("a", subject, 80, criterion=1) for subject in range(5)]
        opinions += [said("b", subject, 50, criterion=2) for subject in range(5)]
        assert self.checks(*opinions)["a"].leniency is None

    def test_a_spread_below_half_of_the_median_raters_is_central(self):
        spreads = {"a": (78, 79, 80, 81, 82), "b": (60, 70, 80, 90, 100), "c": (60, 70, 80, 90, 100)}
        opinions = [said(rater, subject, pct) for rater, row in spreads.items() for subject, pct in enumerate(row)]
        found = self.checks(*opinions)
        assert found["a"].flags == (Flag.CENTRAL,)
        assert found["b"].flags == found["c"].flags == ()
        assert found["a"].spread ** 2 - Fraction(5, 2) < Fraction(1, 10**30)

    def test_one_criterion_that_follows_another_is_a_halo(self):
        def rated(subjects, follow):
            pairs = [(subject, 60 + subject, 70 + follow(subject)) for subject in range(subjects)]
            return [
                said("a", subject, pct, criterion=number) for subject, *both in pairs for number, pct in enumerate(both)
            ]

        assert self.checks(*rated(8, lambda subject: 2 * subject))["a"].halo == 1
        assert Flag.HALO in self.checks(*rated(8, lambda subject: 2 * subject))["a"].flags
        assert self.checks(*rated(7, lambda subject: 2 * subject))["a"].halo is None
        loose = self.checks(*rated(8, lambda subject: subject % 2))["a"]
        assert 0 < loose.halo < Fraction(9, 10)
        assert Flag.HALO not in loose.flags

    def test_a_halo_is_the_mean_over_pairs_of_criteria_that_say_anything(self):
        opinions = [
            said("a", subject, pct, criterion=number)
            for subject in range(8)
            for number, pct in enumerate((subject, 2 * subject, -subject, 5))
        ]
        assert halo_of(opinions) == Fraction(-1, 3)
        assert halo_of(opinions[:1]) is None

    def test_subjects_rated_by_one_criterion_only_are_left_out(self):
        opinions = [said("a", subject, subject, criterion=1) for subject in range(9)]
        opinions += [said("a", subject, subject, criterion=2) for subject in range(1, 10)]
        assert halo_of(opinions) == 1
        assert halo_of([*opinions[:8], *opinions[9:-2]]) is None

    @pytest.mark.parametrize(
        ("levels", "share", "is_flagged"),
        [("AAAAB", "0.8", True), ("AAAAAAABBB", "0.7", False), ("AAAA", "1", False), ("AAAAAAAABB", "0.8", True)],
    )
    def test_one_level_more_than_seven_times_of_ten(self, levels, share, is_flagged):
        opinions = [said("a", subject, 80, level=level) for subject, level in enumerate(levels)]
        found = self.checks(*opinions)["a"]
        assert (found.top_level, found.top_share) == ("A", Fraction(share))
        assert (Flag.ONE_LEVEL in found.flags) is is_flagged

    def test_of_levels_used_equally_often_the_first_by_name(self):
        found = self.checks(*[said("a", subject, 80, level=level) for subject, level in enumerate("BABA")])
        assert (found["a"].top_level, found["a"].top_share) == ("A", Fraction(1, 2))
