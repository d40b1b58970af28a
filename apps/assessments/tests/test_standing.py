"""What a scheme lays down beside its scorecards is read once: made plain, or refused by its field in one sentence."""

import re
from decimal import Decimal

import pytest

from apps.assessments.services import WrongScheme
from apps.assessments.services.standing import (
    read_band,
    read_calendar,
    read_items,
    read_reward_rules,
    read_staff_rules,
    read_vetoes,
)
from apps.assessments.tests.standing_rows import (
    BONUS,
    CALENDAR,
    FATAL,
    FRAUD,
    LATE,
    LEAK,
    REWARDS,
    STAFF,
)


class TestReading:
    def test_makes_numbers_plain_text(self):
        (item,) = read_items(
            [{"code": " p ", "name": "Patent", "points_each": 2, "cap": Decimal("6.50")}], "bonus_items"
        )
        assert item == {"code": "p", "name": "Patent", "points_each": "2", "cap": "6.5", "clause": ""}
        assert read_items([BONUS, LATE], "bonus_items") == [BONUS, LATE]
        assert read_vetoes([FATAL, FRAUD, LEAK]) == [FATAL, FRAUD, LEAK]
        assert read_staff_rules(STAFF) == STAFF
        assert read_reward_rules(REWARDS) == REWARDS
        assert read_calendar({name: int(text) for name, text in CALENDAR.items()}) == CALENDAR

    def test_nothing_is_nothing(self):
        assert (read_items([], "bonus_items"), read_vetoes([]), read_staff_rules({})) == ([], [], {})
        assert (read_reward_rules({"dept_coef": {}, "personal_coef": {}}), read_calendar({})) == ({}, {})

    def test_a_veto_keeps_only_what_it_needs(self):
        (kept,) = read_vetoes([{**FATAL, "value": "5", "grade": "C"}])
        assert (kept["value"], kept["grade"]) == (None, "")

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"code": ""}, "Line 1: give it a code and a name."),
            ({"name": " "}, "Line 1: give it a code and a name."),
            ({"code": "x" * 41}, "is too long: at most 40 signs."),
            ({"points_each": "0"}, "Line 1: “Points each” must be above 0."),
            ({"points_each": "-1"}, "“Points each” is a number from 0 to 1000"),
            ({"points_each": "0.005"}, "with at most two places."),
            ({"points_each": "some"}, "“Points each” is a number"),
            ({"cap": "1001"}, "“At most” is a number from 0 to 1000"),
        ],
    )
    def test_refuses_an_item_by_its_line(self, changes, said):
        with pytest.raises(WrongScheme, match=re.escape(said)) as refused:
            read_items([{**BONUS, **changes}], "penalty_items")
        assert refused.value.field == "penalty_items"

    def test_refuses_a_code_twice(self):
        with pytest.raises(WrongScheme, match="The code patent stands there twice"):
            read_items([BONUS, BONUS], "bonus_items")

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"action": "forgive"}, "say whether it takes every point"),
            ({"action": "cap"}, "“Most points left” is a number"),
            ({"action": "grade_cap"}, "name the best grade that is left."),
        ],
    )
    def test_refuses_a_veto_by_its_line(self, changes, said):
        with pytest.raises(WrongScheme, match=said):
            read_vetoes([{**FATAL, **changes}])

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"deputy_head": {"dept_weight": "60", "personal_weight": "50"}}, "Deputies: .* add up to 100"),
            ({"head": {"dept_weight": "120", "personal_weight": "-20"}}, "Heads: .* add up to 100"),
            ({"member": None}, "Members: .* add up to 100"),
            ({"member": {"dept_weight": "much", "personal_weight": "0"}}, "Members"),
            ({"min_days": "32"}, "“Fewest days in the month” is a whole number from 0 to 31."),
            ({"min_days": "1.5"}, "is a whole number"),
            ({"intern": {}}, "There is nothing called “intern” here. Known: head, deputy_head, member, min_days."),
        ],
    )
    def test_refuses_rules_for_people(self, changes, said):
        with pytest.raises(WrongScheme, match=said) as refused:
            read_staff_rules({**STAFF, **changes})
        assert refused.value.field == "staff_rules"

    @pytest.mark.parametrize(
        ("rules", "said"),
        [
            ({"dept_coef": {"A": "11"}}, "The coefficient of grade A is a number from 0 to 10"),
            ({"personal_coef": {"B": "good"}}, "The coefficient of grade B is a number"),
            ({"jar": {"A": "1"}}, "There is nothing called “jar” here."),
        ],
    )
    def test_refuses_rewards(self, rules, said):
        with pytest.raises(WrongScheme, match=said):
            read_reward_rules(rules)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"publish": "7"}, "let no step come before the one ahead of it."),
            ({"review": "0"}, "“Reviewed by working day” is a whole number from 1 to 60."),
            ({"appeal_days": None}, "“Days to appeal” is a whole number"),
            ({"appeal": "5"}, "There is nothing called “appeal” here."),
        ],
    )
    def test_refuses_a_calendar(self, changes, said):
        with pytest.raises(WrongScheme, match=said):
            read_calendar({**CALENDAR, **changes})

    def test_refuses_a_band(self):
        for wrong in (Decimal("-0.01"), Decimal("100.01")):
            with pytest.raises(WrongScheme, match="0 to 100 points at most"):
                read_band(wrong)
