"""What was told in another definition, or of other departments than belong to it today, is no forecast of what came."""

import numpy as np
import pytest

from apps.core.month import Month
from apps.departments.services import move_department
from apps.forecasts import services
from apps.forecasts.models import HorizonAccuracy
from apps.forecasts.rules.record import OFF, compared, last_year_stands, still_known, was_counted
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
        came = {"level": 110_000.0, "remarks": ["definition_cut"]}
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

        assert "definition changed" in text_of(get(client, "honesty"))


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

    def test_a_corrected_figure_keeps_its_forecasts(self, firm):
        sold = make_kpi(firm.north, minimum=0)
        report(sold, firm.north, seasonal(100, 40), firm)
        for month in JUNE.plus(-8).until(JUNE.plus(-1)):
            issued(month)
        report(sold, firm.north, [900], firm, last=JUNE.plus(-3))

        last = issued()

        assert row(last, firm.north, sold).past_count == 36
        assert_same(last)
