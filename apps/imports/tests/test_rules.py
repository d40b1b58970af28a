"""Text to values, columns to fields, bytes to tables: no database, no clock."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.imports.rules.cells import CellProblem, PlainSpec, Style, convert
from apps.imports.rules.limits import MappingProblem
from apps.imports.rules.mapping import parse_mapping
from apps.imports.rules.sources import value_from
from apps.imports.rules.suggesting import heading_digest, suggest_mapping, unused_columns

POINT, COMMA, AMERICAN = Style(), Style(decimal=","), Style(date_order="mdy")


def spec(kind, **given):
    return PlainSpec(kind=kind, **given)


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "style", "value"),
        [
            ("1,234.50", POINT, "1234.50"),
            ("1.234,50", COMMA, "1234.50"),
            ("1 234,5", COMMA, "1234.5"),
            ("-17,790,841", POINT, "-17790841"),
            ("(12)", POINT, "-12"),
            ("12-", POINT, "-12"),
            ("−3", POINT, "-3"),
            (".75", POINT, "0.75"),
            ("£1,000", POINT, "1000"),
            ("95 %", POINT, "95"),
            ("1'000.5", POINT, "1000.5"),
            ("１２３", POINT, "123"),
            ("1e3", POINT, "1E+3"),
            ("0.1", POINT, "0.1"),
        ],
    )
    def test_are_read_as_the_file_writes_them(self, text, style, value):
        assert convert(text, spec("number"), style) == Decimal(value)

    @pytest.mark.parametrize(
        "text", ["1,23", "12,34,567", "1.2.3", "abc", "12 apples", "--3", "1,2345", "0x10", "NaN", "∞"]
    )
    def test_are_never_guessed(self, text):
        with pytest.raises(CellProblem, match="not_a_number"):
            convert(text, spec("number"), POINT)

    @pytest.mark.parametrize("text", ["1e99", "9" * 30, "1" * 50])
    def test_of_absurd_size_are_refused(self, text):
        with pytest.raises(CellProblem, match="number_too_large"):
            convert(text, spec("number"), POINT)

    @pytest.mark.parametrize("text", ["", " ", "-", "–", "n/a", "NULL", None])
    def test_missing_is_nothing_and_not_zero(self, text):
        assert convert(text, spec("number"), POINT) is None

    def test_whole_means_whole(self):
        assert convert(Decimal("12.0"), spec("whole"), POINT) == 12
        with pytest.raises(CellProblem, match="not_whole"):
            convert("12.5", spec("whole"), POINT)

    def test_keep_to_their_bounds(self):
        bounds = spec("whole", minimum=1, maximum=9)
        with pytest.raises(CellProblem, match="too_small"):
            convert("0", bounds, POINT)
        with pytest.raises(CellProblem, match="too_big"):
            convert("10", bounds, POINT)

    @given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
    def test_come_back_as_they_were_written(self, number):
        assert convert(f"{number:,.2f}", spec("number"), POINT) == number
        european = f"{number:,.2f}".translate(str.maketrans(",.", ".,"))
        assert convert(european, spec("number"), COMMA) == number


class TestDates:
    @pytest.mark.parametrize(
        ("text", "style", "day"),
        [
            ("2026-03-31", POINT, date(2026, 3, 31)),
            ("2026/3/1", POINT, date(2026, 3, 1)),
            ("2026年3月31日", POINT, date(2026, 3, 31)),
            ("31.03.2026", POINT, date(2026, 3, 31)),
            ("03/04/2026", POINT, date(2026, 4, 3)),
            ("03/04/2026", AMERICAN, date(2026, 3, 4)),
            ("31 Mar 2026", POINT, date(2026, 3, 31)),
            ("31. March 2026", POINT, date(2026, 3, 31)),
            ("March 31, 2026", POINT, date(2026, 3, 31)),
            ("2026-03-31T00:00:00Z", POINT, date(2026, 3, 31)),
            ({"d": "2026-03-31"}, POINT, date(2026, 3, 31)),
        ],
    )
    def test_are_read(self, text, style, day):
        assert convert(text, spec("date"), style) == day

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("31.02.2026", "no_such_day"),
            ("03/25/2026", "no_such_day"),
            ("31st of March", "not_a_date"),
            ("26-03-31", "not_a_date"),
            (45382, "number_for_date"),
            ("1026-03-31", "year_out_of_range"),
        ],
    )
    def test_are_never_guessed(self, text, code):
        with pytest.raises(CellProblem, match=code):
            convert(text, spec("date"), POINT)

    @pytest.mark.parametrize(
        "text", ["2026-03", "03/2026", "Mar 2026", "March-2026", "202603", "2026年3月", "2026-03-31", 202603]
    )
    def test_months_are_their_first_day(self, text):
        assert convert(text, spec("month"), POINT) == date(2026, 3, 1)

    @pytest.mark.parametrize("text", ["2026-13", "soon", "13/2026", "2026"])
    def test_other_months_are_refused(self, text):
        with pytest.raises(CellProblem, match="not_a_month"):
            convert(text, spec("month"), POINT)


class TestWords:
    def test_texts_are_trimmed_and_composed(self):
        assert convert("  Cafe\u0301 ", spec("text"), POINT) == "Café"
        assert convert(Decimal("12.0"), spec("text"), POINT) == "12"
        assert convert("-", spec("text"), POINT) == "-"

    @pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "a\x1bb", "a\ud800b", "\u2066x"])
    def test_texts_with_hidden_characters_are_refused(self, text):
        with pytest.raises(CellProblem, match="control_characters"):
            convert(text, spec("text"), POINT)

    def test_texts_keep_to_their_length(self):
        with pytest.raises(CellProblem, match="too_long"):
            convert("x" * 41, spec("text", max_length=40), POINT)

    @pytest.mark.parametrize(("text", "value"), [("Yes", True), ("n", False), (1, True), (True, True), ("是", True)])
    def test_yes_and_no(self, text, value):
        assert convert(text, spec("bool"), POINT) is value

    def test_neither_yes_nor_no(self):
        with pytest.raises(CellProblem, match="not_yes_or_no"):
            convert("perhaps", spec("bool"), POINT)

    def test_choices_by_code_or_label(self):
        choice = spec("choice", choices=(("on_leave", "On leave"), ("gone", "Gone")))
        assert convert("ON LEAVE", choice, POINT) == convert("on_leave", choice, POINT) == "on_leave"
        with pytest.raises(CellProblem) as caught:
            convert("away", choice, POINT)
        assert caught.value.facts["known"] == "On leave, Gone"

    @pytest.mark.parametrize("code", ["formula", "merged", "error_value", "encoding", "nested"])
    def test_flaws_are_named_whatever_the_field(self, code):
        for kind in ("text", "number", "date", "month", "bool", "choice"):
            with pytest.raises(CellProblem, match=code):
                convert({"flaw": code, "text": "=1"}, spec(kind), POINT)

    def test_required_cells_must_hold_something(self):
        with pytest.raises(CellProblem, match="required"):
            convert("  ", spec("text", is_required=True), POINT)

    @given(st.text())
    def test_any_text_is_read_or_refused(self, text):
        for kind in ("text", "number", "whole", "date", "month", "bool", "choice"):
            try:
                convert(text, spec(kind, choices=(("a", "A"),)), POINT)
            except CellProblem:
                continue


HEADINGS = ["Number", "Full name", "Years", "Year", "Left"]
FIELDS = ["number", "name", "hired", "month", "kind"]
ROW = {"Number": "7", "Full name": "Ada King Lovelace", "Years": "6.5", "Year": "2024", "Left": "Yes"}


class Field:
    def __init__(self, name, *aliases, kind="text"):
        self.name, self.label, self.aliases, self.kind = name, name, aliases, kind


def value(source, row=ROW):
    mapping = parse_mapping({"fields": {"name": source}}, field_names=FIELDS, headings=HEADINGS)
    return value_from(mapping.sources["name"], row, POINT)


class TestMapping:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ({"from": "column", "column": "full NAME"}, "Ada King Lovelace"),
            ({"from": "constant", "value": "x"}, "x"),
            ({"from": "template", "template": "Employee {number}/{Year}"}, "Employee 7/2024"),
            ({"from": "part", "column": "Full name", "by": " ", "part": -1}, "Lovelace"),
            ({"from": "part", "column": "Full name", "by": " ", "part": 9}, None),
            ({"from": "years_before", "column": "Years", "day": "2026-08-31"}, {"d": "2020-02-29"}),
            ({"from": "years_before", "column": "Years", "day": "2026-08-31", "unit": "days"}, {"d": "2026-08-25"}),
            ({"from": "month_of_year", "column": "Year", "month": 3}, {"d": "2024-03-01"}),
            ({"from": "column", "column": "Left", "values": {"yes": "resigned"}}, "resigned"),
            ({"from": "constant", "value": "x", "when": {"column": "Left", "is": ["YES"]}}, "x"),
            ({"from": "constant", "value": "x", "when": {"column": "Left", "not": ["yes"]}}, None),
        ],
    )
    def test_sources(self, source, expected):
        assert value(source) == expected

    def test_blank_cells_make_blank_values(self):
        blank = dict.fromkeys(HEADINGS)
        assert value({"from": "template", "template": "Employee {Number}"}, blank) is None
        assert value({"from": "years_before", "column": "Years", "day": "2026-08-31"}, blank) is None
        assert value({"from": "month_of_year", "column": "Year", "month": 3}, blank) is None

    def test_flaws_pass_through(self):
        flawed = {**ROW, "Number": {"flaw": "formula", "text": "=A1"}, "Years": {"flaw": "merged", "text": ""}}
        assert value({"from": "template", "template": "{Number}"}, flawed)["flaw"] == "formula"
        with pytest.raises(CellProblem, match="merged"):
            value({"from": "years_before", "column": "Years", "day": "2026-08-31"}, flawed)

    def test_rows_are_kept_by_condition(self):
        data = {"fields": {}, "keep": [{"column": "Left", "is": ["yes"]}, {"column": "Year", "not": ["2023"]}]}
        mapping = parse_mapping(data, field_names=FIELDS, headings=HEADINGS)
        assert mapping.keeps(ROW)
        assert not mapping.keeps({**ROW, "Year": "2023"})
        assert not mapping.keeps({**ROW, "Left": None})

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            ([], "shape"),
            ({}, "shape"),
            ({"fields": {}, "more": 1}, "shape"),
            ({"fields": {"salary": {"from": "column", "column": "Year"}}}, "unknown_field"),
            ({"fields": {"name": {"from": "column", "column": "Nope"}}}, "unknown_column"),
            ({"fields": {"name": {"from": "template", "template": "{Nope}"}}}, "unknown_column"),
            ({"fields": {"name": {"from": "sky"}}}, "source"),
            ({"fields": {"name": "Year"}}, "source"),
            ({"fields": {"name": {"from": "column"}}}, "source_keys"),
            ({"fields": {"name": {"from": "constant", "value": 1, "column": "Year"}}}, "source_keys"),
            ({"fields": {"name": {"from": "years_before", "column": "Year", "day": "soon"}}}, "source_keys"),
            ({"fields": {"name": {"from": "month_of_year", "column": "Year", "month": 13}}}, "source_keys"),
            ({"fields": {"name": {"from": "part", "column": "Year", "by": " ", "part": "x"}}}, "source_keys"),
            ({"fields": {}, "keep": [{"column": "Year"}]}, "condition"),
            ({"fields": {}, "totals": "sum"}, "totals"),
            ({"fields": {}, "keep": "Year"}, "shape"),
        ],
    )
    def test_says_what_cannot_stand(self, data, code):
        with pytest.raises(MappingProblem, match=code):
            parse_mapping(data, field_names=FIELDS, headings=HEADINGS)

    def test_suggests_exact_names_before_close_ones_and_no_column_twice(self):
        fields = [Field("department", "dept"), Field("name"), Field("apartment")]
        found = suggest_mapping(fields, ["Departement", "NAME", "Dept"])["fields"]
        assert found["department"]["column"] == "Dept"
        assert found["name"]["column"] == "NAME"
        assert "apartment" not in found

    @pytest.mark.parametrize(
        "heading", ["Personnel no", "PERSONNEL NO.", "Personnel nr", "personnel #", "Personnel-No"]
    )
    def test_suggests_through_short_words_for_number(self, heading):
        found = suggest_mapping([Field("id", "personnel number"), Field("north")], [heading, "Nor no"])["fields"]
        assert found == {"id": {"from": "column", "column": heading}}

    def test_a_month_is_looked_for_in_a_years_column_when_it_has_none_of_its_own(self):
        fields = [Field("month", kind="month"), Field("joined", kind="date")]
        assert suggest_mapping(fields, ["Month", "Year"])["fields"] == {"month": {"from": "column", "column": "Month"}}
        incomplete = {"month": {"from": "month_of_year", "column": "Fiscal year"}}
        assert suggest_mapping(fields, ["Fiscal year"])["fields"] == incomplete
        with pytest.raises(MappingProblem, match="source_keys"):
            parse_mapping({"fields": incomplete}, field_names=["month"], headings=["Fiscal year"])

    def test_names_the_columns_nothing_reads(self):
        data = {
            "fields": {
                "name": {"from": "template", "template": "{Number}", "when": {"column": "Left", "is": []}},
                "kind": None,
            },
            "keep": [{"column": "full name", "is": ["x"]}],
        }
        assert unused_columns(data, HEADINGS) == ["Years", "Year"]

    def test_a_condition_knows_a_number_nought_from_a_blank(self):
        data = {"fields": {}, "keep": [{"column": "Years", "is": ["0"]}]}
        mapping = parse_mapping(data, field_names=FIELDS, headings=HEADINGS)
        assert mapping.keeps({"Years": 0}) and not mapping.keeps({"Years": None})

    def test_the_same_headings_have_one_digest(self):
        assert heading_digest(["A b", "C"]) == heading_digest(["c", "a-B"])
        assert heading_digest(["A"]) != heading_digest(["B"])

    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    )
    known_words = st.sampled_from(
        ["from", "column", "value", "template", "by", "part", "day", "month", "unit", "when", "values"]
    )

    @given(st.dictionaries(known_words, json_values | st.sampled_from(["column", "part", "Year", "2026-01-01"])))
    def test_any_json_is_taken_or_refused(self, source):
        try:
            mapping = parse_mapping({"fields": {"name": source}}, field_names=FIELDS, headings=HEADINGS)
            value_from(mapping.sources["name"], ROW, POINT)
        except (MappingProblem, CellProblem):
            return
