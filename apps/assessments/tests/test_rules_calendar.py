"""The month's calendar at its edges: what a scheme may say, what is done, due, late, whom a reminder goes to."""

from datetime import date

import pytest

from apps.assessments.rules.calendar import (
    Due,
    Happened,
    Occasion,
    Plan,
    Reminder,
    Step,
    StepState,
    Turn,
    current,
    days_to,
    done_days,
    due_days,
    plan_of,
    publication_day,
    reminders,
    steps_of,
    turn_of,
    whole_days,
)
from apps.core.month import Month
from apps.periods.rules import WorkDays

MAY, WORK = Month(2026, 5), WorkDays()


def june(day):
    return date(2026, 6, day)


class TestWhatASchemeSays:
    @pytest.mark.parametrize(
        ("said", "days"),
        [
            ("1", 1), ("60", 60), (" 7 ", 7), (12, 12), ("007", 7),
            ("0", None), ("61", None), ("0007", None), ("-3", None), ("1.5", None), ("٣", None), ("", None), (None, None),
        ],
    )  # fmt: skip
    def test_days_from_one_to_sixty(self, said, days):
        assert whole_days(said) == days

    def test_steps_come_one_after_the_other_or_the_usual_plan_holds(self):
        assert plan_of({"calculate": 5, "review": 5, "publish": 5}) == Plan(5, 5, 5)
        assert plan_of({"calculate": 9}) == plan_of(None) == Plan()
        assert plan_of({"review": 11}) == Plan()
        assert plan_of({"review": 7, "appeal_days": "3", "ruling_days": 4}) == Plan(6, 7, 10, 3, 4)
        assert (Plan().calculate, Plan().review, Plan().publish) == (6, 8, 10)
        assert (Plan().appeal_days, Plan().ruling_days) == (5, 5)


class TestDueDays:
    def due(self, today, plan=None, **happened):
        return due_days(MAY, plan or Plan(), Happened(**happened), today=today, days=WORK)

    def test_count_working_days_after_the_month(self):
        assert publication_day(MAY, Plan(), WORK) == june(12)
        assert list(self.due(june(1)).values()) == [june(day) for day in (3, 5, 8, 10, 12, 19, 26)]

    def test_what_follows_publication_is_counted_from_it(self):
        assert self.due(june(12))[Step.APPEALS] == june(19)
        assert self.due(june(15))[Step.APPEALS] == june(22)
        assert self.due(june(15), published_on=june(9))[Step.APPEALS] == june(16)
        assert self.due(june(15), published_on=june(9))[Step.RULINGS] == june(23)

    def test_a_window_that_was_fixed_stays(self):
        fixed = self.due(june(15), published_on=june(9), appeals_end_on=june(30))
        assert (fixed[Step.APPEALS], fixed[Step.RULINGS]) == (june(30), date(2026, 7, 7))

    def test_a_cut_off_that_was_moved(self):
        assert self.due(june(1), cut_off_on=june(5))[Step.CUT_OFF] == june(5)
        assert self.due(june(1), reports_on=june(9))[Step.REPORTS] == june(9)

    def test_days_to_appeal_and_to_rule_are_the_schemes(self):
        found = self.due(june(1), Plan(appeal_days=1, ruling_days=2))
        assert (found[Step.APPEALS], found[Step.RULINGS]) == (june(15), june(17))


class TestDoneDays:
    def done(self, today, **happened):
        known = Happened(**happened)
        return done_days(due_days(MAY, Plan(), known, today=today, days=WORK), known, today)

    def test_nothing_before_the_cut_off_has_ended(self):
        assert set(self.done(june(3)).values()) == {None}
        assert self.done(june(4))[Step.CUT_OFF] == june(3)
        assert [self.done(june(day))[Step.REPORTS] for day in (4, 5, 6)] == [None, None, june(5)]

    def test_each_step_on_its_own_day(self):
        found = self.done(june(11), calculated_on=june(8), approved_on=june(10), published_on=june(11))
        assert list(found.values())[:5] == [june(3), june(5), june(8), june(10), june(11)]
        assert (found[Step.APPEALS], found[Step.RULINGS]) == (None, None)

    def test_what_came_later_was_preceded_by_what_comes_before(self):
        approved = self.done(june(11), approved_on=june(9))
        assert (approved[Step.CALCULATE], approved[Step.REVIEW], approved[Step.PUBLISH]) == (june(9), june(9), None)
        published = self.done(june(3), published_on=june(2))
        assert list(published.values())[:5] == [june(3), june(5), june(2), june(2), june(2)]

    def test_the_window_is_over_the_day_after_its_last(self):
        assert self.done(june(16), published_on=june(9))[Step.APPEALS] is None
        assert self.done(june(17), published_on=june(9))[Step.APPEALS] == june(16)
        assert self.done(june(17))[Step.APPEALS] is None

    def test_without_a_publication_there_is_no_window(self):
        found = self.done(june(17), appeals_end_on=june(10))
        assert (found[Step.APPEALS], found[Step.RULINGS]) == (None, None)

    def test_rulings_wait_for_open_appeals_and_end_with_the_month(self):
        assert self.done(june(17), published_on=june(9))[Step.RULINGS] == june(16)
        assert self.done(june(17), published_on=june(9), open_appeals=1)[Step.RULINGS] is None
        final = self.done(june(20), published_on=june(9), open_appeals=1, final_on=june(18))
        assert final[Step.RULINGS] == june(18)
        assert self.done(june(20), final_on=june(18))[Step.RULINGS] is None


class TestSteps:
    def steps(self, day, **happened):
        return {one.step: one for one in steps_of(MAY, Plan(), Happened(**happened), today=june(day), days=WORK)}

    def states(self, day, **happened):
        return [one.state.value for one in self.steps(day, **happened).values()]

    def test_the_first_that_is_open_is_now_and_what_was_missed_is_late(self):
        assert self.states(3) == ["now", "ahead", "ahead", "ahead", "ahead", "ahead", "ahead"]
        assert self.states(4) == self.states(5) == ["done", "now", "ahead", "ahead", "ahead", "ahead", "ahead"]
        assert self.states(8) == ["done", "done", "now", "ahead", "ahead", "ahead", "ahead"]
        assert self.states(9) == ["done", "done", "late", "ahead", "ahead", "ahead", "ahead"]
        assert self.states(15) == ["done", "done", "late", "late", "late", "ahead", "ahead"]
        assert self.states(9, calculated_on=june(9)) == ["done", "done", "done", "now", "ahead", "ahead", "ahead"]
        assert self.states(3, calculated_on=june(3))[:5] == ["now", "ahead", "done", "ahead", "ahead"]

    def test_a_cut_off_and_a_window_pass_by_themselves_and_are_never_late(self):
        assert self.states(20, published_on=june(12)) == ["done"] * 7
        assert self.states(20, published_on=june(12), open_appeals=2)[5:] == ["done", "now"]
        assert self.states(29, published_on=june(12), open_appeals=2)[5:] == ["done", "late"]
        assert self.states(26, published_on=june(12), open_appeals=2)[5:] == ["done", "now"]

    def test_a_window_without_a_publication_is_not_late_either(self):
        assert self.states(17, appeals_end_on=june(10))[5] == "ahead"

    def test_days_left_count_from_today_or_from_the_day_it_was_done(self):
        assert (self.steps(5)[Step.CALCULATE].days_left, self.steps(5)[Step.CALCULATE].days_late) == (1, 0)
        assert (self.steps(10)[Step.CALCULATE].days_left, self.steps(10)[Step.CALCULATE].days_late) == (-2, 2)
        done = self.steps(20, published_on=june(10))[Step.PUBLISH]
        assert (done.days_left, done.days_late, done.state) == (2, 0, StepState.DONE)

    def test_a_day_after_it_was_due_is_late_on_a_weekend_too(self):
        friday = june(12)
        assert [days_to(june(day), friday, WORK) for day in (5, 11, 12, 13, 14, 15, 16)] == [5, 1, 0, -1, -1, -1, -2]
        assert days_to(friday, june(13), WORK) == 1
        for day in (13, 14):
            missed = self.steps(day)[Step.PUBLISH]
            assert (missed.state, missed.days_left, missed.days_late) == (StepState.LATE, -1, 1)
            assert self.steps(20, published_on=june(day))[Step.PUBLISH].days_late == 1

    def test_a_holiday_after_the_day_is_late_as_well(self):
        days = WorkDays(holidays=frozenset({june(11), june(12)}))
        assert [days_to(june(day), june(10), days) for day in (10, 11, 14, 15, 16)] == [0, -1, -1, -1, -2]

    def test_the_one_whose_turn_it_is(self):
        assert current(tuple(self.steps(9).values())).step == Step.CALCULATE
        assert current(tuple(self.steps(20, published_on=june(12)).values())) is None


class TestWhoseTurn:
    @pytest.mark.parametrize("step", list(Step))
    @pytest.mark.parametrize("is_gm_asked", [False, True])
    def test_human_resources_unless_it_is_under_review(self, step, is_gm_asked):
        assert turn_of(step, is_under_review=False, is_gm_asked=is_gm_asked) == Turn.HR
        decider = Turn.GM if is_gm_asked else Turn.COO
        expected = decider if step == Step.REVIEW else Turn.HR
        assert turn_of(step, is_under_review=True, is_gm_asked=is_gm_asked) == expected

    def test_the_general_manager_only_where_asked(self):
        assert turn_of(Step.REVIEW, is_under_review=True) == Turn.COO


class TestReminders:
    def due(self, step, day, done=None):
        return Due(step, june(day), june(done) if done else None, StepState.NOW, 0)

    def said(self, day, turn, *steps):
        return list(reminders(steps, turn, today=june(day), days=WORK))

    def test_on_the_day_the_day_before_and_once_it_was_missed(self):
        steps = [self.due(Step.CALCULATE, 8), self.due(Step.REVIEW, 9), self.due(Step.PUBLISH, 10)]
        assert self.said(9, Turn.HR, *steps) == [
            Reminder(Step.CALCULATE, Occasion.MISSED, Turn.HR, Turn.HR, june(8)),
            Reminder(Step.CALCULATE, Occasion.MISSED, Turn.HR, Turn.COO, june(8)),
            Reminder(Step.REVIEW, Occasion.ON_THE_DAY, Turn.HR, Turn.HR, june(9)),
            Reminder(Step.PUBLISH, Occasion.DAY_BEFORE, Turn.HR, Turn.HR, june(10)),
        ]

    def test_the_day_before_a_monday_is_a_friday(self):
        step = self.due(Step.CALCULATE, 8)
        assert [one.occasion for one in self.said(5, Turn.HR, step)] == [Occasion.DAY_BEFORE]
        assert self.said(4, Turn.HR, step) == self.said(6, Turn.HR, step) == self.said(7, Turn.HR, step) == []

    def test_what_was_missed_is_told_to_whose_turn_it_is_and_to_the_next_line_and_behind_the_last_is_none(self):
        step = self.due(Step.REVIEW, 8)
        told = {turn: [one.to for one in self.said(9, turn, step)] for turn in (Turn.HR, Turn.COO, Turn.GM)}
        assert told == {Turn.HR: [Turn.HR, Turn.COO], Turn.COO: [Turn.COO, Turn.GM], Turn.GM: [Turn.GM]}

    def test_nothing_of_what_is_done_and_nothing_of_what_comes_with_time(self):
        done, waits = self.due(Step.CALCULATE, 8, done=8), self.due(Step.REVIEW, 9)
        assert [one.step for one in self.said(9, Turn.HR, done, waits)] == [Step.REVIEW]
        ahead = [self.due(Step.CALCULATE, 8), self.due(Step.APPEALS, 9)]
        assert {one.step for one in self.said(9, Turn.HR, *ahead)} == {Step.CALCULATE}
        assert self.said(9, Turn.HR, self.due(Step.CUT_OFF, 9), self.due(Step.CALCULATE, 9)) == []
        assert self.said(9, Turn.HR, self.due(Step.CALCULATE, 9, done=9)) == []
        assert self.said(9, Turn.HR) == []

    def test_while_reports_are_taken_the_next_step_is_foretold_and_nothing_is_called_missed(self):
        reports, ahead = self.due(Step.REPORTS, 9), self.due(Step.CALCULATE, 10)
        assert [one.occasion for one in self.said(9, Turn.HR, reports, ahead)] == [Occasion.DAY_BEFORE]
        assert self.said(9, Turn.HR, reports, self.due(Step.CALCULATE, 8)) == []
