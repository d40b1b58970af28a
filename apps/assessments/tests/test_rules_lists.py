"""Scoring methods of events, answers and items at the last value they take and the first they refuse; their receipts."""

from datetime import date
from fractions import Fraction

import pytest

from apps.assessments.rules.methods.milestone import Milestone, MilestoneFacts
from apps.assessments.tests.told import found, steps


class TestComposite:
    def children(self, *parts):
        return {"children": [{"code": code, "weight": weight, "rate": rate} for code, weight, rate in parts]}

    def test_weights_are_a_hundred_and_none_is_negative(self):
        assert found("composite", self.children(("a", "60", "1"), ("b", "39.99", "1"))) == "weights_sum: children"
        assert found("composite", self.children(("a", "110", "1"), ("b", "-10", "1"))) == (
            "out_of_range: children[1].weight"
        )
        assert found("composite", self.children(("a", "100", "0.5"), ("b", "0", "1"))) == "10.00"

    def test_a_cap_holds_each_child(self):
        params = self.children(("a", "50", "1.5"), ("b", "50", "0.5"))
        assert found("composite", params) == "20.00"
        assert found("composite", {**params, "child_cap": "1.2"}) == "17.00"
        assert found("composite", {**params, "child_cap": "0"}) == "0.00"
        assert found("composite", {**params, "child_cap": "-1"}) == "out_of_range: child_cap"

    def test_reported_rates_come_before_written_ones(self):
        params = self.children(("a", "50", "1"), ("b", "50", "1"))
        assert found("composite", params, {"a": "0.5", "b": "0.7"}) == "12.00"
        assert found("composite", params, {"a": "0.5"}) == "pending"
        assert found("composite", params, {"a": "x"}) == "not_a_number: a"
        assert found("composite", params, ["a"]) == "not_rates: actual"

    def test_a_missing_child_waits_counts_nothing_or_leaves(self):
        params = self.children(("a", "60", None), ("b", "40", "0.5"))
        assert [found("composite", {**params, "missing_child": how}) for how in ("pending", "zero", "exclude")] == [
            "pending", "4.00", "10.00"
        ]  # fmt: skip
        assert steps("composite", params) == [("composite.child_missing", {"child": "a"})]

    def test_tells_every_child_and_the_mean(self):
        params = self.children(("a", "60", "1"), ("b", "40", "0.5"))
        assert steps("composite", params) == [
            ("composite.child", {"child": "a", "weight": 60, "rate": 1}),
            ("composite.child", {"child": "b", "weight": 40, "rate": Fraction(1, 2)}),
            ("points.share", {"weight": 20, "rate": Fraction(4, 5), "points": 16}),
        ]


class TestDescriptive:
    RATERS = [{"id": "a", "weight": "50"}, {"id": "b", "weight": "30"}, {"id": "c", "weight": "20"}]
    PARAMS = {"levels": {"A": "100", "B": "90", "Z": "0"}, "raters": RATERS}

    def test_levels_are_from_nothing_to_all(self):
        assert found("descriptive", self.PARAMS, {"a": "Z", "b": "A"}) == "7.50"
        assert found("descriptive", {**self.PARAMS, "levels": {"A": "100.01"}}) == "not_a_level: A"
        assert found("descriptive", {**self.PARAMS, "levels": {"A": "-0.01"}}) == "not_a_level: A"
        assert found("descriptive", self.PARAMS, {"a": "100", "b": 0}) == "12.50"
        assert found("descriptive", self.PARAMS, {"a": "100.01"}) == "not_a_level: a"

    @pytest.mark.parametrize(
        ("change", "actual", "fault"),
        [
            ({"raters": [{"id": "a", "weight": "1"}, {"id": "a", "weight": "1"}]}, None, "duplicate_code: a"),
            ({"raters": [{"id": "a", "weight": "-1"}]}, None, "out_of_range: raters[0].weight"),
            ({"raters": [{"weight": "1"}]}, None, "missing: raters[0].id"),
            ({"trim": 2}, None, "out_of_range: trim"),
            ({"trim": -1}, None, "out_of_range: trim"),
            ({"min_raters": -1}, None, "out_of_range: min_raters"),
            ({}, {"d": "A"}, "unknown_rater: d"),
            ({}, ["A"], "not_answers: actual"),
        ],
    )
    def test_faults(self, change, actual, fault):
        assert found("descriptive", {**self.PARAMS, **change}, actual) == fault

    def test_one_rater_is_enough_unless_said_otherwise(self):
        assert found("descriptive", self.PARAMS, {"c": "B"}) == "18.00"
        assert found("descriptive", {**self.PARAMS, "min_raters": "2"}, {"c": "B"}) == "pending"
        assert found("descriptive", {**self.PARAMS, "min_raters": "2"}, {"c": "B", "a": "B"}) == "18.00"
        assert steps("descriptive", {**self.PARAMS, "min_raters": "2"}, {"c": "B"}) == [
            ("descriptive.too_few", {"answers": 1, "needed": 2})
        ]

    def test_raters_of_no_weight_say_nothing(self):
        params = {"levels": {}, "raters": [{"id": "a", "weight": "0"}]}
        assert found("descriptive", params, {"a": "50"}) == "pending"

    EQUAL = [{"id": name, "weight": "1"} for name in "abcdef"]

    def test_the_best_and_the_worst_go_from_five_up(self):
        said = {"a": "0", "b": "50", "c": "60", "d": "70", "e": "100"}
        params = {"levels": {}, "raters": self.EQUAL}
        assert found("descriptive", params, said, weight="100") == "56.00"
        assert found("descriptive", {**params, "trim": "1"}, said, weight="100") == "60.00"
        four = {name: said[name] for name in "abcd"}
        assert found("descriptive", {**params, "trim": "1"}, four, weight="100") == "45.00"
        codes = [code for code, _numbers in steps("descriptive", {**params, "trim": "1"}, said)]
        assert codes == ["descriptive.trimmed", *["descriptive.answer"] * 3, "descriptive.trimmed", "points.pct"]

    def test_tells_every_answer_and_the_mean(self):
        assert steps("descriptive", self.PARAMS, {"b": "B", "a": "A"}) == [
            ("descriptive.answer", {"rater": "a", "weight": 50, "pct": 100}),
            ("descriptive.answer", {"rater": "b", "weight": 30, "pct": 90}),
            ("points.pct", {"weight": 20, "pct": Fraction(385, 4), "points": Fraction(77, 4)}),
        ]


class TestDeduction:
    ITEM = {"code": "c", "points_each": "2", "allowance": "1", "cap": "5"}

    def lost(self, times, **change):
        return found("deduction", {"items": [{**self.ITEM, **change}]}, {"c": times})

    def test_beyond_the_free_ones_up_to_the_cap(self):
        assert [self.lost(times) for times in (0, 1, 2, 3, 4)] == ["20.00", "20.00", "18.00", "16.00", "15.00"]
        assert self.lost(4, cap=None) == "14.00"
        assert self.lost(4, cap="0") == "20.00"
        assert self.lost(1, allowance=None) == "18.00"
        assert self.lost(9, points_each="0") == "20.00"
        assert self.lost("1.5") == "19.00"

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"points_each": "-0.01"}, "out_of_range: items[0].points_each"),
            ({"cap": "-0.01"}, "out_of_range: items[0].cap"),
            ({"allowance": "-0.01"}, "out_of_range: items[0].allowance"),
            ({"points_each": None}, "missing: items[0].points_each"),
            ({"code": ""}, "not_a_word: items[0].code"),
        ],
    )
    def test_faults_of_an_item(self, change, fault):
        assert self.lost(1, **change) == fault

    def test_faults_of_a_report(self):
        params = {"items": [self.ITEM]}
        assert found("deduction", {"items": [self.ITEM, self.ITEM]}, {}) == "duplicate_code: c"
        assert found("deduction", params, {"x": 1}) == "unknown_code: x"
        assert found("deduction", params, {"c": -1}) == "negative: c"
        assert found("deduction", params, "5") == "not_counts: actual"
        assert found("deduction", params, {"c": None}) == found("deduction", params, None) == "pending"
        assert found("deduction", params, {}) == "20.00"

    def test_the_least_points(self):
        params = {"items": [{"code": "c", "points_each": "30"}]}
        assert found("deduction", params, {"c": 1}) == "0.00"
        assert found("deduction", {**params, "min_points": "5"}, {"c": 1}) == "5.00"
        assert found("deduction", {**params, "min_points": "-40"}, {"c": 1}) == "-10.00"

    def test_tells_every_kind_and_the_sum(self):
        assert steps("deduction", {"items": [self.ITEM]}, {"c": 3}) == [
            ("deduction.item", {"item": "c", "count": 3, "allowance": 1, "each": 2, "cap": 5, "points": 4}),
            ("points.less", {"weight": 20, "lost": 4, "least": 0, "points": 16}),
        ]


class TestBonus:
    PARAMS = {"items": [{"code": "p", "points_each": "2", "cap": "5"}, {"code": "q", "points_each": "1"}], "cap": "6"}

    def earned(self, *claims, **change):
        listed = [{"code": code, "count": count, "approved": True} for code, count in claims]
        return found("bonus", {**self.PARAMS, **change}, listed, weight="0")

    def test_caps_of_an_item_and_of_all(self):
        assert self.earned(("p", 2)) == "4.00"
        assert self.earned(("p", 2), ("p", 1)) == "5.00"
        assert self.earned(("p", 3), ("q", 1)) == "6.00"
        assert self.earned(("p", 3), ("q", 2)) == "6.00"
        assert self.earned(("p", 3), ("q", 2), cap=None) == "7.00"
        assert self.earned(("q", 2), cap="0") == "0.00"
        assert self.earned(("p", 1), items=[{"code": "p", "points_each": "2", "cap": "0"}]) == "0.00"
        assert self.earned(("q", None)) == "1.00"
        assert self.earned(("q", 0)) == "0.00"

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"cap": "-1"}, "out_of_range: cap"),
            ({"items": [{"code": "p", "points_each": "-1"}]}, "out_of_range: items[0].points_each"),
            ({"items": [{"code": "p", "points_each": "1", "cap": "-1"}]}, "out_of_range: items[0].cap"),
            ({"items": [{"code": "p", "points_each": "1", "allowance": "1"}]}, "unknown_key: items[0].allowance"),
        ],
    )
    def test_faults(self, change, fault):
        assert self.earned(**change) == fault

    def test_faults_of_claims(self):
        assert found("bonus", self.PARAMS, ["p"]) == "not_a_claim: actual"
        assert found("bonus", self.PARAMS, [{"code": "z", "approved": True}]) == "unknown_code: z"
        assert found("bonus", self.PARAMS, [{"code": "z", "approved": False}]) == "0.00"
        assert found("bonus", self.PARAMS, [{"code": "p", "count": -1, "approved": True}]) == "negative: count"
        assert found("bonus", self.PARAMS, "p") == "not_a_list: actual"
        assert (
            found("bonus", {"items": [{"code": "f", "points_each": "0"}]}, [{"code": "f", "approved": True}]) == "0.00"
        )

    def test_tells_every_item_and_the_sum(self):
        assert steps("bonus", self.PARAMS, [{"code": "p", "count": 4, "approved": True}]) == [
            ("bonus.item", {"item": "p", "count": 4, "allowance": 0, "each": 2, "cap": 5, "points": 5}),
            ("points.bonus", {"sum": 5, "cap": 6, "points": 5}),
        ]


class TestMilestones:
    DAY = date(2026, 3, 31)

    def facts(self, *items):
        return MilestoneFacts(
            self.DAY,
            tuple(
                Milestone(f"m{place}", Fraction(weight), due, done) for place, (weight, due, done) in enumerate(items)
            ),
        )

    def march(self, day):
        return date(2026, 3, day)

    def test_days_late_cost_a_percentage_each(self):
        params = {"late": "per_day", "per_day_pct": "10"}
        got = [
            found("milestone", params, self.facts((1, self.march(10), self.march(day)))) for day in (9, 10, 11, 20, 25)
        ]
        assert got == ["20.00", "20.00", "18.00", "0.00", "0.00"]
        assert found("milestone", {}, self.facts((1, self.march(10), self.march(11)))) == "0.00"

    def test_the_last_day_of_the_month_still_counts(self):
        assert found("milestone", {}, self.facts((1, self.DAY, self.DAY))) == "20.00"
        assert found("milestone", {}, self.facts((1, self.DAY, None))) == "0.00"
        assert found("milestone", {}, self.facts((1, date(2026, 4, 1), None))) == "excluded"
        assert found("milestone", {}, self.facts((1, date(2026, 4, 1), self.DAY))) == "20.00"
        assert found("milestone", {}, self.facts((1, self.DAY, date(2026, 4, 1)))) == "0.00"

    def test_weighs_what_is_in_the_base(self):
        items = ((60, self.march(10), self.march(10)), (40, self.march(20), None), (50, date(2026, 5, 1), None))
        assert found("milestone", {}, self.facts(*items)) == "12.00"
        assert found("milestone", {"mode": "all"}, self.facts(*items)) == "8.00"
        assert found("milestone", {}, self.facts((0, self.march(10), self.march(10)))) == "excluded"

    @pytest.mark.parametrize(
        ("params", "actual", "fault"),
        [
            ({"late": "per_day"}, None, "missing: per_day_pct"),
            ({"late": "per_day", "per_day_pct": "-1"}, None, "out_of_range: per_day_pct"),
            ({}, None, "missing: items"),
            ({}, "5", "not_milestones: items"),
            ({"as_of": "2026-03-31", "items": []}, "5", "not_milestones: items"),
            ({"as_of": "2026-03-31"}, None, "missing: items"),
            ({"items": []}, None, "missing: as_of"),
            (
                {},
                {"as_of": "2026-03-31", "items": [{"weight": "-1", "due": "2026-03-01"}]},
                "out_of_range: actual.items[0].weight",
            ),
            ({}, {"as_of": "2026-03-31", "items": [{"weight": "1", "due": "x"}]}, "not_a_day: actual.items[0].due"),
            ({}, {"as_of": "2026-03-31", "items": [{"weight": "1"}]}, "missing: actual.items[0].due"),
        ],
    )
    def test_faults(self, params, actual, fault):
        assert found("milestone", params, actual) == fault

    def test_a_report_comes_before_what_is_written(self):
        params = {"as_of": "2026-03-31", "items": [{"weight": "1", "due": "2026-03-01"}]}
        assert found("milestone", params) == "0.00"
        assert found("milestone", params, self.facts((1, self.march(1), self.march(1)))) == "20.00"
        assert (
            found("milestone", {"late": "per_day", "per_day_pct": "0"}, self.facts((1, self.march(1), self.DAY)))
            == "20.00"
        )

    def test_tells_every_item(self):
        items = ((60, self.march(10), self.march(12)), (40, self.march(20), None), (10, self.march(9), self.march(8)))
        told = steps("milestone", {"late": "per_day", "per_day_pct": "10"}, self.facts(*items))
        assert [(numbers["done"], numbers["days_late"], numbers["pct"]) for _code, numbers in told[:-1]] == [
            ("2026-03-12", 2, 80), (None, None, 0), ("2026-03-08", 0, 100)
        ]  # fmt: skip
        assert told[0][1] | {} == {
            **{"item": "m0", "weight": 60, "due": "2026-03-10", "done": "2026-03-12", "days_late": 2, "pct": 80},
        }
        assert told[-1] == ("points.pct", {"weight": 20, "pct": Fraction(580, 11), "points": Fraction(116, 11)})


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("composite", {"children": [{"code": "a", "weight": "100", "rate": "1"}]}),
        ("descriptive", {"levels": {}, "raters": [{"id": "a", "weight": "1"}]}),
        ("milestone", {"as_of": "2026-03-31", "items": []}),
        ("bonus", {"items": []}),
    ],
)
def test_a_direction_and_a_rule_for_missing_reports_may_stand_there_unused(method, params):
    beside = {**params, "direction": "lower", "missing": {"policy": "zero"}}
    assert found(method, beside, None) == found(method, params, None)
    assert ":" not in found(method, beside, None)


def test_a_direction_may_stand_beside_events_ranges_and_conditions():
    assert found("deduction", {"items": [], "direction": "lower"}, {}) == "20.00"
    assert found("all_or_nothing", {"op": ">=", "direction": "lower"}, "5", "5") == "20.00"
    outer = {"outer_lo": "1", "lo": "2", "hi": "3", "outer_hi": "4", "direction": "lower"}
    assert found("range", outer, "2") == "20.00"


def test_a_wrong_target_never_earns_the_zero_of_a_missing_report():
    zero = {"missing": {"policy": "zero"}}
    bands = [{"pct": "5"}]
    assert found("all_or_nothing", {"op": ">=", **zero}, None, None) == "missing: target"
    assert found("interval", {"bands": bands, "basis": "rate_pct", **zero}, None, "0") == "zero_target: target"
    assert found("linear", {"floor": "5", **zero}, None, "5") == "not_in_order: floor"
    assert found("ratio", zero, None, None) == "missing: target"
    assert found("step", {"unit": "percent", **zero}, None, "0") == "zero_target: target"
    assert found("all_or_nothing", {"op": ">=", **zero}, None, "5") == "0.00"
    assert found("interval", {"bands": bands, **zero}, None, None) == "0.00"
