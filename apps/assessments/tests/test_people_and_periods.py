"""People's scores and shares, longer periods, late reports, quotas, raters, published algorithms."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from apps.assessments.rules.aggregate import Flow, MonthScore, mean_score, rescore
from apps.assessments.rules.distribution import quota
from apps.assessments.rules.lateness import LateTerms, lateness
from apps.assessments.rules.published import KeyResult, Metric, city_score, okr, rank_1_4, stability_index
from apps.assessments.rules.raters import adjusted, square_root
from apps.assessments.rules.scoring import parse_method
from apps.assessments.rules.staff import Member, Stay, bonus_pay, combine, pool_share
from apps.periods.rules import WorkDays


class TestCombine:
    def outcome(self, stays, **changed):
        usual = {"personal": 90, "dept_weight": 60, "personal_weight": 40, "min_days": 15}
        return combine([Stay(*each) for each in stays], **{**usual, **changed})

    def test_by_days_in_departments(self):
        found = self.outcome([(80, 20), (95, 10)], dept_weight=100, personal_weight=0)
        assert (str(found.score), found.department_part) == ("85.00", Fraction(85))

    def test_what_stands_in_the_way(self):
        assert self.outcome([(80, 14)]).outcome == "not_assessed"
        assert self.outcome([], min_days=0).outcome == "not_assessed"
        assert self.outcome([(80, 15)], personal=None).outcome == "pending"
        assert self.outcome([(None, 15)]).outcome == "pending"
        assert self.outcome([(80, 15)], dept_weight=61).outcome == "invalid_config"

    def test_a_part_without_weight_may_be_missing(self):
        assert str(self.outcome([(80, 15)], personal=None, dept_weight=100, personal_weight=0).score) == "80.00"
        assert str(self.outcome([(None, 15)], dept_weight=0, personal_weight=100).score) == "90.00"


class TestPay:
    def test_a_period_without_days(self):
        assert bonus_pay(1, dept_coef=1, personal_coef=1, days_worked=0, days_in_period=0) is None

    def test_left_over_cents_go_to_the_largest_remainders_then_the_lowest_id(self):
        equal = {key: Member(1, 1) for key in "cab"}
        assert pool_share(Decimal(100), equal) == {"c": Decimal("33.33"), "a": Decimal("33.34"), "b": Decimal("33.33")}
        uneven = {"a": Member(1, 1), "b": Member(2, 1)}
        assert pool_share(Decimal("0.01"), uneven) == {"a": Decimal("0.00"), "b": Decimal("0.01")}

    def test_nothing_to_share_by(self):
        assert pool_share(Decimal(5), {"a": Member(0, 1), "b": Member(3, 0)}) == dict.fromkeys("ab", Decimal("0.00"))
        assert pool_share(Decimal(5), {}) == {}
        with pytest.raises(ValueError, match="cannot be negative"):
            pool_share(Decimal(5), {"a": Member(-1, 1), "b": Member(3, 1)})


class TestLongerPeriods:
    def test_a_year_is_the_mean_of_its_months_and_not_of_its_quarters(self):
        months = [MonthScore(None), MonthScore(None), MonthScore(70), MonthScore(90), MonthScore(90), MonthScore(90)]
        assert mean_score(months).score == Decimal("85.00")

    def test_none_and_weights(self):
        assert mean_score([MonthScore(None)]).score is None
        assert mean_score([MonthScore(80, 1), MonthScore(90, 3)]).score == Decimal("87.50")

    def test_cumulative_is_not_the_mean_of_capped_months(self):
        method = parse_method("ratio", {"cap": "1"})
        flows = [Flow(120, 100), Flow(80, 100)]
        assert str(rescore(method, flows, 20).points) == "20.00"
        assert str(rescore(parse_method("ratio", {"cap": "1.2"}), [Flow(210, 200)], 20).points) == "21.00"

    def test_a_month_not_reported_leaves_the_sum_unknown(self):
        method = parse_method("ratio", {})
        assert rescore(method, [Flow(5, 5), Flow(None, 5)], 20).status == "pending"
        assert rescore(method, [Flow(5, 5), Flow(5, None)], 20).status == "invalid_config"
        assert rescore(method, [], 20).status == "invalid_config"


class TestLateness:
    ZONE = ZoneInfo("Asia/Shanghai")
    DEADLINE = datetime(2026, 5, 8, 10, tzinfo=UTC)
    """Friday, 18:00 in Shanghai."""

    def found(self, sent, *, as_of=datetime(2026, 6, 1, tzinfo=UTC), days=None, **terms):
        usual = {"per_day": Decimal("0.5"), "cap": Decimal(5)}
        return lateness(
            deadline=self.DEADLINE, submitted_at=sent, as_of=as_of, zone=self.ZONE, days=days or WorkDays(),
            terms=LateTerms(**{**usual, **terms}),
        )  # fmt: skip

    def test_the_deadline_itself_is_in_time(self):
        assert not self.found(self.DEADLINE).is_late
        assert self.found(datetime(2026, 5, 8, 10, 0, 1, tzinfo=UTC)).days == 1

    def test_days_end_on_the_companys_clock(self):
        assert self.found(datetime(2026, 5, 11, 15, 59, tzinfo=UTC)).days == 1
        assert self.found(datetime(2026, 5, 11, 16, 0, tzinfo=UTC)).days == 2

    def test_weekends_holidays_and_make_up_days(self):
        saturday, monday = date(2026, 5, 9), date(2026, 5, 11)
        sent = datetime(2026, 5, 12, 1, tzinfo=UTC)
        assert self.found(sent).days == 2
        assert self.found(sent, days=WorkDays(frozenset({monday}), frozenset({saturday}))).days == 2
        assert self.found(sent, days=WorkDays(frozenset({monday}))).days == 1

    def test_what_never_came(self):
        found = self.found(None)
        assert (found.days, str(found.penalty)) == (16, "5.00")
        assert str(self.found(None, cap=None).penalty) == "8.00"
        assert not self.found(None, as_of=self.DEADLINE).is_late

    def test_days_of_grace_cost_nothing_and_are_late(self):
        found = self.found(datetime(2026, 5, 12, 1, tzinfo=UTC), grace_days=2)
        assert (found.is_late, found.days, str(found.penalty)) == (True, 2, "0.00")


class TestQuota:
    def test_whole_people_only(self):
        assert (quota(5, 20).most, quota(9, 20).most, quota(10, Decimal("9.99")).most) == (1, 1, 0)

    def test_small_groups_are_exempt(self):
        assert quota(4, 20).is_exempt
        assert quota(4, 20).most is None
        assert quota(4, 50, min_group=4).most == 2


class TestRaters:
    def test_one_score_or_equal_ones_stay(self):
        assert adjusted([Decimal("70.005")], target_mean=80, target_sd=5) == [Decimal("70.01")]
        assert adjusted([70, 70], target_mean=80, target_sd=5) == [Decimal("70.00")] * 2
        assert adjusted([], target_mean=80, target_sd=5) == []

    def test_roots(self):
        assert square_root(Fraction(9, 4)) == Fraction(3, 2)
        assert abs(square_root(Fraction(2)) ** 2 - 2) < Fraction(1, 10**39)


class TestPublished:
    def test_a_perfect_zero_has_no_ratio(self):
        assert city_score([Metric(0, 5, "lower"), Metric(5, 0, "higher")]) is None
        assert city_score([Metric(0, 5, "lower"), Metric(0, 5, "higher")]) == Decimal("0.00")

    @pytest.mark.parametrize(
        ("actual", "score", "colour"),
        [
            (Decimal("6.45"), "0.65", "green"),
            (Decimal("6.44"), "0.64", "yellow"),
            (3, "0.30", "red"),
            (99, "1.00", "green"),
        ],
    )
    def test_colour_of_one_place(self, actual, score, colour):
        found = okr([KeyResult(0, 10, actual)])
        assert (str(found.objective), found.colour) == (score, colour)

    def test_key_results_without_a_way_or_a_report(self):
        found = okr([KeyResult(5, 5, 5), KeyResult(5, 5, Decimal("4.9")), KeyResult(0, 1, None), KeyResult(10, 0, 4)])
        assert [None if each is None else str(each) for each in found.key_results] == ["1.00", "0.00", None, "0.60"]
        assert str(found.objective) == "0.53"
        assert okr([]).objective is None

    def test_ranks(self):
        assert rank_1_4({"a": 5}, "higher") == {"a": Decimal("1.00")}
        assert rank_1_4({"a": None}, "higher") == {}
        four = {"a": 4, "b": 3, "c": 3, "d": 1, "e": None}
        assert [str(each) for each in rank_1_4(four, "higher").values()] == ["1.00", "2.50", "2.50", "4.00"]

    def test_stability(self):
        assert stability_index([1, 1], [1, 1]) == Decimal("0.0000")
        assert stability_index([1, 1], [1, 0]) == Decimal("4.6043")
        assert stability_index([0], [1]) is None
        with pytest.raises(ValueError, match="same classes"):
            stability_index([1], [1, 2])
