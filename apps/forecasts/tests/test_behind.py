"""A month that is late, or missing between two others, leaves quarter and year their figure: estimated, with a range, and
said."""

import numpy as np
import pytest

from apps.core.month import Month
from apps.forecasts.choices import Remark
from apps.forecasts.rules.choosing import Choice
from apps.forecasts.rules.histories import NO_PARENT, plain_histories
from apps.forecasts.rules.network import MIDDLE
from apps.forecasts.rules.series import MONTHS
from apps.forecasts.rules.together import told_together
from apps.forecasts.tests.reporting import JUNE, issued, report, row, seasonal, small_firm
from apps.forecasts.tests.test_pages import get, text_of
from apps.kpis.tests.factories import aim, make_kpi

HORIZON = 18
AUGUST = 8


def history(late=0, gap=None, *, level=100.0, count=36):
    """A steady history of noise, so many months LATE, with a GAP so many months ago."""
    values = np.full(MONTHS, np.nan)
    values[MONTHS - count :] = level + np.random.default_rng(5).normal(0, level / 50, count)
    values[MONTHS - late :] = np.nan
    if gap is not None:
        values[MONTHS - gap] = np.nan
    return values


def told(*rows, over_time="sum", naive=False, seasonal=False, month=AUGUST, **columns):
    """What is told of such histories after August, the fiscal year being the calendar's: three quarters of the year are
    known but for what is missing."""
    of = plain_histories("kpi", np.arange(len(rows)), np.array(rows), horizon=HORIZON)
    of.over_time[:], of.season[:] = over_time, ""
    for name, value in columns.items():
        getattr(of, name)[:] = value
    chosen = Choice(*(np.full(len(rows), flag) for flag in (naive, seasonal)))
    return of, *told_together(of, chosen, horizon=HORIZON, month_number=month, fiscal_first_month=1)


class TestLate:
    def test_a_late_month_counts_with_what_is_foretold_of_it(self):
        of, foretold, meaning = told(history(), history(late=1))

        in_time, late = (meaning.year.mean[row] for row in (0, 1))
        known = of.values[1, MONTHS - 8 : MONTHS - 1].sum()
        ahead = foretold.forecast.mean[1, :4].sum()
        month = foretold.behind.of_months(1)[0, 0]
        assert late == pytest.approx(known + month[len(month) // 2] + ahead)
        assert late == pytest.approx(in_time, rel=0.02)
        assert meaning.is_estimated.tolist() == [False, True]

    def test_its_range_is_that_of_one_month_more(self):
        _of, _foretold, meaning = told(history(), history(late=1), history(late=3))

        widths = meaning.year.hi80 - meaning.year.lo80
        assert 0 < widths[0] < widths[1] < widths[2]

    @pytest.mark.parametrize("late", [1, 2, 5, 8, 11, 12])
    def test_however_late(self, late):
        _of, foretold, meaning = told(history(late=late))

        assert foretold.late[0] == late
        assert meaning.year.mean[0] == pytest.approx(1200, rel=0.05)
        assert meaning.quarter.mean[0] == pytest.approx(300, rel=0.05)

    def test_what_is_too_late_has_no_year(self):
        _of, _foretold, meaning = told(history(late=13))

        assert np.isnan([meaning.year.mean[0], meaning.quarter.mean[0]]).all()
        assert not meaning.is_estimated.any()

    def test_a_month_late_before_a_new_year_is_not_in_it(self):
        _of, _foretold, meaning = told(history(late=1), month=12)

        assert meaning.year.mean[0] == pytest.approx(1200, rel=0.05)
        assert not meaning.is_estimated.any()

    def test_the_plain_way_holds_for_it_too(self):
        values = np.full(MONTHS, np.nan)
        values[MONTHS - 36 :] = np.tile([50, 150], 18)
        values[-1] = np.nan

        of, _foretold, naive = told(values, naive=True)
        _of, _same, seasonal = told(values, seasonal=True)

        so_far = of.values[0, MONTHS - 8 : -1].sum()
        assert naive.year.mean[0] == pytest.approx(so_far + 5 * 50)
        assert seasonal.year.mean[0] == pytest.approx(so_far + 150 + 2 * (50 + 150))

    @pytest.mark.parametrize(("way", "middle"), [("mean", 100), ("max", 105), ("min", 95), ("last", 100)])
    def test_by_every_way_over_months(self, way, middle):
        _of, _foretold, meaning = told(history(late=2), over_time=way)

        assert meaning.year.mean[0] == pytest.approx(middle, rel=0.04)
        assert meaning.year.lo80[0] <= meaning.year.mean[0] <= meaning.year.hi80[0]
        assert meaning.is_estimated[0] == (way != "last")

    def test_a_ratio_by_its_parts(self):
        numerator, denominator = history(late=1, level=30), history(late=1, level=60)
        of, _foretold, meaning = told(
            100 * numerator / denominator,
            over_time="ratio", scale=100.0, numerator=numerator, denominator=denominator, lower=0.0, upper=100.0,
        )  # fmt: skip

        assert meaning.year.mean[0] == pytest.approx(50, rel=0.03)
        assert np.isnan(of.denominator[0, -1])

    def test_quarters_and_years_that_are_late(self):
        values = np.full((2, MONTHS), np.nan)
        values[:, 1::3] = 300.0 + np.arange(20)
        values[0, -2:] = values[1, -5:] = np.nan
        of = plain_histories("kpi", np.arange(2), values, horizon=HORIZON)
        of.over_time[:], of.step[:] = "sum", 3
        chosen = Choice(*np.zeros((2, 2), dtype=bool))

        # October: the third quarter's figure is known of, in neither row; of the second in the first alone.
        _foretold, meaning = told_together(of, chosen, horizon=HORIZON, month_number=10, fiscal_first_month=1)

        assert not np.isnan(meaning.year.mean).any()
        assert meaning.year.mean[0] == pytest.approx(4 * 317, rel=0.03)


class TestAddsUp:
    """A whole of two parts: one known of all months, one late; what is told of the whole is known of it."""

    def test_with_the_part_that_is_known(self):
        late, known = history(late=2, level=40.0), history(level=60.0)
        of, foretold, meaning = told(late + known, late, known, parent=[NO_PARENT, 0, 0], lower=0.0)

        whole, part = (foretold.behind.of_months(2)[row, :, MIDDLE] for row in (0, 1))
        assert part + known[-2:] == pytest.approx(whole, rel=1e-12)
        assert meaning.year.mean[1] + meaning.year.mean[2] == pytest.approx(meaning.year.mean[0], rel=1e-12)
        assert meaning.quarter.mean[1] + meaning.quarter.mean[2] == pytest.approx(meaning.quarter.mean[0], rel=1e-12)
        assert (foretold.behind.rows == [0, 1]).all() and np.isnan(of.values[1, -1])

    def test_through_every_level_and_not_below_nought(self):
        late = [history(late=each, level=level) for each, level in ((1, 40.0), (3, 0.5), (3, 80.0))]
        middle = late[1] + late[2]
        rows = [late[0] + middle, late[0], middle, late[1], late[2]]
        _of, foretold, meaning = told(*rows, parent=[NO_PARENT, 0, 0, 2, 2], lower=0.0)

        year = meaning.year.mean
        assert year[1] + year[2] == pytest.approx(year[0], rel=1e-12)
        assert year[3] + year[4] == pytest.approx(year[2], rel=1e-12)
        quantiles = foretold.behind.quantiles
        assert np.nanmin(quantiles) >= 0 and (np.diff(quantiles, axis=2)[~np.isnan(quantiles[:, :, 0])] >= 0).all()

    def test_a_whole_that_is_known_hands_nothing_down(self):
        late, known = history(late=1, level=40.0), history(level=500.0)
        _of, alone, _meaning = told(late)
        _of, foretold, _meaning = told(known, late, parent=[NO_PARENT, 0], lower=0.0)

        assert foretold.behind.of_months(1)[0, 0] == pytest.approx(alone.behind.of_months(1)[0, 0])

    def test_nor_does_one_with_a_gap_beside_what_is_late(self):
        late, holed = history(late=2, level=40.0), history(gap=2, level=60.0)
        _of, alone, _meaning = told(late)
        _of, foretold, _meaning = told(late + holed, late, holed, parent=[NO_PARENT, 0, 0], lower=0.0)

        then, last = (foretold.behind.of_months(2)[1, month, MIDDLE] for month in (0, 1))
        assert then == pytest.approx(alone.behind.of_months(2)[0, 0, MIDDLE])
        assert last + holed[-1] == pytest.approx(foretold.behind.of_months(2)[0, 1, MIDDLE], rel=1e-12)


class TestGap:
    def test_is_filled_by_a_line_as_known(self):
        _of, _foretold, whole = told(history())
        of, _foretold, holed = told(history(gap=6))

        line = (of.values[0, MONTHS - 7] + of.values[0, MONTHS - 5]) / 2
        known = np.nansum(of.values[0, MONTHS - 8 :])
        assert holed.year.mean[0] == pytest.approx(known + line + _foretold.forecast.mean[0, :4].sum())
        assert holed.year.mean[0] == pytest.approx(whole.year.mean[0], rel=0.02)
        assert holed.is_estimated.tolist() == [True]
        assert np.isnan(of.values[0, MONTHS - 6])

    def test_before_the_year_says_nothing(self):
        assert not told(history(gap=20))[2].is_estimated.any()

    def test_at_its_first_month_is_bridged_from_the_year_before(self):
        assert told(history(gap=8))[2].year.mean[0] == pytest.approx(1200, rel=0.03)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_missing_nothing_leaves_its_bounds(seed):
    rng = np.random.default_rng(seed)
    count = 60
    values = rng.uniform(0, 100, (count, MONTHS))
    values[rng.random((count, MONTHS)) < rng.choice([0, 0.1, 0.5, 0.95], (count, 1))] = np.nan
    late = rng.integers(0, 15, count)
    for place, months in enumerate(late):
        values[place, MONTHS - months :] = np.nan
    numerator, denominator = values * 0.6, values.copy()
    denominator[rng.random((count, MONTHS)) < 0.1] = 0
    denominator[rng.random((count, MONTHS)) < 0.1] = np.nan
    ways = rng.choice(["sum", "mean", "ratio", "weighted", "max", "min", "last", "none", "given"], count)
    is_ratio = np.isin(ways, ["ratio", "weighted"])
    given = {
        "over_time": ways, "scale": np.where(is_ratio, 100.0, np.nan), "lower": 0.0, "upper": 100.0,
        "numerator": np.where(is_ratio[:, None], numerator, np.nan), "step": rng.choice([1, 1, 3, 12], count),
        "denominator": np.where(is_ratio[:, None], denominator, np.nan), "target": 50.0,
        "parent": np.where(np.arange(count) < 10, NO_PARENT, rng.integers(0, 10, count)),
    }  # fmt: skip

    _of, _foretold, meaning = told(*values, month=int(rng.integers(1, 13)), **given)

    for end, months in ((meaning.quarter, 3), (meaning.year, 12)):
        is_told = ~np.isnan(end.mean)
        assert is_told.any()
        most = np.where(ways == "sum", 100.0 * months, 100.0)[is_told]
        lines = np.array([end.lo80[is_told], end.mean[is_told], end.hi80[is_told]])
        assert (np.diff(lines, axis=0) >= -1e-9).all()
        assert lines.min() >= -1e-9
        assert (lines <= most + 1e-9).all()
        chance = end.chance[~np.isnan(end.chance)]
        assert ((chance >= 0) & (chance <= 1)).all()


class TestStored:
    @pytest.fixture
    def firm(self, settings, db):
        return small_firm(settings)

    def test_a_kpi_that_is_a_month_late_has_its_year_and_says_how(self, client, firm):
        kpi = make_kpi(firm.north, minimum=0)
        report(kpi, firm.north, seasonal(100, swing=0), firm, last=JUNE.plus(-1))
        aim(kpi, 90)

        found = row(issued(), firm.north, kpi)

        assert found.year_mean == pytest.approx(1200, rel=0.05)
        assert found.year_lo80 < found.year_mean < found.year_hi80
        assert found.quarter_mean == pytest.approx(300, rel=0.05)
        assert found.chance_year > 0.9
        assert {"stale", "ends_estimated"} <= set(found.remarks)
        client.force_login(firm.coo)
        assert str(Remark.ENDS_ESTIMATED.label) in text_of(get(client, "series", "kpi", firm.north.pk, kpi.pk))

    def test_departments_add_up_though_one_is_late(self, firm):
        kpi = make_kpi(firm.sales, minimum=0, reporting=[firm.north, firm.south])
        report(kpi, firm.north, seasonal(100, swing=0.3), firm)
        report(kpi, firm.south, seasonal(60, swing=0.1), firm, last=JUNE.plus(-1))

        issue = issued()

        sales, north, south = (row(issue, place, kpi) for place in (firm.sales, firm.north, firm.south))
        assert "stale" in sales.remarks and "stale" in south.remarks and "stale" not in north.remarks
        assert north.year_mean + south.year_mean == pytest.approx(sales.year_mean)
        assert north.quarter_mean + south.quarter_mean == pytest.approx(sales.quarter_mean)

    def test_a_gap_in_february_leaves_the_year_standing(self, firm):
        kpi = make_kpi(firm.north, minimum=0)
        values = seasonal(100, swing=0)
        values[-5] = None
        report(kpi, firm.north, values, firm)

        found = row(issued(), firm.north, kpi)

        assert found.year_mean == pytest.approx(1200, rel=0.05)
        assert {"gaps_filled", "ends_estimated"} <= set(found.remarks)
        assert "ends_estimated" not in row(issued(Month(2026, 1)), firm.north, kpi).remarks
