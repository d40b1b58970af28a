"""The monthly forecast through its service: what is stored, that it adds up, and when it is made again."""

import numpy as np
import pytest

from apps.core.month import Month
from apps.departments.services import close_department
from apps.forecasts import services
from apps.forecasts.models import ForecastIssue, ForecastMonth, SeriesForecast
from apps.forecasts.tests.reporting import JUNE, NOW, assert_sound, issued, report, row, seasonal, small_firm
from apps.kpis.tests.factories import aim, make_kpi


@pytest.fixture
def firm(settings, db):
    """A company whose June is closed."""
    return small_firm(settings)


class TestIssue:
    def test_stores_a_forecast_of_each_department_up_to_the_owner_that_adds_up(self, firm):
        kpi = make_kpi(firm.company, name="Sold", minimum=0)
        for place, level in ((firm.north, 100), (firm.south, 40), (firm.sales, 10)):
            report(kpi, place, seasonal(level), firm)

        issue = issued()

        assert ForecastMonth.objects.get(month=JUNE.first_day).current == issue
        assert (issue.series_count, issue.told_count, issue.version) == (5, 5, 1)
        parts = [row(issue, firm.north, kpi), row(issue, firm.south, kpi), row(issue, firm.sales, kpi, is_own=True)]
        whole, top = row(issue, firm.sales, kpi), row(issue, firm.company, kpi)
        assert np.sum([part.mean for part in parts], axis=0) == pytest.approx(whole.mean)
        assert whole.mean == pytest.approx(top.mean)
        assert (whole.actual, whole.history_count) == (pytest.approx(sum(part.actual for part in parts)), 36)
        assert len(whole.mean) == 18
        for one in (*parts, whole, top):
            assert_sound(one, low=0)
        assert "reconciled" in parts[0].remarks

    def test_forecasts_a_ratio_through_its_parts(self, firm):
        kpi = make_kpi(
            firm.sales, unit="%", over_departments="ratio", over_time="ratio", scale=100, minimum=0, maximum=100
        )
        for place, size, rate in ((firm.north, 1000, 0.9), (firm.south, 100, 0.4)):
            whole = [round(value) for value in seasonal(size)]
            report(kpi, place, None, firm, numerator=[round(value * rate) for value in whole], denominator=whole)

        issue = issued()

        whole, north, south = (row(issue, place, kpi) for place in (firm.sales, firm.north, firm.south))
        assert np.add(north.numerator, south.numerator) == pytest.approx(whole.numerator)
        assert np.add(north.denominator, south.denominator) == pytest.approx(whole.denominator)
        assert np.divide(whole.numerator, whole.denominator) * 100 == pytest.approx(whole.mean)
        assert whole.mean[0] == pytest.approx(85.5, abs=1)
        for one in (whole, north, south):
            assert_sound(one, low=0, high=100)

    def test_keeps_what_a_department_said_that_was_closed_since(self, firm):
        kpi = make_kpi(firm.sales)
        report(kpi, firm.north, seasonal(100), firm)
        report(kpi, firm.south, seasonal(50, 20), firm, last=JUNE.plus(-2))
        aim(kpi, 40)
        close_department(department=firm.south, on=JUNE.plus(-1).first_day, reason="Sold", by=firm.coo, now=NOW)

        issue = issued()

        whole, rest = row(issue, firm.sales, kpi), row(issue, firm.north, kpi)
        assert not SeriesForecast.objects.filter(department=firm.south, kpi=kpi).exists()
        assert not SeriesForecast.objects.filter(kpi=kpi, is_own=True).exists()
        assert whole.mean == pytest.approx(rest.mean)
        assert whole.last_year[0] == pytest.approx(rest.last_year[0] + seasonal(50, 20)[-10], rel=1e-6)
        assert whole.target == [40.0] * 18
        assert_sound(whole, low=0)

    def test_takes_what_does_not_add_up_as_it_was_worked_out(self, firm):
        kpi = make_kpi(firm.sales, over_departments="mean", over_time="mean")
        report(kpi, firm.north, seasonal(10), firm)
        report(kpi, firm.south, seasonal(30), firm)

        issue = issued()

        assert row(issue, firm.sales, kpi).actual == pytest.approx(
            (row(issue, firm.north, kpi).actual + row(issue, firm.south, kpi).actual) / 2
        )
        assert_sound(row(issue, firm.sales, kpi))

    def test_asks_no_more_of_the_database_for_more_departments(self, firm, django_assert_max_num_queries):
        for number in range(6):
            report(make_kpi(firm.sales, code=f"Q{number}"), firm.north, seasonal(10), firm)
        with django_assert_max_num_queries(41):
            issued()


class TestSecondIssue:
    def test_changes_nothing_when_nothing_changed(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, seasonal(100), firm)
        first = issued()

        again = services.issue_month(month=JUNE, by=firm.coo, now=NOW, reason="To be sure.")

        assert (again.issue, again.is_new) == (first, False)
        assert ForecastIssue.objects.count() == 1

    def test_needs_a_reason_and_leaves_the_first_as_it_was(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, seasonal(100), firm)
        first = issued()
        former = row(first, firm.north, kpi).mean
        report(kpi, firm.north, [500], firm)

        with pytest.raises(services.ReasonWanted):
            issued()
        second = issued(reason="June was corrected.")

        assert (second.version, second.reason) == (2, "June was corrected.")
        assert ForecastMonth.objects.get().current == second
        assert row(first, firm.north, kpi).mean == former
        assert row(second, firm.north, kpi).actual == 500

    def test_of_a_month_that_is_not_over_is_refused(self, firm):
        with pytest.raises(services.MonthNotOver, match="July 2026"):
            issued(Month(2026, 7))

    def test_knows_nothing_of_later_months(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, seasonal(100), firm, last=Month(2026, 5))
        before = services.issue_month(month=Month(2026, 5), by=None, now=NOW).issue
        report(kpi, firm.north, [9000], firm)

        again = services.issue_month(month=Month(2026, 5), by=None, now=NOW)

        assert (again.issue, again.is_new) == (before, False)
