"""The monthly forecast through its service: what is stored, that it adds up, and that nothing breaks it."""

from datetime import UTC, datetime

import numpy as np
import pytest

from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.forecasts import services
from apps.forecasts.models import ForecastIssue, ForecastMonth, SeriesForecast
from apps.kpis.tests.factories import entry, make_kpi, record
from apps.periods.services import open_periods

NOW = datetime(2026, 7, 15, 9, tzinfo=UTC)
JUNE = Month(2026, 6)


@pytest.fixture
def firm(settings, db):
    """15 July 2026: June is closed. Company over Sales over North and South."""
    settings.FIXED_TODAY = "2026-07-15"
    open_periods(now=NOW)
    company = DepartmentFactory(code="ALL", name="Company")
    sales = DepartmentFactory(code="SALES", name="Sales", parent=company)
    north = DepartmentFactory(code="NORTH", name="North", parent=sales)
    south = DepartmentFactory(code="SOUTH", name="South", parent=sales)
    coo = UserFactory(roles=["coo"], name="Cora Chief")

    class Firm:
        pass

    found = Firm()
    found.__dict__.update(company=company, sales=sales, north=north, south=south, coo=coo)
    return found


def months_back(count, last=JUNE):
    """So many months as text, the last one JUNE."""
    return [str(last.plus(step)) for step in range(1 - count, 1)]


def report(kpi, department, values, firm, *, last=JUNE, **more):
    """VALUES for the months up to LAST; None: nothing for that month."""
    entries = [
        entry(kpi, department, month, value, **{name: column[place] for name, column in more.items()})
        for place, (month, value) in enumerate(zip(months_back(len(values), last), values, strict=True))
        if value is not None
    ]
    record(entries, by=firm.coo, now=NOW)


def seasonal(level, count=36, *, swing=0.2):
    """A level with a yearly season and some noise, always the same."""
    noise = np.random.default_rng(7).normal(0, level * 0.03, count)
    return [round(level * (1 + swing * np.sin(month / 6 * np.pi)) + noise[month], 2) for month in range(count)]


def issued(month=JUNE, **given):
    """The issue the service makes."""
    return services.issue_month(month=month, by=None, now=NOW, **given).issue


def row(issue, department, kpi=None, *, kind="kpi", is_own=False):
    """One series of an issue."""
    return SeriesForecast.objects.get(
        issue=issue, department=department, kind=kind, kpi_key=kpi.pk if kpi else 0, is_own=is_own
    )


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
            bounds = np.array([one.lo95, one.lo80, one.mean, one.hi80, one.hi95])
            assert (np.diff(bounds, axis=0) >= 0).all()
            assert bounds.min() >= 0


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
        with pytest.raises(services.MonthNotOver, match="2026-07"):
            issued(Month(2026, 7))

    def test_knows_nothing_of_later_months(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, seasonal(100), firm, last=Month(2026, 5))
        before = services.issue_month(month=Month(2026, 5), by=None, now=NOW).issue
        report(kpi, firm.north, [9000], firm)

        again = services.issue_month(month=Month(2026, 5), by=None, now=NOW)

        assert (again.issue, again.is_new) == (before, False)
