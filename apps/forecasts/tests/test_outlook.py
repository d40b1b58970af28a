"""What forecasts mean for targets: by month, quarter and year, in every direction, and when a warning is due."""

from datetime import date
from statistics import NormalDist

import numpy as np
import pytest

from apps.forecasts.rules.engine import Forecast
from apps.forecasts.rules.histories import plain_histories
from apps.forecasts.rules.network import LEVELS
from apps.forecasts.rules.outlook import outlook
from apps.forecasts.rules.pace import Pace, quarter_and_year
from apps.forecasts.rules.series import MONTHS
from apps.forecasts.rules.widths import usual_bonds
from apps.forecasts.tests.reporting import JUNE, assert_sound, issued, report, row, seasonal, small_firm
from apps.kpis.tests.factories import aim, make_kpi

HORIZON = 18
PLACES = np.array([NormalDist().inv_cdf(level) for level in LEVELS])


def meaning(
    middle, *, target, direction="higher", over_time="sum", upper=np.nan, actual=100.0, width=10.0, month=6, season="",
    weights=np.nan, weights_ahead=np.nan,
):  # fmt: skip
    """The outlook of one series: MIDDLE a month (one for all, or 18), errors of WIDTH; TARGET all along. After June by
    default, the fiscal year being the calendar's. WEIGHTS: denominators of the last twelve months, and foretold ones."""
    values = np.full((1, MONTHS), np.nan)
    values[0, -12:] = actual
    of = plain_histories("kpi", np.array([1]), values, horizon=HORIZON)
    of.direction[:], of.over_time[:] = direction, over_time
    of.target[:], of.target_upper[:] = target, upper
    of.season[:] = season
    of.denominator[0, -12:] = weights
    centre = np.broadcast_to(np.asarray(middle, dtype=float), (HORIZON,))
    quantiles = (centre[:, None] + width * PLACES[None, :])[None]
    no_bound = np.array([np.inf])
    told = Forecast(
        *(quantiles[:, :, LEVELS.index(level)] for level in (0.5, 0.1, 0.9, 0.025, 0.975)),
        quantiles, usual_bonds(), -no_bound, no_bound, np.array(["net"]), np.array([""]),
    )  # fmt: skip
    below = np.broadcast_to(np.asarray(weights_ahead, dtype=float), (1, HORIZON))
    return outlook(of, told, month_number=month, fiscal_first_month=1, denominator=below)


class TestPeriods:
    @pytest.mark.parametrize(
        ("month", "fiscal", "quarter", "year"),
        [
            (6, 1, (0, 3), (6, 6)),
            (7, 1, (1, 2), (7, 5)),
            (12, 1, (0, 3), (0, 12)),
            (11, 1, (2, 1), (11, 1)),
            (3, 4, (0, 3), (0, 12)),
        ],
    )
    def test_are_those_the_next_month_lies_in(self, month, fiscal, quarter, year):
        assert quarter_and_year(Pace(), month_number=month, fiscal_first_month=fiscal) == (quarter, year)


class TestChances:
    @pytest.mark.parametrize(
        ("direction", "upper", "chance"),
        [("higher", np.nan, 0.8413), ("lower", np.nan, 0.1587), ("range", 110.0, 0.6827), ("neutral", np.nan, None)],
    )
    def test_follow_the_direction(self, direction, upper, chance):
        found = meaning(100, target=90, direction=direction, upper=upper).next_month[0]

        assert (np.isnan(found) and chance is None) or found == pytest.approx(chance, abs=0.002)

    def test_a_range_without_an_upper_end_is_no_target(self):
        assert np.isnan(meaning(100, target=90, direction="range").next_month[0])

    @pytest.mark.parametrize(("season", "chance"), [("count", 0.6306), ("", 0.0912)])
    def test_of_whole_things_half_a_one_is_none(self, season, chance):
        found = meaning(0.4, target=0, direction="lower", actual=0, width=0.3, season=season)

        assert found.next_month[0] == pytest.approx(chance, abs=0.002)
        assert found.year.target[0] == 0

    def test_a_sum_counts_what_is_there_already(self):
        found = meaning(100, target=100, actual=150)

        assert found.year.mean[0] == pytest.approx(6 * 150 + 6 * 100)
        assert found.year.target[0] == 1200
        assert found.year.chance[0] > 0.99
        assert found.quarter.mean[0] == pytest.approx(300)
        assert found.quarter.chance[0] == pytest.approx(0.5, abs=0.01)

    def test_a_mean_is_the_mean_of_all_months_and_a_stock_the_last(self):
        assert meaning(100, target=90, actual=50, over_time="mean").year.mean[0] == pytest.approx(75)
        stock = meaning(np.arange(HORIZON), target=4, over_time="last")
        assert (stock.quarter.mean[0], stock.year.mean[0]) == (2, 5)
        assert stock.year.target[0] == 4

    def test_a_month_missing_inside_the_year_is_bridged_by_a_line(self):
        found = meaning(100, target=90, actual=[100.0] * 7 + [80.0, np.nan, 100.0] + [100.0] * 2)

        assert found.year.mean[0] == pytest.approx(1200 - 20 - 10)
        assert found.year.chance[0] > 0.9
        assert found.is_estimated.tolist() == [True]
        assert not meaning(100, target=90).is_estimated.any()

    def test_what_was_never_known_stays_open(self):
        young = meaning(100, target=90, actual=[np.nan] * 8 + [100.0] * 4)
        late = meaning(100, target=90, actual=[100.0] * 10 + [np.nan] * 2)

        for found in (young, late):
            assert np.isnan([found.year.mean[0], found.year.chance[0]]).all()
            assert not found.is_estimated.any()
        assert not np.isnan(young.quarter.chance[0])

    def test_a_certain_figure_is_certain(self):
        assert meaning(90, target=90, direction="lower", width=0).next_month[0] == 1
        assert meaning(90, target=90, width=0).next_month[0] == 1
        assert meaning(89, target=90, width=0).next_month[0] == 0


class TestEndings:
    """What a quarter or year comes to, by the KPI's own way over months."""

    def test_a_ratio_is_the_quotient_of_the_sums_not_the_mean_of_its_months(self):
        found = meaning(100, target=80, actual=50, over_time="ratio", weights=100, weights_ahead=300, width=1)

        assert found.year.mean[0] == pytest.approx((6 * 100 * 50 + 6 * 300 * 100) / 2400)
        assert found.year.target[0] == pytest.approx(80)
        assert found.year.chance[0] > 0.99
        assert meaning(100, target=80, actual=50, over_time="mean", width=1).year.chance[0] < 0.01

    def test_a_ratio_has_its_target_by_the_same_weights(self):
        aims = np.concatenate([np.full(12, 10.0), np.full(18, 50.0)])

        found = meaning(40, target=aims, actual=10, over_time="ratio", weights=100, weights_ahead=300)

        assert found.year.target[0] == pytest.approx((600 * 10 + 1800 * 50) / 2400)
        assert found.quarter.target[0] == pytest.approx(50)

    def test_a_month_in_which_nothing_could_be_measured_weighs_nothing(self):
        actual, weights = np.full(12, 50.0), np.full(12, 100.0)
        actual[-1], weights[-1] = np.nan, 0

        found = meaning(100, target=80, actual=actual, over_time="ratio", weights=weights, weights_ahead=300)

        assert found.year.mean[0] == pytest.approx((500 * 50 + 1800 * 100) / 2300)

    def test_a_ratio_without_its_parts_has_no_year(self):
        found = meaning(100, target=80, over_time="ratio", weights=[100] * 11 + [np.nan], weights_ahead=300)

        assert np.isnan(found.year.mean[0])
        assert np.isnan(found.year.chance[0])
        assert not np.isnan(found.quarter.chance[0])
        assert np.isnan(meaning(100, target=80, over_time="ratio").quarter.mean[0])

    def test_a_weighted_mean_takes_the_weights_of_the_year_before(self):
        weights = np.array([10.0] * 6 + [30.0] * 6)

        found = meaning(100, target=70, actual=50, over_time="weighted", weights=weights)

        assert found.year.mean[0] == pytest.approx((6 * 30 * 50 + 6 * 10 * 100) / 240)

    @pytest.mark.parametrize(("way", "mean"), [("none", 5), ("last", 5), ("given", None)])
    def test_the_last_month_stands_for_a_stock_and_nothing_for_what_only_the_source_knows(self, way, mean):
        found = meaning(np.arange(HORIZON), target=4, over_time=way)

        assert found.year.mean[0] == mean if mean else np.isnan([found.year.mean[0], found.year.chance[0]]).all()
        assert found.next_month[0] > 0.3

    @pytest.mark.parametrize(
        ("way", "direction", "target", "chance"),
        [
            ("max", "higher", 119, 1),
            ("max", "lower", 119, 0),
            ("min", "lower", 121, 1),
            ("min", "higher", 121, 0),
        ],
    )
    def test_what_was_reached_already_stays_reached(self, way, direction, target, chance):
        found = meaning(
            100 if way == "max" else 140, target=target, direction=direction, actual=120, over_time=way, width=2
        )

        assert (found.year.chance[0], found.year.mean[0]) == (chance, pytest.approx(120))

    def test_the_highest_of_months_to_come_is_higher_than_each(self):
        rng, bonds = np.random.default_rng(3), usual_bonds()
        errors = rng.multivariate_normal(np.zeros(12), bonds.months[:12, :12], 40_000)
        highest = (100 + 10 * errors).max(axis=1)

        found = meaning(100, target=115, over_time="max", month=12).year
        lowest = meaning(-100, target=-115, over_time="min", direction="lower", month=12).year

        assert found.mean[0] == pytest.approx(np.median(highest), abs=0.7)
        assert (found.lo80[0], found.hi80[0]) == (
            pytest.approx(np.quantile(highest, 0.1), abs=1.5),
            pytest.approx(np.quantile(highest, 0.9), abs=1.5),
        )
        assert found.chance[0] == pytest.approx((highest >= 115).mean(), abs=0.03)
        assert (lowest.mean[0], lowest.lo80[0], lowest.chance[0]) == pytest.approx(
            (-found.mean[0], -found.hi80[0], found.chance[0])
        )

    def test_the_highest_of_one_month_or_of_certain_ones_is_that(self):
        one = meaning(100, target=90, over_time="max", month=11, actual=50)
        certain = meaning(np.arange(HORIZON), target=11, over_time="max", month=12, width=0)

        assert (one.year.mean[0], one.year.chance[0]) == (100, one.next_month[0])
        assert (certain.year.mean[0], certain.year.chance[0]) == (pytest.approx(11), 1)

    def test_the_target_of_the_highest_is_the_highest_target(self):
        aims = np.full(30, 50.0)
        aims[13] = 60

        assert meaning(40, target=aims, over_time="max").year.target[0] == 60
        assert meaning(40, target=aims, over_time="min").year.target[0] == 50


class TestWarnings:
    def told(self, found):
        return found.warning[0], int(found.warned_ahead[0]), found.warned_chance[0]

    def test_leaves_in_the_first_month_that_is_more_likely_missed(self):
        falling = np.linspace(110, 76, HORIZON)
        word, ahead, chance = self.told(meaning(falling, target=95))

        assert (word, ahead) == ("leaves", 8)
        assert 0.5 <= chance < 0.6

    def test_returns_in_the_first_month_that_is_more_likely_reached(self):
        word, ahead, chance = self.told(meaning(np.linspace(80, 114, HORIZON), target=95, actual=80))

        assert (word, ahead) == ("returns", 8)
        assert 0.5 <= chance < 0.6

    def test_stays_off_when_no_month_is_likely(self):
        word, ahead, chance = self.told(meaning(80, target=95, actual=80))

        assert (word, ahead) == ("stays_off", 0)
        assert chance == pytest.approx(0.933, abs=0.005)

    def test_says_nothing_while_all_is_well_or_nothing_is_known(self):
        assert self.told(meaning(120, target=95))[0] == ""
        assert self.told(meaning(50, target=np.nan))[0] == ""
        assert self.told(meaning(np.nan, target=95, actual=np.nan))[0] == ""

    @pytest.mark.parametrize(
        ("middle", "actual", "told"),
        [
            (np.linspace(110, 76, HORIZON), 100.0, ("leaves", 8)),
            (np.linspace(80, 114, HORIZON), 80.0, ("returns", 8)),
            (80, 80.0, ("stays_off", 0)),
            (120, 100.0, ("", -1)),
        ],
    )
    @pytest.mark.parametrize("late", [1, 3, 11])
    def test_judges_what_is_late_by_the_last_value_known(self, middle, actual, told, late):
        known = [actual] * (12 - late) + [np.nan] * late
        assert self.told(meaning(middle, target=95, actual=known))[:2] == told

    def test_judges_it_by_the_target_of_its_month(self):
        known, aims = [80.0] * 10 + [np.nan] * 2, [70.0] * 10 + [95.0] * 20
        assert self.told(meaning(80, target=aims, actual=known))[:2] == ("leaves", 0)
        assert self.told(meaning(80, target=[95.0] * 30, actual=known))[:2] == ("stays_off", 0)

    @pytest.mark.parametrize(
        ("middle", "told"),
        [
            (80, ("stays_off", 3)),
            (np.linspace(80, 114, HORIZON), ("leaves", 3)),
            (np.linspace(110, 76, HORIZON), ("leaves", 8)),
            (120, ("", -1)),
        ],
    )
    def test_warns_of_a_target_that_only_begins(self, middle, told):
        assert self.told(meaning(middle, target=[np.nan] * 15 + [95.0] * 15, actual=80))[:2] == told

    def test_warns_of_what_was_not_reported_for_a_year(self):
        word, ahead, chance = self.told(meaning(80, target=95, actual=np.nan))
        assert (word, ahead) == ("stays_off", 0)
        assert chance == pytest.approx(0.933, abs=0.005)


class TestStored:
    @pytest.fixture
    def firm(self, settings, db):
        return small_firm(settings)

    def test_the_whole_has_the_sum_of_its_departments_targets(self, firm):
        kpi = make_kpi(firm.sales, minimum=0)
        report(kpi, firm.north, seasonal(100, swing=0), firm)
        report(kpi, firm.south, seasonal(40, swing=0), firm)
        aim(kpi, 60)
        aim(kpi, 90, department=firm.north)

        issue = issued()

        whole, north, south = (row(issue, place, kpi) for place in (firm.sales, firm.north, firm.south))
        assert [set(one.target) for one in (whole, north, south)] == [{150}, {90}, {60}]
        assert whole.year_target == 150 * 12
        assert (north.warning, south.warning) == ("", "stays_off")
        assert (south.warned_month, south.warned_chance > 0.9) == (date(2026, 7, 1), True)
        assert north.chance_month > 0.9
        assert south.chance_year < 0.05
        assert whole.year_lo80 < whole.year_mean < whole.year_hi80
        assert issue.warning_count == 2
        assert_sound(whole, low=0)

    def test_a_figure_that_is_a_month_late_is_warned_of_too(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, seasonal(100, swing=0), firm, last=JUNE.plus(-1))
        aim(kpi, 150)

        found = row(issued(), firm.north, kpi)

        assert (found.actual, found.warning, found.warned_month) == (None, "stays_off", date(2026, 7, 1))
        assert found.warned_chance > 0.9

    def test_a_ratio_ends_the_year_at_the_quotient_of_its_sums(self, firm):
        kpi = make_kpi(firm.north, over_departments="ratio", over_time="ratio", scale=100, minimum=0, maximum=100)
        small, large = [50] * 30 + [10] * 6, [60] * 30 + [100] * 6
        report(kpi, firm.north, None, firm, numerator=small, denominator=large)

        found = row(issued(), firm.north, kpi)

        known, ahead = (60, 600), (sum(found.numerator[:6]), sum(found.denominator[:6]))
        assert found.year_mean == pytest.approx(100 * (known[0] + ahead[0]) / (known[1] + ahead[1]))

    def test_a_weighted_mean_of_departments_ends_the_year_by_its_weights(self, firm):
        kpi = make_kpi(firm.sales, over_departments="weighted", over_time="weighted", minimum=0)
        report(kpi, firm.north, [50] * 18 + [80] * 6, firm, denominator=[10] * 18 + [40] * 6)

        found = row(issued(), firm.north, kpi)

        assert found.year_mean == pytest.approx((6 * 40 * 80 + 10 * sum(found.mean[:6])) / 300)

    def test_a_target_that_ends_inside_the_horizon_is_told_for_next_month_only(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, seasonal(100, swing=0), firm)
        aim(kpi, 90, until=date(2026, 8, 1))

        found = row(issued(), firm.north, kpi)

        assert found.target == []
        assert found.chance_month > 0.9
        assert (found.chance_quarter, found.chance_year, found.year_target) == (None, None, None)
        assert found.year_mean == pytest.approx(1200, rel=0.05)
