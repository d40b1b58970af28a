"""How earlier issues turned out, and what follows from it."""

from datetime import timedelta

import numpy as np
import pytest

from apps.forecasts.models import ForecastIssue, HorizonAccuracy, SeriesForecast
from apps.forecasts.rules.choosing import Past, choice, last_values, values_of_last_year
from apps.forecasts.rules.record import TOLD
from apps.forecasts.rules.series import MONTHS
from apps.forecasts.services.remembering import remembered as remembered_of
from apps.forecasts.tests.factories import issue_of, remembered, series_of
from apps.forecasts.tests.reporting import JUNE, NOW, issued, report, row, seasonal, small_firm
from apps.kpis.tests.factories import make_kpi


@pytest.fixture
def firm(settings, db):
    """A company whose June is closed."""
    return small_firm(settings)


def past(**columns):
    """One series' past."""
    given = {"judged": 6, "error": 5.0, "own": 10.0, "naive": 10.0, "seasonal": 10.0, "in80": 0, "in95": 0} | columns
    return Past(*(np.array([given[name]]) for name in Past._fields))


class TestChoice:
    @pytest.mark.parametrize(
        ("given", "naive", "seasonal"),
        [
            ({"naive": 9.4}, True, False),
            ({"naive": 9.6}, False, False),
            ({"naive": 9.4, "judged": 5}, False, False),
            ({"seasonal": 9.0}, False, True),
            ({"naive": 9.0, "seasonal": 8.0}, False, True),
            ({"naive": 8.0, "seasonal": 9.0}, True, False),
            ({"naive": 8.0, "seasonal": 8.0}, True, False),
            ({"naive": np.nan, "seasonal": np.nan}, False, False),
        ],
    )
    def test_takes_a_plain_way_only_where_it_was_clearly_closer(self, given, naive, seasonal):
        found = choice(past(**given), np.full((1, MONTHS), 50.0))

        assert (found.naive[0], found.seasonal[0]) == (naive, seasonal)

    @pytest.mark.parametrize(
        ("now", "seasonal"), [(70.0, True), (30.0, True), (73.0, False), (27.0, False), (np.nan, True)]
    )
    def test_does_not_repeat_a_year_that_the_newest_month_has_left(self, now, seasonal):
        values = np.full((1, MONTHS), 50.0)
        values[0, -1] = now

        assert choice(past(seasonal=9.0), values).seasonal[0] == seasonal

    def test_plain_ways_bridge_what_is_missing(self):
        matrix = np.full((2, MONTHS), np.nan)
        matrix[0, -14:-1] = np.arange(13)

        assert last_values(matrix)[0] == 12
        assert np.isnan(last_values(matrix)[1])
        assert values_of_last_year(matrix, 18)[0].tolist() == [*range(2, 13), 12, *range(2, 8)]


class TestLookingBack:
    def test_compares_earlier_issues_with_what_came(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, [100] * 20 + [110, 90, 130], firm)
        for month, version, is_current in (("2026-03", 1, False), ("2026-03", 2, True), ("2026-05", 1, True)):
            told = issue_of(month, version=version, is_current=is_current)
            series_of(told, firm.north, kpi, scale=4.0)
            remembered(told)

        issue = issued()

        # Of March the months April (110), May (90) and June (130), of May June; told were 100 each, 90 to 110 and 80 to 120.
        found = row(issue, firm.north, kpi)
        assert (found.past_count, found.past_in80, found.past_in95) == (4, 2, 2)
        assert found.past_error == pytest.approx((10 + 10 + 30 + 30) / 4)
        assert (found.past_naive, found.past_seasonal) == (found.past_error, found.past_error)
        assert [
            (one.ahead, one.count, one.error, one.in80_count, one.in95_count)
            for one in HorizonAccuracy.objects.filter(issue=issue)
        ] == [(1, 2, 5.0, 1, 1), (2, 1, 2.5, 1, 1), (3, 1, 7.5, 0, 0)]

    def test_a_month_that_is_not_known_judges_nothing(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, [*[100] * 20, None, 120], firm)
        told = issue_of("2026-04")
        series_of(told, firm.north, kpi)
        remembered(told)

        assert row(issued(), firm.north, kpi).past_count == 1

    def test_what_was_closer_is_used_and_said(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, seasonal(100, swing=0), firm)
        for back in range(1, 7):
            told = issue_of(str(JUNE.plus(-back)))
            series_of(told, firm.north, kpi, mean=[300.0] * 18, last_value=100.0, last_year=[200.0] * 18)
            remembered(told)

        found = row(issued(), firm.north, kpi)

        assert found.method == "naive"
        assert "naive_better" in found.remarks
        assert set(found.mean) == {found.actual}
        assert found.lo95[0] < found.lo80[0] < found.actual < found.hi80[0] < found.hi95[0]

    def test_an_issue_made_again_is_compared_anew(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, seasonal(100), firm)
        first = issued()
        told = issue_of("2026-05")
        series_of(told, firm.north, kpi)
        remembered(told)

        second = issued(reason="May was issued late.", now=NOW + timedelta(hours=1))

        assert SeriesForecast.objects.get(issue=first).past_count == 0
        assert SeriesForecast.objects.get(issue=second).past_count == 1


class TestChoosingAnew:
    """What was told was “same as last month”; the model by itself goes on being judged beside it."""

    def told(self, firm, kpi, *, own):
        for back in range(1, 7):
            earlier = issue_of(str(JUNE.plus(-back)))
            flat = {"mean": [100.0] * 18, "last_value": 100.0, "last_year": [500.0] * 18, "method": "naive"}
            series_of(earlier, firm.north, kpi, **flat)
            remembered(earlier, own=[own] * 18)
        return row(issued(), firm.north, kpi)

    def test_the_plain_way_stays_while_the_model_is_worse(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, [104, 98] * 12, firm)

        found = self.told(firm, kpi, own=140.0)

        assert (found.method, found.past_error) == ("naive", found.past_naive)
        assert found.past_own == pytest.approx(39, abs=0.5)

    def test_the_model_comes_back_once_it_is_as_good(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, [104, 98] * 12, firm)

        found = self.told(firm, kpi, own=100.0)

        assert (found.method, found.past_own) == ("net", found.past_naive)
        assert "naive_better" not in found.remarks

    def test_what_the_model_says_is_kept_where_a_plain_way_is_told(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, seasonal(100), firm)
        self.told(firm, kpi, own=900.0)

        issue = ForecastIssue.objects.get(month=JUNE.first_day)
        ((_issue, _ahead, block),) = remembered_of([(issue.pk, 3)])
        told = dict(zip(TOLD, block[:, 0], strict=True))

        assert told["mean"] == row(issue, firm.north, kpi).mean[2] == row(issue, firm.north, kpi).actual
        assert told["lo80"] <= told["mean"] <= told["hi80"]
        assert abs(told["own"] - told["mean"]) > 1
