"""The rules of indicators against the worked examples, to the digit, and against what breaks naive code."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.rounding import round_half_up
from apps.kpis.rules.aggregation import Part, aggregate
from apps.kpis.rules.checks import oddities, reads_like_lower, usual_limits
from apps.kpis.rules.formulas import Formula, FormulaProblem, circle_through, evaluation_order
from apps.kpis.rules.monitoring import compare, xmr
from apps.kpis.rules.status import light
from apps.kpis.rules.targets import dated, effective_target

EXAMPLES = Path(__file__).resolve().parents[3] / "tests" / "golden" / "scoring_examples.json"
ALL_CASES = json.loads(EXAMPLES.read_text("utf-8"))["cases"]


def cases_of(group, method):
    return [
        pytest.param(case, id=case["id"]) for case in ALL_CASES if case["group"] == group and case["method"] == method
    ]


def number(text):
    return None if text is None else Decimal(text)


def shown(value, places):
    return None if value is None else str(round_half_up(value, places))


class TestGoldenCases:
    @pytest.mark.parametrize("case", cases_of("monitor", "rag"))
    def test_rag(self, case):
        given_ = case["input"]
        found = light(
            direction=given_["direction"],
            actual=number(given_["actual"]),
            target=number(given_["target"]),
            amber_pct=number(given_["amber_pct"]),
        )
        assert {"rag": found} == case["expected"]

    @pytest.mark.parametrize("case", cases_of("aggregate", "kpi"))
    def test_aggregate(self, case):
        given_ = case["input"]
        parts = [
            Part(number(item.get("value")), number(item.get("num")), number(item.get("den") or item.get("weight")))
            for item in given_["values"]
        ]
        names = {"ratio_of_sums": "ratio", "weighted_mean": "weighted"}
        method = names.get(given_["method"], given_["method"])
        found = aggregate(method, parts, scale=Decimal(given_.get("scale", "100")))
        assert {"value": shown(found, 4)} == case["expected"]

    @pytest.mark.parametrize("case", cases_of("effective_target", "resolve"))
    def test_effective_target(self, case):
        given_ = case["input"]

        def day(text):
            return date.fromisoformat(text) if text else None

        versions = dated([(day(v["from"]), day(v.get("to")), Decimal(v["target"])) for v in given_["versions"]])
        period = given_["period"]
        found = effective_target(versions, start=day(period["start"]), end=day(period["end"]), policy=given_["policy"])
        assert {"target": shown(found, 4)} == case["expected"]

    @pytest.mark.parametrize("case", cases_of("monitor", "xmr"))
    def test_xmr(self, case):
        given_ = case["input"]
        found = xmr(
            [Decimal(value) for value in given_["values"]],
            run_length=given_["run_length"],
            trend_length=given_["trend_length"],
            baseline_n=given_.get("baseline_n"),
            floor_zero=given_.get("floor_zero", False),
        )
        assert {
            "mean": shown(found.mean, 4),
            "mr_bar": shown(found.moving_range, 4),
            "upl": shown(found.upper, 4),
            "lpl": shown(found.lower, 4),
            "outside": list(found.outside),
            "run": list(found.run),
            "trend": list(found.trend),
        } == case["expected"]

    @pytest.mark.parametrize("case", cases_of("monitor", "compare"))
    def test_compare(self, case):
        given_ = case["input"]
        names = ("current", "previous", "same_last_year", "index_current", "index_previous", "noise_pct")
        found = compare(direction=given_["direction"], **{name: number(given_[name]) for name in names})
        assert {
            "raw_pct": shown(found.raw_pct, 2),
            "adjusted_pct": shown(found.adjusted_pct, 2),
            "yoy_pct": shown(found.yearly_pct, 2),
            "basis": found.basis,
            "verdict": found.verdict,
        } == case["expected"]

    def test_every_case_of_these_groups_is_tried(self):
        tried = {("monitor", "rag"), ("monitor", "xmr"), ("monitor", "compare")}
        tried |= {("aggregate", "kpi"), ("effective_target", "resolve")}
        owned = {
            (case["group"], case["method"])
            for case in ALL_CASES
            if case["group"] in {"monitor", "effective_target"}
            or (case["group"], case["method"]) == ("aggregate", "kpi")
        }
        assert owned == tried


class TestLight:
    @pytest.mark.parametrize(
        ("direction", "actual", "target", "upper", "expected"),
        [
            ("higher", "95", "100", None, "amber"),
            ("higher", "94.99", "100", None, "red"),
            ("higher", "-80", "-100", None, "green"),
            ("lower", "0", "0", None, "green"),
            ("lower", "0.01", "0", None, "red"),
            ("range", "10", "8", "12", "green"),
            ("range", "12.5", "8", "12", "amber"),
            ("range", "13", "8", "12", "red"),
            ("range", "7.7", "8", "12", "amber"),
            ("neutral", "1", "2", None, "grey"),
            ("higher", None, "2", None, "grey"),
            ("higher", "2", None, None, "grey"),
        ],
    )
    def test_at_its_edges(self, direction, actual, target, upper, expected):
        found = light(
            direction=direction, actual=number(actual), target=number(target), upper=number(upper), amber_pct=Decimal(5)
        )
        assert found == expected

    @given(st.decimals(-1000, 1000, places=2), st.decimals(-1000, 1000, places=2))
    def test_meeting_the_target_exactly_is_never_off(self, actual, target):
        for direction in ("higher", "lower"):
            assert light(direction=direction, actual=target, target=target, amber_pct=Decimal(5)) == "green"
        both = {light(direction=way, actual=actual, target=target, amber_pct=Decimal(0)) for way in ("higher", "lower")}
        assert both == ({"green"} if actual == target else {"green", "red"})


class TestFormula:
    @pytest.mark.parametrize(
        ("text", "given_", "expected"),
        [
            ("a - b", {"a": 5, "b": 3}, 2),
            ("100 * a / b", {"a": 1, "b": 3}, Fraction(100, 3)),
            ("[FIN/COST-1] / [FIN/COST-1]", {"FIN/COST-1": 7}, 1),
            ("max(a, 1) + min(a, 0) - abs(-a)", {"a": -2}, 1 - 2 - 2),
            ("a / b", {"a": 1, "b": 0}, None),
            ("a + b", {"a": 1, "b": None}, None),
            ("0.1 + 0.2 + a", {"a": 0}, Fraction(3, 10)),
        ],
    )
    def test_value(self, text, given_, expected):
        values = {word: None if number_ is None else Decimal(number_) for word, number_ in given_.items()}
        assert Formula(text).value(values) == expected

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "unreadable"),
            ("a +", "unreadable"),
            ("__import__('os').system('x')", "not_arithmetic"),
            ("a.b", "not_arithmetic"),
            ("a ** b", "not_arithmetic"),
            ("open(a)", "unknown_function"),
            ("max(a)", "unknown_function"),
            ("1 + 2", "no_words"),
            ("a + 'x'", "not_a_number"),
            ("a + 10e300", "not_a_number"),
            ("(" * 100 + "a" + ")" * 100 + "+" + "-" * 60 + "a", "too_deep"),
            ("a" * 501, "too_long"),
        ],
    )
    def test_refused(self, text, code):
        with pytest.raises(FormulaProblem) as caught:
            Formula(text)
        assert caught.value.code == code

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a - b - c", True),
            ("-(a + b) * 1000", True),
            ("a / 100 + 0.5 * b", True),
            ("(a - b) / a * 100", False),
            ("a * b", False),
            ("a + 10", False),
            ("100 / a", False),
            ("max(a, b)", False),
        ],
    )
    def test_says_whether_months_of_it_add_up(self, text, expected):
        assert Formula(text).adds_up is expected

    def test_order_and_circles(self):
        needs = {1: [2, 3], 2: [3], 4: [1], 5: [5]}
        assert evaluation_order(needs)[:3] == [2, 1, 4]
        assert circle_through(5, needs) == [5, 5]
        assert circle_through(1, {**needs, 3: [4]})[0] == 1
        assert circle_through(1, needs) == []


class TestOddities:
    STEADY = [Decimal(value) for value in ("100", "110", "95", "105", "98")]

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("101", []),
            ("10100", ["scale"]),
            ("1.02", ["scale"]),
            ("-100", ["sign"]),
            ("98", ["copied"]),
            ("2700", ["outlier"]),
            ("0", []),
        ],
    )
    def test_after_a_steady_history(self, value, expected):
        assert oddities(Decimal(value), self.STEADY) == expected

    YEAR = [Decimal(value) for value in (100, 104, 98, 103, 99, 101, 105, 97, 102, 100, 104, 99)]
    """Mean 101, mean moving range 49 / 11: limits 101 ± 11.849…"""

    @pytest.mark.parametrize(
        ("value", "expected"),
        [("112.84", []), ("112.85", ["limits"]), ("89.16", []), ("89.15", ["limits"]), ("0", ["limits"]), ("-101", ["sign"]),
         ("1010", ["scale"])],
    )  # fmt: skip
    def test_after_a_year_its_limits_count_too(self, value, expected):
        assert oddities(Decimal(value), self.YEAR) == expected
        assert not oddities(Decimal("113"), self.YEAR[1:]), "eleven months are too few"

    def test_limits_are_those_of_the_chart_of_the_months_before(self):
        chart = xmr(self.YEAR)
        assert usual_limits(self.YEAR, places=6) == tuple(round_half_up(edge, 6) for edge in (chart.lower, chart.upper))

    def test_a_drift_is_told_once_and_what_never_moved_not_at_all(self):
        assert oddities(Decimal(125), [*self.YEAR[1:], Decimal(124)]) == []
        assert oddities(Decimal(6), [Decimal(5)] * 24) == []

    @pytest.mark.parametrize(
        ("value", "earlier", "expected"),
        [("-5", "0 5 7 3", ["sign"]), ("5", "0 -5 -7 -3", ["sign"]), ("-5", "0 5 -7 3", []), ("-5", "0 0 0 0", []),
         ("500", "0 5 7 3", ["scale"]), ("0.05", "0 5 7 3", ["scale"]), ("0.05", "5 5 7 3", ["scale"]),
         ("500", "0 0 0 0 0 0 5", ["scale"]), ("260", "0 5 7 3", ["outlier"]), ("6", "0 5 7 3", []), ("0", "0 5 7 3", []),
         ("9", "0 0 0 0", [])],
    )  # fmt: skip
    def test_a_month_of_nothing_hides_neither_sign_nor_size(self, value, earlier, expected):
        assert oddities(Decimal(value), [Decimal(text) for text in earlier.split()]) == expected

    SEASON = [Decimal(value) for value in ("202", *["100", "103", "98", "101", "99"] * 2, "102") * 2]
    """Two years whose first month was far above the others; the next is that month again."""

    @pytest.mark.parametrize(
        ("value", "ago", "expected"),
        [("201", range(24, 0, -1), []), ("201", (), ["limits"]), ("201", range(25, 1, -1), ["limits"]),
         ("250", range(24, 0, -1), ["limits"]), ("20", range(24, 0, -1), ["limits"]),
         ("10100", range(24, 0, -1), ["scale"]), ("20200", range(24, 0, -1), ["outlier"]),
         ("-202", range(24, 0, -1), ["sign"])],
    )  # fmt: skip
    def test_the_same_month_of_earlier_years_is_the_season(self, value, ago, expected):
        assert oddities(Decimal(value), self.SEASON, ago) == expected

    def test_a_month_that_is_a_dozen_times_the_others_each_year_is_no_outlier(self):
        year = [Decimal(value) for value in (160, 10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 11)] * 2
        assert oddities(Decimal(165), year) == ["outlier"]
        assert oddities(Decimal(165), year, range(24, 0, -1)) == []
        assert oddities(Decimal(165), year, range(23, -1, -1)) == ["outlier"]
        assert oddities(Decimal(400), year, range(24, 0, -1)) == ["outlier"]

    def test_says_nothing_without_history(self):
        assert oddities(Decimal("1E9"), [Decimal(1)]) == []

    def test_names_that_speak_of_less(self):
        assert reads_like_lower("Customer complaints")
        assert not reads_like_lower("Share within 4 hours on time")
