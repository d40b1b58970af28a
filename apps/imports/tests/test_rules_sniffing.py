"""What a file looks like: how it writes numbers, in which bytes, where its table begins and where its totals stand."""

from decimal import Decimal

import pytest

from apps.files.rules.problems import FileProblem
from apps.imports.rules.cells import Style, style_of
from apps.imports.rules.limits import Limits
from apps.imports.rules.sniffing import (
    clean_headings,
    column_letter,
    delimiter_of,
    encoding_of,
    heading_row_of,
    is_total_row,
    kind_of,
    plain_heading,
)

POINT, COMMA, AMERICAN = Style(), Style(decimal=","), Style(date_order="mdy")


class TestStyle:
    @pytest.mark.parametrize(
        ("cells", "style"),
        [
            (["1.234,50", "12,5"], COMMA),
            (["1,234.50", "12.5"], POINT),
            (["1,234"], POINT),
            (["12/31/2025", "01/02/2025"], AMERICAN),
            (["31/12/2025", "12/31/2025"], POINT),
            ([], POINT),
        ],
    )
    def test_is_what_only_one_reading_allows(self, cells, style):
        assert style_of([cells]) == style


class TestEncoding:
    @pytest.mark.parametrize(
        ("text", "encoding", "found"),
        [
            ("name\nJosé, Zoë\n", "utf-8", "utf-8"),
            ("name\nJosé, Zoë\n", "cp1252", "cp1252"),
            ("姓名,部门\n李小龙,销售部\n", "gbk", "gb18030"),
            ("姓名,部门\n李小龙,销售部\n", "utf-8", "utf-8"),
            ("a,b\n1,2\n", "utf-16", "utf-16"),
            ("a,b\n1,2\n", "utf-16-be", "utf-16-be"),
            ("a,b\n1,2\n", "ascii", "utf-8"),
        ],
    )
    def test_is_found_out(self, text, encoding, found):
        assert encoding_of(text.encode(encoding)) == found

    def test_one_broken_line_is_a_mistake_not_another_encoding(self):
        lines = ["Größe,Länge".encode()] * 30 + ["Grö\xdfe".encode("cp1252")]
        assert encoding_of(b"\n".join(lines)) == "utf-8"

    def test_zeros_elsewhere_are_no_text(self):
        with pytest.raises(FileProblem, match="nul"):
            encoding_of(b"a,b\n\x00\x00\x00\x01")


class TestLayout:
    @pytest.mark.parametrize(
        ("text", "delimiter"),
        [
            ("a,b,c\n1,2,3\n", ","),
            ("a;b;c\n1,5;2;3\n", ";"),
            ("a\tb\n1\t2\n", "\t"),
            ("a|b\n1|2\n", "|"),
            ('"x, y";b\n"1, 2";3\n', ";"),
            ("sep=;\na,b;c\n", ";"),
            ("single\nvalue\n", ","),
        ],
    )
    def test_delimiter(self, text, delimiter):
        assert delimiter_of(text) == delimiter

    def test_heading_row_is_where_known_names_stand(self):
        rows = [["Report", None, None], ["of 2026", None, None], ["E-Mail", "Name", "x"], ["a@b", "Ada", "1"]]
        assert heading_row_of(rows, known=frozenset({"email", "name"}), limits=Limits()) == 2

    def test_heading_row_without_known_names_is_the_first_of_words(self):
        rows = [["Report", "", ""], ["1", "2", "3"], ["alpha", "beta", "gamma"], ["1", "2", "3"]]
        assert heading_row_of(rows, known=frozenset(), limits=Limits()) == 2

    def test_headings_are_made_usable(self):
        assert clean_headings(["a\n b", "", "x", "x", None]) == ["a b", "Column B", "x", "x (2)", "Column E"]
        assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]

    def test_spellings_of_one_name_are_equal(self):
        assert plain_heading("E-Mail") == plain_heading(" e mail ") == plain_heading("EMAIL")

    @pytest.mark.parametrize(
        ("head", "name", "kind"),
        [
            (b"PK\x03\x04", "a.csv", "xlsx"),
            (b'[{"a": 1}]', "a.txt", "json"),
            (b'{"rows": []}', "a.json", "json"),
            (b"[x],y\n", "a.csv", "csv"),
            (b"a,b\n", "a.xlsx", "csv"),
        ],
    )
    def test_kind_is_the_content(self, head, name, kind):
        assert kind_of(head, name=name) == kind


class TestTotals:
    @pytest.mark.parametrize(
        "cells",
        [
            ["Total", None, "12.101,25"],
            ["", "Grand total:", "", "4"],
            ["Summe", 4, Decimal("2.5")],
            ["TOTAL", "1 234", "(5)"],
        ],
    )
    def test_are_known_by_their_word_and_their_numbers(self, cells):
        assert is_total_row(cells)

    @pytest.mark.parametrize(
        "cells",
        [
            ["Total"],
            [],
            [12, "Total"],
            ["Total Quality", "4"],
            ["Sum", "Summit House", "2100"],
            ["90001", "Total", "4"],
        ],
    )
    def test_are_not_seen_in_rows_of_their_own(self, cells):
        assert not is_total_row(cells)
