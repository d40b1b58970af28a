"""What the deciders of a scheme read: everything that is otherwise than in the one it was copied from."""

from dataclasses import replace
from decimal import Decimal

import pytest

from apps.approvals.rules import brief_problems
from apps.assessments import services
from apps.assessments.models import Indicator, Scheme
from apps.assessments.services.changes import MOST_CHANGES, changes_of, terms_words
from apps.assessments.services.method_words import details_of
from apps.assessments.services.submitting import brief_of
from apps.assessments.tests.examples import WHOLE
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
            (
                {"cumulative_pct": Decimal(0)},
                "Years · Score of a year",
                "60 % mean of its months, 40 % scorecard on cumulative values",
                "the mean of its months",
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
        assert was.startswith("Revenue: 70 points × share of target reached, at most 120\xa0% · ")
        assert now.startswith("Revenue: 60 points × share of target reached, at most 110\xa0% · ")
        assert was.split("missing: ")[1] != now.split("missing: ")[1]
        assert "All departments · COM" in found

    def test_writes_bands_so_that_they_can_be_read(self, firm, before):
        scheme = copied(firm, before)
        card = scheme.scorecards.get()
        row = card.indicators.get(code="COM")
        bands = [{"min": None, "max": "2", "pct": "100"}, {"min": "2", "max": None, "pct": "0"}]
        line = replace(firm.lines[1], params={**firm.lines[1].params, "bands": bands})
        services.save_indicator(scorecard=card, indicator=row, terms=line, by=firm.hr)
        _was, now = told(scheme)["All departments · COM"]
        assert "points by bands of the actual: below 2: 100 %, from 2 on: 0 %" in now

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


class TestTermsWords:
    """Nothing that decides points may change without a word of it changing, and none of it is a key of the database."""

    CHANGES = (
        ("ratio", {"cap": "1.1"}),
        ("ratio", {"threshold": "0.5"}),
        ("ratio", {"floor": "0.1"}),
        ("ratio", {"direction": "lower", "lower_formula": "inverse"}),
        ("linear", {"floor": "1"}),
        ("linear", {"floor_pct": "11"}),
        ("linear", {"stretch": "500", "stretch_pct": "120"}),
        ("linear", {"stretch_pct": "131"}),
        ("interval", {"basis": "rate_pct"}),
        ("interval", {"bounds": "(]"}),
        ("interval", {"bands": [{"min": str(n), "max": str(n + 1), "pct": "50"} for n in range(9)]}),
        ("step", {"partial": "ceil"}),
        ("step", {"unit": "absolute"}),
        ("step", {"loss_half": True}),
        ("step", {"base": "7"}),
        ("efficacy", {"standards": list("123456"), "coefs": ["0", "0.2", "0.4", "0.6", "0.8", "0.9"]}),
        ("all_or_nothing", {"op": "<"}),
        ("composite", {"child_cap": "1.7"}),
        ("composite", {"missing_child": "zero"}),
        ("deduction", {"min_points": "-9"}),
        ("deduction", {"items": [{"code": str(n), "name": str(n), "points_each": "1"} for n in range(7)]}),
        ("milestone", {"mode": "all"}),
        ("milestone", {"per_day_pct": "3"}),
        ("descriptive", {"raters": [{"id": "else@example.com", "weight": "1"}]}),
        ("descriptive", {"trim": "0"}),
        ("descriptive", {"levels": {str(n): str(n) for n in range(9)}}),
    )

    @pytest.mark.parametrize(("method", "change"), CHANGES)
    def test_says_every_change_of_a_rule_in_words(self, method, change):
        before, after = ({**WHOLE[method], **more} for more in ({}, change))
        rows = (Indicator(method=method, params=params, weight=Decimal(20), name="X") for params in (before, after))
        was, now = (terms_words(row, row.params) for row in rows)
        assert was != now
        assert not [key for key in (*before, *change) if "_" in key and key in now]

    @pytest.mark.parametrize("key", ["raters", "levels", "bands", "items"])
    def test_names_every_row_of_a_list_however_long(self, key):
        method = {"raters": "descriptive", "levels": "descriptive", "bands": "interval", "items": "deduction"}[key]
        rows = {
            "raters": [{"id": f"r{n}@example.com", "weight": "1"} for n in range(9)],
            "levels": {f"level {n}": str(n) for n in range(9)},
            "bands": [{"min": str(n), "max": str(n + 1), "pct": f"{n}.5"} for n in range(9)],
            "items": [{"code": f"c{n}", "name": f"event {n}", "points_each": "1"} for n in range(9)],
        }[key]
        last = {"raters": "r8@example.com", "levels": "level 8", "bands": "8.5", "items": "event 8"}[key]
        assert last in details_of(method, {key: rows})
