"""What the deciders of a scheme read: everything that is otherwise than in the one it was copied from."""

from dataclasses import replace
from decimal import Decimal

import pytest

from apps.approvals.rules import brief_problems
from apps.assessments import services
from apps.assessments.models import Scheme
from apps.assessments.services.changes import MOST_CHANGES, changes_of
from apps.assessments.services.submitting import brief_of
from apps.assessments.tests.factories import draft, terms
from apps.assessments.tests.standing_rows import BONUS, FATAL, LATE, PARTS, REWARDS, STAFF
from apps.core.month import Month

pytestmark = pytest.mark.django_db


@pytest.fixture
def before(firm):
    """A scheme with everything laid down."""
    limits = services.Limits(**PARTS)
    return draft(by=firm.hr, departments=firm.assessed, lines=firm.lines, limits=limits)


def copied(firm, before, **limits):
    """A draft copied from BEFORE, with other LIMITS."""
    given = replace(services.limits_of(before), **limits)
    return services.draft_scheme(name="Next", first_month=Month(2027, 1), by=firm.hr, basis=before, limits=given)


def told(scheme):
    """Label → (before, after)."""
    return {row["label"]: (row["before"], row["after"]) for row in changes_of(scheme)}


class TestChangesOf:
    def test_says_nothing_of_a_true_copy_nor_of_a_scheme_without_basis(self, firm, before):
        assert changes_of(copied(firm, before)) == []
        assert changes_of(before) == []

    @pytest.mark.parametrize(
        ("limits", "label", "was", "now"),
        [
            ({"min_coverage": Decimal(75)}, "Least weight with data", "60 %", "75 %"),
            ({"max_total": Decimal(110)}, "Totals to", "120", "110"),
            ({"bonus_cap": Decimal(5)}, "Most bonus points", "no cap", "5"),
            ({"deduction_cap": Decimal(8)}, "Most deducted points", "no cap", "8"),
            ({"is_gated": True}, "One missed indicator caps the others", "no", "yes"),
            ({"grades": [{"grade": "A", "min": "95"}, {"grade": "B", "min": "0"}]}, "Grade A from", "90", "95"),
            ({"grades": [{"grade": "A", "min": "90"}, {"grade": "B", "min": "0"}]}, "Grade E from", "0", "–"),
            (
                {"bonus_items": [{**BONUS, "points_each": "3"}]},
                "Bonus items · Patent (patent)",
                "2 points each, at most 6 · Rules, 12",
                "3 points each, at most 6 · Rules, 12",
            ),
            ({"bonus_items": []}, "Bonus items · Patent (patent)", "2 points each, at most 6 · Rules, 12", "–"),
            (
                {"penalty_items": [{**LATE, "cap": "5"}]},
                "Deductions · Late report (late)",
                "0.5 points each",
                "0.5 points each, at most 5",
            ),
            (
                {"veto_items": [{**FATAL, "action": "grade_cap", "grade": "D"}]},
                "Vetoes · Fatal accident (fatal)",
                "takes every point · Rules, 15",
                "leaves grade D at best · Rules, 15",
            ),
            (
                {"staff_rules": {**STAFF, "head": {"dept_weight": "80", "personal_weight": "20"}}},
                "Scores of people · Heads",
                "department 100 %, personal part 0 %",
                "department 80 %, personal part 20 %",
            ),
            (
                {"reward_rules": {**REWARDS, "dept_coef": {**REWARDS["dept_coef"], "A": "1.3"}}},
                "Rewards · Grade A",
                "department × 1.2, person × 1.1",
                "department × 1.3, person × 1.1",
            ),
            ({"reward_rules": {**REWARDS, "gm_limit": "5000"}}, "Rewards · The GM decides above", "–", "5000"),
            (
                {"calendar": {**PARTS["calendar"], "appeal_days": "7"}},
                "Calendar and calibration · Days to appeal",
                "5",
                "7",
            ),
            (
                {"calibration_band": Decimal(0)},
                "Calendar and calibration · A calibration moves a score by at most",
                "3 points up or down",
                "no calibration",
            ),
        ],
    )
    def test_tells_what_holds_for_all(self, firm, before, limits, label, was, now):
        assert told(copied(firm, before, **limits))[label] == (was, now)

    def test_tells_weight_parameters_and_missing_of_an_indicator(self, firm, before):
        scheme = copied(firm, before)
        card = scheme.scorecards.get()
        rows = {row.code: row for row in card.indicators.all()}
        for line, weight in (
            (terms(firm.revenue, 60, cap="1.1", missing="exclude"), Decimal(60)),
            (replace(firm.lines[1], weight=Decimal(40)), Decimal(40)),
        ):
            services.save_indicator(scorecard=card, indicator=rows[line.code], terms=line, by=firm.hr)
            assert card.indicators.get(code=line.code).weight == weight
        found = told(scheme)
        was, now = found["All departments · REV"]
        assert was.startswith("Revenue: 70 · ")
        assert now.startswith("Revenue: 60 · ")
        assert was.split("missing: ")[1] != now.split("missing: ")[1]
        assert found["All departments · REV · parameters"] == ("cap 1.2", "cap 1.1")
        assert "All departments · COM" in found
        assert "All departments · COM · parameters" not in found

    def test_writes_bands_so_that_they_can_be_read(self, firm, before):
        scheme = copied(firm, before)
        card = scheme.scorecards.get()
        row = card.indicators.get(code="COM")
        bands = [{"min": None, "max": "2", "pct": "100"}, {"min": "2", "max": None, "pct": "0"}]
        line = replace(firm.lines[1], params={**firm.lines[1].params, "bands": bands})
        services.save_indicator(scorecard=card, indicator=row, terms=line, by=firm.hr)
        _was, now = told(scheme)["All departments · COM · parameters"]
        assert "bands (min –, max 2, pct 100) (min 2, max –, pct 0)" in now

    def test_tells_departments_that_came_went_or_are_judged_otherwise(self, firm, before):
        scheme = copied(firm, before)
        places = {firm.north: Decimal("1.05"), firm.south: Decimal(1), firm.sales: Decimal(1)}
        services.place_departments(scorecard=scheme.scorecards.get(), departments=places, by=firm.hr)
        found = told(scheme)
        assert found["North (NORTH)"] == ("All departments, difficulty 1", "All departments, difficulty 1.05")
        assert found["Sales (SALES)"] == ("–", "All departments, difficulty 1")
        assert found["Works (WORKS)"] == ("All departments, difficulty 1", "–")
        assert "South (SOUTH)" not in found

    def test_says_how_many_a_brief_leaves_out(self, firm, before):
        many = [{**BONUS, "code": f"b{number:03}", "name": f"Bonus {number:03}"} for number in range(MOST_CHANGES + 20)]
        scheme = copied(firm, before, bonus_items=many)
        found = changes_of(scheme)
        assert len(found) == MOST_CHANGES + 1
        assert found[-1]["label"] == "And 21 more changes"

    def test_makes_a_brief_that_approvals_take(self, firm, before):
        long = [{"min": str(edge), "max": str(edge + 1), "pct": "50"} for edge in range(300)]
        scheme = copied(firm, before, min_coverage=Decimal(80), reward_rules={**REWARDS, "gm_limit": "100"})
        row = scheme.indicators.get(code="COM")
        Scheme.objects.get(pk=scheme.pk).indicators.filter(pk=row.pk).update(params={**row.params, "bands": long})
        brief = brief_of(Scheme.objects.get(pk=scheme.pk))
        assert brief_problems(brief) == []
        assert any(one["label"] == "Least weight with data" for one in brief["changes"])
