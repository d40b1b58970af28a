from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.jobs.rules import Cadence, Entry, due_periods, nudge_wait, retry_wait

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


class TestRetryWait:
    def test_starts_at_five_seconds_and_doubles(self):
        assert retry_wait(1, jitter=1) == timedelta(seconds=5)
        assert retry_wait(2, jitter=1) == timedelta(seconds=10)
        assert retry_wait(4, jitter=1) == timedelta(seconds=40)

    def test_jitter_spreads_the_upper_half(self):
        assert retry_wait(2, jitter=0) == timedelta(seconds=5)

    @given(st.integers(-3, 10_000), st.floats(0, 1))
    def test_stays_between_two_and_a_half_seconds_and_an_hour(self, attempt, jitter):
        assert timedelta(seconds=2.5) <= retry_wait(attempt, jitter=jitter) <= timedelta(hours=1)


class TestNudgeWait:
    def test_doubles_up_to_ten_minutes(self):
        assert [nudge_wait(count).total_seconds() for count in (1, 2, 3, 9)] == [15, 30, 60, 600]


class TestDuePeriods:
    daily = Entry("x.daily", Cadence.DAILY, at=time(3, 30))
    caught_up = Entry("x.caught", Cadence.DAILY, at=time(3, 30), catches_up=True)
    monthly = Entry("x.monthly", Cadence.MONTHLY, at=time(6, 0), day=2, catches_up=True)
    hourly = Entry("x.hourly", Cadence.HOURLY, at=time(0, 15), catches_up=True)

    def test_is_not_due_before_its_local_time(self):
        assert due_periods(self.daily, last="2026-11-19", now=at(2026, 11, 19, 19, 29), zone=SHANGHAI) == []

    def test_is_due_at_its_local_time(self):
        assert due_periods(self.daily, last="2026-11-19", now=at(2026, 11, 19, 19, 30), zone=SHANGHAI) == ["2026-11-20"]

    def test_is_due_once(self):
        assert due_periods(self.daily, last="2026-11-20", now=at(2026, 11, 20, 9), zone=SHANGHAI) == []

    def test_first_start_runs_the_newest_period_only(self):
        assert due_periods(self.caught_up, last="", now=at(2026, 11, 20, 9), zone=SHANGHAI) == ["2026-11-20"]

    def test_first_start_before_todays_time_runs_yesterday(self):
        assert due_periods(self.daily, last="", now=at(2026, 11, 19, 17), zone=SHANGHAI) == ["2026-11-19"]

    def test_three_days_away_catches_up_in_order(self):
        now = at(2026, 12, 2, 9)
        assert due_periods(self.caught_up, last="2026-11-29", now=now, zone=SHANGHAI) == [
            "2026-11-30",
            "2026-12-01",
            "2026-12-02",
        ]

    def test_three_days_away_runs_only_the_newest_where_the_entry_says_so(self):
        assert due_periods(self.daily, last="2026-11-29", now=at(2026, 12, 2, 9), zone=SHANGHAI) == ["2026-12-02"]

    def test_months_over_a_year_end(self):
        now = at(2027, 1, 2, 6)
        assert due_periods(self.monthly, last="2026-10", now=now, zone=ZoneInfo("UTC")) == [
            "2026-11",
            "2026-12",
            "2027-01",
        ]

    def test_a_month_waits_for_its_day(self):
        assert due_periods(self.monthly, last="2026-12", now=at(2027, 1, 2, 5, 59), zone=ZoneInfo("UTC")) == []

    def test_hours(self):
        now = at(2026, 11, 20, 9, 20)
        assert due_periods(self.hourly, last="2026-11-20T07", now=now, zone=ZoneInfo("UTC")) == [
            "2026-11-20T08",
            "2026-11-20T09",
        ]

    @pytest.mark.parametrize(
        ("day", "clock_day"),
        [(at(2026, 3, 8, 7), "spring: 02:30 is skipped"), (at(2026, 11, 1, 7), "autumn: 01:30 comes twice")],
    )
    def test_each_day_is_due_once_over_a_clock_change(self, day, clock_day):
        entry = Entry("x.night", Cadence.DAILY, at=time(2, 30) if day.month == 3 else time(1, 30), catches_up=True)
        seen = []
        for minute in range(0, 48 * 60, 10):
            seen += due_periods(
                entry,
                last=seen[-1] if seen else f"{day - timedelta(days=1):%Y-%m-%d}",
                now=day - timedelta(hours=24) + timedelta(minutes=minute),
                zone=NEW_YORK,
            )
        assert len(seen) == len(set(seen)) >= 1
        assert f"{day:%Y-%m-%d}" in seen

    def test_a_portal_that_slept_for_years_catches_up_in_rounds_from_the_oldest(self):
        found = due_periods(self.caught_up, last="2020-01-01", now=at(2026, 11, 20, 9), zone=SHANGHAI)
        assert len(found) == 400
        assert found[0] == "2020-01-02"
