"""The turnover rules against the worked examples, to the digit, and the identity over random histories."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.staff.rules.turnover import (
    Spell,
    annual_rate,
    count_movements,
    headcount_forecast,
    stability,
    survival,
    turnover_rate,
)

EXAMPLES = Path(__file__).resolve().parents[3] / "tests" / "golden" / "scoring_examples.json"
CASES = [case for case in json.loads(EXAMPLES.read_text("utf-8"))["cases"] if case["group"] == "turnover"]


def movements(given):
    def day(text):
        return date.fromisoformat(text) if text else None

    spells = [
        Spell(
            hired_on=day(person["hired"]),
            department=person["dept"],
            last_day=day(person["last_day"]),
            leave_kind=person["reason"] or "",
            moves=tuple((day(move["date"]), move["to"]) for move in person["moves"]),
        )
        for person in given["people"]
    ]
    found = count_movements(spells, start=day(given["start"]), end=day(given["end"]), department=given["dept"])
    return {name: getattr(found, name) for name in found.__dataclass_fields__}


def rate(given):
    found = turnover_rate([(month["open"], month["close"], month["leavers"]) for month in given["months"]])
    return {"average_headcount": str(found.average_headcount), "rate_pct": str(found.rate_pct)}


ANSWERS = {
    "movements": movements,
    "rate": rate,
    "annualise": lambda given: {
        "annual_pct": str(annual_rate(Decimal(given["monthly_rate_pct"]), is_compound=given["method"] == "compound"))
    },
    "stability": lambda given: {
        "pct": str(stability(employed_a_year_ago=given["start_headcount"], still_here=given["still_here"]))
    },
    "survival": lambda given: {
        "survival": {
            str(time): str(share) for time, share in survival((s["t"], s["left"]) for s in given["spells"]).items()
        }
    },
    "headcount_forecast": lambda given: {
        "headcount": [
            str(heads)
            for heads in headcount_forecast(
                Decimal(given["start"]),
                monthly_attrition_pct=Decimal(given["monthly_attrition_pct"]),
                hires=[Decimal(hired) for hired in given["hires"]],
            )
        ]
    },
}


class TestWorkedExamples:
    @pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
    def test_equal_to_the_digit(self, case):
        assert ANSWERS[case["method"]](case["input"]) == case["expected"]

    def test_every_method_has_an_example(self):
        assert {case["method"] for case in CASES} == set(ANSWERS)


class TestTurnoverRate:
    def test_steady_leaving_of_two_in_a_hundred_is_24_a_year(self):
        assert turnover_rate([(100, 100, 2)] * 12).rate_pct == Decimal("24.00")

    def test_nobody_employed_has_no_rate(self):
        assert turnover_rate([(0, 0, 0)]).rate_pct is None
        assert turnover_rate([]).rate_pct is None

    def test_small_departments_are_marked(self):
        assert turnover_rate([(29, 29, 1)]).is_small
        assert not turnover_rate([(30, 30, 1)]).is_small


class TestAnnualRate:
    def test_both_ways_of_two_percent(self):
        assert annual_rate(Decimal(2)) == Decimal("24.00")
        assert annual_rate(Decimal(2), is_compound=True) == Decimal("21.53")


class TestSurvival:
    def test_current_staff_are_censored(self):
        spells = [(1, True), (2, False), (2, False), (3, True), (3, True), (4, False)]
        # 6 at risk, 1 leaves: 5/6. Two drop out of sight: 3 at risk, 2 leave: 5/6 x 1/3.
        assert survival(spells) == {1: Decimal("0.8333"), 3: Decimal("0.2778")}

    def test_nobody_left_has_no_steps(self):
        assert survival([(3, False)]) == {}


class TestStability:
    def test_nobody_employed_a_year_ago(self):
        assert stability(employed_a_year_ago=0, still_here=0) is None


START = date(2026, 1, 1)
DEPARTMENTS = ("a", "b", "c")


@st.composite
def spells(draw):
    hired = draw(st.integers(-60, 60))
    length = draw(st.none() | st.integers(0, 90))
    last = None if length is None else hired + length
    moves = draw(st.lists(st.tuples(st.integers(-70, 120), st.sampled_from(DEPARTMENTS)), max_size=4))
    return Spell(
        hired_on=START + timedelta(hired),
        department=draw(st.sampled_from(DEPARTMENTS)),
        last_day=None if last is None else START + timedelta(last),
        leave_kind="" if last is None else draw(st.sampled_from(["voluntary", "retirement"])),
        moves=tuple((START + timedelta(day), to) for day, to in sorted(moves)),
    )


class TestIdentity:
    """opening + joiners + transfers in - leavers - transfers out = closing, whatever happened."""

    @given(st.lists(spells(), max_size=12), st.integers(0, 70))
    def test_holds_per_department_and_company(self, histories, days):
        end = START + timedelta(days)
        parts = [count_movements(histories, start=START, end=end, department=name) for name in DEPARTMENTS]
        whole = count_movements(histories, start=START, end=end)
        assert all(part.is_balanced for part in parts)
        assert whole.is_balanced
        assert whole.transfers_in == whole.transfers_out == 0
        for name in ("opening", "joiners", "leavers", "voluntary_leavers", "closing"):
            assert sum(getattr(part, name) for part in parts) == getattr(whole, name)
        assert sum(part.transfers_in for part in parts) == sum(part.transfers_out for part in parts)

    @given(st.lists(spells(), max_size=12))
    def test_one_period_opens_where_the_last_one_closed(self, histories):
        for name in (*DEPARTMENTS, None):
            first = count_movements(histories, start=START, end=START + timedelta(30), department=name)
            second = count_movements(histories, start=START + timedelta(31), end=START + timedelta(60), department=name)
            assert first.closing == second.opening
