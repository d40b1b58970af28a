"""What fits its departments and what does not: weighted means by value times weight, all others say they stand apart."""

import numpy as np
import pytest

from apps.accounts.tests.factories import UserFactory
from apps.forecasts.tests.reporting import JUNE, assert_sound, issued, report, row, seasonal, small_firm
from apps.kpis.tests.factories import aim, make_kpi


@pytest.fixture
def firm(settings, db):
    """A company whose June is closed."""
    return small_firm(settings)


def weighted_kpi(firm, **given):
    return make_kpi(firm.sales, **{"over_departments": "weighted", "over_time": "weighted", **given})


def weights_of(count, start, end):
    """Whole weights that go evenly from START to END."""
    return [round(one) for one in np.linspace(start, end, count)]


class TestWeightedMeans:
    def test_fit_their_departments_by_values_times_weights(self, firm):
        """South gains weight: the whole moves towards it though neither department changes."""
        kpi = weighted_kpi(firm, minimum=0, maximum=100, scale=100)
        report(kpi, firm.north, seasonal(40), firm, denominator=weights_of(36, 900, 200))
        report(kpi, firm.south, seasonal(80, swing=0.1), firm, denominator=weights_of(36, 100, 800))
        aim(kpi, 70)

        issue = issued()

        whole, north, south = (row(issue, place, kpi) for place in (firm.sales, firm.north, firm.south))
        assert whole.actual == pytest.approx((north.actual * 200 + south.actual * 800) / 1000)
        assert np.add(north.numerator, south.numerator) == pytest.approx(whole.numerator)
        assert np.add(north.denominator, south.denominator) == pytest.approx(whole.denominator)
        for one in (whole, north, south):
            assert np.divide(one.numerator, one.denominator) == pytest.approx(one.mean)
            assert_sound(one, low=0, high=100)
        parts = np.array([north.mean, south.mean])
        assert (parts.min(axis=0) <= whole.mean).all()
        assert (whole.mean <= parts.max(axis=0)).all()
        assert whole.target == north.target == [70.0] * 18
        assert "reconciled" in north.remarks or "reconciled" in south.remarks
        assert "apart" not in whole.remarks

    def test_what_a_department_reports_itself_is_a_part_of_it(self, firm):
        kpi = weighted_kpi(firm)
        for place, level in ((firm.sales, 10), (firm.north, 20)):
            report(kpi, place, seasonal(level), firm, denominator=weights_of(36, 50, 50))

        issue = issued()

        own, north, whole = (
            row(issue, firm.sales, kpi, is_own=True),
            row(issue, firm.north, kpi),
            row(issue, firm.sales, kpi),
        )
        assert np.add(own.numerator, north.numerator) == pytest.approx(whole.numerator)
        assert whole.actual == pytest.approx((own.actual + north.actual) / 2)

    def test_a_department_alone_may_leave_its_weights_away(self, firm):
        kpi = weighted_kpi(firm)
        report(kpi, firm.north, seasonal(40), firm)

        issue = issued()

        north = row(issue, firm.north, kpi)
        assert (north.history_count, north.numerator) == (36, [])
        assert row(issue, firm.sales, kpi).mean == pytest.approx(north.mean)

    def test_a_month_without_weight_weighs_nothing(self, firm):
        kpi = weighted_kpi(firm)
        report(kpi, firm.north, seasonal(40), firm, denominator=[*[0] * 6, *[10] * 30])
        report(kpi, firm.south, seasonal(80), firm, denominator=[0, *[10] * 35])

        issue = issued()

        whole, south = row(issue, firm.sales, kpi), row(issue, firm.south, kpi)
        assert (whole.history_count, south.history_count) == (35, 36)
        assert_sound(whole)

    def test_values_below_nothing_are_told_too(self, firm):
        kpi = weighted_kpi(firm)
        for place, level in ((firm.north, -30), (firm.south, 20)):
            report(kpi, place, seasonal(level), firm, denominator=weights_of(36, 100, 100))

        issue = issued()

        whole, north, south = (row(issue, place, kpi) for place in (firm.sales, firm.north, firm.south))
        assert np.add(north.mean, south.mean) / 2 == pytest.approx(whole.mean, abs=2)
        assert (np.array(north.mean) < 0).all()


class TestOthersSaySo:
    @pytest.mark.parametrize("way", ["mean", "max", "min"])
    def test_means_and_extremes_are_forecast_apart_from_the_departments(self, firm, way):
        kpi = make_kpi(firm.sales, over_departments=way, over_time="mean")
        report(kpi, firm.north, seasonal(10), firm)
        report(kpi, firm.south, seasonal(30), firm)

        issue = issued()

        assert "apart" in row(issue, firm.sales, kpi).remarks
        assert "apart" not in row(issue, firm.north, kpi).remarks

    def test_formulas_too(self, firm):
        for code, level in (("SOLD", 100), ("HOURS", 20)):
            made = make_kpi(firm.sales, code=code)
            report(made, firm.north, seasonal(level), firm)
            report(made, firm.south, seasonal(level / 2), firm)
        kpi = make_kpi(firm.sales, code="PER_HOUR", formula="SOLD / HOURS", over_departments="ratio", over_time="mean")

        issue = issued()

        assert "apart" in row(issue, firm.sales, kpi).remarks
        assert "apart" not in row(issue, firm.north, kpi).remarks

    @pytest.mark.parametrize("way", ["given", "none"])
    def test_a_figure_that_is_not_made_of_the_departments_need_not(self, firm, way):
        kpi = make_kpi(firm.sales, over_departments=way, over_time="mean")
        report(kpi, firm.sales, seasonal(10), firm)
        report(kpi, firm.south, seasonal(30), firm)

        assert "apart" not in row(issued(), firm.sales, kpi).remarks

    def test_nor_what_was_never_foretold(self, firm):
        kpi = make_kpi(firm.sales, over_departments="mean", over_time="mean")
        for place in (firm.north, firm.south):
            report(kpi, place, seasonal(10), firm, last=JUNE.plus(-14))

        found = row(issued(), firm.sales, kpi)

        assert (found.method, "apart" in found.remarks) == ("none", False)

    def test_the_page_says_it_in_words(self, firm, client):
        kpi = make_kpi(firm.sales, over_departments="mean", over_time="mean")
        report(kpi, firm.north, seasonal(10), firm)
        report(kpi, firm.south, seasonal(30), firm)
        issued()
        client.force_login(UserFactory(roles=["coo"]))

        page = client.get(f"/forecasts/kpi/{firm.sales.pk}/{kpi.pk}/").content.decode()

        assert "forecast by itself" in page
