"""What stands beside the hundred points, what follows from grades, what is shown of them: the rules alone, to the digit."""

from decimal import Decimal
from fractions import Fraction

import pytest

from apps.assessments.rules.consequences import Trigger, coefficient, is_nominated, plan_trigger, usual_length
from apps.assessments.rules.extras import Items, assemble_with, calibration, counted, vetoes, with_extras
from apps.assessments.rules.grades import GradeBand
from apps.assessments.rules.nearness import Room, StepUp, rooms, step_up
from apps.assessments.rules.plain import plain_object, plain_params
from apps.assessments.rules.results import Status
from apps.assessments.rules.scorecard import Extra, Line, Terms, Veto

GRADES = [GradeBand(name, Decimal(least)) for name, least in (("A", 90), ("B", 80), ("C", 70), ("D", 60), ("E", 0))]
LADDER = "ABCDE"


def bonus(points, code="patent"):
    return {"kind": "bonus", "code": code, "points": points}


class TestCounted:
    def test_a_cap_holds_over_all_of_one_item_and_of_no_other(self):
        extras = [bonus("2"), bonus("1.5", "idea"), bonus("4"), bonus("3", "idea")]
        items = [{"code": "patent", "cap": "5"}, {"code": "idea", "cap": None}]
        assert counted(extras, "bonus", items) == [5, Fraction(9, 2)]

    def test_below_its_cap_all_counts(self):
        assert counted([bonus("2"), bonus("1")], "bonus", [{"code": "patent", "cap": "5"}]) == [3]

    def test_a_cap_of_nothing_leaves_nothing(self):
        assert counted([bonus("2")], "bonus", [{"code": "patent", "cap": "0"}]) == [0]

    def test_an_item_nobody_laid_down_has_no_cap(self):
        assert counted([bonus("20")], "bonus", []) == [20]

    def test_an_extra_without_points_is_worth_none(self):
        assert counted([{"kind": "bonus", "code": "x"}, bonus("2", "x")], "bonus", []) == [2]

    def test_only_what_is_asked_for(self):
        extras = [bonus("2"), {"kind": "penalty", "code": "late", "points": "0.5"}]
        assert counted(extras, "penalty", []) == [Fraction(1, 2)]
        assert counted(extras, "veto", []) == []


class TestVetoesAndCalibration:
    def test_are_read_as_the_scorecard_takes_them(self):
        extras = [
            bonus("2"),
            {"kind": "veto", "action": "cap", "value": "59.99", "grade": None},
            {"kind": "veto", "action": "grade_cap", "grade": "C"},
        ]
        assert vetoes(extras) == [Veto("cap", Fraction(5999, 100)), Veto("grade_cap", None, "C")]

    def test_calibrations_add_up(self):
        moved = [{"kind": "calibration", "points": "2.5"}, {"kind": "calibration", "points": "-1"}, bonus("7")]
        assert calibration(moved) == Fraction(3, 2)
        assert calibration([{"kind": "calibration"}]) == calibration([]) == 0


class TestWithExtras:
    ITEMS = Items(bonus=[{"code": "patent", "cap": "5"}], penalty=[{"code": "late", "cap": "1"}])
    LINES = [Line("a", 100, Decimal("80.00"), Status.SCORED)]

    def test_keeps_the_caps_of_the_scheme_and_of_the_items(self):
        extras = [bonus("6"), {"kind": "penalty", "code": "late", "points": "3"}]
        full = with_extras(Terms(bonus=Extra((), 4), deductions=Extra((), 2)), extras, self.ITEMS)
        assert (full.bonus, full.deductions) == (Extra([5], 4), Extra([1], 2))
        assert (full.bonus.total(), full.deductions.total()) == (4, 1)

    def test_the_score_and_what_it_would_be_without_its_calibration(self):
        extras = [bonus("2"), {"kind": "calibration", "points": "-3"}]
        card, uncalibrated = assemble_with(self.LINES, Terms(grades=GRADES), extras, self.ITEMS)
        assert (card.total, card.grade) == (Decimal("79.00"), "C")
        assert (uncalibrated.total, uncalibrated.grade) == (Decimal("82.00"), "B")

    def test_one_and_the_same_where_nobody_calibrated(self):
        card, uncalibrated = assemble_with(self.LINES, Terms(), [bonus("2")], self.ITEMS)
        assert card is uncalibrated
        assert card.total == 82


class TestPlanTrigger:
    @pytest.mark.parametrize(
        ("grades", "trigger"),
        [
            (["E"], Trigger.LOWEST_ONCE),
            (["E", "E"], Trigger.LOWEST_ONCE),
            (["D", "D"], Trigger.LOW_TWICE),
            (["D", "D", "D"], Trigger.LOW_TWICE),
            (["D"], None),
            (["D", "E"], None),
            (["D", "C", "D"], None),
            (["D", None, "D"], None),
            (["C", "E"], None),
            (["C", "C"], None),
            ([None, "E"], None),
            ([None, None], None),
            (["X", "X"], None),
            ([], None),
        ],
    )
    def test_the_lowest_once_or_the_second_lowest_twice_in_a_row(self, grades, trigger):
        assert plan_trigger(grades, LADDER) == trigger

    def test_of_two_grades_the_better_one_is_never_low(self):
        assert plan_trigger(["A", "A"], "AB") is None
        assert plan_trigger(["B"], "AB") == Trigger.LOWEST_ONCE
        assert plan_trigger(["B", "B"], "ABC") == Trigger.LOW_TWICE

    def test_a_ladder_of_one_grade_or_none_says_nothing(self):
        assert plan_trigger(["A", "A"], "A") is None
        assert plan_trigger(["A", "A"], "") is None


class TestIsNominated:
    @pytest.mark.parametrize(
        ("grades", "is_so"),
        [
            ("AAA", True),
            ("AA", False),
            ("ABABBA", True),
            ("ABABBBA", False),
            ("AAAB", True),
            ("AAABBBBA", True),
            ("AAAA", False),
            ("AABBBAA", False),
            ("AABBBAB", True),
            ("BAAA", False),
            ("", False),
        ],
    )
    def test_with_the_third_best_grade_within_six_months_and_once(self, grades, is_so):
        assert is_nominated(list(grades), "A") is is_so

    def test_a_month_without_a_grade_is_not_the_best(self):
        assert is_nominated(["A", None, "A", None, "A"], "A")
        assert not is_nominated([None, "A", "A", "A"], "A")


class TestCoefficient:
    def test_is_exact_and_a_grade_may_be_worth_nothing(self):
        table = {"A": "1.2", "E": "0", "F": None, "": "3", "B": 1.1}
        assert (coefficient(table, "A"), coefficient(table, "B")) == (Fraction(6, 5), Fraction(11, 10))
        assert coefficient(table, "E") == 0
        assert [coefficient(table, grade) for grade in ("F", "", "Z")] == [None, None, None]


@pytest.mark.parametrize(("days", "is_usual"), [(59, False), (60, True), (90, True), (91, False)])
def test_the_usual_length_of_a_plan(days, is_usual):
    assert usual_length(days) is is_usual


class TestStepUp:
    @pytest.mark.parametrize(
        ("total", "step"),
        [
            ("78", ("B", "2.00")),
            ("79.99", ("B", "0.01")),
            ("80", ("A", "10.00")),
            ("0", ("D", "60.00")),
            ("-3", ("E", "3.00")),
            ("89.995", ("A", "0.01")),
        ],
    )
    def test_to_the_nearest_grade_above(self, total, step):
        found = step_up(Decimal(total), GRADES)
        assert (found.grade, str(found.points)) == step
        assert step_up(Decimal(total), list(reversed(GRADES))) == found

    def test_none_without_a_total_and_none_above_the_best(self):
        assert step_up(None, GRADES) is None
        assert step_up(Decimal(90), GRADES) is None
        assert step_up(Decimal(5), []) is None

    def test_none_where_no_score_can_reach_it(self):
        assert step_up(Decimal(78), GRADES, most=Decimal("79.99")) is None
        assert step_up(Decimal(78), GRADES, most=Decimal(80)) == StepUp("B", Decimal("2.00"))


class TestRooms:
    LINES = [
        (1, Decimal(30), Decimal(20)),
        (2, Decimal(20), Decimal(20)),
        (3, Decimal(10), None),
        (4, Decimal(10), Decimal(12)),
        (5, Decimal(20), Decimal(5)),
    ]

    def test_the_largest_first_in_points_of_the_total(self):
        found = rooms(self.LINES, kept_weight=Decimal(80), coefficient=Decimal("1.1"))
        assert found == [Room(5, Decimal("20.63")), Room(1, Decimal("13.75"))]

    def test_of_equal_ones_the_lowest_key(self):
        equal = [(9, Decimal(10), Decimal(5)), (3, Decimal(10), Decimal(5))]
        found = rooms(equal, kept_weight=Decimal(100), coefficient=Decimal(1))
        assert [(one.key, str(one.points)) for one in found] == [(3, "5.00"), (9, "5.00")]

    @pytest.mark.parametrize("weight", [None, Decimal(0)])
    def test_nothing_where_no_line_counts(self, weight):
        assert rooms(self.LINES, kept_weight=weight, coefficient=Decimal(1)) == []


class TestPlainParams:
    ITEM = {"code": "c", "points_each": "2", "allowance": "1", "name": "Complaint", "clause": "4", "note": "n"}

    def test_leaves_out_what_is_written_for_people(self):
        params = {"items": [self.ITEM, "odd"], "min_points": "1"}
        kept = {"code": "c", "points_each": "2", "allowance": "1"}
        assert plain_params("deduction", params) == {"items": [kept, "odd"], "min_points": "1"}
        assert params["items"][0] is self.ITEM

    def test_children_lose_their_kpi_and_direction(self):
        child = {"code": "a", "weight": "100", "kpi": 3, "direction": "lower"}
        assert plain_params("composite", {"children": (child,)}) == {"children": [{"code": "a", "weight": "100"}]}

    def test_a_slip_of_the_pen_stays(self):
        assert plain_object({"alowance": "1", "name": "x"}) == {"alowance": "1"}

    def test_other_methods_and_odd_lists_stay_as_they_are(self):
        assert plain_params("ratio", {"items": [self.ITEM]}) == {"items": [self.ITEM]}
        assert plain_params("bonus", {"items": "text"}) == {"items": "text"}
        assert plain_params("bonus", {}) == {}
