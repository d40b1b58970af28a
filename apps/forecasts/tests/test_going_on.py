"""Judging only what is new comes to the same figures as judging everything anew, whatever happened in between."""

from collections import defaultdict
from datetime import timedelta
from math import isnan
from statistics import fmean

import pytest

from apps.core.month import Month
from apps.departments.services import close_department
from apps.forecasts.models import ForecastMonth, HorizonAccuracy, JudgedMonth, SeriesForecast, ToldMonth
from apps.forecasts.services import looking_back
from apps.forecasts.services.gathering import gather
from apps.forecasts.tests.factories import issue_of, remembered, series_of
from apps.forecasts.tests.reporting import JUNE, NOW, issued, report, row, seasonal, small_firm
from apps.kpis.tests.factories import make_kpi

FIRST = JUNE.plus(-21)
"""More months than are judged: the first ones drop out again."""
BEFORE = 14


@pytest.fixture
def firm(settings, db):
    """Two teams that reported two indicators long before the first issue."""
    found = small_firm(settings)
    found.sold, found.served = (make_kpi(found.sales, code=code, minimum=0) for code in ("SOLD", "SERVED"))
    months = len(FIRST.until(JUNE)) + BEFORE
    for kpi, place, level in (
        (found.sold, found.north, 100),
        (found.sold, found.south, 40),
        (found.served, found.north, 20),
    ):
        report(kpi, place, seasonal(level, months), found)
    return found


def slowly(month):
    """(by series, by kind and months ahead) out of the rows of every issue: count, errors, how many in both ranges."""
    histories = gather(month=month, now=NOW).histories
    keys = zip(histories.department, histories.kind, histories.kpi, histories.is_own, strict=True)
    truths = {
        (int(place), str(kind), int(kpi), bool(is_own)): values
        for (place, kind, kpi, is_own), values in zip(keys, histories.values, strict=True)
    }
    counted = ForecastMonth.objects.filter(month__lt=month.first_day, month__gte=month.plus(-35).first_day)
    issues = {current: Month.of(day) for current, day in counted.values_list("current", "month")}
    by_series, by_horizon = defaultdict(list), defaultdict(list)
    for told in SeriesForecast.objects.filter(issue__in=issues).exclude(mean=[]):
        key = (told.department_id, told.kind, told.kpi_key, told.is_own)
        for ahead in range(1, 19):
            target = issues[told.issue_id].plus(ahead)
            if key not in truths or target > month or target < month.plus(-17):
                continue
            truth, place = truths[key][-len(target.until(month))], ahead - 1
            if isnan(truth):
                continue
            line = [
                abs(truth - told.mean[place]), abs(truth - told.last_value), abs(truth - told.last_year[place]),
                told.lo80[place] <= truth <= told.hi80[place], told.lo95[place] <= truth <= told.hi95[place],
            ]  # fmt: skip
            by_series[key].append(line)
            if not told.is_own:
                steps = told.scale or float("nan")
                by_horizon[told.kind, ahead].append([*(error / steps for error in line[:3]), *line[3:]])
    return {key: summary(lines) for key, lines in by_series.items()}, {
        key: summary(lines) for key, lines in by_horizon.items()
    }


def summary(lines):
    """Count, three mean errors, how many in both ranges."""
    columns = list(zip(*lines, strict=True))
    means = (fmean(error for error in column if not isnan(error)) for column in columns[:3])
    return (len(lines), *means, *map(sum, columns[3:]))


def stored(issue):
    """The same, as the issue stored it."""
    by_series = {
        (one.department_id, one.kind, one.kpi_key, one.is_own): (
            one.past_count, one.past_error, one.past_naive, one.past_seasonal, one.past_in80, one.past_in95,
        )
        for one in SeriesForecast.objects.filter(issue=issue, past_count__gt=0)
    }  # fmt: skip
    by_horizon = {
        (one.kind, one.ahead): (
            one.count, one.error, one.naive_error, one.seasonal_error, one.in80_count, one.in95_count,
        )
        for one in HorizonAccuracy.objects.filter(issue=issue)
    }  # fmt: skip
    return by_series, by_horizon


def assert_same(issue):
    """Both ways come to the same."""
    found, wanted = stored(issue), slowly(Month.of(issue.month))
    for mine, slow in zip(found, wanted, strict=True):
        assert mine.keys() == slow.keys()
        for key, figures in slow.items():
            assert mine[key] == pytest.approx(figures, rel=1e-9, abs=1e-9), key


@pytest.fixture
def judged_rows(monkeypatch):
    """How many rows were judged, month by month, since it was last cleared."""
    found, judged_anew = {}, looking_back.judged_anew

    def counted(ledger, start, at, rows, aged):
        found[len(found)] = len(rows)
        return judged_anew(ledger, start, at, rows, aged)

    monkeypatch.setattr(looking_back, "judged_anew", counted)
    return found


class TestGoingOn:
    def test_month_after_month_only_the_new_one_is_judged(self, firm, judged_rows):
        for month in FIRST.until(JUNE):
            judged_rows.clear()
            last = issued(month)
            assert list(judged_rows.values()) in ([], [5])

        assert_same(last)
        assert row(last, firm.north, firm.sold).past_count == 18 * 18 - sum(range(1, 14 + 1))
        assert set(ToldMonth.objects.values_list("ahead", flat=True)) == set(range(19))
        assert JudgedMonth.objects.count() == 18

    def test_a_restated_value_is_judged_anew_wherever_it_counts(self, firm, judged_rows):
        for month in FIRST.plus(14).until(JUNE.plus(-1)):
            issued(month)
        report(firm.sold, firm.south, [400], firm, last=JUNE.plus(-4))
        judged_rows.clear()

        last = issued()

        # June as a whole; of February South, Sales.
        assert sorted(judged_rows.values()) == [2, 5]
        assert_same(last)

    def test_an_issue_made_anew_counts_instead_of_the_former(self, firm):
        for month in FIRST.plus(14).until(JUNE.plus(-1)):
            issued(month)
        assert_same(issued())
        report(firm.sold, firm.north, [900], firm, last=JUNE.plus(-3))

        issued(JUNE.plus(-3), reason="March was corrected.", now=NOW + timedelta(hours=1))

        last = issued(reason="March was corrected.", now=NOW + timedelta(hours=2))
        assert last.version == 2
        assert_same(last)

    def test_new_and_closed_series_and_months_without_an_issue(self, firm):
        report(late := make_kpi(firm.sales, code="LATE"), firm.north, seasonal(10, 30), firm)
        report(firm.served, firm.south, seasonal(5, 2), firm, last=JUNE.plus(-2))
        months = [month for month in FIRST.plus(12).until(JUNE.plus(-1)) if month != JUNE.plus(-3)]
        for month in months:
            assert_same(issued(month))
        assert row(ForecastMonth.objects.get(month=JUNE.plus(-1).first_day).current, firm.north, late).past_count > 0

        issued(JUNE.plus(-3))
        assert_same(issued())

    def test_what_closed_keeps_its_place_in_the_accuracy_of_all(self, firm):
        for month in FIRST.plus(16).until(JUNE.plus(-1)):
            before = issued(month)
        told = sum(one.count for one in HorizonAccuracy.objects.filter(issue=before))
        close_department(department=firm.south, on=JUNE.first_day, reason="Sold", by=firm.coo, now=NOW)

        last = issued()

        assert not SeriesForecast.objects.filter(issue=last, department=firm.south).exists()
        found, wanted = stored(last)[0], slowly(JUNE)[0]
        assert found.keys() == wanted.keys()
        assert all(found[key] == pytest.approx(figures) for key, figures in wanted.items())
        assert sum(one.count for one in HorizonAccuracy.objects.filter(issue=last)) > told

    def test_what_is_too_old_goes(self, firm):
        for back in (37, 36):
            told = issue_of(str(JUNE.plus(-back)))
            series_of(told, firm.north, firm.sold)
            remembered(told)

        issued()

        assert set(ToldMonth.objects.values_list("issue__month", flat=True)) == {
            JUNE.plus(-36).first_day,
            JUNE.first_day,
        }
