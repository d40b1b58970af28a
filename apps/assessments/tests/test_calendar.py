"""The month's calendar: which step is due when, whose turn it is, who is told."""

from datetime import UTC, date, datetime, time

import pytest

from apps.assessments import services
from apps.assessments.rules.calendar import (
    Happened,
    Occasion,
    Plan,
    Step,
    StepState,
    Turn,
    current,
    plan_of,
    reminders,
    steps_of,
    turn_of,
)
from apps.assessments.selectors.calendar import calendars_of
from apps.assessments.selectors.months import Deadline, public_deadlines
from apps.assessments.services import reminding
from apps.assessments.tests.factories import published
from apps.core.month import Month
from apps.kpis.models import KpiValue
from apps.kpis.tests.factories import make_kpi
from apps.notifications.models import Notification
from apps.periods.choices import FactKind
from apps.periods.models import Period
from apps.periods.rules import WorkDays
from apps.periods.services import change_cut_off_rule

MAY = Month(2026, 5)
WORK = WorkDays()


def on(day, **happened):
    """The steps of May seen from a day of June; 1 June 2026 is a Monday."""
    return {one.step: one for one in steps_of(MAY, Plan(), Happened(**happened), today=date(2026, 6, day), days=WORK)}


class TestPlanOf:
    def test_is_the_usual_one_where_the_scheme_says_nothing(self):
        assert plan_of({}) == plan_of(None) == Plan(6, 8, 10, 5, 5)

    def test_takes_what_the_scheme_says_as_text_or_number(self):
        assert plan_of({"calculate": "4", "review": 5, "publish": "7"}) == Plan(4, 5, 7, 5, 5)

    @pytest.mark.parametrize("publish", ["0", "soon", -3, "99", 3])
    def test_a_slip_of_the_pen_is_the_usual_number(self, publish):
        assert plan_of({"publish": publish}) == Plan()


class TestStepsOf:
    def test_counts_working_days_of_the_following_month(self):
        assert [one.due_on.day for one in on(1).values()] == [3, 5, 8, 10, 12, 19, 26]

    def test_a_holiday_moves_what_comes_after_it(self):
        days = WorkDays(holidays=frozenset({date(2026, 6, 4)}))
        found = steps_of(MAY, Plan(), Happened(), today=date(2026, 6, 1), days=days)
        assert [one.due_on.day for one in found][:5] == [3, 8, 9, 11, 15]

    def test_before_the_cut_off_it_is_the_turn_of_those_who_report(self):
        assert current(tuple(on(3).values())).step == Step.CUT_OFF
        assert current(tuple(on(4).values())).step == Step.REPORTS
        assert current(tuple(on(8).values())).step == Step.CALCULATE

    def test_a_moved_cut_off_is_taken_as_it_is(self):
        assert on(4, cut_off_on=date(2026, 6, 5))[Step.CUT_OFF].state == StepState.NOW

    def test_a_step_is_late_once_its_day_has_ended(self):
        assert on(8)[Step.CALCULATE].state == StepState.NOW
        late = on(10)[Step.CALCULATE]
        assert (late.state, late.days_late) == (StepState.LATE, 2)

    def test_a_later_step_that_was_missed_is_late_as_well(self):
        assert on(11)[Step.REVIEW].state == StepState.LATE
        assert on(11)[Step.PUBLISH].state == StepState.AHEAD

    def test_what_was_done_late_says_by_how_much(self):
        done = on(18, published_on=date(2026, 6, 16))[Step.PUBLISH]
        assert (done.state, done.days_late) == (StepState.DONE, 2)

    def test_publication_on_its_day_is_in_time(self):
        assert on(15, published_on=date(2026, 6, 12))[Step.PUBLISH].days_late == 0

    def test_what_follows_an_overdue_publication_is_counted_from_today(self):
        found = on(18)
        assert (found[Step.APPEALS].due_on, found[Step.RULINGS].due_on) == (date(2026, 6, 25), date(2026, 7, 2))

    def test_appeals_are_counted_from_the_day_of_publication(self):
        found = on(12, published_on=date(2026, 6, 9))
        assert (found[Step.APPEALS].due_on, found[Step.RULINGS].due_on) == (date(2026, 6, 16), date(2026, 6, 23))
        assert found[Step.APPEALS].state == StepState.NOW

    def test_without_appeals_the_month_is_final_when_the_window_has_closed(self):
        found = on(17, published_on=date(2026, 6, 9))
        assert (found[Step.APPEALS].state, found[Step.RULINGS].state) == (StepState.DONE, StepState.DONE)

    def test_an_open_appeal_keeps_the_rulings_open_and_makes_them_late(self):
        assert on(17, published_on=date(2026, 6, 9), open_appeals=1)[Step.RULINGS].state == StepState.NOW
        assert on(24, published_on=date(2026, 6, 9), open_appeals=1)[Step.RULINGS].state == StepState.LATE


class TestReminders:
    def said(self, day, turn=Turn.HR, **happened):
        found = tuple(on(day, **happened).values())
        return [(one.step, one.occasion, one.to) for one in reminders(found, turn, today=date(2026, 6, day), days=WORK)]

    def test_one_working_day_before_and_on_the_day(self):
        assert self.said(4) == []
        assert self.said(5) == [(Step.CALCULATE, Occasion.DAY_BEFORE, Turn.HR)]
        assert self.said(8) == [(Step.CALCULATE, Occasion.ON_THE_DAY, Turn.HR)]

    def test_nobody_is_reminded_on_days_that_are_not_worked(self):
        assert self.said(6) == self.said(7) == []

    def test_a_missed_day_is_told_to_whose_turn_it_is_and_climbs_to_the_next_line(self):
        assert (Step.CALCULATE, Occasion.MISSED, Turn.HR) in self.said(9)
        assert (Step.CALCULATE, Occasion.MISSED, Turn.COO) in self.said(9)
        reviewed = self.said(11, Turn.COO, calculated_on=date(2026, 6, 8))
        assert reviewed == [
            (Step.REVIEW, Occasion.MISSED, Turn.COO),
            (Step.REVIEW, Occasion.MISSED, Turn.GM),
            (Step.PUBLISH, Occasion.DAY_BEFORE, Turn.COO),
        ]

    def test_whoever_is_behind_is_told_of_the_steps_that_wait_for_them_too(self):
        assert (Step.PUBLISH, Occasion.ON_THE_DAY, Turn.HR) in self.said(12)

    def test_nobody_stands_above_the_general_manager(self):
        found = self.said(15, Turn.GM, calculated_on=date(2026, 6, 8))
        assert {to for _step, _occasion, to in found} == {Turn.GM}

    def test_nothing_is_said_of_steps_that_come_with_time(self):
        assert self.said(2) == self.said(3) == []
        assert self.said(12, published_on=date(2026, 6, 9)) == []

    def test_whose_turn_it_is(self):
        assert turn_of(Step.REVIEW, is_under_review=False) == Turn.HR
        assert turn_of(Step.REVIEW, is_under_review=True) == Turn.COO
        assert turn_of(Step.REVIEW, is_under_review=True, is_gm_asked=True) == Turn.GM
        assert turn_of(Step.PUBLISH, is_under_review=False) == Turn.HR


def deadlines(*people):
    return [
        (note.user, note.subject)
        for note in Notification.objects.filter(kind="assessments.due", user__in=people).order_by("pk")
    ]


def morning(day):
    return datetime(2026, 6, day, 5, 30, tzinfo=UTC)


@pytest.mark.django_db
class TestRemindOfMonths:
    """May is to be worked out by 8 June, approved by the 10th, published by the 12th."""

    @pytest.fixture(autouse=True)
    def only_may(self, firm, monkeypatch):
        monkeypatch.setattr(reminding, "MONTHS_REMINDED", 1)

    def test_reminds_human_resources_the_day_before_each_once(self, firm, scheme):
        for _again in range(2):
            services.remind_of_months(now=morning(5))
        assert deadlines(firm.hr, firm.coo) == [(firm.hr, "Scores of May 2026: working out is due on 8 Jun 2026")]

    def test_what_was_missed_climbs_from_human_resources_to_the_chief_operating_officer(self, firm, scheme):
        services.remind_of_months(now=morning(9))
        assert (firm.coo, "Scores of May 2026: working out was due on 8 Jun 2026 and is missing") in deadlines(firm.coo)

    def test_what_waits_for_the_chief_operating_officer_climbs_to_the_general_manager(self, firm, scheme):
        services.compute_month(month=MAY, by=firm.hr, now=morning(8))
        services.hand_in_month(month=MAY, by=firm.hr, now=morning(8))
        services.remind_of_months(now=morning(11))
        assert deadlines(firm.gm) == [(firm.gm, "Scores of May 2026: approval was due on 10 Jun 2026 and is missing")]
        assert deadlines(firm.hr) == []
        assert (firm.coo, "Scores of May 2026: approval was due on 10 Jun 2026 and is missing") in deadlines(firm.coo)

    def test_nothing_is_said_of_a_published_month(self, firm, scheme):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm], now=morning(8))
        assert services.remind_of_months(now=morning(12)) == {"reminded": 0, "climbed": 0}

    def test_nothing_is_said_where_no_scheme_is_in_force(self, firm):
        assert services.remind_of_months(now=morning(8)) == {"reminded": 0, "climbed": 0}


@pytest.mark.django_db
class TestRecordPunctuality:
    def published_on(self, firm, day):
        return published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm], now=morning(day))

    def value(self, kpi):
        return KpiValue.objects.filter(series__kpi=kpi).values_list("month", "value").first()

    def test_keeps_the_working_days_of_lateness_in_the_month_it_was_due(self, firm, scheme):
        kpi = make_kpi(firm.company, code="assess-on-time", name="Scores published late, days", direction="lower")
        publication = self.published_on(firm, 16)
        assert services.record_punctuality(publication=publication, now=morning(16))
        assert services.record_punctuality(publication=publication, now=morning(16))
        assert self.value(kpi) == (date(2026, 6, 1), 2)
        assert KpiValue.objects.filter(series__kpi=kpi).count() == 1

    @pytest.mark.parametrize("day", [13, 14])
    def test_a_weekend_after_the_day_it_was_due_is_one_day_late(self, firm, scheme, day):
        kpi = make_kpi(firm.company, code="ASSESS-ON-TIME", name="Scores published late, days", direction="lower")
        assert services.record_punctuality(publication=self.published_on(firm, day), now=morning(day))
        assert self.value(kpi) == (date(2026, 6, 1), 1)

    def test_nothing_is_kept_where_only_a_department_below_has_such_a_kpi(self, firm, scheme):
        kpi = make_kpi(firm.sales, code="ASSESS-ON-TIME", name="Scores published late, days", direction="lower")
        assert not services.record_punctuality(publication=self.published_on(firm, 12), now=morning(12))
        assert self.value(kpi) is None

    def test_publication_does_not_fail_over_a_kpi_that_does_not_take_the_value(self, firm, scheme):
        kpi = make_kpi(firm.company, code="ASSESS-ON-TIME", name="Scores published late, days", direction="lower")
        Period.objects.filter(first_day=date(2026, 6, 1), kind="month").update(first_day=date(2026, 6, 2))
        assert not services.record_punctuality(publication=self.published_on(firm, 12), now=morning(12))
        assert self.value(kpi) is None


@pytest.mark.django_db
class TestMonthCalendar:
    def test_follows_the_scheme_and_what_happened(self, firm, scheme):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm], now=morning(16))
        found = calendars_of([MAY], today=date(2026, 6, 16))[MAY]
        assert (found.is_published, found.step(Step.PUBLISH).days_late) == (True, 2)
        assert found.now.step == Step.APPEALS

    def test_the_list_of_months_says_overdue_on_the_saturday_after(self, firm, scheme):
        saturday = date(2026, 6, 13)
        assert public_deadlines([MAY], saturday)[MAY] == Deadline(date(2026, 6, 12), -1)
        assert public_deadlines([MAY], date(2026, 6, 30), {MAY: saturday})[MAY].days_left == -1

    def test_takes_the_cut_offs_of_values_and_of_reports_from_the_year_that_is_laid_out(self, firm, scheme):
        change_cut_off_rule(
            kind=FactKind.REPORTS, working_day=4, closes_time=time(12), reason="Earlier.", by=firm.coo, now=morning(1)
        )
        found = calendars_of([MAY], today=date(2026, 6, 4))[MAY]
        days = {step: found.step(step).due_on.day for step in (Step.CUT_OFF, Step.REPORTS)}
        assert (days, found.now.step) == ({Step.CUT_OFF: 3, Step.REPORTS: 4}, Step.REPORTS)

    def test_is_worked_out_once_reports_can_no_longer_come(self, firm, scheme):
        services.compute_month(month=MAY, by=firm.hr, now=morning(5))
        assert calendars_of([MAY], today=date(2026, 6, 8))[MAY].now.step == Step.CALCULATE
        services.compute_month(month=MAY, by=firm.hr, now=morning(8))
        assert calendars_of([MAY], today=date(2026, 6, 8))[MAY].now.step == Step.REVIEW

    def test_a_number_of_months_takes_a_fixed_number_of_queries(self, firm, scheme, django_assert_max_num_queries):
        with django_assert_max_num_queries(8):
            calendars_of([MAY.plus(-ago) for ago in range(6)], today=date(2026, 6, 16))
