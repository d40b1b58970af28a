"""Staff numbers for which simply repeating what was came closer are told so, said so, and still add up."""

from types import SimpleNamespace

import numpy as np
import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.forecasts.models import ForecastIssue, SeriesForecast
from apps.forecasts.rules.choosing import Choice
from apps.forecasts.rules.plainer import with_better
from apps.forecasts.rules.record import TOLD
from apps.forecasts.rules.staffing import Ends, StaffSeries
from apps.forecasts.services import sources
from apps.forecasts.services.remembering import remembered as remembered_of
from apps.forecasts.tests.factories import issue_of, remembered, series_of
from apps.forecasts.tests.reporting import JUNE, issued, small_firm
from apps.staff.tests.factories import PersonFactory

AHEAD = 6


def heads(department, level, *, above=None, is_own=False, **given):
    stored = {
        "department": department, "kind": "headcount", "is_own": is_own, "above": above, "history": [level] * 60,
        "actual": level, "mean": [level + 2.0] * AHEAD, "lo80": [level] * AHEAD, "hi80": [level + 4.0] * AHEAD,
        "lo95": [level - 1.0] * AHEAD, "hi95": [level + 6.0] * AHEAD, "planned": [np.nan] * AHEAD, "due": [0.0] * AHEAD,
        "variance": [4.0] * AHEAD, "third": [0.0] * AHEAD,
    }  # fmt: skip
    return StaffSeries(**{**stored, **given})


def better(series, naive=(), seasonal=()):
    rows = np.arange(len(series))
    chosen = Choice(np.isin(rows, naive), np.isin(rows, seasonal))
    last = np.array([one.actual for one in series], dtype=float)
    last_year = np.tile(last[:, None] - 5, (1, AHEAD))
    return with_better(series, chosen, last, last_year, month=Month(2026, 6), ends=Ends(2, 5))


class TestBetter:
    def test_repeats_what_was_and_keeps_the_width(self):
        (found,) = better([heads(1, 20.0)], naive=[0])
        assert found.mean == [20.0] * AHEAD
        assert (found.lo95[0], found.lo80[0], found.hi80[0], found.hi95[0]) == (17, 18, 22, 24)
        assert (found.method, found.remarks, found.own) == ("naive", ["naive_better"], [22.0] * AHEAD)
        assert (found.quarter_mean, found.year_mean) == (20.0, 20.0)

    def test_leaves_alone_what_was_not_worse(self):
        series = [heads(1, 20.0)]
        assert better(series) == series

    def test_counts_who_is_known_to_come_or_go_all_the_same(self):
        (found,) = better([heads(1, 20.0, due=[0.0, -1.0, 2.0, 2.0, 2.0, 2.0], remarks=["known_moves"])], naive=[0])
        assert found.mean[:3] == [20.0, 19.0, 22.0]
        assert found.remarks == ["known_moves", "naive_better"]

    def test_the_chance_of_the_plan_and_the_warning_follow(self):
        plan = [21.0] * AHEAD
        (found,) = better([heads(1, 20.0, planned=plan, target=plan, chance_month=0.77)], naive=[0])
        assert (found.warning, found.warned_month) == ("below_plan", Month(2026, 7))
        assert found.chance_month == pytest.approx(0.4013, abs=1e-3)  # 20.5 or more of N(20, 2)

    def test_departments_go_on_adding_up(self):
        found = better(
            [
                heads(1, 30.0), heads(1, 10.0, is_own=True, mean=[12.0] * AHEAD),
                heads(2, 20.0, above=1, mean=[20.0] * AHEAD),
            ],
            naive=[0],
        )  # fmt: skip
        assert np.array(found[1].mean) + found[2].mean == pytest.approx(np.array(found[0].mean))
        assert found[0].mean == [30.0] * AHEAD
        assert found[1].remarks == ["reconciled"]

    def test_last_year_and_turnover_too(self):
        turnover = heads(1, 8.0, kind="turnover", lo95=[1.0] * AHEAD, lo80=[4.5] * AHEAD)
        (found,) = better([turnover], seasonal=[0])
        assert (found.method, found.mean[0], found.lo80[0], found.lo95[0]) == ("seasonal", 3.0, 0.0, 0.0)
        assert found.remarks == ["seasonal_better"]


@pytest.mark.django_db
class TestIssued:
    @pytest.fixture
    def firm(self, settings):
        firm = small_firm(settings)
        for _number in range(4):
            PersonFactory(department=firm.north)
        return firm

    def told(self, firm, **given):
        for back in range(1, 7):
            earlier = issue_of(str(JUNE.plus(-back)))
            for kind in ("headcount", "turnover"):
                level = {"headcount": 4.0, "turnover": 0.0}[kind]
                series_of(earlier, firm.north, kind=kind, mean=[level + 30] * 18, last_value=level,
                          last_year=[level + 50] * 18, **given)  # fmt: skip
            remembered(earlier)
        issue = issued().pk
        return {
            row.kind: row
            for row in SeriesForecast.objects.filter(issue=issue, department=firm.north, is_own=False, kpi=None)
        }

    def test_the_better_way_is_used_and_said_on_page_and_in_files(self, firm, client):
        rows = self.told(firm)
        for kind in ("headcount", "turnover"):
            assert (rows[kind].method, "naive_better" in rows[kind].remarks) == ("naive", True), kind
        assert set(rows["headcount"].mean) == {4.0}
        client.force_login(UserFactory(roles=["coo"]))
        page = client.get(
            reverse("forecasts:series", kwargs={"kind": "headcount", "department": firm.north.pk})
        ).content.decode()
        assert "“same as last month” came closer so far and is used" in page

    @pytest.mark.parametrize("is_first", [True, False])
    def test_series_of_other_sources_beside_them_change_nothing(self, firm, monkeypatch, is_first):
        spent = SimpleNamespace(
            department=firm.north.pk, kind="spent", is_own=False, history=[7.0] * 60, actual=7.0, mean=[7.0] * 18,
            lo80=[6.0] * 18, hi80=[8.0] * 18, lo95=[5.0] * 18, hi95=[9.0] * 18, own=[], method="staffing", remarks=[],
            target=[], chance_month=None, chance_quarter=None, chance_year=None, quarter_mean=None, quarter_lo80=None,
            quarter_hi80=None, year_mean=None, year_lo80=None, year_hi80=None, quarter_target=None, year_target=None,
            warning="", warned_month=None, warned_chance=None,
        )  # fmt: skip

        def budgets(**_given):
            return [spent]

        both = [sources.staff_series, budgets]
        monkeypatch.setattr(sources, "SOURCES", tuple(reversed(both) if is_first else both))

        rows = self.told(firm)

        assert (rows["headcount"].method, rows["turnover"].method) == ("naive", "naive")
        assert (rows["spent"].mean, rows["spent"].method) == (spent.mean, "staffing")

    def test_our_own_way_goes_on_being_judged(self, firm):
        DepartmentFactory(parent=firm.north)
        self.told(firm)
        issue = ForecastIssue.objects.get(month=JUNE.first_day)
        ((_issue, _ahead, block),) = remembered_of([(issue.pk, 1)])
        assert TOLD[:2] == ("mean", "own")
        assert not np.isnan(block[1]).all()
