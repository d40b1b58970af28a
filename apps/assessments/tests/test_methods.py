"""Each scoring method at the edges of DOMAIN.md section 1."""

from datetime import date
from fractions import Fraction

import pytest

from apps.assessments.rules.methods.milestone import Milestone, MilestoneFacts
from apps.assessments.tests.methods import (
    BANDS,
    BSC,
    CARMAKER,
    CHILDREN,
    CORRIDOR,
    EQUAL_RATERS,
    LEVELS,
    LOSS,
    SAFETY,
    STANDARDS,
    STATE_ASSETS,
    points,
)


class TestWorkedTable:
    """The examples of the table in DOMAIN.md section 1."""

    @pytest.mark.parametrize(
        ("method", "params", "actual", "target", "weight", "expected"),
        [
            ("ratio", {}, "95", "100", "20", "19.00"),
            ("ratio", {"direction": "lower"}, "55", "50", "10", "9.00"),
            ("ratio", {"cap": "1.2"}, "130", "100", "20", "24.00"),
            ("ratio", {}, "-80", "-100", "10", "12.00"),
            ("ratio", {"direction": "lower", "lower_formula": "inverse", "cap": "1.2"}, "55", "50", "10", "9.09"),
            ("ratio", {"direction": "lower", "lower_formula": "inverse", "cap": "1.2"}, "0", "50", "10", "12.00"),
            ("ratio", {"direction": "lower", "lower_formula": "inverse", "cap": "1.2"}, "150", "50", "30", "10.00"),
            ("interval", {"bands": BANDS}, "80", None, "20", "16.00"),
            ("step", STATE_ASSETS, "1059", "1000", "30", "31.00"),
            ("step", STATE_ASSETS, "970", "1000", "30", "29.00"),
            ("step", CARMAKER, "206", "200", "100", "103.00"),
            ("step", LOSS, "-188", "-200", "30", "31.00"),
            ("step", LOSS, "40", "-200", "30", "33.00"),
            ("deduction", SAFETY, {"accident": 1, "complaint": 3}, None, "20", "11.00"),
            ("all_or_nothing", {"op": ">="}, "94.99", "95", "20", "0.00"),
            ("descriptive", LEVELS, {"coo": "A", "hr": "B", "peer": "C"}, None, "100", "92.00"),
            ("linear", BSC, "90", "100", "20", "16.00"),
            ("linear", BSC, "110", "100", "20", "22.00"),
            ("range", CORRIDOR, "87.5", None, "10", "5.00"),
            ("efficacy", STANDARDS, "7", None, "20", "14.00"),
            ("composite", CHILDREN, None, None, "25", "24.50"),
        ],
    )
    def test_equals(self, method, params, actual, target, weight, expected):
        assert points(method, params, actual, target, weight) == expected

    def test_patents_are_capped(self):
        params = {"cap": "5", "items": [{"code": "patent", "points_each": "2"}]}
        assert points("bonus", params, [{"code": "patent", "count": 3, "approved": True}], weight="0") == "5.00"


class TestRatio:
    @pytest.mark.parametrize(
        ("params", "actual", "target", "expected"),
        [
            ({}, "0", "0", "20.00"),
            ({}, "-1", "0", "0.00"),
            ({"direction": "lower"}, "0", "0", "20.00"),
            ({"direction": "lower"}, "0.01", "0", "0.00"),
            ({"direction": "lower"}, "-3", "0", "20.00"),
            ({"direction": "lower"}, "0", "50", "40.00"),
            ({"direction": "lower"}, "150", "50", "0.00"),
            ({"direction": "lower"}, "-110", "-100", "22.00"),
            ({"floor": "-1"}, "-300", "100", "-20.00"),
            ({"threshold": "0.8"}, "79.99", "100", "0.00"),
            ({"threshold": "0.8"}, "80", "100", "16.00"),
            ({"threshold": "0.8", "floor": "0.5"}, "70", "100", "0.00"),
            ({"floor": "0.5"}, "10", "100", "10.00"),
            ({"cap": None, "floor": None, "threshold": None}, "1000", "100", "200.00"),
            ({"lower_formula": "inverse"}, "95", "100", "19.00"),
            ({"direction": "lower", "lower_formula": "inverse", "cap": "1.2"}, "5", "0", "0.00"),
            ({"direction": "lower", "lower_formula": "inverse", "cap": "1.2"}, "-5", "50", "24.00"),
            ({"direction": "lower", "lower_formula": "inverse", "cap": "1.2"}, "5", "-1", "invalid_config"),
            ({"direction": "lower", "lower_formula": "inverse"}, "5", "1", "invalid_config"),
            ({"cap": "0.5", "floor": "0.6"}, "5", "1", "invalid_config"),
            ({}, "5", None, "invalid_config"),
        ],
    )
    def test_at_its_edges(self, params, actual, target, expected):
        assert points("ratio", params, actual, target) == expected

    @pytest.mark.parametrize(
        ("actual", "target", "weight", "expected"),
        [("6.05", "6", "9", "9.08"), ("2.345", "1", "1", "2.35"), ("1.005", "1", "1", "1.01"), ("1", "3", "1", "0.33")],
    )
    def test_ties_are_rounded_up(self, actual, target, weight, expected):
        assert points("ratio", {}, actual, target, weight) == expected


class TestInterval:
    def test_a_hair_below_the_edge_is_below(self):
        assert points("interval", {"bands": BANDS, "basis": "rate_pct"}, "99.995", "100") == "18.00"
        assert points("interval", {"bands": BANDS, "basis": "rate_pct"}, "100", "100") == "20.00"

    def test_an_edge_is_the_better_bands(self):
        days = [{"min": None, "max": "30", "pct": "100"}, {"min": "30", "max": None, "pct": "80"}]
        assert points("interval", {"direction": "lower", "bands": days}, "30") == "20.00"
        assert points("interval", {"direction": "lower", "bands": days, "bounds": "[)"}, "30") == "16.00"
        assert points("interval", {"bands": days, "bounds": "(]"}, "30") == "20.00"

    def test_a_gap_or_an_overlap_counts_only_where_the_value_is(self):
        gap = [{"min": None, "max": "5", "pct": "50"}, {"min": "6", "max": None, "pct": "100"}]
        lap = [{"min": None, "max": "6", "pct": "50"}, {"min": "5", "max": None, "pct": "100"}]
        assert [points("interval", {"bands": gap}, value) for value in ("5", "5.5", "6")] == [
            "invalid_config", "invalid_config", "20.00"
        ]  # fmt: skip
        assert [points("interval", {"bands": lap}, value) for value in ("4", "5", "6")] == [
            "10.00", "invalid_config", "20.00"
        ]  # fmt: skip

    @pytest.mark.parametrize(("actual", "target"), [("5", "0"), ("5", None), (None, "0"), (None, None)])
    def test_a_share_of_the_target_needs_one(self, actual, target):
        assert points("interval", {"bands": BANDS, "basis": "rate_pct"}, actual, target) == "invalid_config"

    def test_needs_no_target_for_the_actual_itself(self):
        assert points("interval", {"bands": BANDS}, "-1E3", None) == "0.00"


class TestStep:
    def test_exact_multiples_are_whole_steps(self):
        params = {**STATE_ASSETS, "direction": "lower", "base": None}
        assert points("step", params, "29.1", "30", "30") == "31.00"
        assert points("step", {**params, "partial": "ceil"}, "29.1", "30", "30") == "31.00"

    def test_percent_of_the_target_is_not_percentage_points(self):
        params = {"unit": "absolute", "down": {"per": "1", "points": "1", "cap": None}}
        assert points("step", params, "76", "80") == "16.00"
        assert points("step", {**params, "unit": "percent"}, "76", "80") == "15.00"

    def test_a_side_without_effect_and_a_target_of_zero(self):
        params = {"unit": "absolute", "partial": "linear", "up": None, "down": {"per": "2", "points": "1"}}
        assert points("step", params, "7", "0") == "20.00"
        assert points("step", params, "-3", "0") == "18.50"
        assert points("step", {**params, "unit": "percent"}, "-3", "0") == "invalid_config"

    def test_stops_at_the_least_points(self):
        params = {"unit": "absolute", "down": {"per": "1", "points": "5", "cap": None}}
        assert points("step", params, "90", "100") == "0.00"
        assert points("step", {**params, "min_points": "-20"}, "90", "100") == "-20.00"

    def test_a_loss_that_grew_counts_in_full(self):
        assert points("step", LOSS, "-212", "-200", "30") == "28.00"
        assert points("step", {**LOSS, "partial": "ceil"}, "-201", "-200", "30") == "29.00"


class TestEvents:
    def test_nothing_happened_is_not_nothing_reported(self):
        assert points("deduction", SAFETY, {}) == "20.00"
        assert points("deduction", SAFETY, None) == "pending"
        assert points("deduction", SAFETY, {"accident": None}) == "pending"

    def test_below_zero_only_if_the_scheme_says_so(self):
        assert points("deduction", SAFETY, {"accident": 9}) == "0.00"
        assert points("deduction", {**SAFETY, "min_points": "-10"}, {"accident": 9}) == "-10.00"

    @pytest.mark.parametrize("actual", [{"fire": 1}, {"accident": -1}, {"accident": "x"}, [], "3", {"accident": True}])
    def test_counts_that_cannot_be(self, actual):
        assert points("deduction", SAFETY, actual) == "invalid_config"

    def test_an_items_cap_holds_over_all_its_claims(self):
        params = {
            "cap": None,
            "items": [{"code": "idea", "points_each": "2", "cap": "3"}, {"code": "x", "points_each": "1"}],
        }
        claims = [{"code": "idea", "count": 1, "approved": True}, {"code": "idea", "count": "1", "approved": True}]
        assert points("bonus", params, claims, weight="0") == "3.00"
        assert points("bonus", params, [*claims, {"code": "x", "approved": True}], weight="0") == "4.00"

    @pytest.mark.parametrize("approved", [False, None, "true", 1])
    def test_only_an_approved_claim_counts(self, approved):
        params = {"items": [{"code": "idea", "points_each": "2"}]}
        assert points("bonus", params, [{"code": "idea", "count": 1, "approved": approved}], weight="0") == "0.00"
        assert points("bonus", params, None, weight="0") == "0.00"


class TestAllOrNothing:
    @pytest.mark.parametrize(
        ("params", "actual", "target", "is_met"),
        [
            ({"op": ">="}, "95", "95", True),
            ({"op": ">"}, "95", "95", False),
            ({"op": "<"}, "95", "95", False),
            ({"op": "<="}, "-1", "0", True),
            ({"op": "=="}, "1.50", "1.5", True),
            ({"op": "in"}, "10", ["10", "20"], True),
            ({"op": "in"}, "20", ["10", "20"], True),
            ({"op": "in"}, "20.01", ["10", "20"], False),
            ({"op": "in", "lo": "1", "hi": "2"}, "2", None, True),
            ({"op": "is_true"}, True, None, True),
            ({"op": "is_true"}, False, None, False),
            ({"op": "is_true"}, "true", None, True),
        ],
    )
    def test_conditions(self, params, actual, target, is_met):
        assert points("all_or_nothing", params, actual, target) == ("20.00" if is_met else "0.00")

    @pytest.mark.parametrize(
        ("params", "actual", "target"),
        [
            ({}, "1", "1"),
            ({"op": "~"}, "1", "1"),
            ({"op": ">="}, "1", None),
            ({"op": ">="}, True, "1"),
            ({"op": "in"}, "1", "1"),
            ({"op": "in"}, "1", ["2", "1"]),
            ({"op": "in"}, "1", ["1"]),
            ({"op": "in", "lo": "1"}, "1", None),
            ({"op": "is_true"}, "maybe", None),
        ],
    )
    def test_what_cannot_be_judged(self, params, actual, target):
        assert points("all_or_nothing", params, actual, target) == "invalid_config"


class TestDescriptive:
    def test_an_absent_rater_leaves_his_weight_to_the_others(self):
        assert points("descriptive", LEVELS, {"coo": "A", "hr": "B"}) == "19.25"
        assert points("descriptive", LEVELS, {"coo": "A", "hr": None, "peer": "C"}) == "18.57"

    def test_too_few_wait(self):
        assert points("descriptive", LEVELS, {"coo": "A"}) == "pending"
        assert points("descriptive", LEVELS, None) == "pending"
        assert points("descriptive", {**LEVELS, "min_raters": 0}, {}) == "pending"

    @pytest.mark.parametrize("said", ["D", "101", "-1", True, [], {}])
    def test_unknown_levels(self, said):
        assert points("descriptive", LEVELS, {"coo": "A", "hr": said}) == "invalid_config"

    def test_a_percentage_will_do(self):
        assert points("descriptive", LEVELS, {"coo": "80", "hr": 80}) == "16.00"

    def test_best_and_worst_are_dropped_from_five_up(self):
        params = {"levels": {}, "raters": EQUAL_RATERS, "trim": 1}
        five = {"0": "0", "1": "50", "2": "60", "3": "70", "4": "100"}
        assert points("descriptive", params, five, weight="100") == "60.00"
        assert points("descriptive", params, {**five, "4": None}, weight="100") == "45.00"
        same = dict.fromkeys("01234", "70")
        assert points("descriptive", params, same, weight="100") == "70.00"

    def test_nobody_is_dropped_where_voices_are_not_equal(self):
        raters = [*EQUAL_RATERS[:4], {"id": "4", "weight": "6"}]
        params = {"levels": {}, "raters": raters, "trim": 1}
        said = {"0": "0", "1": "50", "2": "50", "3": "50", "4": "100"}
        assert points("descriptive", params, said, weight="100") == "75.00"


class TestLines:
    def test_below_the_floor_and_beyond_the_stretch(self):
        found = [points("linear", BSC, actual, "100") for actual in ("79.99", "80", "100", "120", "500")]
        assert found == ["0.00", "12.00", "20.00", "24.00", "24.00"]

    def test_targets_of_zero_and_below(self):
        params = {"floor": "-10", "stretch": "10", "stretch_pct": "150"}
        assert [points("linear", params, actual, "0") for actual in ("-5", "0", "5")] == ["10.00", "20.00", "25.00"]

    def test_flat_without_a_stretch(self):
        assert points("linear", {"floor": "80", "stretch": None}, "500", "100") == "20.00"

    @pytest.mark.parametrize("target", ["80", "79", "120", "121", None])
    def test_out_of_order(self, target):
        assert points("linear", BSC, "100", target) == "invalid_config"
        assert points("linear", {**BSC, "missing": {"policy": "zero"}}, None, target) == "invalid_config"

    def test_a_single_ideal_value(self):
        params = {"lo": "5", "hi": "5", "outer_lo": "0", "outer_hi": "15"}
        assert [points("range", params, actual) for actual in ("0", "2.5", "5", "10", "15", "99")] == [
            "0.00", "10.00", "20.00", "10.00", "0.00", "0.00"
        ]  # fmt: skip

    @pytest.mark.parametrize("odd", [{"outer_lo": "95"}, {"outer_hi": "105"}, {"lo": "106"}, {"hi": None}])
    def test_ranges_that_are_none(self, odd):
        assert points("range", {**CORRIDOR, **odd}, "100") == "invalid_config"

    def test_efficacy_between_poor_and_excellent(self):
        found = [points("efficacy", STANDARDS, actual) for actual in ("1.99", "2", "9", "10", "11")]
        assert found == ["0.00", "4.00", "18.00", "20.00", "20.00"]

    def test_efficacy_where_less_is_better(self):
        params = {**STANDARDS, "direction": "lower", "standards": ["10", "8", "6", "4", "2"]}
        assert [points("efficacy", params, actual) for actual in ("11", "5", "0")] == ["0.00", "14.00", "20.00"]
        assert points("efficacy", {**params, "direction": "higher"}, "5") == "invalid_config"
        assert points("efficacy", {**STANDARDS, "coefs": ["1"]}, "5") == "invalid_config"
        assert points("efficacy", {**STANDARDS, "standards": ["2", "4", "4", "8", "10"]}, "5") == "invalid_config"


class TestMilestone:
    PARAMS = {"mode": "due_only", "late": "per_day", "per_day_pct": "10", "as_of": "2026-03-31"}

    def earned(self, *items, **changed):
        listed = [{"code": "m", "weight": weight, "due": due, "done": done} for weight, due, done in items]
        return points("milestone", {**self.PARAMS, **changed, "items": listed}, None, weight="100")

    def test_days_late(self):
        assert self.earned(("1", "2026-03-10", "2026-03-13")) == "70.00"
        assert self.earned(("1", "2026-03-10", "2026-03-13"), late="zero") == "0.00"
        assert self.earned(("1", "2026-03-10", "2026-03-31")) == "0.00"
        assert self.earned(("1", "2026-03-10", "2026-03-10")) == "100.00"

    def test_nothing_due_is_neither_nothing_nor_all(self):
        assert self.earned(("1", "2026-04-10", None)) == "excluded"
        assert self.earned() == "excluded"
        assert self.earned(("1", "2026-04-10", None), mode="all") == "0.00"

    def test_done_ahead_counts_and_done_in_the_future_does_not(self):
        assert self.earned(("1", "2026-04-10", "2026-03-01"), ("1", "2026-03-01", None)) == "50.00"
        assert self.earned(("1", "2026-03-10", "2026-04-01")) == "0.00"
        assert self.earned(("1", "2026-04-10", "2026-04-05")) == "excluded"

    def test_facts_may_come_as_the_actual(self):
        params = {name: self.PARAMS[name] for name in ("mode", "late", "per_day_pct")}
        facts = MilestoneFacts(date(2026, 3, 31), (Milestone("m", Fraction(1), date(2026, 3, 10), date(2026, 3, 12)),))
        assert points("milestone", params, facts) == "16.00"
        assert points("milestone", params, None) == "invalid_config"


class TestComposite:
    def test_children_are_capped(self):
        assert points("composite", {**CHILDREN, "child_cap": "1"}, None, weight="100") == "93.00"

    @pytest.mark.parametrize(
        ("policy", "expected"), [(None, "pending"), ("pending", "pending"), ("exclude", "86.00"), ("zero", "43.00")]
    )
    def test_a_missing_child(self, policy, expected):
        params = {**CHILDREN, "missing_child": policy}
        assert points("composite", params, {"b": "0.9", "c": "0.8"}, weight="100") == expected

    @pytest.mark.parametrize("policy", [None, "pending", "exclude", "zero"])
    def test_a_child_that_is_not_due_is_left_out_in_any_case(self, policy):
        params = {**CHILDREN, "missing_child": policy}
        told = {"a": "not_due", "b": "0.9", "c": "0.8"}
        assert points("composite", params, told, weight="100") == "86.00"
        assert points("composite", params, dict.fromkeys("abc", "not_due")) == "excluded"

    def test_no_child_at_all(self):
        assert points("composite", {**CHILDREN, "missing_child": "exclude"}, {}) == "excluded"
        assert points("composite", {"children": []}, None) == "invalid_config"
        assert points("composite", {"children": CHILDREN["children"][:2]}, None) == "invalid_config"
