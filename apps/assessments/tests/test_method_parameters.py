"""Scoring methods: every way to write their parameters wrong, what is missing, and what they tell."""

from decimal import Decimal
from fractions import Fraction

import pytest

from apps.assessments.rules.results import Status
from apps.assessments.rules.scoring import METHODS, parse_method, score
from apps.assessments.tests.methods import (
    BANDS,
    BSC,
    CHILDREN,
    CORRIDOR,
    LEVELS,
    SAFETY,
    STANDARDS,
    STATE_ASSETS,
    points,
)


class TestMissing:
    @pytest.mark.parametrize(
        ("policy", "expected"),
        [
            (None, ("pending", None)),
            ({}, ("pending", None)),
            ({"policy": "zero"}, ("missing_zero", "0.00")),
            ({"policy": "exclude"}, ("excluded", None)),
            ({"policy": "carry"}, ("pending", None)),
            ({"policy": "carry", "previous_rate": "0.88"}, ("carried", "17.60")),
            ({"policy": "carry", "previous_rate": "0"}, ("carried", "0.00")),
            ({"policy": "skip"}, ("invalid_config", None)),
            ({"policy": "carry", "previous_rate": "x"}, ("invalid_config", None)),
            ("zero", ("invalid_config", None)),
        ],
    )
    def test_policies(self, policy, expected):
        found = score(parse_method("ratio", {"missing": policy}), None, "100", "20")
        assert (found.status, None if found.points is None else str(found.points)) == expected

    def test_the_rate_of_the_last_score_comes_before_the_written_one(self):
        method = parse_method("ratio", {"missing": {"policy": "carry", "previous_rate": "0.5"}})
        assert score(method, None, "100", "20", previous_rate=Fraction(9, 10)).points == Decimal("18.00")

    def test_a_wrong_configuration_never_earns_the_zero_of_a_missing_report(self):
        assert points("ratio", {"missing": {"policy": "zero"}}, None, None) == "invalid_config"
        assert points("step", {**STATE_ASSETS, "missing": {"policy": "zero"}}, None, "0") == "invalid_config"

    def test_a_zero_is_a_report(self):
        assert points("ratio", {"missing": {"policy": "exclude"}}, "0", "100") == "0.00"


GOOD = {
    "ratio": ({}, "1", "1"),
    "interval": ({"bands": BANDS}, "1", None),
    "step": (STATE_ASSETS, "1", "1"),
    "deduction": (SAFETY, {}, None),
    "bonus": ({"items": []}, [], None),
    "all_or_nothing": ({"op": ">"}, "1", "1"),
    "descriptive": (LEVELS, {"coo": "A", "hr": "A"}, None),
    "linear": (BSC, "1", "100"),
    "range": (CORRIDOR, "1", None),
    "milestone": ({"as_of": "2026-03-31", "items": []}, None, None),
    "efficacy": (STANDARDS, "1", None),
    "composite": (CHILDREN, None, None),
}


ODD = ["x", "", "NaN", "Infinity", "1e999", "1_000", True, 1.5, [], {}, [None], "9" * 41]


class TestParameters:
    def test_every_method_is_tried(self):
        assert set(GOOD) == set(METHODS)

    @pytest.mark.parametrize("name", METHODS)
    def test_unknown_keys_are_refused(self, name):
        params, actual, target = GOOD[name]
        assert points(name, params, actual, target) != "invalid_config"
        assert points(name, {**params, "surprise": "1"}, actual, target) == "invalid_config"
        assert points(name, {**params, "note": "words for people"}, actual, target) != "invalid_config"

    @pytest.mark.parametrize("name", METHODS)
    @pytest.mark.parametrize("odd", [None, [], "x", 5, True])
    def test_parameters_are_an_object(self, name, odd):
        assert points(name, odd, *GOOD[name][1:]) == "invalid_config"

    @pytest.mark.parametrize("name", sorted(set(METHODS) - {"milestone", "composite"}))
    @pytest.mark.parametrize("odd", ODD, ids=repr)
    def test_odd_values_never_earn_points_and_never_raise(self, name, odd):
        params, actual, target = GOOD[name]
        for key in params:
            found = score(parse_method(name, {**params, key: odd}), actual, target, "20")
            assert found.status in set(Status)
        if not (name in {"deduction", "bonus"} and odd in ([], {})):
            expected = {"pending"} if name == "descriptive" and odd == {} else {"invalid_config"}
            assert {points(name, params, odd, target)} == expected

    @pytest.mark.parametrize("weight", [None, "x", "-1", True, [], 1.5])
    def test_weights(self, weight):
        assert points("ratio", {}, "1", "1", weight) == "invalid_config"

    def test_the_problem_names_the_place(self):
        params = {"bands": [{"min": None, "max": "x", "pct": "1"}]}
        assert str(parse_method("interval", params)) == "not_a_number: bands[0].max"
        assert str(parse_method("magic", {})) == "unknown_method: magic"


class TestExplanations:
    def test_tell_the_numbers_of_the_formula(self):
        found = score(parse_method("ratio", {"cap": "1.2"}), Decimal(95), Decimal(100), Decimal(20))
        first, last = found.steps
        assert (found.rate, first.code, last.code) == (Fraction(19, 20), "ratio.complement", "points.share")
        assert (first.numbers["actual"], first.numbers["target"], first.numbers["rate"]) == (95, 100, Fraction(19, 20))
        assert (last.numbers["weight"], last.numbers["points"]) == (20, 19)

    def test_say_what_held_the_rate(self):
        found = score(parse_method("ratio", {"cap": "1.2"}), "130", "100", "20")
        assert [step.code for step in found.steps] == ["ratio.complement", "rate.at_cap", "points.share"]
        assert found.rate == Fraction(6, 5)

    @pytest.mark.parametrize("name", METHODS)
    def test_every_line_has_some(self, name):
        found = score(parse_method(name, GOOD[name][0]), *GOOD[name][1:], "20")
        assert all(step.code for step in found.steps)
        assert found.steps or name == "composite"
