"""Wide files, rows that add up, periods and words that mean nothing: the pure rules, and the frame around them."""

from datetime import date
from decimal import Decimal

import pytest

from apps.imports.forms import MappingForm
from apps.imports.rules.cells import CellProblem, PlainSpec, Style, convert
from apps.imports.rules.limits import MappingProblem
from apps.imports.rules.mapping import parse_mapping
from apps.imports.rules.reshaping import headings_with, parse_unpivot, together
from apps.imports.rules.sources import value_from
from apps.imports.rules.spans import period_end
from apps.imports.rules.suggesting import unused_columns
from apps.imports.services.checking import map_import
from apps.imports.services.runs import scope_at
from apps.imports.tests.factories import NOW, AccountTarget, csv_bytes, importer, started

POINT = Style()
HEADINGS = ["Unit", "Spent  1993", "spent 1994", "Planned 1994", "Fund 1994"]


def read(source, cells, style=POINT):
    parsed = parse_mapping({"fields": {"x": source}}, field_names=["x"], headings=list(cells))
    return value_from(parsed.sources["x"], cells, style)


class TestUnpivot:
    def test_a_pattern_names_columns_whatever_their_case_and_spaces(self):
        unpivot = parse_unpivot({"columns": ["Spent {year}"]}, HEADINGS)
        cells = dict(zip(HEADINGS, ["A", "5", " $-   ", "7", "8"], strict=True))
        assert list(unpivot.spread(cells)) == [
            ("Spent  1993", {**cells, "year": "1993", "heading": "Spent  1993", "amount": "5"})
        ]

    def test_a_word_stands_for_any_text_and_columns_can_be_excepted(self):
        given = {"columns": ["{measure} {year}"], "except": ["Fund {year}"], "value": "cell", "blanks": "keep"}
        unpivot = parse_unpivot(given, HEADINGS)
        parts = list(unpivot.spread(dict.fromkeys(HEADINGS, None)))
        assert [(part["measure"], part["year"]) for _heading, part in parts] == [
            ("Spent", "1993"),
            ("spent", "1994"),
            ("Planned", "1994"),
        ]

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ([], "unpivot"),
            ({"columns": []}, "unpivot"),
            ({"columns": "Spent {year}"}, "unpivot"),
            ({"columns": ["Spent {year}"], "blanks": "perhaps"}, "unpivot"),
            ({"columns": ["{a} {b} {c} {d}"]}, "unpivot"),
            ({"columns": ["Earned {year}"]}, "unpivot_nothing"),
            ({"columns": ["Spent {year}"], "value": "Unit"}, "unpivot_name"),
        ],
    )
    def test_says_what_cannot_stand(self, given, code):
        with pytest.raises(MappingProblem, match=code):
            parse_unpivot(given, HEADINGS)

    def test_what_it_adds_can_be_mapped_and_what_it_reads_is_used(self):
        given = {"fields": {"x": {"from": "column", "column": "amount"}}, "unpivot": {"columns": ["Spent {year}"]}}
        assert parse_mapping(given, field_names=["x"], headings=HEADINGS).sources["x"].column == "amount"
        assert headings_with(given, HEADINGS)[5:] == ["heading", "year", "amount"]
        assert unused_columns(given, HEADINGS) == ["Unit", "Planned 1994", "Fund 1994"]


class TestPeriods:
    @pytest.mark.parametrize(
        ("text", "first_month", "expected"),
        [
            ("2012-Q4", 1, "2012-12"),
            ("Q1 2013", 1, "2013-03"),
            ("2 2013", 1, "2013-06"),
            ("2012 Q4", 4, "2013-03"),
            ("Jul - Sep 2012", 1, "2012-09"),
            ("October–December 2012", 1, "2012-12"),
            ("2018-19", 4, "2019-03"),
            ("FY 2018/2019", 7, "2019-06"),
        ],
    )
    def test_the_last_month_of_a_period(self, text, first_month, expected):
        assert f"{period_end(text, first_month=first_month):%Y-%m}" == expected

    @pytest.mark.parametrize("text", ["2018-19", "2018-20", "Q5 2012", "sometime", "Foo - Bar 2012", "2012"])
    def test_what_is_no_period_is_named(self, text):
        with pytest.raises(CellProblem):
            period_end(text)

    def test_a_month_in_two_columns(self):
        source = {"from": "year_and_month", "column": "Y", "month_column": "M"}
        assert read(source, {"Y": "2008", "M": "3"}) == {"d": "2008-03-01"}
        assert read(source, {"Y": 2008, "M": "December"}) == {"d": "2008-12-01"}
        assert read(source, {"Y": "2008", "M": ""}) is None
        with pytest.raises(CellProblem, match="not_a_month"):
            read(source, {"Y": "2008", "M": "13"})

    @pytest.mark.parametrize(
        ("text", "month"),
        [("2000-01-01T08:00:00.000Z", date(2000, 1, 1)), ("2000-05-01T07:00:00Z", date(2000, 5, 1)),
         ("2000-05-31 09:00", date(2000, 5, 1))],
    )  # fmt: skip
    def test_a_moment_is_of_its_date_s_month(self, text, month):
        assert convert(text, PlainSpec("month"), POINT) == month

    def test_the_eve_of_a_month_is_not_guessed(self):
        with pytest.raises(CellProblem, match="month_by_zone"):
            convert("2000-04-30T22:00:00Z", PlainSpec("month"), POINT)


class TestSources:
    @pytest.mark.parametrize(
        ("source", "cells", "expected"),
        [
            ({"from": "sum", "plus": ["A"], "minus": ["B"]}, {"A": "1,000", "B": "1"}, Decimal(999)),
            ({"from": "sum", "plus": ["A", "B"]}, {"A": "1", "B": ""}, None),
            ({"from": "column", "column": "A", "blank": ["0", "z"]}, {"A": "0.00"}, None),
            ({"from": "column", "column": "A", "blank": ["0", "z"]}, {"A": " Z "}, None),
            ({"from": "column", "column": "A", "blank": ["0", "z"]}, {"A": "10"}, "10"),
            ({"from": "column", "column": "A", "values": {"z": "suppressed"}, "else": "number"}, {"A": "5"}, "number"),
            (
                {"from": "column", "column": "A", "values": {"z": "suppressed"}, "else": "number"},
                {"A": "Z"},
                "suppressed",
            ),
            ({"from": "column", "column": "A", "values": {"": "none"}}, {"A": None}, "none"),
            ({"from": "column", "column": "A", "times": "0.001"}, {"A": "1,500"}, Decimal("1.500")),
            ({"from": "column", "column": "A", "times": 1000}, {"A": "-"}, "-"),
        ],
    )
    def test_yield(self, source, cells, expected):
        assert read(source, cells) == expected

    @pytest.mark.parametrize("times", ["much", "NaN", 0, True, "1e99"])
    def test_a_factor_is_a_number(self, times):
        with pytest.raises(MappingProblem, match="source_keys"):
            read({"from": "column", "column": "A", "times": times}, {"A": "1"})

    @pytest.mark.parametrize("text", ["$-", " £ - ", "–", "€—"])
    def test_a_dash_with_a_currency_is_nothing(self, text):
        assert convert(text, PlainSpec("number"), POINT) is None

    def test_values_become_one(self):
        assert together([Decimal(1), None, Decimal("2.5")], "sum") == Decimal("3.5")
        assert together([None, None], "sum") is None
        assert [together([3, 1, 2], method) for method in ("first", "last", "min", "max")] == [3, 2, 1, 3]


WIDE = (("Mail", "Name", "Amount 2024", "Amount 2025"), ("a@x.test", "A", "1", "2"), ("b@x.test", "B", "x", ""))


@pytest.mark.django_db
class TestFrame:
    def checked(self, rows, mapping):
        by = importer()
        run = started(csv_bytes(rows), by=by)
        return map_import(run=run, mapping=mapping, by=by, scope=scope_at(by, NOW), now=NOW)

    def test_a_problem_of_a_wide_row_names_its_column_and_spoils_nothing_else(self):
        mapping = {
            "unpivot": {"columns": ["Amount {year}"]},
            "fields": {
                "email": {"from": "template", "template": "{year}.{Mail}"},
                "name": {"from": "column", "column": "Name"},
                "amount": {"from": "column", "column": "amount"},
            },
        }
        run = self.checked(WIDE, mapping)
        assert (run.row_count, run.bad_row_count, run.created_count) == (3, 1, 2)
        assert list(run.problems.values_list("line", "column", "value")) == [(3, "Amount 2024", "x")]

    def test_rows_of_one_record_add_up_unless_one_of_them_is_wrong(self):
        rows = (
            ("Mail", "Name", "Level"),
            ("a@x.test", "A", "2"), ("a@x.test", "A", "3"), ("b@x.test", "B", "1"), ("b@x.test", "B", "much"),
        )  # fmt: skip
        fields = {name: {"from": "column", "column": column} for name, column in
                  (("email", "Mail"), ("name", "Name"), ("level", "Level"))}  # fmt: skip
        run = self.checked(rows, {"fields": fields, "combine": {"level": "sum"}})
        assert (run.row_count, run.bad_row_count, run.created_count) == (3, 2, 1)
        found = dict(run.problems.values_list("line", "message"))
        assert sorted(found) == [4, 5]
        assert "Row 5, which adds to the same record" in found[4]

    def test_the_page_keeps_what_it_cannot_show(self):
        mapping = {
            "unpivot": {"columns": ["Amount {year}"]},
            "combine": {"amount": "sum"},
            "fields": {"amount": {"from": "column", "column": "amount"}},
        }
        form = MappingForm(None, target=AccountTarget(), headings=WIDE[0], mapping=mapping)
        assert form["how_amount"].initial == "column:6"
        sent = {name: form[name].value() or "" for name in form.fields}
        again = MappingForm(sent, target=AccountTarget(), headings=WIDE[0], mapping=mapping)
        assert again.is_valid(), again.errors
        assert again.cleaned_data["mapping"] == mapping

    def test_the_page_takes_columns_side_by_side_and_a_month_of_two_columns(self):
        headings = ("Mail", "Jan 2026", "Feb 2026")
        mapping = {"unpivot": {"columns": ["{month} {year}"]}, "fields": {}}
        form = MappingForm(None, target=AccountTarget(), headings=headings, mapping=mapping)
        assert form["side"].value() == "{month} {year}"
        assert form["rules"].value() == ""
        columns = {label: choice for choice, label in form.columns}
        sent = {"how_month": "year", "year_month": columns["year"], "month_month": columns["month"]}
        sent |= {"how_amount": columns["amount"], "side": "{month} {year}"}
        done = MappingForm(sent, target=AccountTarget(), headings=headings, mapping=mapping)
        assert done.is_valid(), done.errors
        assert done.cleaned_data["mapping"] == {
            "unpivot": {"columns": ["{month} {year}"]},
            "fields": {
                "month": {"from": "year_and_month", "column": "year", "month_column": "month"},
                "amount": {"from": "column", "column": "amount"},
            },
        }
        shown = MappingForm(None, target=AccountTarget(), headings=headings, mapping=done.cleaned_data["mapping"])
        assert (shown["how_month"].initial, shown["month_month"].initial) == ("year", columns["month"])

    def test_columns_side_by_side_are_named_in_one_place(self):
        sent = {"side": "Amount {year}", "rules": '{"unpivot": {"columns": ["Amount {year}"], "value": "x"}}'}
        form = MappingForm(sent, target=AccountTarget(), headings=WIDE[0], mapping={})
        assert not form.is_valid()
        assert "one of the two places" in form.errors["side"][0]
