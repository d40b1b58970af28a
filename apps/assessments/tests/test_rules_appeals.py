"""The way of an appeal and its clock: rules alone, no database."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.assessments.choices import AppealState
from apps.assessments.rules import appeals as rules
from apps.periods.rules import WorkDays


class TestTheWayOfAnAppeal:
    """Property tests of the state machine: no path leads out of an end, and none skips the review."""

    steps = st.lists(st.sampled_from(AppealState), max_size=8)

    @given(steps)
    def test_what_was_answered_stays_answered(self, wanted):
        state, taken = AppealState.FILED, [AppealState.FILED]
        for following in wanted:
            if rules.may_follow(state, following):
                state = following
                taken.append(state)
        assert len(taken) <= 3
        assert len(set(taken)) == len(taken)
        if state in rules.RULINGS:
            assert taken[-2] == AppealState.REVIEWING
        if state not in rules.OPEN:
            assert not any(rules.may_follow(state, following) for following in AppealState)

    @given(st.sampled_from(AppealState), st.integers(1, 3))
    def test_only_a_ruling_that_did_not_grant_all_goes_higher_and_once(self, state, level):
        may = rules.may_go_higher(state, level)
        assert may == (level == 1 and state in {AppealState.DISMISSED, AppealState.PARTLY_UPHELD})

    @settings(max_examples=60)
    @given(
        st.dates(date(2026, 1, 1), date(2026, 12, 1)),
        st.integers(1, 15),
        st.sets(st.dates(date(2026, 1, 1), date(2027, 1, 1)), max_size=12),
    )
    def test_the_clock_counts_working_days_and_runs_down_to_nothing(self, day, days, holidays):
        calendar = WorkDays(holidays=frozenset(holidays))
        last = rules.appeal_window(day, {"appeal_days": str(days)}, calendar)
        assert rules.days_left(day, last, calendar) == days
        assert calendar.is_working(last)
        assert rules.days_left(last, last, calendar) == 0
        assert rules.days_left(last + timedelta(days=1), last, calendar) == -1

    @pytest.mark.parametrize("silent", [{}, {"appeal_days": None}, {"appeal_days": ""}])
    def test_five_days_where_the_scheme_is_silent(self, silent):
        assert rules.appeal_window(date(2026, 6, 15), silent, WorkDays()) == date(2026, 6, 22)
        assert rules.ruling_due(date(2026, 6, 15), silent, WorkDays()) == date(2026, 6, 22)

    @pytest.mark.parametrize("wrong", ["0", "-3", "soon", "1.5"])
    def test_days_that_are_none_are_no_calendar(self, wrong):
        with pytest.raises(ValueError, match=r"working day|invalid literal"):
            rules.days_of({"ruling_days": wrong}, "ruling_days")


class TestBelowThePublishedScore:
    @pytest.mark.parametrize(
        ("total", "now", "published", "is_low"),
        [
            ("90.49", "93.30", "90.50", True),
            ("90.50", "93.30", "90.50", False),
            ("62", "59", "90.50", False),
            ("59", "59", "90.50", False),
            ("58", "59", "90.50", True),
            ("10", "59", None, False),
            (None, "59", "90.50", True),
        ],
    )
    def test_a_calibration_takes_no_score_further_down(self, total, now, published, is_low):
        given = [None if text is None else Decimal(text) for text in (total, now, published)]
        assert rules.is_too_low(given[0], now=given[1], published=given[2]) is is_low
