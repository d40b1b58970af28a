"""Files: no live formula whatever somebody typed, nothing lost on the way, numbers stay numbers."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
from hypothesis import example, given
from hypothesis import strategies as st

from apps.core.exports import FORMULA_STARTS, plain_cell, safe_cell, write_csv, write_json, write_xlsx

COLUMNS = [("name", "Name"), ("amount", "Amount")]
HOSTILE = st.text(alphabet=st.sampled_from("=+-@\t\r\n'\"|,;! 1aéＡ＝"), max_size=8)


def cells_of_csv(rows):
    text = "".join(write_csv(COLUMNS, rows)).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def cells_of_xlsx(rows):
    with write_xlsx(COLUMNS, rows) as file:
        book = openpyxl.load_workbook(file)
        return [list(line) for line in book.active.iter_rows(min_row=2)]


class TestSafeCell:
    @given(st.one_of(HOSTILE, st.text()))
    @example("'=1+1")
    @example("''=1+1")
    def test_never_starts_like_a_formula_and_can_be_undone(self, text):
        safe = safe_cell(text)
        assert safe[:1] not in FORMULA_STARTS or not safe
        assert plain_cell(safe) == text

    def test_leaves_harmless_text_alone(self):
        assert [safe_cell(text) for text in ("", "Ada", "O'Neil", "'quoted'", "3-4")] == [
            "", "Ada", "O'Neil", "'quoted'", "3-4",
        ]  # fmt: skip


class TestCsv:
    @given(st.lists(HOSTILE, min_size=1, max_size=5))
    def test_reads_back_as_it_was_and_holds_no_formula(self, names):
        found = cells_of_csv([(name, 1) for name in names])
        assert [plain_cell(line[0]) for line in found] == names
        assert all(line[0][:1] not in FORMULA_STARTS or not line[0] for line in found)

    def test_writes_values_as_other_programs_expect_them(self):
        row = (datetime(2026, 3, 2, 8, 30, tzinfo=UTC), Decimal("-1234567.50"))
        assert cells_of_csv([row, (None, date(2026, 3, 2)), (True, 0)]) == [
            ["2026-03-02 08:30:00", "-1234567.50"],
            ["", "2026-03-02"],
            ["True", "0"],
        ]

    def test_begins_with_a_byte_order_mark(self):
        assert next(iter(write_csv(COLUMNS, []))) == "\ufeff"


class TestXlsx:
    def test_writes_text_as_text_and_numbers_as_numbers(self):
        ((name, amount), (formula, _)) = cells_of_xlsx([("Ada", Decimal("12.5")), ("=1+1", -3)])
        assert (name.value, amount.value) == ("Ada", 12.5)
        assert (formula.data_type, formula.value) == ("s", "'=1+1")

    def test_cuts_what_a_cell_cannot_hold(self):
        ((name, _),) = cells_of_xlsx([("x" * 40_000, 1)])
        assert len(name.value) == 32_767


class TestJson:
    def test_is_a_list_of_objects_and_loses_no_digit(self):
        text = "".join(write_json(COLUMNS, [("=1", Decimal("0.10")), ("b", None)]))
        assert json.loads(text) == [{"name": "=1", "amount": "0.10"}, {"name": "b", "amount": None}]

    def test_is_an_empty_list_without_rows(self):
        assert json.loads("".join(write_json(COLUMNS, []))) == []
