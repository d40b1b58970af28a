"""A cut-off that moves is told to those who enter that kind of fact, and to systems: once, and not to whoever moved it."""

from datetime import UTC, datetime, time

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.notifications.tests.factories import events_sent, subscribed, told
from apps.periods import services
from apps.periods.models import CutOff
from apps.periods.selectors import period_of
from apps.periods.tests.factories import laid_out_calendar

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
LATER = datetime(2026, 12, 15, 17, tzinfo=UTC)


@pytest.fixture
def people():
    laid_out_calendar(NOW)
    subscribed("periods.*")
    return {role: UserFactory(roles=[role]) for role in ("coo", "manager", "finance", "employee", "auditor")}


def moved(people, kind):
    row = CutOff.objects.get(period=period_of(Month(2026, 11)), kind=kind)
    former = row.closes_at
    services.move_cut_off(cut_off=row, closes_at=LATER, reason="Server move", by=people["coo"], now=NOW)
    return row, former


class TestMovedCutOff:
    def test_is_told_to_those_who_enter_values(self, people):
        row, former = moved(people, "kpi_values")
        for role in ("manager", "finance"):
            [(kind, subject)] = told(people[role])
            assert kind == "periods.cut_off_moved"
            assert subject.startswith("KPI values of November 2026: entry now closes on ")
            assert "Server move" in people[role].notifications.get().body
        assert [told(people[role]) for role in ("coo", "employee", "auditor")] == [[], [], []]
        [(event, facts)] = events_sent()
        assert event == "periods.cut_off_moved"
        assert (facts["month"], facts["kind"], facts["period"]) == ("2026-11", "kpi_values", row.period_id)
        assert (facts["closes_at"], facts["former"]) == ("2026-12-15T17:00:00Z", f"{former:%Y-%m-%dT%H:%M:%S}Z")

    def test_of_reports_is_no_matter_of_those_who_enter_values_alone(self, people):
        moved(people, "reports")
        assert len(told(people["manager"])) == 1
        assert told(people["finance"]) == []

    def test_that_stays_where_it_was_is_told_nobody(self, people):
        moved(people, "kpi_values")
        moved(people, "kpi_values")
        assert len(told(people["manager"])) == len(events_sent()) == 1


class TestOtherMoves:
    def test_of_a_rule_are_told_once_for_all_months(self, people):
        services.change_cut_off_rule(
            kind="kpi_values", working_day=8, closes_time=time(12), reason="More time", by=people["coo"], now=NOW
        )
        assert told(people["finance"]) == [
            ("periods.cut_off_rule_changed", "KPI values: entry now closes on working day 8 at 12:00")
        ]
        [(event, facts)] = events_sent()
        assert (event, facts["working_day"], facts["moved"] > 1) == ("periods.cut_off_rule_changed", 8, True)

    def test_a_month_that_opens_again(self, people):
        until = datetime(2026, 11, 25, 18, tzinfo=UTC)
        services.reopen_period(
            period=period_of(Month(2026, 9)),
            closes_at=until,
            kinds=("kpi_values",),
            reason="Late",
            by=people["coo"],
            now=NOW,
        )
        [(kind, subject)] = told(people["manager"])
        assert kind == "periods.reopened"
        assert subject.startswith("September 2026 is open again until ")
        [(event, facts)] = events_sent()
        assert (event, facts["kinds"], facts["month"]) == ("periods.reopened", ["kpi_values"], "2026-09")
