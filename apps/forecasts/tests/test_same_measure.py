"""What was told in another definition, or of other departments than belong to it today, is no forecast of what came."""

from datetime import UTC, datetime

import numpy as np
import pytest

from apps.core.month import Month
from apps.departments.services import move_department
from apps.forecasts import services
from apps.forecasts.models import HorizonAccuracy, PeriodAccuracy
from apps.forecasts.rules.record import OFF, compared, last_year_stands, on_same_ground, still_known, was_counted
from apps.forecasts.rules.series import MONTHS
from apps.forecasts.selectors import Subject, current_issues
from apps.forecasts.selectors.honesty import judged_overrides, overrides_of
from apps.forecasts.tests.factories import issue_of, series_of
from apps.forecasts.tests.reporting import JUNE, NOW, issued, report, row, seasonal, small_firm
from apps.forecasts.tests.test_going_on import assert_same
from apps.forecasts.tests.test_pages import get, text_of
from apps.kpis import services as kpi_services
from apps.kpis.services import Definition
from apps.kpis.tests.factories import make_kpi
from apps.staff.selectors import scope_of


@pytest.mark.parametrize(
    ("given", "stands"),
    [
        ({}, True),
        ({"now": [100.0] * 8 + [1000.0] * 4}, True),
        ({"now": [1000.0] * 12}, False),
        ({"now": [1000.0] * 12, "scale": 450.0}, True),
        ({"now": [95.0] + [1000.0] * 11}, True),
        ({"now": [1000.0] * 9 + [100.0] * 3}, False),
        ({"now": [1000.0] * 9 + [100.0] * 3, "ahead": 2}, True),
        ({"now": [1000.0] * 12, "last_value": None}, True),
        ({"now": []}, True),
        ({"now": [1000.0] * 12, "ahead": 12}, True),
        ({"now": [1000.0] * 12, "ahead": 10, "step": 3}, True),
    ],
)
def test_ground_of_stored_series(given, stands):
    """100 was known three months ago, and 100 a year before all those months; 5 is usual."""
    knew = {"scale": 5.0, "last_value": 100.0, "then": [100.0] * 18, "now": [100.0] * 12, "ahead": 3, "step": 1} | given
    assert (
        on_same_ground(knew.pop("scale"), knew.pop("last_value"), knew.pop("then"), knew.pop("now"), **knew) is stands
    )


class TestGround:
    """An issue of column 59 - 3 told three months ahead."""

    def same(self, values, *, last_value=100.0, last_year=100.0, scale=5.0):
        told = np.full((7, 1), 100.0)
        told[-1] = last_year
        months, knew = np.array([values], float).T, (np.array([scale]), np.array([last_value]))
        at = MONTHS - 4
        found = still_known(months[at - 11 : at + 1], *knew) | last_year_stands(months[at - 12 + 3], told, *knew)
        return bool(found[0])

    def test_a_history_that_is_another_one_is_other_ground(self):
        assert self.same([100] * MONTHS)
        assert self.same([109] * MONTHS)
        assert not self.same([111] * MONTHS)
        assert not self.same([1e5] * MONTHS, scale=np.nan)

    def test_one_corrected_month_is_not(self):
        values = [100] * MONTHS
        values[MONTHS - 4] = 5000
        assert self.same(values)
        values[MONTHS - 4 - 12 + 3] = 5000
        assert self.same(values, last_value=5000)

    def test_neither_is_a_month_that_was_late_nor_a_history_nobody_knows(self):
        values = [500.0] * MONTHS
        values[MONTHS - 5] = 100.0
        assert self.same(values, last_year=np.nan)
        assert self.same([np.nan] * MONTHS)
        assert self.same([500.0] * MONTHS, last_value=np.nan)

    @pytest.mark.parametrize("ahead", [1, 2, 18])
    def test_the_sums_know_whose_they_are(self, ahead):
        told, truth = np.full((7, 2), 1.0), np.array([1.0, np.nan])
        off = np.zeros((len(OFF), 2))
        for each in {1, ahead}:
            off += compared(told, truth, truth, each)

        assert was_counted(off, ahead).tolist() == [True, False]
        assert not was_counted(off, 3).any()


@pytest.fixture
def firm(settings, db):
    """Reports thousands; from April on the units themselves."""
    found = small_firm(settings)
    found.sold = make_kpi(found.north, unit="k€")
    return found


def redefine(firm, first):
    kpi_services.change_definition(
        kpi=firm.sold, definition=Definition(name="Sold", direction="higher", unit="€"), valid_from=first.first_day,
        reason="In euros.", by=firm.coo, now=NOW,
    )  # fmt: skip


class TestDefinition:
    def test_what_was_told_before_is_not_judged(self, firm):
        report(firm.sold, firm.north, seasonal(100, 33), firm, last=JUNE.plus(-3))
        report(firm.sold, firm.north, seasonal(100_000, 36)[-3:], firm)
        for month in JUNE.plus(-6).until(JUNE.plus(-3)):
            issued(month)
        redefine(firm, JUNE.plus(-2))
        for month in JUNE.plus(-2).until(JUNE):
            found = row(last := issued(month), firm.north, firm.sold)

        # April's issue told May and June, May's told June; April knew no usual step yet, so nothing stands two months ahead.
        assert (found.past_count, found.remarks.count("definition_cut")) == (3, 1)
        assert [(one.ahead, one.count) for one in HorizonAccuracy.objects.filter(issue=last)] == [(1, 2)]
        assert found.past_error < 50_000

    def test_nor_is_it_any_more_once_the_change_is_dated_back(self, firm):
        report(firm.sold, firm.north, seasonal(100, 33), firm, last=JUNE.plus(-3))
        report(firm.sold, firm.north, seasonal(100_000, 36)[-3:], firm)
        for month in JUNE.plus(-6).until(JUNE.plus(-1)):
            former = row(issued(month), firm.north, firm.sold)
        assert former.past_count == 15
        redefine(firm, JUNE.plus(-2))

        last = issued()

        # April told May and June, May told June.
        assert row(last, firm.north, firm.sold).past_count == 3
        assert sum(one.count for one in HorizonAccuracy.objects.filter(issue=last)) == 3

    def test_own_figures_neither(self, firm, monkeypatch):
        told = issue_of("2026-06")
        series_of(told, firm.north, firm.sold)
        services.tell_override(
            subject=Subject("kpi", firm.north, firm.sold), month=Month.parse("2026-09"), value=120.0, by=firm.coo,
            reason="An order.", scope=scope_of(firm.coo, NOW.date()), now=NOW,
        )  # fmt: skip
        came = {"level": 110_000.0, "remarks": ["definition_cut"], "last_year": [100.0] * 18}
        scope = scope_of(firm.coo, NOW.date())

        def judged(**given):
            issue = issue_of("2026-09", version=given["history_count"])
            series_of(issue, firm.north, firm.sold, **{**came, **given})
            rows = overrides_of(scope, Subject("kpi", firm.north, firm.sold))
            return judged_overrides(scope, rows, current_issues(scope, until=Month.parse("2026-09")))

        assert judged(history_count=2) == []
        assert judged(history_count=3) == []
        assert len(judged(history_count=4)) == 1
        assert len(judged(history_count=5, remarks=[])) == 1

    def test_the_board_says_so(self, client, firm):
        issue = issue_of("2026-06")
        series_of(issue, firm.north, firm.sold, past_count=6, past_error=1.0, past_naive=1.0, past_seasonal=1.0)
        client.force_login(firm.coo)

        body = text_of(get(client, "honesty"))
        assert (
            "own figures made before a KPI&#x27;s definition changed, or before the departments of a figure changed"
            in body
        )


class TestTree:
    def test_what_was_told_of_other_departments_is_not_judged(self, firm):
        sold = make_kpi(firm.company, minimum=0)
        report(sold, firm.north, seasonal(100, 40, swing=0), firm)
        report(sold, firm.south, seasonal(1000, 40, swing=0), firm)
        for month in JUNE.plus(-8).until(JUNE.plus(-3)):
            issued(month)
        move_department(
            department=firm.south, parent=firm.company, on=JUNE.plus(-2).first_day, reason="Apart", by=firm.coo, now=NOW
        )
        for month in JUNE.plus(-2).until(JUNE.plus(-1)):
            issued(month)

        last = issued()

        whole, sales, south = (row(last, place, sold) for place in (firm.company, firm.sales, firm.south))
        assert (whole.past_count, south.past_count) == (36, 36)
        assert sales.past_count == 3
        assert sales.past_error < 50

    def test_nor_are_own_figures_and_ends_of_quarters(self, firm, settings):
        sold = make_kpi(firm.company, minimum=0)
        report(sold, firm.north, seasonal(100, 40, swing=0), firm)
        report(sold, firm.south, seasonal(1000, 40, swing=0), firm)
        scope, march = scope_of(firm.coo, NOW.date()), JUNE.plus(-3)
        settings.FIXED_TODAY = "2026-04-10"
        issued(march)
        places = (firm.company, firm.sales, firm.south, firm.north)
        for place in places:
            services.tell_override(
                subject=Subject("kpi", place, sold), month=JUNE, value=500.0, by=firm.coo, reason="An order.",
                scope=scope, now=datetime(2026, 4, 10, 9, tzinfo=UTC),
            )  # fmt: skip
        settings.FIXED_TODAY = "2026-07-15"
        move_department(
            department=firm.south, parent=firm.company, on=JUNE.plus(-2).first_day, reason="Apart", by=firm.coo, now=NOW
        )
        last = issued()

        issues = current_issues(scope, until=JUNE)
        found = {
            place.name: len(judged_overrides(scope, overrides_of(scope, Subject("kpi", place, sold)), issues))
            for place in places
        }
        assert found == {"Company": 1, "Sales": 0, "South": 1, "North": 1}
        (quarter,) = PeriodAccuracy.objects.filter(issue=last, step=3, kind="kpi")
        assert (quarter.ahead, quarter.count) == (3, 3)

    def test_a_corrected_figure_keeps_its_forecasts(self, firm):
        sold = make_kpi(firm.north, minimum=0)
        report(sold, firm.north, seasonal(100, 40), firm)
        for month in JUNE.plus(-8).until(JUNE.plus(-1)):
            issued(month)
        report(sold, firm.north, [900], firm, last=JUNE.plus(-3))

        last = issued()

        assert row(last, firm.north, sold).past_count == 36
        assert_same(last)
