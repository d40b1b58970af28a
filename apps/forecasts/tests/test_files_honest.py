"""Files and measurements that say what they hold: words in the workbook, names that stay names, no bar held by no number."""

import math
from decimal import Decimal

import pytest

from apps.forecasts.management.commands.measure_forecasts import AT_LEAST, BETWEEN, below_bar
from apps.forecasts.services.tabulating import figure_row

HELD = {**dict.fromkeys(AT_LEAST, 0.0), **{name: (low + high) / 2 for name, (low, high) in BETWEEN.items()}}


class TestFigureRow:
    def test_says_kind_and_light_in_words(self):
        figure = {
            "kind": "headcount",
            "name": "Headcount",
            "place_name": "North",
            "value": "12",
            "status": "",
            "unit": "",
        }
        assert figure_row(figure) == ["Headcount", "Headcount", "North", 12, None, "", ""]
        kpi = {"kind": "kpi", "name": "Sold", "place_name": "North", "value": "1.50", "target": "2", "status": "red",
               "unit": "t"}  # fmt: skip
        assert figure_row(kpi) == ["KPI", "Sold", "North", Decimal("1.50"), 2, "Off target", "t"]

    def test_leaves_a_name_of_digits_a_name(self):
        figure = {"kind": "kpi", "name": "2024", "place_name": "1e3", "value": None, "status": "grey", "unit": "1"}
        assert figure_row(figure) == ["KPI", "2024", "1e3", None, None, "Not judged", "1"]


class TestBelowBar:
    def test_says_nothing_where_everything_holds(self):
        assert below_bar(HELD) == []

    @pytest.mark.parametrize("name", [*AT_LEAST, *BETWEEN])
    def test_takes_no_number_for_a_failure(self, name):
        (said,) = below_bar({**HELD, name: math.nan})
        assert said.startswith(f"{name} is nan")
