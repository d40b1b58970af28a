"""Parameters as people write them: the last number that is taken and the first that is not, and the place of every fault."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from apps.assessments.rules.configuration import Edges, Proposed, band_errors, scheme_errors
from apps.assessments.rules.missing import WAIT, Missing
from apps.assessments.rules.reading import Fields, count, day, exact, number, rows, sign_of
from apps.assessments.rules.results import ConfigError, Status, WrongConfiguration
from apps.assessments.rules.scoring import missing_result, parse_method, score
from apps.core.rounding import round_half_up


def fault(call, *given, **named):
    """What is wrong and where, as people are told."""
    with pytest.raises(WrongConfiguration) as caught:
        call(*given, **named)
    return str(caught.value)


class TestExact:
    @pytest.mark.parametrize(
        ("value", "found"),
        [
            (Fraction(1, 3), Fraction(1, 3)),
            (Decimal("1.10"), Fraction(11, 10)),
            (Decimal("1E+99"), 10**99),
            (Decimal("1E+100"), None),
            (Decimal("1E-99"), Fraction(1, 10**99)),
            (Decimal("1E-100"), None),
            (Decimal("NaN"), None),
            (Decimal("-Infinity"), None),
            (" -1.5 ", Fraction(-3, 2)),
            ("+.5", Fraction(1, 2)),
            ("5.", 5),
            ("1e2", 100),
            ("1e999", None),
            ("", None),
            (".", None),
            ("1,5", None),
            ("٣", None),
            ("9" * 40, 10**40 - 1),
            ("9" * 41, None),
            (10**60 - 1, 10**60 - 1),
            (10**60, None),
            (-(10**60), None),
            (0, 0),
            (True, None),
            (1.5, None),
            (None, None),
            (b"1", None),
        ],
    )
    def test_plain_finite_numbers_only(self, value, found):
        assert exact(value) == found

    def test_keeps_a_fraction_as_it_is(self):
        third = Fraction(1, 3)
        assert number(third, "k") is third
        assert type(exact(7)) is type(exact("7")) is type(exact(Decimal(7))) is Fraction


class TestSingleValues:
    def test_numbers_and_counts(self):
        assert (number("2.50", "k"), count("0", "k"), count(3, "k")) == (Fraction(5, 2), 0, 3)
        assert fault(number, None, "k") == "missing: k"
        assert fault(number, "x", "k") == "not_a_number: k"
        assert fault(count, "-0.01", "k") == "negative: k"

    def test_days(self):
        assert day("2026-02-28", "k") == day(date(2026, 2, 28), "k") == date(2026, 2, 28)
        assert fault(day, None, "k") == "missing: k"
        for odd in ("2026-02-30", "soon", 20260228, datetime(2026, 2, 28)):
            assert fault(day, odd, "k") == "not_a_day: k"

    def test_lists(self):
        assert rows([1], "k") == [1]
        assert rows((), "k") == ()
        assert fault(rows, None, "k") == "missing: k"
        for odd in ("ab", b"ab", {"a": 1}, 5):
            assert fault(rows, odd, "k") == "not_a_list: k"

    def test_signs(self):
        assert (sign_of("higher"), sign_of("lower")) == (1, -1)

    def test_a_fault_without_a_place(self):
        assert str(ConfigError("odd")) == "odd"
        assert WrongConfiguration("odd", "k").error == ConfigError("odd", "k")


class TestFields:
    def test_name_the_place_within_the_place(self):
        assert fault(Fields, [], "a.b") == "not_an_object: a.b"
        assert fault(Fields, None) == "not_an_object: params"
        assert Fields({}, "bands[2]").key_of("max") == "bands[2].max"
        assert Fields({}).key_of("max") == "max"
        assert fault(Fields({"a": "x"}, "up").number, "a") == "not_a_number: up.a"

    def test_numbers_and_their_limits(self):
        fields = Fields({"zero": "0", "one": "1", "minus": "-0.01", "half": "0.5", "none": None})
        assert fields.number("zero", least=0) == 0
        assert fault(fields.number, "minus", least=0) == "out_of_range: minus"
        assert fields.number("half", above=0) == Fraction(1, 2)
        assert fault(fields.number, "zero", above=0) == "out_of_range: zero"
        assert fields.number("one", least=1, above=0) == 1
        assert fault(fields.number, "half", least=1, above=0) == "out_of_range: half"
        assert (fields.number("none", 7), fields.number("absent", 0, least=1)) == (7, 0)
        assert fault(fields.number, "none") == "missing: none"
        assert fields.number("one", 7) == 1

    def test_numbers_that_may_be_absent(self):
        fields = Fields({"a": "-1", "b": None})
        assert (fields.number_or_none("a"), fields.number_or_none("b"), fields.number_or_none("c")) == (-1, None, None)
        assert fault(fields.number_or_none, "a", least=0) == "out_of_range: a"

    def test_whole_numbers(self):
        fields = Fields({"two": "2.0", "half": "1.5", "minus": "-1", "zero": "0"})
        assert (fields.whole("two", 0), fields.whole("absent", 3), fields.whole("zero", 1)) == (2, 3, 0)
        assert fault(fields.whole, "half", 0) == "not_whole: half"
        assert fault(fields.whole, "minus", 0) == "out_of_range: minus"
        assert fault(fields.whole, "zero", 1, least=1) == "out_of_range: zero"

    def test_words(self):
        fields = Fields({"a": "lower", "b": "sideways", "c": 5, "d": ""})
        assert (fields.choice("a", ("higher", "lower")), fields.choice("z", ("x",), "x")) == ("lower", "x")
        assert fault(fields.choice, "b", ("higher", "lower"), "higher") == "unknown_word: b"
        assert fault(fields.choice, "c", ("5",)) == "unknown_word: c"
        assert fault(fields.choice, "z", ("x",)) == "missing: z"
        assert fields.text("a") == "lower"
        assert [fault(fields.text, key) for key in ("c", "d", "z")] == ["not_a_word: c", "not_a_word: d", "missing: z"]
        assert (Fields({"direction": "lower"}).direction(), Fields({}).direction()) == ("lower", "higher")

    def test_yes_and_no(self):
        fields = Fields({"yes": True, "no": False, "odd": 1})
        assert (fields.flag("yes"), fields.flag("no"), fields.flag("absent")) == (True, False, False)
        assert fault(fields.flag, "odd") == "not_yes_or_no: odd"

    def test_objects_within_objects(self):
        fields = Fields({"up": {"per": "x"}, "list": [{"a": "1"}, {"a": "2", "b": "3"}], "odd": 5})
        assert fault(fields.inner("up").number, "per") == "not_a_number: up.per"
        assert fields.inner("absent") is None
        assert fault(fields.inner, "odd") == "not_an_object: odd"
        assert fault(lambda: [one.number("a") for one in fields.objects("list")]) == "unknown_key: list[1].b"
        assert [one.number("a") for one in Fields({"list": [{"a": 1}]}).objects("list")] == [1]
        assert fault(lambda: list(fields.objects("none"))) == "missing: none"

    def test_what_nobody_asked_for(self):
        fields = Fields({"z": 1, "y": 2, "x": 3, "name": "n", "note": "n"}, "up")
        assert fault(fields.refuse_unknown) == "unknown_key: up.x"
        fields.ignore("x", "y")
        assert fault(fields.refuse_unknown) == "unknown_key: up.z"
        fields.get("z")
        fields.refuse_unknown()


class TestMissing:
    def read(self, written):
        return Missing.read(Fields({"missing": written}))

    def test_what_is_written(self):
        assert Missing.read(Fields({})) == self.read({}) == WAIT == Missing("pending", None, None)
        carried = self.read({"policy": "carry", "previous_rate": "0.5", "max_periods": "2"})
        assert carried == Missing("carry", Fraction(1, 2), 2)
        assert self.read({"policy": "zero", "max_periods": 1}).max_periods == 1
        assert fault(self.read, {"max_periods": "0"}) == "out_of_range: missing.max_periods"
        assert fault(self.read, {"polcy": "zero"}) == "unknown_key: missing.polcy"

    @pytest.mark.parametrize(
        ("written", "before", "found"),
        [
            ("pending", Fraction(1), (Status.PENDING, None)),
            ("zero", Fraction(1), (Status.MISSING_ZERO, 0)),
            ("exclude", Fraction(1), (Status.EXCLUDED, None)),
            ("carry", None, (Status.CARRIED, Fraction(1, 2))),
            ("carry", Fraction(0), (Status.CARRIED, 0)),
            ("carry", Fraction(9, 10), (Status.CARRIED, Fraction(9, 10))),
        ],
    )
    def test_what_it_earns(self, written, before, found):
        assert Missing(written, Fraction(1, 2)).result(before) == found

    def test_nothing_to_carry_waits(self):
        assert Missing("carry").result(None) == (Status.PENDING, None)

    @pytest.mark.parametrize(
        ("written", "points", "status", "rate"),
        [
            ({"policy": "zero"}, "0.00", "missing_zero", 0),
            ({"policy": "carry", "previous_rate": "0.5"}, "10.00", "carried", Fraction(1, 2)),
            ({"policy": "exclude"}, None, "excluded", None),
            (None, None, "pending", None),
        ],
    )
    def test_the_line_of_an_indicator_of_which_nothing_is_known(self, written, points, status, rate):
        params = {"missing": written, "levels": {}}
        found = missing_result(parse_method("descriptive", {"levels": {}, "raters": []}), params, "20")
        assert (found.status, found.rate) == (status, rate)
        assert (None if found.points is None else str(found.points)) == points
        assert [(step.code, step.numbers) for step in found.steps] == [
            (f"missing.{status}", {"weight": 20, "rate": rate})
        ]

    def test_a_wrong_line_says_what_is_wrong(self):
        wrong = parse_method("magic", {})
        good = parse_method("ratio", {})
        assert missing_result(wrong, {}, "20").problem == score(wrong, None, None, "20").problem == wrong
        assert missing_result(good, {"missing": {"policy": "skip"}}, "20").problem.code == "unknown_word"
        assert missing_result(good, {}, "-1").problem == ConfigError("negative", "weight")
        assert missing_result(good, {}, "-1").status == Status.INVALID_CONFIG


class TestScore:
    def test_of_no_weight_has_no_rate(self):
        found = score(parse_method("ratio", {}), "5", "10", "0")
        assert (str(found.points), found.rate, found.status) == ("0.00", None, Status.SCORED)

    def test_that_is_no_report_keeps_its_steps(self):
        found = score(parse_method("milestone", {"as_of": "2026-05-31", "items": []}), None, None, "20")
        assert (found.status, found.points, found.rate) == (Status.EXCLUDED, None, None)
        assert [(step.code, step.numbers) for step in found.steps] == [
            ("milestone.nothing_due", {"as_of": "2026-05-31"})
        ]

    def test_carries_the_rate_of_the_last_score(self):
        method = parse_method("ratio", {"missing": {"policy": "carry"}})
        found = score(method, None, "10", "30", previous_rate=Fraction(1, 3))
        assert (str(found.points), found.rate, found.status) == ("10.00", Fraction(1, 3), Status.CARRIED)

    def test_carries_a_tie_as_it_was_scored_though_the_rate_was_rounded_when_it_was_kept(self):
        method = parse_method("ratio", {"missing": {"policy": "carry"}})
        first = score(method, "121", "120", "9")
        kept = Fraction(round_half_up(first.rate, 14))
        assert (str(first.points), kept * 9 < Fraction("9.075")) == ("9.08", True)
        found = score(method, None, "120", "9", previous_rate=kept)
        assert (str(found.points), found.rate, found.status) == ("9.08", kept, Status.CARRIED)
        below = score(method, None, "120", "9", previous_rate=kept - Fraction(1, 10**12))
        assert str(below.points) == "9.07"


class TestBandsOfAScheme:
    def test_in_whatever_order_they_are_written(self):
        bands = [Edges(None, None), Edges(None, 5)]
        assert band_errors(bands) == band_errors(bands[::-1]) == {"band_overlap"}
        nested = [Edges(0, 9), Edges(0, 5), Edges(None, 0), Edges(9, None)]
        assert band_errors(nested) == band_errors(nested[::-1]) == {"band_overlap"}

    def test_below_zero(self):
        bands = [Edges(-5, 0), Edges(None, -5), Edges(0, None)]
        assert band_errors(bands) == set()
        assert band_errors([Edges(None, -5), Edges(-4, None)]) == {"band_gap"}

    @pytest.mark.parametrize(
        ("bands", "errors"),
        [
            ([(None, 0), (Fraction(1, 2), None), (0, Fraction(1, 2))], set()),
            ([(0, None), (Fraction(-1, 2), 0), (None, Fraction(-1, 2))], set()),
            ([(None, -1), (-1, Fraction(1, 2)), (-1, 0), (Fraction(1, 2), None)], {"band_overlap"}),
            ([(None, -1), (-1, 0), (-1, Fraction(-1, 2)), (0, None)], {"band_overlap"}),
            ([(None, None), (1, 2)], {"band_overlap", "band_not_covering"}),
            ([(None, 3), (1, None), (2, 3)], {"band_overlap", "band_not_covering"}),
        ],
    )
    def test_sorted_by_where_they_begin_then_by_where_they_end(self, bands, errors):
        written = [Edges(*band) for band in bands]
        assert band_errors(written) == band_errors(written[::-1]) == errors

    def test_each_indicator_is_looked_at(self):
        good, gap = [Edges(None, 5), Edges(5, None)], [Edges(None, 5), Edges(6, None)]
        given = [Proposed("a", Decimal(40), gap), Proposed("b", Decimal(60), good), Proposed("c", Decimal(0))]
        assert scheme_errors(given) == ["band_gap", "weight_not_positive"]
        assert scheme_errors([Proposed("a", Decimal(40)), Proposed("b", Decimal(60), good)]) == []
