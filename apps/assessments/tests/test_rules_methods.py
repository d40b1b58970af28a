"""Scoring methods of one number at the last value they take and the first they refuse; the numbers of their receipts."""

from decimal import Decimal
from fractions import Fraction

import pytest

from apps.assessments.tests.told import found, steps


class TestAllOrNothing:
    @pytest.mark.parametrize(
        ("operator", "below", "at", "above"),
        [(">=", 0, 20, 20), (">", 0, 0, 20), ("<=", 20, 20, 0), ("<", 20, 0, 0), ("==", 0, 20, 0)],
    )
    def test_operators(self, operator, below, at, above):
        got = [found("all_or_nothing", {"op": operator}, actual, "95") for actual in ("94.99", "95", "95.01")]
        assert got == [f"{points}.00" for points in (below, at, above)]

    def test_ranges_hold_both_ends(self):
        for target in (["10", "20"], {"lo": "10", "hi": "20"}, ("10", "20")):
            got = [found("all_or_nothing", {"op": "in"}, actual, target) for actual in ("9.99", "10", "20", "20.01")]
            assert got == ["0.00", "20.00", "20.00", "0.00"]
        assert found("all_or_nothing", {"op": "in", "lo": "5", "hi": "5"}, "5") == "20.00"

    @pytest.mark.parametrize(
        ("params", "target", "fault"),
        [
            ({"op": "in", "lo": "5"}, None, "missing: lo"),
            ({"op": "in", "hi": "5"}, None, "missing: lo"),
            ({"op": "in", "lo": "5.01", "hi": "5"}, None, "not_in_order: lo"),
            ({"op": "in"}, ["1", "2", "3"], "not_a_range: target"),
            ({"op": "in"}, ["2", "1"], "not_in_order: target"),
            ({"op": "in"}, None, "missing: target"),
            ({"op": ">="}, None, "missing: target"),
            ({"op": "~"}, "1", "unknown_word: op"),
            ({}, "1", "missing: op"),
        ],
    )
    def test_faults(self, params, target, fault):
        assert found("all_or_nothing", params, "5", target) == fault

    def test_ends_beside_another_operator_are_not_looked_at(self):
        assert found("all_or_nothing", {"op": ">=", "lo": "x"}, "5", "4") == "20.00"

    @pytest.mark.parametrize(
        ("said", "points"),
        [
            (True, "20.00"), (" TRUE ", "20.00"), ("1", "20.00"), (1, "20.00"), (Fraction(1), "20.00"),
            (False, "0.00"), ("false", "0.00"), ("0", "0.00"), (0, "0.00"),
            ("yes", "not_yes_or_no: actual"), (2, "not_yes_or_no: actual"), ([], "not_yes_or_no: actual"),
        ],
    )  # fmt: skip
    def test_yes_and_no(self, said, points):
        assert found("all_or_nothing", {"op": "is_true"}, said) == points

    def test_tells_what_was_compared(self):
        assert steps("all_or_nothing", {"op": "in"}, "7", ["5", "9"]) == [
            (
                "all_or_nothing.condition",
                {"operator": "in", "actual": 7, "is_met": True, "points": 20, "low": 5, "high": 9},
            )
        ]
        ((_code, numbers),) = steps("all_or_nothing", {"op": "is_true"}, False)
        assert numbers == {"operator": "is_true", "actual": False, "is_met": False, "points": 0}


class TestEfficacy:
    PARAMS = {"standards": ["2", "4", "8"], "coefs": ["0.2", "0.4", "1"]}

    def test_between_standards(self):
        got = [found("efficacy", self.PARAMS, actual) for actual in ("1.99", "2", "3", "4", "6", "8", "9")]
        assert got == ["0.00", "4.00", "6.00", "8.00", "14.00", "20.00", "20.00"]
        lower = {**self.PARAMS, "direction": "lower", "standards": ["8", "4", "2"]}
        got = [found("efficacy", lower, actual) for actual in ("8.01", "8", "6", "4", "3", "2", "0")]
        assert got == ["0.00", "4.00", "6.00", "8.00", "14.00", "20.00", "20.00"]

    def test_a_single_standard_and_equal_coefficients(self):
        single = {"standards": ["5"], "coefs": ["0.5"]}
        assert [found("efficacy", single, actual) for actual in ("4.99", "5", "6")] == ["0.00", "10.00", "10.00"]
        assert found("efficacy", {"standards": ["1", "2"], "coefs": ["0.5", "0.5"]}, "1.5") == "10.00"

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"standards": [], "coefs": []}, "not_as_many: coefs"),
            ({"coefs": ["1"]}, "not_as_many: coefs"),
            ({"standards": ["2", "2", "8"]}, "not_in_order: standards"),
            ({"standards": ["8", "4", "2"]}, "not_in_order: standards"),
            ({"direction": "lower"}, "not_in_order: standards"),
            ({"coefs": ["0.2", "0.4", "0.39"]}, "better_earns_less: coefs"),
        ],
    )
    def test_faults(self, change, fault):
        assert found("efficacy", {**self.PARAMS, **change}, "5") == fault

    def test_tells_the_coefficient(self):
        rate = Fraction(7, 10)
        assert steps("efficacy", self.PARAMS, "6") == [
            ("efficacy.coefficient", {"actual": 6, "coefficient": rate}),
            ("points.share", {"weight": 20, "rate": rate, "points": 14}),
        ]


class TestInterval:
    BANDS = [{"max": "60", "pct": "0"}, {"min": "60", "max": "100", "pct": "80"}, {"min": "100", "pct": "100"}]

    def test_the_better_band_has_the_edge(self):
        assert found("interval", {"bands": self.BANDS}, "100") == "20.00"
        assert found("interval", {"bands": self.BANDS, "direction": "lower"}, "100") == "16.00"
        by_rate = {"bands": self.BANDS, "basis": "rate_pct"}
        assert found("interval", by_rate, "200", "200") == "20.00"
        assert found("interval", {**by_rate, "direction": "lower"}, "200", "200") == "20.00"
        assert found("interval", {**by_rate, "direction": "lower"}, "201", "200") == "16.00"

    def test_faults(self):
        assert found("interval", {"bands": self.BANDS[:1]}, "60") == "no_band: bands"
        assert found("interval", {"bands": [self.BANDS[0]] * 2}, "5") == "several_bands: bands"
        assert found("interval", {"bands": self.BANDS, "basis": "rate_pct"}, "5", "0") == "zero_target: target"
        assert found("interval", {"bands": self.BANDS, "basis": "rate_pct"}, "5", None) == "missing: target"
        assert found("interval", {"bands": self.BANDS}, "5", "0") == "0.00"

    def test_tells_the_band_and_how_the_share_came_about(self):
        params = {"bands": self.BANDS, "basis": "rate_pct", "direction": "lower"}
        assert steps("interval", params, "55", "50") == [
            ("ratio.complement", {"sign": -1, "actual": 55, "target": 50, "rate": Fraction(9, 10)}),
            ("interval.band", {"value": 90, "min": 60, "max": 100, "pct": 80, "bounds": "[)"}),
            ("points.pct", {"weight": 20, "pct": 80, "points": 16}),
        ]
        assert [code for code, _numbers in steps("interval", {"bands": self.BANDS}, "5")] == [
            "interval.band", "points.pct"
        ]  # fmt: skip


class TestLinear:
    PARAMS = {"floor": "80", "floor_pct": "60", "stretch": "120", "stretch_pct": "120"}

    @pytest.mark.parametrize(
        ("change", "target", "fault"),
        [
            ({"floor_pct": "100.01"}, "100", "better_earns_less: floor_pct"),
            ({"floor_pct": "-0.01"}, "100", "out_of_range: floor_pct"),
            ({"stretch_pct": "99.99"}, "100", "better_earns_less: stretch_pct"),
            ({"stretch_pct": None}, "100", "missing: stretch_pct"),
            ({"floor": None}, "100", "missing: floor"),
            ({}, "80", "not_in_order: floor"),
            ({}, "120", "not_in_order: stretch"),
            ({}, None, "missing: target"),
        ],
    )
    def test_faults(self, change, target, fault):
        assert found("linear", {**self.PARAMS, **change}, "100", target) == fault

    def test_flat_lines_are_allowed(self):
        flat = {**self.PARAMS, "floor_pct": "100", "stretch_pct": "100"}
        assert [found("linear", flat, actual, "100") for actual in ("79", "80", "90", "110", "130")] == [
            "0.00", "20.00", "20.00", "20.00", "20.00"
        ]  # fmt: skip
        assert found("linear", {"floor": "80"}, "80", "100") == "0.00"
        assert found("linear", {"floor": "80", "stretch_pct": "150"}, "130", "100") == "20.00"

    def test_where_less_is_better(self):
        params = {**self.PARAMS, "direction": "lower", "floor": "120", "stretch": "80"}
        got = [found("linear", params, actual, "100") for actual in ("120.01", "120", "110", "100", "90", "80", "70")]
        assert got == ["0.00", "12.00", "16.00", "20.00", "22.00", "24.00", "24.00"]

    def test_tells_the_percentage(self):
        assert steps("linear", self.PARAMS, "90", "100") == [
            (
                "linear.percent",
                {
                    **{"actual": 90, "target": 100, "pct": 80, "floor": 80, "floor_pct": 60},
                    **{"stretch": 120, "stretch_pct": 120},
                },
            ),
            ("points.pct", {"weight": 20, "pct": 80, "points": 16}),
        ]


class TestRange:
    PARAMS = {"outer_lo": "80", "lo": "95", "hi": "105", "outer_hi": "110"}

    def test_straight_down_on_both_sides(self):
        places = ("79", "80", "87.5", "95", "100", "105", "107.5", "110", "111")
        got = [found("range", self.PARAMS, place) for place in places]
        assert got == ["0.00", "0.00", "10.00", "20.00", "20.00", "20.00", "10.00", "0.00", "0.00"]

    @pytest.mark.parametrize("change", [{"outer_lo": "95"}, {"outer_hi": "105"}, {"lo": "105.01"}])
    def test_ends_in_order(self, change):
        assert found("range", {**self.PARAMS, **change}, "100") == "not_in_order: lo"
        assert found("range", {**self.PARAMS, "lo": "105"}, "105") == "20.00"


class TestRatio:
    @pytest.mark.parametrize(
        ("params", "actual", "target", "points"),
        [
            ({"floor": "1", "cap": "1"}, "5", "100", "20.00"),
            ({"floor": "0.6", "cap": "0.59"}, "5", "100", "cap_below_floor: cap"),
            ({"direction": "lower", "lower_formula": "inverse"}, "5", "100", "inverse_needs_cap: cap"),
            (
                {"direction": "lower", "lower_formula": "inverse", "cap": "2"},
                "5",
                "-1",
                "inverse_needs_positive_target: target",
            ),
            ({"direction": "lower", "lower_formula": "inverse", "cap": "2"}, "5", "0", "0.00"),
            ({"direction": "lower", "lower_formula": "inverse", "cap": "2"}, "0.5", "0.5", "20.00"),
            ({"direction": "lower", "lower_formula": "inverse", "cap": "0"}, "0", "5", "0.00"),
            (
                {"direction": "lower", "lower_formula": "inverse", "cap": "0", "floor": "-1"},
                *("0", "5", "0.00"),
            ),
            ({}, "1", "0.5", "40.00"),
            ({}, "-0.5", "0", "0.00"),
            ({"direction": "lower"}, "0.5", "0", "0.00"),
        ],
    )
    def test_edges(self, params, actual, target, points):
        assert found("ratio", params, actual, target) == points

    @pytest.mark.parametrize(
        ("params", "actual", "target", "codes"),
        [
            ({}, "5", "10", ["ratio.complement", "points.share"]),
            ({}, "5", "0", ["ratio.zero_target", "points.share"]),
            ({"threshold": "0.6"}, "5", "10", ["ratio.complement", "rate.below_threshold", "points.share"]),
            ({"threshold": "0.5"}, "5", "10", ["ratio.complement", "points.share"]),
            ({"floor": "0.6"}, "5", "10", ["ratio.complement", "rate.at_floor", "points.share"]),
            ({"floor": "0.5"}, "5", "10", ["ratio.complement", "points.share"]),
            ({"cap": "0.4"}, "5", "10", ["ratio.complement", "rate.at_cap", "points.share"]),
            ({"cap": "0.5"}, "5", "10", ["ratio.complement", "points.share"]),
            (
                {"direction": "lower", "lower_formula": "inverse", "cap": "3"},
                "5",
                "10",
                ["ratio.inverse", "points.share"],
            ),
            (
                {"direction": "lower", "lower_formula": "inverse", "cap": "3"},
                "0",
                "10",
                ["ratio.inverse_at_cap", "points.share"],
            ),
        ],
    )
    def test_tells_how(self, params, actual, target, codes):
        assert [code for code, _numbers in steps("ratio", params, actual, target)] == codes

    def test_tells_the_numbers(self):
        assert steps("ratio", {"direction": "lower", "cap": "0.8", "threshold": "0.1"}, "55", "50")[0][1] == {
            "sign": -1, "actual": 55, "target": 50, "rate": Fraction(9, 10)
        }  # fmt: skip


class TestStep:
    SIDE = {"per": "3", "points": "1", "cap": "6"}
    PARAMS = {"unit": "percent", "up": SIDE, "down": SIDE}

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"up": {**SIDE, "per": "0"}}, "out_of_range: up.per"),
            ({"up": {**SIDE, "points": "-1"}}, "out_of_range: up.points"),
            ({"down": {**SIDE, "cap": "-1"}}, "out_of_range: down.cap"),
            ({"down": {**SIDE, "odd": "1"}}, "unknown_key: down.odd"),
            ({"down": {"points": "1"}}, "missing: down.per"),
            ({"unit": None}, "missing: unit"),
            ({"partial": "half"}, "unknown_word: partial"),
            ({"loss_half": "yes"}, "not_yes_or_no: loss_half"),
        ],
    )
    def test_faults(self, change, fault):
        assert found("step", {**self.PARAMS, **change}, "103", "100") == fault

    @pytest.mark.parametrize(
        ("partial", "points"),
        [
            ("floor", ("21.00", "20.00", "20.00", "20.00", "19.00")),
            ("ceil", ("22.00", "21.00", "20.00", "19.00", "18.00")),
            ("linear", ("21.33", "20.33", "20.00", "19.67", "18.67")),
        ],
    )
    def test_whole_and_begun_steps(self, partial, points):
        got = [found("step", {**self.PARAMS, "partial": partial}, actual, "100") for actual in (104, 101, 100, 99, 96)]
        assert tuple(got) == points

    def test_sides_with_and_without_caps(self):
        assert found("step", self.PARAMS, "200", "100") == "26.00"
        assert found("step", self.PARAMS, "10", "100") == "14.00"
        assert found("step", {**self.PARAMS, "up": {**self.SIDE, "cap": None}}, "200", "100") == "53.00"
        assert found("step", {**self.PARAMS, "up": {**self.SIDE, "cap": "0"}}, "200", "100") == "20.00"
        assert found("step", {**self.PARAMS, "up": None}, "200", "100") == "20.00"
        assert found("step", {**self.PARAMS, "up": {**self.SIDE, "points": "0"}}, "200", "100") == "20.00"
        assert found("step", {**self.PARAMS, "up": {**self.SIDE, "per": "0.5"}}, "101", "100") == "22.00"

    def test_units_and_a_target_below_zero(self):
        absolute = {**self.PARAMS, "unit": "absolute"}
        assert found("step", absolute, "6", "0") == "22.00"
        assert found("step", self.PARAMS, "6", "0") == "zero_target: target"
        assert found("step", self.PARAMS, "0.515", "0.5") == "21.00"
        assert found("step", self.PARAMS, "-94", "-100") == "22.00"
        assert found("step", {**self.PARAMS, "direction": "lower"}, "94", "100") == "22.00"

    def test_base_and_least_points(self):
        assert found("step", {**self.PARAMS, "base": "30"}, "103", "100") == "31.00"
        assert found("step", {**self.PARAMS, "base": "0"}, "103", "100") == "1.00"
        assert found("step", {**self.PARAMS, "base": "3"}, "10", "100") == "0.00"
        assert found("step", {**self.PARAMS, "base": "3", "min_points": "-2"}, "10", "100") == "-2.00"
        assert found("step", {**self.PARAMS, "min_points": "18"}, "10", "100") == "18.00"

    @pytest.mark.parametrize(
        ("actual", "target", "direction", "points"),
        [
            ("-188", "-200", "higher", "21.00"),
            ("0", "-200", "higher", "26.00"),
            ("-200", "-200", "higher", "20.00"),
            ("-206", "-200", "higher", "19.00"),
            ("-188", "-200", "lower", "18.00"),
            ("206", "200", "higher", "21.00"),
        ],
    )
    def test_a_loss_that_shrank_counts_half(self, actual, target, direction, points):
        params = {**self.PARAMS, "loss_half": True, "direction": direction}
        assert found("step", params, actual, target) == points

    def test_a_profit_after_a_planned_loss_counts_in_full(self):
        """100 of the loss, halved from 200, and 1 of profit: 101 of 200 are 50.5 %."""
        params = {**self.PARAMS, "loss_half": True, "partial": "linear", "up": {"per": "1", "points": "1"}}
        assert found("step", params, "1", "-200") == "70.50"
        assert found("step", params, "-1", "-200") == "69.75"
        assert steps("step", params, "1", "-200")[0] == (
            "step.loss_half", {"sign": 1, "actual": 1, "target": -200, "deviation": 101}
        )  # fmt: skip

    def test_tells_steps_and_the_sum(self):
        assert steps("step", self.PARAMS, "94", "100") == [
            ("step.deviation", {"sign": 1, "actual": 94, "target": 100, "deviation": -6}),
            ("step.steps", {"size": 3, "steps": 2, "each": 1, "cap": 6}),
            ("points.base_and_steps", {"base": 20, "steps": -2, "least": 0, "points": 18}),
        ]
        assert Decimal(found("step", self.PARAMS, "94", "100")) == 18

    def test_only_a_target_below_zero_is_a_planned_loss(self):
        side = {"per": "0.25", "points": "1"}
        assert found("step", {"unit": "absolute", "loss_half": True, "up": side}, "1", "0.5") == "22.00"

    def test_on_target_the_better_side_is_told(self):
        params = {**self.PARAMS, "down": {"per": "2", "points": "1"}}
        assert steps("step", params, "100", "100")[1] == (
            "step.steps", {"size": 3, "steps": 0, "each": 1, "cap": 6}
        )  # fmt: skip
