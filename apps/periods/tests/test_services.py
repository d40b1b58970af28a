"""Years laid out, months opened and closed, cut-offs kept and moved, days declared."""

import threading
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.core.errors import Conflict
from apps.core.month import Month
from apps.periods import rules, services
from apps.periods.choices import DayKind, FactKind, PeriodKind, PeriodState
from apps.periods.models import CalendarDay, CutOff, Period
from apps.periods.selectors import accepts, entry_window, period_of
from apps.periods.services.cut_offs import CutOffRefused
from apps.periods.services.days import DayRefused
from apps.periods.services.entry import LOCK_SPACE, lock_key, lock_month
from apps.periods.services.years import FiscalYearChanged, YearRefused, lay_out_year
from apps.periods.tests.factories import laid_out_calendar

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
NOVEMBER = Month(2026, 11)
AT_THE_LOCK = """
SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
"""Who waits for an advisory lock here: the view shows the locks of the whole server."""
pytestmark = pytest.mark.django_db


@pytest.fixture
def calendar():
    return laid_out_calendar(NOW)


@pytest.fixture
def coo():
    return User.objects.create(email="coo@example.com", name="Cora Oland")


def states():
    return dict(Period.objects.months().values_list("first_day", "state"))


class TestOpenPeriods:
    def test_lays_out_this_year_and_the_next(self, calendar):
        assert calendar.laid_out == 34
        assert Period.objects.filter(kind=PeriodKind.MONTH).count() == 24
        assert CutOff.objects.count() == 24 * len(FactKind)

    def test_opens_what_has_begun_and_closes_what_is_past_its_last_cut_off(self, calendar):
        found = states()
        assert found[date(2026, 9, 1)] == PeriodState.CLOSED
        assert found[date(2026, 10, 1)] == PeriodState.CLOSED
        assert found[date(2026, 11, 1)] == PeriodState.OPEN
        assert found[date(2026, 12, 1)] == PeriodState.UPCOMING
        quarters = Period.objects.filter(kind=PeriodKind.QUARTER).values_list("state", flat=True)[:4]
        assert list(quarters) == [PeriodState.CLOSED] * 3 + [PeriodState.OPEN]

    def test_a_second_run_changes_nothing(self, calendar):
        before = list(Period.objects.values()), list(CutOff.objects.values())
        run = services.open_periods(now=NOW)
        assert (run.laid_out, run.opened, run.closed) == (0, 0, 0)
        assert (list(Period.objects.values()), list(CutOff.objects.values())) == before

    def test_catches_up_after_days_of_silence_over_a_month_end(self, calendar):
        run = services.open_periods(now=datetime(2026, 12, 9, tzinfo=UTC))
        assert (run.opened, run.closed) == (1, 1)
        assert states()[date(2026, 11, 1)] == PeriodState.CLOSED
        assert states()[date(2026, 12, 1)] == PeriodState.OPEN

    def test_the_cut_off_moment_itself_is_still_open(self, calendar):
        last = entry_window(FactKind.REPORTS, NOVEMBER).closes_at
        services.open_periods(now=last)
        assert states()[NOVEMBER.first_day] == PeriodState.OPEN
        services.open_periods(now=last + timedelta(microseconds=1))
        assert states()[NOVEMBER.first_day] == PeriodState.CLOSED

    def test_closes_the_year_with_its_last_month(self, calendar):
        services.open_periods(now=datetime(2027, 1, 12, tzinfo=UTC))
        year = period_of(Month(2026, 12), kind=PeriodKind.YEAR)
        quarter = period_of(Month(2026, 12), kind=PeriodKind.QUARTER)
        assert (year.state, quarter.state) == (PeriodState.CLOSED, PeriodState.CLOSED)

    def test_fills_the_gap_when_the_portal_was_off_for_two_years(self, calendar):
        services.open_periods(now=datetime(2029, 2, 1, tzinfo=UTC))
        months = Period.objects.months().values_list("first_day", flat=True)
        assert list(months) == [month.first_day for month in Month(2026, 1).until(Month(2030, 12))]

    def test_refuses_a_changed_fiscal_year(self, calendar, settings):
        settings.FISCAL_YEAR_FIRST_MONTH = 4
        with pytest.raises(FiscalYearChanged, match="begin in month 1"):
            services.open_periods(now=NOW)

    @pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe"])
    def test_opens_and_closes_each_month_once_at_the_local_moment(self, settings, zone):
        settings.COMPANY_ZONE = ZoneInfo(zone)
        settings.FISCAL_YEAR_FIRST_MONTH = 4
        second, walk = timedelta(seconds=1), []
        for month in Month(2026, 5).until(Month(2030, 4)):
            opens = datetime.combine(month.first_day, time.min, settings.COMPANY_ZONE).astimezone(UTC)
            day = rules.cut_off_day(month, 5, rules.WorkDays())
            closes = datetime.combine(day, time(18), settings.COMPANY_ZONE).astimezone(UTC)
            walk += [(opens - second, month, "upcoming"), (opens, month, "open")]
            walk += [(closes, month, "open"), (closes + second, month, "closed")]
        laid_out_calendar(datetime(2026, 4, 1, 12, tzinfo=UTC))
        for moment, month, expected in sorted(walk):
            services.open_periods(now=moment)
            assert (month, states()[month.first_day]) == (month, expected)


@pytest.mark.django_db(transaction=True)
class TestOpenPeriodsAtOnce:
    def test_five_runs_at_once_leave_what_one_leaves(self):
        errors = []

        def run():
            try:
                services.open_periods(now=NOW)
            except Exception as error:  # noqa: BLE001 - the thread reports whatever happened
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert Period.objects.count() == 34
        assert CutOff.objects.count() == 24 * len(FactKind)


class TestLayOutYear:
    def test_adds_the_years_up_to_today_closed(self, calendar, coo):
        lay_out_year(start=date(2023, 6, 1), by=coo, now=NOW)
        assert states()[date(2023, 1, 1)] == PeriodState.CLOSED
        assert Period.objects.months().count() == 12 * 5

    def test_refuses_a_year_far_away(self, calendar, coo):
        with pytest.raises(YearRefused, match="more than 20 years"):
            lay_out_year(start=date(1990, 1, 1), by=coo, now=NOW)


class TestRequireAccepts:
    def test_returns_the_open_month(self, calendar):
        assert services.require_accepts(kind=FactKind.REPORTS, month=NOVEMBER, at=NOW).month == NOVEMBER

    def test_the_cut_off_moment_is_in_time_and_the_next_is_not(self, calendar):
        closes = entry_window("reports", NOVEMBER).closes_at
        services.require_accepts(kind="reports", month=NOVEMBER, at=closes)
        with pytest.raises(
            services.PeriodClosed, match=r"cut-off of November 2026 for Work reports was 7 December 2026"
        ):
            services.require_accepts(kind="reports", month=NOVEMBER, at=closes + timedelta(microseconds=1))

    def test_kinds_close_on_their_own(self, calendar):
        at = entry_window("kpi_values", NOVEMBER).closes_at + timedelta(hours=1)
        assert not accepts("kpi_values", NOVEMBER, at)
        assert accepts("reports", NOVEMBER, at)

    def test_refuses_a_month_that_has_not_begun(self, calendar):
        with pytest.raises(services.PeriodNotOpen, match="December 2026 has not begun"):
            services.require_accepts(kind="reports", month=Month(2026, 12), at=NOW)

    def test_opens_at_midnight_even_when_the_job_is_late(self, calendar):
        services.require_accepts(kind="reports", month=Month(2026, 12), at=datetime(2026, 12, 1, tzinfo=UTC))

    def test_refuses_a_month_outside_the_years(self, calendar):
        with pytest.raises(services.PeriodUnknown, match="May 1999 is outside"):
            services.require_accepts(kind="reports", month=Month(1999, 5), at=NOW)

    def test_refuses_a_month_closed_early(self, calendar, coo):
        services.close_period(period=period_of(NOVEMBER), reason="published", by=coo, now=NOW)
        with pytest.raises(services.PeriodClosed, match="was closed on 20 November 2026"):
            services.require_accepts(kind="reports", month=NOVEMBER, at=NOW + timedelta(minutes=1))

    def test_holds_a_shared_lock_until_the_transaction_ends(self, calendar):
        services.require_accepts(kind="reports", month=NOVEMBER, at=NOW)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s"
                " AND pid = pg_backend_pid()",
                [LOCK_SPACE, lock_key(NOVEMBER)],
            )
            assert cursor.fetchall() == [("ShareLock",)]


@pytest.mark.django_db(transaction=True)
class TestClosingWaitsForEntries:
    def test_a_close_waits_until_the_entry_in_flight_is_stored(self):
        laid_out_calendar(NOW)
        entered, may_end, order = threading.Event(), threading.Event(), []

        def enter():
            with transaction.atomic():
                services.require_accepts(kind="reports", month=NOVEMBER, at=NOW)
                entered.set()
                may_end.wait(20)
                order.append("entry")
            connection.close()

        def close():
            with transaction.atomic():
                lock_month(NOVEMBER)
                order.append("close")
            connection.close()

        first, second = threading.Thread(target=enter), threading.Thread(target=close)
        first.start()
        assert entered.wait(20)
        second.start()
        with connection.cursor() as cursor:
            waiting = []
            while not waiting:
                cursor.execute(AT_THE_LOCK)
                waiting = cursor.fetchall()
        may_end.set()
        first.join()
        second.join()
        assert order == ["entry", "close"]


class TestMoveCutOff:
    def cut_off(self, kind=FactKind.REPORTS):
        return CutOff.objects.get(period=period_of(NOVEMBER), kind=kind)

    def test_moves_one_cut_off_and_keeps_it_there(self, calendar, coo):
        later = datetime(2026, 12, 15, 17, tzinfo=UTC)
        services.move_cut_off(cut_off=self.cut_off(), closes_at=later, reason="Server move", by=coo, now=NOW)
        services.declare_holiday(day=date(2026, 12, 1), name="Founders' day", by=coo, now=NOW)
        assert self.cut_off().closes_at == later
        assert self.cut_off(FactKind.LEDGER).closes_at == datetime(2026, 12, 7, 18, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("closes_at", "reason", "field"),
        [
            (datetime(2026, 12, 15, tzinfo=UTC), "  ", "reason"),
            (NOW, "late", "closes_at"),
            (datetime(2026, 11, 30, 12, tzinfo=UTC), "early", "closes_at"),
        ],
    )
    def test_refuses(self, calendar, coo, closes_at, reason, field):
        with pytest.raises(CutOffRefused) as refused:
            services.move_cut_off(cut_off=self.cut_off(), closes_at=closes_at, reason=reason, by=coo, now=NOW)
        assert refused.value.field == field
        assert not self.cut_off().is_moved

    def test_refuses_in_a_closed_month(self, calendar, coo):
        row = CutOff.objects.get(period=period_of(Month(2026, 9)), kind=FactKind.REPORTS)
        with pytest.raises(Conflict, match="September 2026 is closed"):
            services.move_cut_off(cut_off=row, closes_at=NOW + timedelta(days=1), reason="x", by=coo, now=NOW)


class TestReopenPeriod:
    UNTIL = datetime(2026, 11, 25, 18, tzinfo=UTC)

    def test_takes_entries_again_until_the_new_cut_off(self, calendar, coo):
        october = Month(2026, 10)
        services.reopen_period(
            period=period_of(october),
            closes_at=self.UNTIL,
            kinds=("ledger",),
            reason="Missing invoice",
            by=coo,
            now=NOW,
        )
        assert accepts("ledger", october, self.UNTIL)
        assert not accepts("ledger", october, self.UNTIL + timedelta(seconds=1))
        assert not accepts("reports", october, NOW)
        services.open_periods(now=self.UNTIL + timedelta(seconds=1))
        assert states()[october.first_day] == PeriodState.CLOSED

    def test_reopens_quarter_and_year_too(self, calendar, coo):
        september = Month(2026, 9)
        services.reopen_period(period=period_of(september), closes_at=self.UNTIL, reason="x", by=coo, now=NOW)
        assert period_of(september, kind=PeriodKind.QUARTER).state == PeriodState.OPEN

    def test_kinds_not_named_stay_closed_after_an_early_close(self, calendar, coo):
        services.close_period(period=period_of(NOVEMBER), reason="published", by=coo, now=NOW)
        until = datetime(2026, 12, 20, tzinfo=UTC)
        services.reopen_period(
            period=period_of(NOVEMBER), closes_at=until, kinds=("ledger",), reason="x", by=coo, now=NOW
        )
        later = NOW + timedelta(minutes=1)
        assert (accepts("ledger", NOVEMBER, later), accepts("reports", NOVEMBER, later)) == (True, False)

    def test_refuses_an_open_month(self, calendar, coo):
        with pytest.raises(Conflict, match="not closed"):
            services.reopen_period(period=period_of(NOVEMBER), closes_at=self.UNTIL, reason="x", by=coo, now=NOW)

    def test_refuses_a_quarter(self, calendar, coo):
        quarter = period_of(Month(2026, 9), kind=PeriodKind.QUARTER)
        with pytest.raises(YearRefused, match="opens and closes with its months"):
            services.reopen_period(period=quarter, closes_at=self.UNTIL, reason="x", by=coo, now=NOW)


class TestDeclareDays:
    def test_moves_the_coming_cut_offs_and_says_which(self, calendar, coo):
        moved = services.declare_holiday(day=date(2026, 12, 2), name="Founders' day", by=coo, now=NOW)
        assert {(row.period.month, row.kind) for row in moved} == {(NOVEMBER, kind) for kind in FactKind.values}
        assert entry_window("kpi_values", NOVEMBER).closes_at == datetime(2026, 12, 4, 18, tzinfo=UTC)

    def test_leaves_what_has_passed(self, calendar, coo):
        before = list(CutOff.objects.filter(closes_at__lt=NOW).values_list("pk", "closes_at"))
        services.declare_holiday(day=date(2026, 9, 2), name="Forgotten", by=coo, now=NOW)
        assert list(CutOff.objects.filter(closes_at__lt=NOW).values_list("pk", "closes_at")) == before

    def test_a_make_up_saturday_brings_cut_offs_forward(self, calendar, coo):
        services.declare_days(
            kind=DayKind.WORKDAY, first_day=date(2026, 12, 5), last_day=date(2026, 12, 6), name="Stocktaking", by=coo,
            now=NOW,
        )  # fmt: skip
        assert entry_window("reports", NOVEMBER).closes_at == datetime(2026, 12, 5, 18, tzinfo=UTC)

    def test_withdrawing_puts_them_back(self, calendar, coo):
        before = dict(CutOff.objects.values_list("pk", "closes_at"))
        services.declare_holiday(day=date(2026, 12, 2), name="Founders' day", by=coo, now=NOW)
        services.withdraw_day(declared=CalendarDay.objects.get(), by=coo, now=NOW)
        assert dict(CutOff.objects.values_list("pk", "closes_at")) == before

    def test_withdrawing_never_puts_a_cut_off_into_the_past(self, calendar, coo):
        services.declare_holiday(day=date(2026, 12, 2), name="Founders' day", by=coo, now=NOW)
        late = datetime(2026, 12, 4, 12, tzinfo=UTC)
        services.withdraw_day(declared=CalendarDay.objects.get(), by=coo, now=late)
        assert entry_window("kpi_values", NOVEMBER).closes_at == datetime(2026, 12, 4, 18, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("kind", "first", "last", "name", "says"),
        [
            ("holiday", date(2026, 12, 3), date(2026, 12, 2), "x", "comes before the first"),
            ("holiday", date(2026, 12, 1), date(2027, 12, 1), "x", "More than 31 days"),
            ("holiday", date(2026, 12, 5), date(2026, 12, 6), "x", "is free anyway"),
            ("workday", date(2026, 12, 5), date(2026, 12, 7), "x", "7 December 2026 is a working day anyway"),
            ("holiday", date(2026, 12, 24), date(2026, 12, 25), "x", "already declared as “Christmas”"),
            ("holiday", date(2026, 12, 2), date(2026, 12, 2), " ", "Name the day"),
        ],
    )
    def test_refuses_in_one_sentence_and_stores_nothing(self, calendar, coo, kind, first, last, name, says):
        services.declare_holiday(day=date(2026, 12, 25), name="Christmas", by=coo, now=NOW)
        with pytest.raises(DayRefused, match=says):
            services.declare_days(kind=kind, first_day=first, last_day=last, name=name, by=coo, now=NOW)
        assert CalendarDay.objects.count() == 1


class TestChangeCutOffRule:
    def test_moves_coming_cut_offs_only(self, calendar, coo):
        past = entry_window("reports", Month(2026, 10)).closes_at
        services.change_cut_off_rule(
            kind="reports", working_day=8, closes_time=time(12), reason="More time", by=coo, now=NOW
        )
        assert entry_window("reports", Month(2026, 10)).closes_at == past
        assert entry_window("reports", NOVEMBER).closes_at == datetime(2026, 12, 10, 12, tzinfo=UTC)

    def test_refuses_a_working_day_no_month_has(self, calendar, coo):
        with pytest.raises(CutOffRefused, match="working day 1 to 20"):
            services.change_cut_off_rule(
                kind="reports", working_day=25, closes_time=time(12), reason="x", by=coo, now=NOW
            )


class TestDatabaseWalls:
    def test_months_never_overlap(self, calendar):
        with pytest.raises(IntegrityError, match="periods_period_no_overlap"), transaction.atomic():
            Period.objects.create(kind="month", first_day=date(2026, 11, 15), last_day=date(2026, 12, 14))
