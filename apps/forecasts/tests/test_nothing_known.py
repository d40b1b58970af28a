"""An empty company has no forecast, so that the first one begins with its first figures."""

from datetime import timedelta
from unittest import mock

import pytest

from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.models import ForecastIssue, ForecastMonth
from apps.forecasts.tests.reporting import JUNE, NOW, issued, report, seasonal, small_firm
from apps.jobs.models import JobRun
from apps.jobs.services import enqueue, work
from apps.kpis.tests.factories import make_kpi
from apps.periods.services import open_periods

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def july(settings):
    """15 July 2026: June is closed."""
    settings.FIXED_TODAY = "2026-07-15"


def by_the_calendar():
    """What the nightly job of the calendar comes to."""
    run = enqueue(kind=services.ISSUE_KIND, period="2026-07-15", by=None, now=NOW - timedelta(days=1))
    return work(run_id=run.pk)


def test_is_refused_and_leaves_nothing():
    with pytest.raises(services.NothingKnown, match="2026-06"):
        issued()
    assert not ForecastIssue.objects.exists() and not ForecastMonth.objects.exists()


def test_the_calendar_passes_over_it():
    open_periods(now=NOW)
    done = by_the_calendar()
    assert (done.state, done.result) == ("done", {"is_new": False}), done.error
    assert not ForecastMonth.objects.exists()


def test_whoever_asks_for_it_is_told():
    run = services.request_issue(month=JUNE, by=None, now=NOW - timedelta(days=1))
    assert work(run_id=run.pk).state == "failed"
    assert "nothing is known" in JobRun.objects.get(pk=run.pk).error.lower()


def test_the_first_figures_are_foretold_by_the_next_calendar(settings):
    firm = small_firm(settings)
    report(make_kpi(firm.north), firm.north, seasonal(100), firm)
    assert by_the_calendar().result["series"] == 1
    assert Month.of(ForecastMonth.objects.get().month) == JUNE
    assert services.month_to_issue(now=NOW) is None


def test_the_calendar_leaves_what_was_issued_in_the_same_moment(settings):
    firm = small_firm(settings)
    kpi = make_kpi(firm.north)
    report(kpi, firm.north, seasonal(100), firm)
    first = issued()
    report(kpi, firm.north, [500], firm)
    with mock.patch.object(services, "month_to_issue", return_value=JUNE):
        done = by_the_calendar()
    assert (done.state, done.result) == ("done", {"is_new": False}), done.error
    assert ForecastMonth.objects.get().current == first
