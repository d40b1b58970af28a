"""Geometry of the charts: axes that read well, everything inside the plot, gaps stay gaps."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from apps.core import charts
from apps.core.charts import (
    Series,
    area_path,
    axis_for,
    axis_labels,
    bars_of,
    line_path,
    lines_of,
    short_number,
    spark_of,
    stacks_of,
)

NUMBERS = st.one_of(st.none(), st.integers(-(10**9), 10**9), st.decimals(-1000, 1000, places=2))


class TestAxis:
    @given(st.lists(NUMBERS, max_size=30), st.booleans())
    def test_holds_every_value_in_at_most_six_steps(self, values, from_zero):
        axis = axis_for(values, from_zero=from_zero)
        assert axis.low < axis.high
        assert 1 <= len(axis.ticks) - 1 <= 6
        for value in values:
            if value is not None:
                assert -0.001 <= axis.top(value) <= 100.001

    def test_starts_at_zero_when_asked(self):
        assert axis_for([95, 100]).low == 0
        assert axis_for([95, 100], from_zero=False).low >= 90


class TestPaths:
    def test_a_missing_value_breaks_the_line(self):
        axis = axis_for([0, 10])
        assert line_path([0, 10, None, 5], axis).count("M") == 2
        assert area_path([0, 10, None, 5], axis).count("Z") == 2

    def test_a_single_value_is_drawn_as_a_point(self):
        chart = lines_of("x", ["a", "b", "c"], [Series("s", [None, 4, None])], unit="", from_zero=True)
        assert len(chart["lines"][0]["dots"]) == 1

    def test_without_values_says_so_and_does_not_break(self):
        chart = lines_of("x", ["a"], [Series("s", [None])], unit="", from_zero=True)
        assert chart["is_empty"]
        assert lines_of("x", [], [], unit="", from_zero=True)["is_empty"]


class TestBands:
    def test_lie_between_both_ends_and_break_where_one_is_missing(self):
        band = charts.Band("80 %", [None, 1, 2, None, 3], [None, 3, 4, 9, 5])
        found = charts.lines_of(
            "t", list("abcde"), [charts.Series("x", [2] * 5)], unit="", from_zero=True, ranges=[band]
        )
        assert found["ranges"][0]["path"].count("M") == 2 and found["ranges"][0]["path"].count("Z") == 2
        assert [row["values"][1] for row in found["table"]] == ["–", "1 – 3", "2 – 4", "–", "3 – 5"]
        assert [item["kind"] for item in found["legend"]] == ["line", "band"]

    def test_are_part_of_what_the_axis_holds(self):
        band = charts.Band("80 %", [-50.0], [150.0])
        found = charts.lines_of("t", ["a"], [charts.Series("x", [2])], unit="", from_zero=True, ranges=[band])
        assert found["zero"] is not None and "150" in " ".join(tick["text"] for tick in found["ticks"])


class TestBars:
    @given(st.lists(NUMBERS, min_size=1, max_size=12))
    def test_stay_inside_the_plot(self, values):
        labels = [str(place) for place in range(len(values))]
        for chart in (
            bars_of("x", labels, [Series("s", values)], unit=""),
            stacks_of("x", labels, [Series("s", values), Series("t", values)], unit=""),
        ):
            for bar in chart["rects"]:
                assert bar["height"] >= 0
                assert bar["y"] >= -0.01
                assert bar["y"] + bar["height"] <= 100.01
                assert 0 <= bar["x"] <= 100 - bar["width"] + 0.01

    def test_few_are_no_wall_and_stand_in_the_middle_of_their_place(self):
        (alone,) = bars_of("x", ["a"], [Series("s", [4])], unit="")["rects"]
        assert (alone["x"], alone["width"]) == (43, 14)
        one, other = bars_of("x", ["a"], [Series("s", [4]), Series("t", [5])], unit="")["rects"]
        assert one["x"] == 43 and other["x"] == 50 and other["x"] + other["width"] <= 57
        many = bars_of("x", list("abcdefgh"), [Series("s", [1] * 8)], unit="")["rects"]
        assert {bar["width"] for bar in many} == {8}

    def test_stack_negative_values_below_the_line(self):
        chart = stacks_of("x", ["a"], [Series("up", [4]), Series("down", [-4])], unit="")
        up, down = chart["rects"]
        assert up["y"] + up["height"] == chart["zero"] == down["y"]

    def test_carry_the_same_numbers_as_a_table(self):
        chart = bars_of("x", ["a", "b"], [Series("s", [Decimal("1234.50"), None])], unit="")
        assert [row["values"] for row in chart["table"]] == [["1,234.50"], ["–"]]


class TestLabels:
    @given(st.integers(1, 120))
    def test_show_the_newest_and_not_too_many(self, count):
        labels = axis_labels([str(place) for place in range(count)])
        assert labels[-1]["is_wide"]
        assert labels[-1]["is_narrow"]
        assert sum(label["is_wide"] for label in labels) <= 12
        assert sum(label["is_narrow"] for label in labels) <= 5
        assert all(label["is_wide"] for label in labels if label["is_narrow"])


class TestSpark:
    def test_tells_the_way_and_needs_two_values(self):
        assert spark_of([1, None, 3])["trend"] == "up"
        assert spark_of([1])["line"] == ""


class TestShortNumber:
    def test_reads_well(self):
        assert [short_number(value) for value in (0, 2.5, 9999, 12_000, -1_500_000)] == [
            "0", "2.5", "9,999", "12k", "\u22121.5M",
        ]  # fmt: skip
