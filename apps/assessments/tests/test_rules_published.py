"""Published algorithms, longer periods, lateness, quotas, appeals: edges and worked figures of the rules alone."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from apps.assessments.choices import AppealState
from apps.assessments.rules import appeals
from apps.assessments.rules.aggregate import Flow, MeanScore, MonthScore, mean_of, mean_score, rescore, summed
from apps.assessments.rules.distribution import quota
from apps.assessments.rules.grades import GradeBand, worse_of
from apps.assessments.rules.lateness import LateTerms, lateness
from apps.assessments.rules.published import (
    KeyResult,
    Metric,
    city_score,
    okr,
    rank_1_4,
    shares,
    stability_index,
)
from apps.assessments.rules.scoring import parse_method
from apps.periods.rules import WorkDays

GRADES = [GradeBand(name, Decimal(least)) for name, least in (("A", 90), ("B", 80), ("C", 70))]


class TestCityScore:
    def test_a_metric_is_actual_by_target_or_the_other_way_round(self):
        assert Metric(50, 100).ratio() == Fraction(1, 2)
        assert Metric(5, 10, "lower").ratio() == 2
        assert Metric(None, 10).ratio() is Metric(10, None).ratio() is None
        assert Metric(0, 10).ratio() == 0
        assert Metric(10, 0).ratio() is Metric(0, 10, "lower").ratio() is None

    def test_plain_mean_of_those_that_have_a_ratio(self):
        known = [Metric(50, 100), Metric(5, 10, "lower"), Metric(None, 10)]
        assert str(city_score(known)) == "1.25"
        assert str(city_score([Metric(1, 3), Metric(1, 3), Metric(2, 3)])) == "0.44"
        assert city_score([]) is None


class TestOkr:
    def test_the_share_of_the_way_between_nothing_and_all(self):
        found = [KeyResult(10, 20, actual).score() for actual in (5, 10, 15, 20, 25, None)]
        assert [None if one is None else str(one) for one in found] == ["0.00", "0.00", "0.50", "1.00", "1.00", None]
        assert str(KeyResult(20, 10, 17).score()) == "0.30"

    def test_weighs_what_was_reported(self):
        found = okr([KeyResult(0, 10, 10, weight=3), KeyResult(0, 10, 5), KeyResult(0, 10, None, weight=9)])
        assert (found.key_results, str(found.objective)) == ((Decimal("1.00"), Decimal("0.50"), None), "0.88")
        assert okr([KeyResult(0, 10, 10), KeyResult(0, 10, 0)]).objective == Decimal("0.50")
        assert okr([KeyResult(0, 10, 5, weight=0)]).objective is None
        assert okr([KeyResult(0, 10, None)]).colour is None

    @pytest.mark.parametrize(
        ("actual", "colour"),
        [
            ("0.65", "green"),
            ("0.64", "yellow"),
            ("0.35", "yellow"),
            ("0.34", "red"),
            ("0.7", "green"),
            ("0.4", "yellow"),
        ],
    )
    def test_the_colour_of_one_place(self, actual, colour):
        assert okr([KeyResult(0, 1, Decimal(actual))]).colour == colour


class TestRanks:
    def test_both_ways(self):
        values = {"a": 10, "b": 20, "c": 30}
        assert [str(one) for one in rank_1_4(values, "higher").values()] == ["4.00", "2.50", "1.00"]
        assert [str(one) for one in rank_1_4(values, "lower").values()] == ["1.00", "2.50", "4.00"]

    def test_equal_values_share_the_mean_of_their_ranks(self):
        assert [str(one) for one in rank_1_4({1: 5, 2: 5}, "higher").values()] == ["2.50", "2.50"]
        five = {1: 9, 2: 9, 3: 5, 4: 5, 5: 5}
        assert [str(one) for one in rank_1_4(five, "higher").values()] == ["1.38", "1.38", "3.25", "3.25", "3.25"]


class TestStability:
    def test_by_hand(self):
        """(0.6 - 0.5) ln 1.2 + (0.4 - 0.5) ln 0.8 = 0.0405465…"""
        assert str(stability_index([50, 50], [60, 40])) == "0.0405"
        assert str(stability_index([60, 40], [50, 50])) == "0.0405"
        assert str(stability_index([10, 20, 30, 40], [40, 30, 20, 10])) == "0.9129"

    def test_a_share_is_never_less_than_a_ten_thousandth(self):
        assert shares([0, 1]) == [Fraction(1, 10_000), 1]
        assert shares([1, 3]) == [Fraction(1, 4), Fraction(3, 4)]
        assert shares([0, 0]) == shares([]) == []
        assert stability_index([1], [0]) is stability_index([], []) is None


class TestLongerPeriods:
    def test_months_without_a_score_leave_the_mean_and_the_count(self):
        months = [MonthScore(80), MonthScore(None), MonthScore(91)]
        assert mean_score(months) == MeanScore(Decimal("85.50"), 2)
        assert mean_score([MonthScore(80, 0), MonthScore(None)]) == MeanScore(None, 1)
        assert mean_score([]) == MeanScore(None, 0)
        assert str(mean_score([MonthScore(80), MonthScore(80), MonthScore(81)]).score) == "80.33"

    def test_all_months_weigh_the_same_unless_said_otherwise(self):
        assert mean_score([MonthScore(70), MonthScore(90, 2), MonthScore(80)]).score == Decimal("82.50")

    def test_from_a_sum_at_hand(self):
        assert mean_of(260, 3) == MeanScore(Decimal("86.67"), 3)
        assert mean_of(0, 2) == MeanScore(Decimal("0.00"), 2)
        assert mean_of(None, 3) == mean_of(5, 0) == mean_of(None, 0) == MeanScore(None, 0)

    def test_sums_of_what_is_all_known(self):
        assert summed([1, Decimal("2.5"), Fraction(1, 2)]) == 4
        assert summed([1, None]) is summed([]) is summed([None]) is None

    def test_only_the_ratio_is_scored_on_sums(self):
        with pytest.raises(TypeError, match="aggregate the months' scores instead"):
            rescore(parse_method("linear", {"floor": "0"}), [Flow(1, 1)], 20)
        assert rescore(parse_method("magic", {}), [Flow(1, 1)], 20).status == "invalid_config"


class TestLateness:
    DEADLINE = datetime(2026, 5, 8, 10, tzinfo=UTC)

    def found(self, sent, **terms):
        return lateness(
            deadline=self.DEADLINE, submitted_at=sent, as_of=self.DEADLINE + timedelta(days=40),
            zone=ZoneInfo("Asia/Shanghai"), days=WorkDays(), terms=LateTerms(**{"per_day": Decimal("0.5"), **terms}),
        )  # fmt: skip

    def test_in_time_costs_nothing(self):
        found = self.found(self.DEADLINE)
        assert (found.is_late, found.days, str(found.penalty)) == (False, 0, "0.00")

    def test_every_working_day_costs_the_same_up_to_the_cap(self):
        found = self.found(self.DEADLINE + timedelta(days=5))
        assert (found.is_late, found.days, str(found.penalty)) == (True, 3, "1.50")
        assert str(self.found(self.DEADLINE + timedelta(days=5), cap=1).penalty) == "1.00"
        assert str(self.found(self.DEADLINE + timedelta(days=5), cap=2).penalty) == "1.50"

    def test_a_day_off_is_late_by_one_day_and_grace_is_taken_off(self):
        saturday = self.DEADLINE + timedelta(days=1)
        assert (self.found(saturday).days, str(self.found(saturday).penalty)) == (1, "0.50")
        assert str(self.found(self.DEADLINE + timedelta(days=5), grace_days=1).penalty) == "1.00"
        assert str(self.found(self.DEADLINE + timedelta(days=5), grace_days=9).penalty) == "0.00"
        assert str(self.found(saturday, per_day=Fraction(1, 3)).penalty) == "0.33"


class TestQuota:
    def test_from_five_people_up(self):
        assert (quota(4, 50).is_exempt, quota(4, 50).most) == (True, None)
        assert (quota(5, 50).is_exempt, quota(5, 50).most) == (False, 2)
        assert (quota(3, 50, min_group=3).most, quota(3, 50, min_group=4).most) == (1, None)
        assert quota(10, 0).most == 0


class TestWorseOf:
    def test_the_grade_or_its_limit(self):
        assert worse_of("A", "B", GRADES) == "B"
        assert worse_of("C", "B", GRADES) == "C"
        assert worse_of("B", "B", GRADES) == "B"
        assert worse_of(None, "B", GRADES) is None
        with pytest.raises(ValueError, match="'Z' is none of A, B, C"):
            worse_of(None, "Z", GRADES)
        with pytest.raises(ValueError, match="no bands"):
            worse_of("A", "B", [])


class TestAppeals:
    MONDAY = date(2026, 6, 15)

    def test_days_as_the_scheme_says_or_five(self):
        calendar = {"appeal_days": "3", "ruling_days": 2}
        assert appeals.appeal_window(self.MONDAY, calendar, WorkDays()) == date(2026, 6, 18)
        assert appeals.ruling_due(self.MONDAY, calendar, WorkDays()) == date(2026, 6, 17)
        assert appeals.second_level_until(self.MONDAY, calendar, WorkDays()) == date(2026, 6, 17)
        assert appeals.second_level_until(self.MONDAY, {}, WorkDays()) == date(2026, 6, 22)
        assert [appeals.days_of({"appeal_days": said}, "appeal_days") for said in (None, "", "1")] == [5, 5, 1]
        with pytest.raises(ValueError, match="appeal_days is 0: give at least one working day"):
            appeals.days_of({"appeal_days": "0"}, "appeal_days")

    def test_only_the_first_level_and_what_was_not_wholly_granted_goes_higher(self):
        higher = [(state, level) for state in AppealState for level in (1, 2, 3) if appeals.may_go_higher(state, level)]
        assert sorted(higher) == [("dismissed", 1), ("partly_upheld", 1)]

    def test_days_left_run_out(self):
        friday = date(2026, 6, 19)
        left = [
            appeals.days_left(friday + timedelta(days=days), friday, WorkDays()) for days in (-4, -1, 0, 1, 2, 3, 4)
        ]
        assert left == [4, 1, 0, -1, -1, -1, -2]

    def test_whoever_had_a_part_in_it_is_left_out_and_the_order_stays(self):
        assert appeals.free_of([5, 3, 9, 1], [3, 1]) == [5, 9]
        assert appeals.free_of([5], []) == [5]

    def test_from_an_end_nothing_follows(self):
        assert appeals.may_follow("filed", "reviewing")
        assert not appeals.may_follow("filed", "upheld")
        assert not appeals.may_follow("upheld", "dismissed")
