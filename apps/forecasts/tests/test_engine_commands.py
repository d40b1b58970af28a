"""forecast_csv, train_forecaster and measure_forecasts: what they read, write and refuse."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from apps.forecasts.management.files.oddities import wave

DEV = Path(__file__).resolve().parents[4] / "shared" / "data" / "m4_dev"
HEAD = ["series_id", "period", "mean", "lo80", "hi80", "lo95", "hi95", "model"]
needs_dev = pytest.mark.skipif(
    not (DEV / "dev_input.csv").exists(),
    reason="the development series (../shared/data/m4_dev) are not on this machine",
)


def written(tmp_path, text, **options):
    """The lines that forecast_csv writes for TEXT."""
    given, made = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text(text, encoding="utf-8")
    call_command("forecast_csv", input=given, output=made, **options)
    with made.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lines_of(name, values, year=2022, month=1):
    return "".join(
        f"{name},{year + (month - 1 + place) // 12}-{(month - 1 + place) % 12 + 1:02d},{value}\n"
        for place, value in enumerate(values)
    )


TOP = "series_id,period,value\n"


class TestForecastCsv:
    def test_writes_eighteen_months_after_the_last_number(self, tmp_path):
        text = TOP + lines_of("a", wave(30), 2021, 11) + "a,2024-05,\na,2024-06,n/a\n"
        lines = written(tmp_path, text)
        assert list(lines[0]) == HEAD
        assert [line["period"] for line in lines] == [
            f"{2024 + (4 + k) // 12}-{(4 + k) % 12 + 1:02d}" for k in range(18)
        ]

    def test_lines_are_ordered_finite_and_precise(self, tmp_path):
        for line in written(tmp_path, TOP + lines_of("a", wave(30)) + lines_of("b", wave(14, 1e-5, 1e-6))):
            told = [float(line[name]) for name in ("lo95", "lo80", "mean", "hi80", "hi95")]
            assert told == sorted(told)
            assert all(map(math.isfinite, told))
            assert len(line["mean"].partition("e")[0].replace(".", "").lstrip("0-")) >= 6

    def test_any_order_gives_the_same(self, tmp_path):
        rows = (lines_of("a", wave(30)) + lines_of("b", wave(20, 5, 1))).splitlines(keepends=True)
        shuffled = [rows[place] for place in np.random.default_rng(2).permutation(len(rows))]
        as_is = {(line["series_id"], line["period"]): line for line in written(tmp_path, TOP + "".join(rows))}
        assert as_is == {
            (line["series_id"], line["period"]): line for line in written(tmp_path, TOP + "".join(shuffled))
        }

    def test_a_month_given_twice_counts_once(self, tmp_path):
        text = TOP + lines_of("a", wave(30))
        assert written(tmp_path, text) == written(tmp_path, TOP + "a,2022-05,9999\n" + lines_of("a", wave(30)))

    def test_months_may_be_absent_or_blank(self, tmp_path):
        values = wave(40).tolist()
        blank = TOP + lines_of("a", [*values[:10], "", *values[11:]])
        absent = TOP + lines_of("a", values[:10]) + lines_of("a", values[11:], 2022, 12)
        assert written(tmp_path, blank) == written(tmp_path, absent)

    def test_a_series_without_any_number_is_left_out(self, tmp_path):
        lines = written(
            tmp_path, TOP + "empty,2024-01,\nempty,2024-02,nan\nwords,2024-01,none\n" + lines_of("a", [1, 2])
        )
        assert {line["series_id"] for line in lines} == {"a"}

    def test_nothing_but_the_head_gives_the_head(self, tmp_path):
        assert written(tmp_path, TOP) == []
        assert (tmp_path / "out.csv").read_text().strip() == ",".join(HEAD)

    def test_an_empty_file_is_refused_or_gives_the_head(self, tmp_path):
        assert written(tmp_path, "") == []

    def test_names_come_back_as_they_are(self, tmp_path):
        text = TOP + lines_of("007", [1, 2, 3]) + lines_of('"Ost, ""Nord"""', [1, 2, 3]) + lines_of("Füße", [1, 2, 3])
        names = list(dict.fromkeys(line["series_id"] for line in written(tmp_path, text)))
        assert names == ["007", 'Ost, "Nord"', "Füße"]

    def test_unreadable_months_say_nothing(self, tmp_path):
        junk = "a,2022-13,5\na,22-01,5\na,,5\na,2022/01,5\na,2022-00,5\n,2022-01,5\n"
        assert written(tmp_path, TOP + lines_of("a", wave(30)) + junk) == written(
            tmp_path, TOP + lines_of("a", wave(30))
        )

    def test_spreadsheet_marks_and_other_columns_do_not_disturb(self, tmp_path):
        plain = TOP + lines_of("a", wave(20))
        marked = "\ufeffvalue,note,Period,series_id\n" + "".join(
            f"{value},x,{period},{name}\n" for name, period, value in csv.reader(lines_of("a", wave(20)).splitlines())
        )
        assert written(tmp_path, plain) == written(tmp_path, marked)

    def test_bounds_and_kind_may_be_given(self, tmp_path):
        rows = lines_of("a", np.minimum(wave(30, 99, 1), 100)).splitlines()
        text = "series_id,period,value,lower,upper,kind\n" + "".join(f"{row},0,100,rate\n" for row in rows)
        assert max(float(line["hi95"]) for line in written(tmp_path, text)) <= 100

    def test_crossed_bounds_are_told_and_not_used(self, tmp_path, capsys):
        rows = lines_of("a", wave(30)).splitlines()
        text = "series_id,period,value,lower,upper\n" + "".join(f"{row},100,0\n" for row in rows)
        assert len(written(tmp_path, text)) == 18
        assert "lower is above upper: a" in capsys.readouterr().out

    def test_another_horizon(self, tmp_path):
        assert len(written(tmp_path, TOP + lines_of("a", wave(30)), horizon=6)) == 6

    @pytest.mark.parametrize("horizon", [0, 61])
    def test_no_horizon_is_refused(self, tmp_path, horizon):
        with pytest.raises(CommandError, match="takes 1 to 60"):
            written(tmp_path, TOP, horizon=horizon)

    @pytest.mark.parametrize(
        ("head", "words"),
        [
            ("series_id,period,value, Value", r"the column value 2 times \(“value”, “ Value”\)"),
            ("series_id,period,value,value", r"the column value 2 times \(“value”, “value”\)"),
            ("Series_ID,period,value,series_id ", "the column series_id 2 times"),
        ],
    )
    def test_refuses_a_column_that_comes_twice(self, tmp_path, head, words):
        with pytest.raises(CommandError, match=words):
            written(tmp_path, f"{head}\na,2024-01,1,2\n")

    def test_columns_that_are_not_read_may_come_twice(self, tmp_path):
        lines = written(tmp_path, "note,Series_Id ,PERIOD,value,Note,note\n" + "x,a,2024-01,1,y,z\n")
        assert {line["series_id"] for line in lines} == {"a"}

    def test_a_missing_column_is_named(self, tmp_path):
        with pytest.raises(CommandError, match="no column value"):
            written(tmp_path, "series_id,period\na,2024-01\n")

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(CommandError, match=r"absent\.csv is not there"):
            call_command("forecast_csv", input=tmp_path / "absent.csv", output=tmp_path / "out.csv")

    def test_an_unwritable_place_is_named(self, tmp_path):
        (tmp_path / "in.csv").write_text(TOP)
        with pytest.raises(CommandError, match="cannot be written"):
            call_command("forecast_csv", input=tmp_path / "in.csv", output=tmp_path / "no" / "out.csv")


class TestTrainForecaster:
    def pool(self, tmp_path, count=60):
        rows = (wave(60, 100 + seed, 5, seed % 30, seed) for seed in range(count))
        text = "".join(
            f"P{row},S{row % 2},60,{' '.join(f'{value:.3f}' for value in values)}\n" for row, values in enumerate(rows)
        )
        path = tmp_path / "pool.csv"
        path.write_text("series_id,source,n,values\n" + text)
        return path

    def test_the_same_pool_and_seed_give_the_same_weights(self, tmp_path):
        pool = self.pool(tmp_path)
        for name in ("one.npz", "two.npz"):
            call_command("train_forecaster", pool=pool, output=tmp_path / name, windows=1500)
        first, second = (np.load(tmp_path / name) for name in ("one.npz", "two.npz"))
        assert sorted(first.files) == sorted(second.files)
        assert all(np.array_equal(first[name], second[name]) for name in first.files)

    def test_too_small_a_pool_is_refused(self, tmp_path):
        with pytest.raises(CommandError, match="at least 40"):
            call_command("train_forecaster", pool=self.pool(tmp_path, 3), output=tmp_path / "w.npz")

    def test_what_is_no_pool_is_refused(self, tmp_path):
        (tmp_path / "pool.csv").write_text("series_id,source,values\na,b,1 2 x\n")
        with pytest.raises(CommandError, match="is no pool"):
            call_command("train_forecaster", pool=tmp_path / "pool.csv", output=tmp_path / "w.npz")


@needs_dev
class TestOnDevelopmentSeries:
    def test_at_least_the_bar(self, capsys):
        """Ends with an error where a figure of FORECAST.md's "at least" column is missed."""
        files = {name: DEV / f"dev_{name}.csv" for name in ("input", "truth", "meta")}
        call_command("measure_forecasts", **files)
        assert "Everything holds." in capsys.readouterr().out

    def test_the_blend_alone_is_better_than_statistics_packages(self, capsys):
        files = {name: DEV / f"dev_{name}.csv" for name in ("input", "truth", "meta")}
        call_command("measure_forecasts", **files, untrained=True)
        told = capsys.readouterr().out
        assert float(told.partition("clean: owa ")[2][:5]) < 0.84
