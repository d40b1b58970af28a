"""Forecasts of the ends of quarters and years, against what they came to."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from django.urls import reverse

from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.models import PeriodAccuracy
from apps.forecasts.rules.ahead import BETTER, TOO_FEW, WORSE_THAN_SEASONAL, period_record
from apps.forecasts.rules.completed import came_to, is_complete
from apps.forecasts.rules.histories import plain_histories
from apps.forecasts.rules.series import MONTHS
from apps.forecasts.tests.factories import issue_of, series_of
from apps.forecasts.tests.reporting import JUNE, issued, report, small_firm
from apps.kpis.tests.factories import make_kpi
from apps.periods.services import open_periods

DECEMBER = Month(2026, 12)
JANUARY = datetime(2027, 1, 15, 9, tzinfo=UTC)
HORIZON = 18


def history(values, *, over_time="sum", step=1, weights=None):
    """One series whose last values are these, the last of them that of the issued month."""
    of = plain_histories("kpi", np.array([1]), np.full((1, MONTHS), np.nan), horizon=HORIZON)
    of.values[0, MONTHS - len(values) :] = values
    if weights is not None:
        of.denominator[0, MONTHS - len(weights) :] = weights
    of.over_time[:], of.step[:] = over_time, step
    return of


def came(of, step, month=12):
    """(what came, the period before, a year before, the usual change)."""
    return [float(column[0]) for column in came_to(of, step, month_number=month, fiscal_first_month=1)]


class TestWhatCame:
    @pytest.mark.parametrize(
        ("month", "fiscal", "quarter", "year"),
        [(12, 1, True, True), (6, 1, True, False), (11, 1, False, False), (3, 4, True, True), (1, 2, True, True)],
    )
    def test_a_period_ends_with_its_last_month(self, month, fiscal, quarter, year):
        given = {"month_number": month, "fiscal_first_month": fiscal}
        assert (is_complete(3, **given), is_complete(12, **given)) == (quarter, year)

    @pytest.mark.parametrize(
        ("over_time", "wanted"),
        [("sum", 33.0), ("mean", 11.0), ("last", 12.0), ("none", 12.0), ("max", 12.0), ("min", 10.0), ("given", None)],
    )
    def test_months_are_put_together_the_kpis_way(self, over_time, wanted):
        found = came(history([*range(-3, 13)], over_time=over_time), 3)[0]
        assert np.isnan(found) if wanted is None else found == pytest.approx(wanted)

    def test_a_quotient_weighs_its_months(self):
        of = history([50.0] * 13 + [10.0, 20.0, 40.0], over_time="ratio", weights=[1.0] * 13 + [1.0, 1.0, 2.0])
        assert came(of, 3)[0] == pytest.approx((10 + 20 + 80) / 4)

    def test_it_stands_beside_the_one_before_and_last_years(self):
        values = [level for level in (10, 11, 13, 16, 20, 25) for _month in range(3)]
        assert came(history(values), 3) == [75.0, 60.0, 33.0, pytest.approx((60 - 30) / 4)]

    def test_years(self):
        values = [level for level in (10, 12, 15, 14) for _month in range(12)]
        assert came(history(values), 12) == [168.0, 180.0, 180.0, pytest.approx((36 + 24) / 2)]

    def test_a_month_that_is_missing_leaves_it_unknown(self):
        assert np.isnan(came(history([*[10.0] * 14, np.nan, 10.0]), 3)[0])

    def test_figures_of_quarters_and_years_are_their_own(self):
        quarters = [one for value in (5, 6, 8, 11, 15, 20) for one in (np.nan, np.nan, value)]
        assert came(history(quarters, step=3), 3) == [20.0, 15.0, 6.0, pytest.approx(10 / 4)]
        assert came(history(quarters, step=3), 12)[0] == 8 + 11 + 15 + 20
        years = [one for value in (5, 6, 8, 11) for one in [*[np.nan] * 11, value]]
        assert came(history(years, step=12), 12)[:3] == [11.0, 8.0, 8.0]
        assert np.isnan(came(history(years, step=12), 3)).all()


def sums(**given):
    stored = {"count": 10, "period_count": 2, "error": 0.5, "naive_error": 0.9, "seasonal_error": 0.8, "in80_count": 8}
    return SimpleNamespace(**{**stored, **given})


class TestRecord:
    def test_adds_distances_up_by_how_many_there_are(self):
        found = period_record([sums(), sums(count=30, error=0.9)])
        assert (found.count, found.error, found.verdict) == (40, pytest.approx(0.8), BETTER)

    def test_says_where_last_year_was_closer(self):
        assert period_record([sums(error=0.85)]).verdict == WORSE_THAN_SEASONAL

    def test_one_period_is_too_few_however_many_series_it_has(self):
        found = period_record([sums(period_count=1, count=4_000)])
        assert (found.error, found.verdict) == (None, TOO_FEW)


@pytest.fixture
def firm(settings, db):
    """15 January 2027: the year 2026 is over. North reported four years: 100, 110, 130, then 125 a month."""
    found = small_firm(settings)
    settings.FIXED_TODAY = "2027-01-15"
    open_periods(now=JANUARY)
    found.kpi = make_kpi(found.north, over_time="sum")
    values = [level for level in (100, 110, 130, 125) for _month in range(12)]
    report(found.kpi, found.north, values, found, last=DECEMBER, now=JANUARY)
    return found


def told(month, firm, **given):
    """What an earlier issue said: 400 for the quarter's end, 1,600 for the year's."""
    ends = {"quarter_mean": 400.0, "quarter_lo80": 380.0, "quarter_hi80": 420.0}
    ends |= {"year_mean": 1600.0, "year_lo80": 1480.0, "year_hi80": 1700.0}
    issue = issue_of(str(month))
    series_of(issue, firm.north, firm.kpi, **{"level": 125.0, **ends, **given})
    return issue


def stored(issue, step):
    return [
        (row.ahead, row.period_count, row.count, row.error, row.naive_error, row.seasonal_error, row.in80_count)
        for row in PeriodAccuracy.objects.filter(issue=issue, step=step, kind="kpi")
    ]


class TestJudging:
    def test_judges_a_quarter_and_a_year_when_they_end(self, firm):
        told(Month(2026, 11), firm)
        told(Month(2026, 9), firm, quarter_mean=300.0)
        told(Month(2026, 8), firm, quarter_mean=9.0)

        issue = issued(DECEMBER, now=JANUARY)

        # 375 came, as in the quarter before; 390 a year ago. A quarter usually moves by 6 (90 in 15 steps, less what came).
        usual = (390 - 330 + 330 - 300 + 390 - 375) / 14
        assert stored(issue, 3) == [
            (1, 1, 1, pytest.approx(25 / usual), 0.0, pytest.approx(15 / usual), 0),
            (3, 1, 1, pytest.approx(75 / usual), 0.0, pytest.approx(15 / usual), 0),
        ]
        # 1,500 came, 1,560 the year before; years moved by 120 and by 240.
        year = (pytest.approx(100 / 180), pytest.approx(60 / 180), pytest.approx(60 / 180), 1)
        assert stored(issue, 12) == [(ahead, 1, 1, *year) for ahead in (1, 3, 4)]

    def test_a_month_that_ends_nothing_goes_on_with_what_was_known(self, firm):
        former = told(Month(2026, 10), firm)
        given = {"kind": "kpi", "step": 12, "ahead": 2, "period_count": 3, "count": 7, "error": 0.4}
        PeriodAccuracy.objects.create(issue=former, naive_error=0.6, seasonal_error=0.5, in80_count=5, **given)

        issue = issued(Month(2026, 11), now=JANUARY)

        assert stored(issue, 12) == [(2, 3, 7, pytest.approx(0.4), pytest.approx(0.6), pytest.approx(0.5), 5)]
        assert not stored(issue, 3)

    def test_one_more_is_added_to_those_before(self, firm):
        former = told(Month(2026, 11), firm)
        given = {"kind": "kpi", "step": 12, "ahead": 1, "period_count": 1, "count": 3, "error": 1.0}
        PeriodAccuracy.objects.create(issue=former, naive_error=1.0, seasonal_error=2.0, in80_count=2, **given)

        (found,) = stored(issued(DECEMBER, now=JANUARY), 12)

        assert found[:3] == (1, 2, 4)
        assert found[3] == pytest.approx((3 + 100 / 180) / 4)
        assert found[6] == 3

    def test_what_was_told_of_other_departments_is_not_judged(self, firm):
        # Then 500 came each month, a year before 520: it was another North. Of the other, a figure was corrected since.
        told(Month(2026, 11), firm, level=500.0, last_year=[520.0] * 18)
        told(Month(2026, 10), firm, level=500.0, last_year=[130.0] * 18)

        issue = issued(DECEMBER, now=JANUARY)

        assert [line[:3] for line in stored(issue, 12)] == [(2, 1, 1)]
        assert [line[:3] for line in stored(issue, 3)] == [(2, 1, 1)]

    def test_an_issue_made_again_counts_the_period_once(self, firm):
        told(Month(2026, 11), firm)
        issued(DECEMBER, now=JANUARY)
        report(make_kpi(firm.north), firm.north, [5] * 12, firm, last=DECEMBER, now=JANUARY)

        again = issued(DECEMBER, now=JANUARY, reason="A figure came late.")

        assert again.version == 2
        assert [line[:3] for line in stored(again, 12)] == [(1, 1, 1)]

    def test_the_engine_stores_the_range_of_the_quarter(self, firm):
        issue = services.issue_month(month=Month(2026, 11), by=None, now=JANUARY).issue
        row = issue.series.get(kpi=firm.kpi, department=firm.north)
        assert row.quarter_lo80 <= row.quarter_mean <= row.quarter_hi80


class TestBoard:
    def page(self, client, firm):
        client.force_login(firm.coo)
        body = client.get(reverse("forecasts:honesty")).content.decode()
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("\xa0", " ")

    def test_says_when_nothing_is_over(self, firm, client):
        told(JUNE, firm)
        body = self.page(client, firm)
        assert (
            "No quarter whose end was foretold is over yet. The running one is judged once September 2026 is known."
            in body
        )
        assert (
            "No year whose end was foretold is over yet. The running one is judged once December 2026 is known." in body
        )

    def test_says_that_one_is_too_few_and_where_last_year_was_closer(self, firm, client):
        issue = told(DECEMBER, firm)
        given = {"issue": issue, "kind": "kpi", "naive_error": 1.5, "seasonal_error": 0.5, "in80_count": 30}
        PeriodAccuracy.objects.create(step=12, ahead=2, period_count=1, count=40, error=0.7, **given)
        for ahead in (1, 2):
            PeriodAccuracy.objects.create(step=3, ahead=ahead, period_count=3, count=40, error=0.7, **given)
        body = self.page(client, firm)
        assert "Only one year that was foretold is over. All series share what happened in it: too few to say." in body
        assert "3 quarters that were foretold are over." in body
        assert "“Same as last year” came closer" in body and "Too few to judge" in body

    def test_the_api_tells_the_same(self, firm, client):
        issue = told(DECEMBER, firm)
        given = {"issue": issue, "kind": "kpi", "naive_error": 1.5, "seasonal_error": 0.5, "in80_count": 30}
        PeriodAccuracy.objects.create(step=3, ahead=1, period_count=3, count=40, error=0.7, **given)
        client.force_login(firm.coo)
        (found,) = client.get("/api/v1/forecasts/accuracy/").json()["periods"]
        assert found == {
            "kind": "kpi", "step": 3, "ahead": 1, "period_count": 3, "count": 40, "error": 0.7, "naive_error": 1.5,
            "seasonal_error": 0.5, "in80_count": 30, "verdict": "seasonal",
        }  # fmt: skip
