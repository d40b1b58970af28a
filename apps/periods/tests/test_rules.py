"""Working days, deadlines in zones whose clocks jump, fiscal years."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.month import Month
from apps.periods import rules
from apps.periods.choices import PeriodKind

GOLDEN = Path(__file__).parents[3] / "tests" / "golden" / "scoring_examples.json"
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2032, 12, 31))
CALENDARS = st.builds(
    rules.WorkDays,
    holidays=st.frozensets(st.dates(min_value=date(2025, 1, 1), max_value=date(2026, 12, 31)), max_size=30),
    extra_workdays=st.frozensets(st.dates(min_value=date(2025, 1, 1), max_value=date(2026, 12, 31)), max_size=10),
)
ZONES = [
    ZoneInfo(name)
    for name in ("America/New_York", "Europe/Madrid", "Australia/Lord_Howe", "Asia/Shanghai", "America/Havana")
]


def golden(method):
    cases = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]
    return [case for case in cases if case["group"] == "late" and case["method"] == method]


class TestNthWorkingDay:
    @pytest.mark.parametrize("case", golden("nth_working_day"), ids=lambda case: case["id"])
    def test_equals_the_golden_case(self, case):
        asked = case["input"]
        work_days = rules.WorkDays(
            holidays=frozenset(map(date.fromisoformat, asked["holidays"])),
            extra_workdays=frozenset(map(date.fromisoformat, asked["extra_workdays"])),
        )
        found = rules.nth_working_day(Month.parse(asked["year_month"]), asked["n"], work_days)
        assert {"date": found.isoformat() if found else None} == case["expected"]

    def test_there_is_a_golden_case_at_all(self):
        assert golden("nth_working_day")

    def test_is_none_past_the_last_one(self):
        assert rules.nth_working_day(Month(2026, 2), 20, rules.WorkDays()) == date(2026, 2, 27)
        assert rules.nth_working_day(Month(2026, 2), 21, rules.WorkDays()) is None
        assert rules.nth_working_day(Month(2026, 2), 0, rules.WorkDays()) is None

    def test_counts_a_make_up_saturday(self):
        work_days = rules.WorkDays(extra_workdays=frozenset({date(2026, 8, 1)}))
        assert rules.nth_working_day(Month(2026, 8), 1, work_days) == date(2026, 8, 1)


class TestWorkDays:
    def test_make_up_workday_wins_over_a_holiday(self):
        day = date(2026, 11, 20)
        work_days = rules.WorkDays(holidays=frozenset({day}), extra_workdays=frozenset({day}))
        assert work_days.is_working(day)

    def test_weekends_are_free(self):
        assert [rules.WorkDays().is_working(date(2026, 11, day)) for day in range(16, 23)] == [True] * 5 + [False] * 2


class TestWorkingDaysByMonth:
    @given(start=DAYS, more=st.integers(min_value=0, max_value=30), work_days=CALENDARS)
    def test_are_those_one_would_count_day_by_day(self, start, more, work_days):
        first = Month.of(start)
        found = rules.working_days_by_month(first, first.plus(more), work_days)
        assert found == {
            month: sum(map(work_days.is_working, rules.days_from(month.first_day, month.last_day)))
            for month in first.until(first.plus(more))
        }


class TestWorkingDaysBetween:
    @pytest.mark.parametrize("case", golden("penalty"), ids=lambda case: case["id"])
    def test_counts_the_days_late_of_the_golden_penalty(self, case):
        asked = case["input"]
        zone = ZoneInfo(asked["tz"])
        due, sent = (datetime.fromisoformat(asked[key]).astimezone(zone).date() for key in ("deadline", "submitted_at"))
        holidays = frozenset(map(date.fromisoformat, asked["holidays"]))
        counted = rules.working_days_between(due, sent, rules.WorkDays(holidays=holidays))
        assert max(counted, 1) == case["expected"]["days"]

    @given(start=DAYS, middle=DAYS, end=DAYS, work_days=CALENDARS)
    def test_adds_up_over_any_point_between(self, start, middle, end, work_days):
        whole = rules.working_days_between(start, end, work_days)
        parts = rules.working_days_between(start, middle, work_days) + rules.working_days_between(
            middle, end, work_days
        )
        assert whole == parts


class TestAddWorkingDays:
    @given(day=DAYS, count=st.integers(min_value=1, max_value=60), work_days=CALENDARS)
    def test_is_undone_by_counting(self, day, count, work_days):
        found = rules.add_working_days(day, count, work_days)
        assert work_days.is_working(found)
        assert rules.working_days_between(day, found, work_days) == count

    @given(day=DAYS, count=st.integers(min_value=1, max_value=60), work_days=CALENDARS)
    def test_backwards_lands_on_a_worked_day_with_as_many_between(self, day, count, work_days):
        found = rules.add_working_days(day, -count, work_days)
        last_before = day - timedelta(days=1)
        assert work_days.is_working(found)
        assert rules.working_days_between(found, last_before, work_days) == count - 1

    def test_zero_is_the_day_itself_or_the_next_worked_one(self):
        assert rules.add_working_days(date(2026, 11, 20), 0, rules.WorkDays()) == date(2026, 11, 20)
        assert rules.add_working_days(date(2026, 11, 21), 0, rules.WorkDays()) == date(2026, 11, 23)

    def test_a_calendar_without_worked_days_ends_in_an_error(self):
        free = frozenset(rules.days_from(date(2026, 1, 1), date(2037, 1, 1)))
        with pytest.raises(ValueError, match="no worked days"):
            rules.add_working_days(date(2026, 1, 1), 1, rules.WorkDays(holidays=free))


class TestLocalInstant:
    def test_plain_day_in_madrid(self):
        moment = rules.deadline_instant(date(2026, 5, 7), time(18), ZoneInfo("Europe/Madrid"))
        assert moment == datetime(2026, 5, 7, 16, tzinfo=UTC)

    def test_a_time_shown_twice_opens_at_the_first_and_is_due_at_the_second(self):
        zone = ZoneInfo("America/New_York")
        opens = rules.local_instant(date(2026, 11, 1), time(1, 30), zone)
        due = rules.deadline_instant(date(2026, 11, 1), time(1, 30), zone)
        assert (opens, due) == (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC))

    def test_a_skipped_midnight_is_the_first_moment_of_the_day(self):
        zone = ZoneInfo("America/Havana")
        moment = rules.local_instant(date(2026, 3, 8), time.min, zone)
        assert moment.astimezone(zone) == datetime(2026, 3, 8, 1, tzinfo=zone)
        assert (moment - timedelta(seconds=1)).astimezone(zone).date() == date(2026, 3, 7)

    @pytest.mark.parametrize("zone", ZONES, ids=str)
    def test_evening_deadlines_never_move_by_an_hour_over_48_months(self, zone):
        month = Month(2024, 12)
        for _ in range(48):
            day = rules.cut_off_day(month, 5, rules.WorkDays())
            shown = rules.deadline_instant(day, time(18), zone).astimezone(zone)
            assert (shown.date(), shown.time()) == (day, time(18))
            month = month.plus(1)

    @pytest.mark.parametrize("zone", ZONES, ids=str)
    def test_each_day_begins_once_and_ends_where_the_next_begins(self, zone):
        day = date(2027, 12, 25)
        for _ in range(800):
            start = rules.local_instant(day, time.min, zone)
            assert start.astimezone(zone).date() == day
            assert (start - timedelta(microseconds=1)).astimezone(zone).date() == day - timedelta(days=1)
            day += timedelta(days=1)


class TestCutOffDay:
    def test_is_counted_from_the_day_after_the_month(self):
        work_days = rules.WorkDays(holidays=frozenset({date(2026, 12, 1)}))
        assert rules.cut_off_day(Month(2026, 11), 3, work_days) == date(2026, 12, 4)

    def test_in_a_leap_year(self):
        assert rules.cut_off_day(Month(2028, 2), 1, rules.WorkDays()) == date(2028, 3, 1)


class TestSpans:
    def test_calendar_quarter(self):
        assert rules.span_of(PeriodKind.QUARTER, date(2026, 11, 20), 1) == rules.Span(
            date(2026, 10, 1), date(2026, 12, 31)
        )

    def test_fiscal_year_from_april(self):
        assert rules.span_of(PeriodKind.YEAR, date(2026, 2, 1), 4) == rules.Span(date(2025, 4, 1), date(2026, 3, 31))
        assert rules.fiscal_year_name(date(2025, 4, 1)) == "2025/26"
        assert rules.fiscal_year_name(date(1999, 4, 1)) == "1999/00"
        assert rules.fiscal_year_name(date(2026, 1, 1)) == "2026"

    @given(day=DAYS, first_month=st.integers(min_value=1, max_value=12))
    def test_months_and_quarters_tile_the_year(self, day, first_month):
        year = rules.span_of(PeriodKind.YEAR, day, first_month)
        spans = rules.spans_of_year(year.first_day, first_month)
        assert day in year
        for kind in PeriodKind:
            days = [
                each
                for found, span in spans
                if found is kind
                for each in rules.days_from(span.first_day, span.last_day)
            ]
            assert days == list(rules.days_from(year.first_day, year.last_day))

    @given(day=DAYS, first_month=st.integers(min_value=1, max_value=12))
    def test_quarters_are_numbered_in_order(self, day, first_month):
        start = rules.fiscal_year_start(day, first_month)
        quarters = [span for kind, span in rules.spans_of_year(start, first_month) if kind is PeriodKind.QUARTER]
        assert [rules.quarter_number(span.first_day, first_month) for span in quarters] == [1, 2, 3, 4]


class TestMayEnter:
    OPENS = datetime(2026, 11, 1, tzinfo=UTC)
    CLOSES = datetime(2026, 12, 4, 18, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("at", "is_closed", "answer"),
        [
            (OPENS - timedelta(microseconds=1), False, rules.Answer.NOT_YET),
            (OPENS, False, rules.Answer.YES),
            (CLOSES, False, rules.Answer.YES),
            (CLOSES + timedelta(microseconds=1), False, rules.Answer.PAST_CUT_OFF),
            (OPENS, True, rules.Answer.CLOSED),
            (CLOSES + timedelta(days=1), True, rules.Answer.CLOSED),
        ],
    )
    def test_answers(self, at, is_closed, answer):
        assert rules.may_enter(opens_at=self.OPENS, closes_at=self.CLOSES, is_closed=is_closed, at=at) is answer
