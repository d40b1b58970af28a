"""Curves of points: where they begin and end, how a jump is drawn, when lists of events come to an end."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from apps.assessments.rules.curve import (
    actual_at,
    counts_curve,
    curve_of,
    lateness_curve,
    milestone_late_by,
    points_at,
    settled,
    span_of,
)
from apps.assessments.rules.results import Result, Status
from apps.assessments.rules.scoring import parse_method

W = Decimal(20)


def texts(points):
    return [(int(place), str(earned)) for place, earned in points]


class TestActualAt:
    @pytest.mark.parametrize(
        ("rate", "target", "direction", "actual"),
        [
            ("0.9", 100, "higher", 90),
            ("1.2", 100, "higher", 120),
            ("0.9", 50, "lower", 55),
            ("0.9", -100, "higher", -110),
            ("1", -100, "lower", -100),
        ],
    )
    def test_solves_the_complement_form(self, rate, target, direction, actual):
        assert actual_at(Fraction(rate), Fraction(target), direction) == actual


class TestSpanOf:
    @pytest.mark.parametrize(
        ("landmarks", "span"),
        [
            ([80, 120], (72, 128)),
            ([120, 100, 80], (72, 128)),
            ([], (0, 120)),
            ([100], (80, 120)),
            ([0], (0, 1)),
            ([-10, 10], (-14, 14)),
            ([-5], (-6, -4)),
            ([1, 101], (0, 121)),
            ([Fraction(-1, 2), Fraction(1, 2)], (Fraction(-7, 10), Fraction(7, 10))),
            ([0, 100], (0, 120)),
        ],
    )
    def test_all_landmarks_with_room(self, landmarks, span):
        assert span_of([Fraction(mark) for mark in landmarks]) == span


class TestCurveOf:
    def test_from_end_to_end_with_the_landmarks_and_just_beside_them(self):
        marks = [Fraction(80), Fraction(120)]
        found = curve_of(parse_method("ratio", {}), target=Fraction(100), weight=W, landmarks=marks)
        assert (found[0], found[-1]) == ((72, Decimal("14.40")), (128, Decimal("25.60")))
        places = [place for place, _points in found]
        assert places == sorted(set(places))
        assert len(places) == 61 + 6
        beside = Fraction(56, 1000)
        assert {80 - beside, 80, 80 + beside, 120 - beside, 120, 120 + beside} <= set(places)
        assert places[1] - places[0] == Fraction(56, 60)

    def test_a_jump_stays_a_jump(self):
        method = parse_method("all_or_nothing", {"op": ">="})
        found = dict(curve_of(method, target=Fraction(100), weight=W, landmarks=[Fraction(100)]))
        assert (found[Fraction(100) - Fraction(4, 100)], found[Fraction(100)]) == (0, 20)
        assert len(found) == 61 + 2

    def test_nothing_beyond_the_ends(self):
        found = curve_of(parse_method("ratio", {}), target=Fraction(100), weight=W, landmarks=[Fraction(0)])
        assert (found[0][0], found[-1][0]) == (0, 1)
        assert min(place for place, _points in found) == 0

    def test_empty_where_nothing_can_be_scored(self):
        assert curve_of(parse_method("ratio", {}), target=None, weight=W, landmarks=[Fraction(1)]) == []
        assert points_at(parse_method("ratio", {}), Fraction(1), None, W) is None
        assert points_at(parse_method("ratio", {}), Fraction(1), Fraction(2), W) == 10


class TestCounts:
    def test_until_nothing_more_is_lost(self):
        item = {"code": "late", "points_each": "2", "allowance": "1", "cap": "4"}
        found = counts_curve(parse_method("deduction", {"items": [item]}), "late", W)
        assert texts(found) == [
            (0, "20.00"), (1, "20.00"), (2, "18.00"), (3, "16.00"), (4, "16.00"), (5, "16.00"), (6, "16.00")
        ]  # fmt: skip

    def test_free_events_at_the_beginning_are_no_end(self):
        item = {"code": "late", "points_each": "20", "allowance": "6"}
        found = counts_curve(parse_method("deduction", {"items": [item]}), "late", W)
        assert len(found) == 11
        assert found[6][1] == 20
        assert found[7][1] == 0

    def test_what_is_lost_at_once_is_lost(self):
        item = {"code": "late", "points_each": "5", "cap": "5"}
        found = counts_curve(parse_method("deduction", {"items": [item]}), "late", W)
        assert texts(found) == [(0, "20.00"), (1, "15.00"), (2, "15.00"), (3, "15.00"), (4, "15.00")]

    def test_at_most_forty_or_as_many_as_are_asked_for(self):
        method = parse_method("deduction", {"items": [{"code": "late", "points_each": "1"}], "min_points": "-999"})
        assert len(counts_curve(method, "late", W)) == 41
        assert texts(counts_curve(method, "late", W, most=1)) == [(0, "20.00"), (1, "19.00")]

    def test_an_event_nobody_knows_has_no_curve(self):
        assert counts_curve(parse_method("deduction", {"items": []}), "late", W) == []


class TestLateness:
    def test_of_one_milestone_in_days(self):
        method = parse_method("milestone", {"late": "per_day", "per_day_pct": "50"})
        assert texts(lateness_curve(method, W)) == [
            (0, "20.00"), (1, "10.00"), (2, "0.00"), (3, "0.00"), (4, "0.00"), (5, "0.00")
        ]  # fmt: skip

    def test_sixty_days_where_nothing_is_ever_lost(self):
        method = parse_method("milestone", {"late": "per_day", "per_day_pct": "0"})
        assert len(lateness_curve(method, W)) == 61

    def test_the_report_it_is_drawn_from(self):
        assert milestone_late_by(3) == {
            "as_of": date(2000, 1, 4),
            "items": [{"code": "one", "weight": 1, "due": date(2000, 1, 1), "done": date(2000, 1, 4)}],
        }


class TestSettled:
    def test_empty_as_soon_as_one_step_cannot_be_scored(self):
        def found(number):
            return Result(Status.SCORED, Decimal(number)) if number < 2 else Result(Status.PENDING)

        assert settled(found, 1) == [(0, 0), (1, 1)]
        assert settled(found, 2) == []
