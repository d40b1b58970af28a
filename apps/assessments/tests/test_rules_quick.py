"""The rules in whole numbers at their edges: what they take, what they leave to the rules, ties. Equality: test_quick.py."""

from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest

from apps.assessments.rules.grades import GradeBand
from apps.assessments.rules.quick import (
    COLUMNS,
    PLACE,
    UNIT,
    QuickCard,
    QuickTerms,
    are_tiles,
    quick_points,
    share,
    whole,
)
from apps.assessments.rules.scorecard import Extra, Terms, Veto
from apps.assessments.rules.scoring import parse_method

GRADES = [GradeBand(name, Decimal(least)) for name, least in (("A", 90), ("B", 80), ("C", "70.5"))]
W = Decimal(20)


def line(method, weight=W, **params):
    """The rule as a function of whole numbers: (actual, part of one, target in PLACE) to (points, rate), None: left to the
    rules. None where all of it is left to them."""
    found = quick_points(parse_method(method, params))
    if found is None:
        return None

    def judged(top, times, target):
        rows = [(whole(weight, 100) or 0, top * PLACE, times, target)]
        table = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.Int128), orient="row")
        points, rate = table.select(**found._asdict()).row(0)
        return None if points is None else (points, rate)

    return judged


def points(method, actual, target=None, **params):
    """Hundredths of 20 points for an actual as a fraction of whole numbers; None: left to the rules."""
    top, bottom = Fraction(actual).as_integer_ratio()
    found = line(method, **params)(top, bottom, whole(Fraction(target or 0), PLACE))
    return None if found is None else found[0]


def shared(weight, top, bottom):
    """What `share` makes of one line."""
    table = pl.DataFrame(
        {"weight": [weight], "top": [top], "bottom": [bottom]},
        schema=dict.fromkeys(("weight", "top", "bottom"), pl.Int128),
    )
    return table.select(**share(pl.col("top"), pl.col("bottom"))._asdict()).row(0)


class TestWhole:
    def test_of_a_part_of_one(self):
        assert whole(Decimal("1.5")) == 15 * 10**13
        assert UNIT == 10**14
        assert (whole(2, 100), whole(Fraction(1, 100), 100), whole(Fraction(1, 200), 100)) == (200, 1, None)
        assert whole(Decimal("1E-14")) == 1
        assert whole(Decimal("1E-15")) is whole(Fraction(1, 3)) is None

    def test_shares_are_rounded_half_up(self):
        assert shared(2000, 1, 3) == (667, 33_333_333_333_333)
        assert shared(2000, 2, 3) == (1333, 66_666_666_666_667)
        assert shared(1, 1, 2) == (1, 5 * 10**13)
        assert shared(1, 49, 100) == (0, 49 * 10**12)
        assert shared(1, 1, 2 * UNIT) == (0, 1)
        assert shared(1, 1, 2 * UNIT + 1) == (0, 0)


class TestWeights:
    def test_whole_hundredths_above_nothing(self):
        assert line("ratio", Decimal("0.01"))(1, 1, PLACE) == (1, UNIT)
        for weight in ("0", "-1"):
            assert line("ratio", Decimal(weight))(1, 1, PLACE) is None

    def test_other_methods_are_left_to_the_rules(self):
        assert line("efficacy", standards=["1"], coefs=["1"]) is None
        assert quick_points(parse_method("magic", {})) is None


class TestRatio:
    def test_both_directions(self):
        assert points("ratio", 95, 100) == 1900
        assert points("ratio", 55, 50, direction="lower") == 1800
        assert points("ratio", -80, -100) == 2400
        assert points("ratio", Fraction(95, 3), Fraction(100, 4)) == 2533
        assert line("ratio")(95, 1, 100 * PLACE) == (1900, 95 * 10**12)

    def test_floor_and_cap(self):
        held = {"floor": "0.5", "cap": "1.2"}
        assert [points("ratio", actual, 100, **held) for actual in (10, 50, 51, 119, 120, 121)] == [
            1000, 1000, 1020, 2380, 2400, 2400
        ]  # fmt: skip
        assert line("ratio", **held)(10, 1, 100 * PLACE) == (1000, 5 * 10**13)
        assert points("ratio", -10, 100) == 0
        assert points("ratio", 1000, 100) == 20_000

    def test_below_the_threshold_nothing_whatever_the_floor(self):
        held = {"threshold": "0.8", "floor": "0.5"}
        assert [points("ratio", actual, 100, **held) for actual in ("79.99", 80, 81)] == [0, 1600, 1620]
        assert line("ratio", **held)(70, 1, 100 * PLACE) == (0, 0)

    def test_what_is_left_to_the_rules(self):
        assert points("ratio", 5, 0) is None
        assert line("ratio", floor="-0.5") is None
        assert line("ratio", direction="lower", lower_formula="inverse", cap="1.2") is None
        assert line("ratio", floor="0") is not None


BANDS = [
    {"min": "90", "max": None, "pct": "100"},
    {"min": None, "max": "-10", "pct": "0"},
    {"min": "-10", "max": "0", "pct": "30"},
    {"min": "0", "max": "90", "pct": "60"},
]


class TestInterval:
    @pytest.mark.parametrize(
        ("actual", "lower_in", "upper_in"),
        [
            (-11, 0, 0),
            (-10, 600, 0),
            (-1, 600, 600),
            (0, 1200, 600),
            (1, 1200, 1200),
            (90, 2000, 1200),
            (91, 2000, 2000),
        ],
    )
    def test_an_edge_belongs_to_one_band(self, actual, lower_in, upper_in):
        assert points("interval", actual, bands=BANDS, bounds="[)") == lower_in
        assert points("interval", actual, bands=BANDS, bounds="(]") == upper_in

    def test_an_actual_that_is_a_quotient(self):
        assert points("interval", Fraction(271, 3), bands=BANDS) == 2000
        assert points("interval", Fraction(269, 3), bands=BANDS) == 1200

    def test_one_band_for_all(self):
        assert points("interval", 7, bands=[{"min": None, "max": None, "pct": "75"}]) == 1500

    def test_what_is_left_to_the_rules(self):
        assert line("interval", bands=BANDS, basis="rate_pct") is None
        fine = [{"max": "1e-15", "pct": "0"}, {"min": "1e-15", "pct": "1"}]
        assert line("interval", bands=fine) is None

    @pytest.mark.parametrize(
        ("bands", "is_so"),
        [
            ([(None, None)], True),
            ([(None, 0), (0, None)], True),
            ([(0, None), (None, 0)], True),
            ([(None, -5), (-5, 0), (0, None)], True),
            ([], False),
            ([(0, None)], False),
            ([(None, 0)], False),
            ([(None, 0), (1, None)], False),
            ([(None, 1), (0, None)], False),
            ([(None, 5), (5, 5), (5, None)], False),
            ([(None, None), (None, None)], False),
            ([(None, 0), (0, None), (1, 2)], False),
        ],
    )
    def test_bands_that_hold_every_figure_once(self, bands, is_so):
        method = parse_method("interval", {"bands": [{"min": low, "max": high, "pct": 5} for low, high in bands]})
        assert are_tiles(method) is is_so
        assert (quick_points(method) is not None) is is_so

    def test_a_band_that_takes_points_away_is_left_to_the_rules(self):
        for pct, is_so in (("-0.01", False), ("0", True)):
            bands = [{"max": "0", "pct": pct}, {"min": "0", "pct": "100"}]
            assert are_tiles(parse_method("interval", {"bands": bands})) is is_so


class TestLinear:
    HIGHER = {"floor": "80", "floor_pct": "60", "stretch": "120", "stretch_pct": "120"}
    LOWER = {**HIGHER, "direction": "lower", "floor": "120", "stretch": "80"}

    def test_at_each_landmark_and_between(self):
        places = ("79.99", "80", "90", "100", "110", "120", "500")
        found = [points("linear", place, 100, **self.HIGHER) for place in places]
        assert found == [0, 1200, 1600, 2000, 2200, 2400, 2400]
        assert [points("linear", 200 - Decimal(place), 100, **self.LOWER) for place in places] == found

    def test_without_a_stretch_flat_above_the_target(self):
        found = [points("linear", place, 100, floor="80") for place in (79, 80, 90, 100, 101)]
        assert found == [0, 0, 1000, 2000, 2000]
        assert line("linear", floor="80")(500, 1, 100 * PLACE) == (2000, UNIT)

    def test_of_quotients_and_below_zero(self):
        assert points("linear", Fraction(271, 3), 100, **self.HIGHER) == 1613
        assert points("linear", -5, 0, floor="-10", stretch="10", stretch_pct="150") == 1000

    def test_out_of_order_is_left_to_the_rules(self):
        for target in (79, 80, 120, 121):
            assert points("linear", 100, target, **self.HIGHER) is None
            assert points("linear", 100, 200 - target, **self.LOWER) is None
        assert points("linear", 100, 81, **self.HIGHER) is not None

    @pytest.mark.parametrize("odd", ["floor", "stretch", "floor_pct", "stretch_pct"])
    def test_numbers_too_fine_are_left_to_the_rules(self, odd):
        fine = str(Decimal(self.HIGHER[odd]) + Decimal("1e-15"))
        assert line("linear", **{**self.HIGHER, odd: fine}) is None


class TestCard:
    def card(self, points, weight=10_000, coefficient=10_000, **terms):
        return QuickTerms(Terms(**{"grades": GRADES, **terms})).card(sum(points), weight, coefficient)

    def test_base_total_and_grade(self):
        assert self.card([2875, 1800, 1200, 1100, 1840], coefficient=10_200) == QuickCard(8815, 8991, "B")
        assert self.card([3333, 3333, 3333]) == QuickCard(9999, 9999, "A")
        assert self.card([9000]).grade == "A"
        assert (self.card([8999]).grade, self.card([7050]).grade, self.card([7049]).grade) == ("B", "C", "")

    def test_is_rounded_half_up_twice(self):
        assert self.card([1], weight=8000).base == 1
        assert self.card([1], weight=20_000).base == 1
        assert self.card([1], weight=20_001).base == 0
        assert self.card([8975], coefficient=10_200).total == 9155
        assert self.card([5], coefficient=9_000).total == 5
        assert self.card([5], coefficient=8_999).total == 4

    def test_is_out_of_a_hundred_again(self):
        assert self.card([2875, 1200, 1100, 1840], weight=8000).base == 8769

    def test_limits(self):
        assert self.card([10_000], coefficient=13_000, max_total=Decimal(120)).total == 12_000
        assert self.card([10_000], coefficient=13_000).total == 13_000
        assert self.card([1000], min_total=50).total == 5000
        assert self.card([0]).total == 0

    def test_coverage(self):
        assert self.card([6000], weight=6000).base == 10_000
        assert self.card([5999], weight=5999) is None
        assert self.card([10], weight=10, min_coverage=0).base == 10_000

    @pytest.mark.parametrize(("points", "weight", "coefficient"), [([], 0, 1), ([1], 0, 1), ([1], 10_000, 0)])
    def test_nothing_to_reckon_with_is_left_to_the_rules(self, points, weight, coefficient):
        assert self.card(points, weight, coefficient, min_coverage=0) is None
        assert self.card([1], 1, 1, min_coverage=0) is not None

    @pytest.mark.parametrize(
        "terms",
        [
            {"is_gated": True},
            {"vetoes": [Veto("zero")]},
            {"bonus": Extra([1])},
            {"deductions": Extra([1])},
            {"calibration": 1},
            {"min_total": -1},
            {"min_total": Decimal("0.001")},
            {"max_total": Decimal("99.999")},
            {"grades": [GradeBand("A", Decimal("89.995"))]},
        ],
    )
    def test_terms_that_are_left_to_the_rules(self, terms):
        assert self.card([5000], **terms) is None
        assert self.card([5000], bonus=Extra((), 5), min_total=0, max_total=0) is not None
