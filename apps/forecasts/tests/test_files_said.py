"""What forecast_csv says beside its forecasts: nothing is left out, cut or passed over without a word."""

import csv

import pytest
from django.core.management.base import CommandError

from apps.forecasts.choices import Remark
from apps.forecasts.management.files.reading import SAID
from apps.forecasts.tests.test_engine_commands import HEAD, TOP, lines_of, wave, written

BOUND = "series_id,period,value,lower,upper\n"


class TestSaid:
    def said(self, tmp_path, capsys, text, **options):
        written(tmp_path, text, **options)
        return capsys.readouterr().out.splitlines()

    def test_counts_the_notes(self, tmp_path, capsys):
        text = TOP + lines_of("a", wave(30)) + lines_of("b", [1, 2, 3]) + lines_of("c", [4, 5]) + lines_of("d", [4])
        assert self.said(tmp_path, capsys, text) == [
            "4 series forecast, 18 months each.",
            "  2 short_history: less than 13 months are known: no season can be seen",
            "  1 one_value: only one value is known: the last value with a wide range",
        ]

    def test_has_the_words_of_the_portal(self):
        assert {code: str(Remark(code).label).partition(": the range has")[0] for code in SAID} == SAID

    def test_names_what_was_left_out_and_why(self, tmp_path, capsys):
        text = TOP + lines_of("a", wave(30)) + "empty,2024-01,\nwords,2024-01,none\nwords,2024-02,\nslash,2024/01,5\n"
        assert self.said(tmp_path, capsys, text)[1:] == [
            "No forecast of 3 series: empty (its values are blank), words (none of its values is a number), slash (none of "
            "its months is written YYYY-MM).",
            "Lines that say nothing: 1 without a month written YYYY-MM, 1 whose value is no number.",
        ]

    def test_names_a_few_of_many(self, tmp_path, capsys):
        text = TOP + lines_of("a", wave(30)) + "".join(f"e{number},2024-01,\n" for number in range(9))
        (said,) = self.said(tmp_path, capsys, text)[1:]
        assert said.startswith("No forecast of 9 series: e0 (") and said.endswith(
            "e4 (its values are blank) and 4 more."
        )

    def test_counts_lines_that_say_nothing(self, tmp_path, capsys):
        junk = "a,2022-13,5\n,2022-01,5\na,2019-01,inf\na,2019-02,nan\na,2019-03,\n"
        assert self.said(tmp_path, capsys, TOP + lines_of("a", wave(30)) + junk)[1:] == [
            "Lines that say nothing: 1 without a month written YYYY-MM, 2 whose value is no number, 1 without a series_id."
        ]

    def test_tells_months_given_twice(self, tmp_path, capsys):
        text = TOP + "a,2022-05,9999\na,2022-05,1\n" + lines_of("a", wave(30)) + lines_of("b", wave(30))
        assert self.said(tmp_path, capsys, text)[1:] == [
            "Months given more than once, the last line counts (2 too many): a."
        ]

    def test_tells_a_month_far_ahead_that_takes_the_history_away(self, tmp_path, capsys):
        text = TOP + lines_of("a", wave(30), 2021, 1) + "a,2099-01,5\n" + lines_of("b", wave(30))
        assert self.said(tmp_path, capsys, text)[2] == (
            "The last month of 1 series lies more than 12 months after the one before: a (2099-01 after 2023-06). Forecasts "
            "begin after it, and only the 60 months up to it are looked at: take it out of the file if it is a slip."
        )

    def test_a_gap_of_a_year_is_no_slip(self, tmp_path, capsys):
        text = TOP + lines_of("a", wave(30), 2021, 1) + "a,2024-06,101\n"
        assert not any("lies more than" in line for line in self.said(tmp_path, capsys, text))


class TestBoundsThatAreNone:
    @pytest.mark.parametrize(("low", "high"), [("inf", ""), ("", "-inf"), ("nan", "inf"), ("low", "1e301")])
    def test_are_told_and_not_used(self, tmp_path, capsys, low, high):
        rows = lines_of("a", wave(30)).splitlines()
        plain = written(tmp_path, BOUND + "".join(f"{row},,\n" for row in rows))
        assert "bound" not in capsys.readouterr().out.lower()
        assert written(tmp_path, BOUND + "".join(f"{row},{low},{high}\n" for row in rows)) == plain
        assert "Bounds of 1 series that are no finite number were not used: a." in capsys.readouterr().out


class TestNotes:
    def test_are_written_for_every_series_left_out_or_not(self, tmp_path):
        text = TOP + lines_of("a", wave(30)) + "empty,2024-01,\n" + lines_of("b", [1, 2, 3])
        lines = written(tmp_path, text, notes=tmp_path / "notes.csv")
        assert list(lines[0]) == HEAD
        with (tmp_path / "notes.csv").open() as file:
            assert [*csv.reader(file)] == [
                ["series_id", "note"], ["a", ""], ["b", "short_history"], ["empty", "no_history"],
            ]  # fmt: skip

    def test_of_an_empty_file_are_the_head(self, tmp_path):
        assert written(tmp_path, "", notes=tmp_path / "notes.csv") == []
        assert (tmp_path / "notes.csv").read_text().split() == ["series_id,note"]

    def test_in_an_unwritable_place_are_refused(self, tmp_path):
        with pytest.raises(CommandError, match="cannot be written"):
            written(tmp_path, TOP + lines_of("a", [1, 2]), notes=tmp_path / "no" / "notes.csv")
