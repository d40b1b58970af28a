"""Own figures and what-ifs: who may tell what about which month, what is refused, what stays."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.db.utils import DatabaseError
from django.urls import reverse

from apps.core.errors import NotAllowed, NotFound
from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.models import Override, Scenario, SeriesForecast
from apps.forecasts.rules.what_if import Change
from apps.forecasts.selectors import Subject, current_issues
from apps.forecasts.selectors.honesty import in_force, judged_overrides, overrides_of
from apps.forecasts.tests.factories import issue_of, series_of
from apps.staff.selectors import scope_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 6, 9, tzinfo=UTC)
AUGUST = Month(2026, 8)


@pytest.fixture
def north(firm, june):
    """What Mia answers for."""
    return Subject("kpi", firm.north, firm.sold)


def tell(firm, subject, *, by=None, **given):
    by = by or firm.mia
    given = {"month": AUGUST, "value": 130.0, "reason": "A large order.", "now": NOW, **given}
    return services.tell_override(subject=subject, scope=scope_of(by, given["now"].date()), by=by, **given)


def take_back(firm, subject, **given):
    given = {"month": AUGUST, "reason": "Cancelled.", "now": NOW, **given}
    return services.take_back_override(subject=subject, scope=scope_of(firm.mia, NOW.date()), by=firm.mia, **given)


def keep(firm, subject, **given):
    given = {"name": "New line", "from_month": AUGUST, "change": Change(level_pct=Decimal(5)), "now": NOW, **given}
    return services.save_scenario(subject=subject, scope=scope_of(firm.mia, NOW.date()), by=firm.mia, **given)


class TestTellOverride:
    def test_stands_beside_the_forecast(self, firm, june, north):
        made = tell(firm, north)
        assert (made.issue, made.value, made.told_by, made.told_at) == (june, 130.0, firm.mia, NOW)
        assert SeriesForecast.objects.get(department=firm.north, kind="kpi").mean == [100.0] * 18

    def test_is_not_told_twice(self, firm, north):
        assert tell(firm, north) == tell(firm, north)
        assert Override.objects.count() == 1

    def test_the_newest_counts(self, firm, north):
        tell(firm, north)
        newest = tell(firm, north, value=140.0)
        told = overrides_of(scope_of(firm.mia, NOW.date()), north)
        assert list(in_force(told).values()) == [newest]

    @pytest.mark.parametrize("month", ["2026-06", "2025-08", "2028-01"])
    def test_refuses_a_month_that_is_not_ahead(self, firm, north, month):
        with pytest.raises(services.MonthNotAhead, match=r"from Jul 2026 to Dec 2027"):
            tell(firm, north, month=Month.parse(month))

    def test_refuses_a_month_that_is_over_since(self, firm, north):
        with pytest.raises(services.MonthNotAhead, match="from Sep 2026"):
            tell(firm, north, now=datetime(2026, 9, 2, tzinfo=UTC))

    @pytest.mark.parametrize("value", [-1.0, 500.5, float("nan"), float("inf")])
    def test_refuses_what_cannot_be(self, firm, north, value):
        with pytest.raises(services.OutsideBounds) as refused:
            tell(firm, north, value=value)
        assert refused.value.field == "value"

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
    def test_wants_a_reason(self, firm, north, reason):
        with pytest.raises(services.ReasonMissing):
            tell(firm, north, reason=reason)

    def test_is_not_for_other_departments(self, firm, june):
        with pytest.raises(NotFound):
            tell(firm, Subject("kpi", firm.works, firm.sold))
        assert tell(firm, Subject("kpi", firm.works, firm.sold), by=firm.coo).told_by == firm.coo

    def test_is_not_for_those_who_may_not(self, firm, north):
        with pytest.raises(NotAllowed):
            tell(firm, north, by=firm.eve)

    def test_refuses_where_nothing_is_foretold(self, firm, june):
        empty = {name: [] for name in ("mean", "lo80", "hi80", "lo95", "hi95")}
        series_of(june, firm.north, kind="turnover", method="none", **empty)
        with pytest.raises(services.NothingForetold):
            tell(firm, Subject("turnover", firm.north))

    def test_is_never_changed(self, firm, north):
        made = tell(firm, north)
        with pytest.raises(DatabaseError, match=r"keep_override|Cannot"), connection.cursor() as cursor:
            cursor.execute("UPDATE forecasts_override SET value = 1 WHERE id = %s", [made.pk])


class TestTakeBackOverride:
    def test_lets_the_forecast_count_again(self, firm, north):
        tell(firm, north)
        taken = take_back(firm, north)
        assert taken.value is None
        assert in_force(overrides_of(scope_of(firm.mia, NOW.date()), north)) == {}
        assert Override.objects.count() == 2

    def test_refuses_where_nothing_was_told(self, firm, north):
        with pytest.raises(services.NothingToTakeBack):
            take_back(firm, north)
        tell(firm, north)
        take_back(firm, north)
        with pytest.raises(services.NothingToTakeBack):
            take_back(firm, north)

    def test_an_old_one_is_taken_back_after_its_month_too(self, firm, north):
        tell(firm, north)
        taken = take_back(firm, north, now=datetime(2026, 9, 2, tzinfo=UTC))
        assert (taken.value, taken.month) == (None, date(2026, 8, 1))
        assert in_force(overrides_of(scope_of(firm.mia, NOW.date()), north)) == {}

    def test_an_old_one_where_nothing_is_foretold_any_more(self, firm, north):
        tell(firm, north)
        empty = {name: [] for name in ("mean", "lo80", "hi80", "lo95", "hi95")}
        series_of(issue_of("2026-08"), firm.north, firm.sold, method="none", **empty)
        assert take_back(firm, north, now=datetime(2026, 9, 2, tzinfo=UTC)).value is None

    def test_the_page_offers_months_that_are_over(self, firm, north, as_, settings):
        tell(firm, north)
        settings.FIXED_TODAY = "2026-09-02"
        address = reverse("forecasts:take_back", args=["kpi", firm.north.pk, firm.sold.pk])
        assert "2026-08" in as_(firm.mia).get(address).content.decode()
        answer = as_(firm.mia).post(address, {"month": "2026-08", "reason": "It was a slip."})
        assert answer.status_code == 302


class TestJudgedOverrides:
    def test_are_judged_by_what_came(self, firm, june, north):
        tell(firm, north, month=Month(2026, 7), value=120.0)
        series_of(issue_of("2026-07"), firm.north, firm.sold, level=118.0, last_year=[100.0] * 18)
        scope = scope_of(firm.coo, NOW.date())
        (found,) = judged_overrides(scope, overrides_of(scope, north), current_issues(scope, until=AUGUST))
        assert (found.actual, found.forecast, found.error, found.forecast_error) == (118.0, 100.0, 2.0, 18.0)

    def test_are_not_while_their_month_is_ahead_or_they_were_taken_back(self, firm, june, north):
        tell(firm, north, month=Month(2026, 7))
        scope = scope_of(firm.coo, NOW.date())
        assert judged_overrides(scope, overrides_of(scope, north), current_issues(scope, until=AUGUST)) == []
        take_back(firm, north, month=Month(2026, 7))
        series_of(issue_of("2026-07"), firm.north, firm.sold)
        assert judged_overrides(scope, overrides_of(scope, north), current_issues(scope, until=AUGUST)) == []

    def test_are_judged_though_they_were_taken_back_afterwards(self, firm, june, north):
        tell(firm, north, month=Month(2026, 7), value=120.0)
        take_back(firm, north, month=Month(2026, 7), now=datetime(2026, 8, 3, tzinfo=UTC))
        series_of(issue_of("2026-07"), firm.north, firm.sold, level=118.0, last_year=[100.0] * 18)
        scope = scope_of(firm.coo, NOW.date())
        (found,) = judged_overrides(scope, overrides_of(scope, north), current_issues(scope, until=AUGUST))
        assert found.error == 2.0


class TestScenarios:
    def test_are_kept_apart(self, firm, june, north):
        made = keep(firm, north)
        assert (made.name, made.from_month, made.made_by) == ("New line", AUGUST.first_day, firm.mia)
        assert SeriesForecast.objects.get(department=firm.north, kind="kpi").mean == [100.0] * 18

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"change": Change()}, "level_pct"),
            ({"change": Change(level_pct=Decimal(-101))}, "level_pct"),
            ({"change": Change(growth_pct=Decimal(51))}, "growth_pct"),
            ({"name": " "}, "name"),
            ({"name": "x" * 121}, "name"),
        ],
    )
    def test_refuse_what_makes_no_sense(self, firm, north, given, field):
        with pytest.raises(services.WrongScenario) as refused:
            keep(firm, north, **given)
        assert refused.value.field == field

    def test_have_a_name_of_their_own(self, firm, north):
        keep(firm, north)
        with pytest.raises(services.WrongScenario):
            keep(firm, north, name=" new LINE ")

    def test_are_not_too_many(self, firm, north):
        for number in range(20):
            keep(firm, north, name=str(number))
        with pytest.raises(services.TooManyScenarios):
            keep(firm, north)

    def test_begin_ahead(self, firm, north):
        with pytest.raises(services.MonthNotAhead):
            keep(firm, north, from_month=Month(2026, 6))

    def test_are_thrown_away_by_those_who_answer_for_the_department(self, firm, north):
        made = keep(firm, north)
        scope = scope_of(firm.eve, NOW.date())
        with pytest.raises(NotAllowed):
            services.delete_scenario(scenario=made, scope=scope, by=firm.eve, now=NOW)
        services.delete_scenario(scenario=made, scope=scope_of(firm.mia, NOW.date()), by=firm.mia, now=NOW)
        assert Scenario.objects.count() == 0
