"""Whom a veto hits (the department, its head alone, the whole line), and the grades a planned loss leaves at best."""

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import Adjustment, PersonScore, Scheme, Score, ScoreRun
from apps.assessments.rules.grades import GradeBand
from apps.assessments.rules.methods.step import Step
from apps.assessments.rules.plain import plain_params
from apps.assessments.rules.scorecard import Veto, after_vetoes
from apps.assessments.rules.scoring import parse_method
from apps.assessments.services import WrongScheme, change_standing
from apps.assessments.services.beside import above_in_line, extras, head_vetoes
from apps.assessments.services.method_words import details_of
from apps.assessments.services.peopling import ScoredPerson, judged_person
from apps.assessments.services.recounting import recount_run
from apps.assessments.services.scheme_words import veto_facts
from apps.assessments.services.standing import read_vetoes
from apps.assessments.tests.factories import NOW, STAFF_RULES, draft, for_people, in_force, terms
from apps.core.month import Month
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.staff.selectors import own_person, scope_of

MAY = Month(2026, 5)
GRADES = tuple(GradeBand(grade, Decimal(least)) for grade, least in zip("ABCDE", (90, 80, 70, 60, 0), strict=True))
FATAL = {"code": "fatal", "name": "Fatal accident", "action": "zero", "value": None, "grade": "", "clause": "9"}
LOSS = {
    "direction": "higher", "unit": "percent", "loss_half": True, "loss_grade": "C", "profit_grade": "B",
    "up": {"per": "3", "points": "1", "cap": "3"}, "down": {"per": "3", "points": "1", "cap": "6"},
}  # fmt: skip


class TestReadVetoes:
    def test_keeps_the_scope_and_leaves_the_usual_unwritten(self):
        kept = read_vetoes(
            [FATAL, {**FATAL, "code": "b", "scope": "line"}, {**FATAL, "code": "c", "scope": "department"}]
        )
        assert [row.get("scope") for row in kept] == [None, "line", None]

    def test_refuses_a_scope_there_is_not(self):
        with pytest.raises(WrongScheme, match="its head alone"):
            read_vetoes([{**FATAL, "scope": "planet"}])

    def test_says_it_in_words(self):
        assert veto_facts([{**FATAL, "scope": "head"}])[0][1] == "takes every point, of its head alone · 9"


class TestAfterVetoes:
    def test_the_strictest_wins_and_none_raises(self):
        vetoes = [Veto("cap", Decimal("75")), Veto("grade_cap", grade="D"), Veto("cap", Decimal("99"))]
        assert after_vetoes(Decimal("93.00"), vetoes, GRADES) == (Decimal("75.00"), "D")


class TestHeadAlone:
    ROW = ScoredPerson(
        1, 2, "head", "", [{"department": 2, "days": 31, "score": "91.41", "is_assessed": True}], 31, None, "100", None, (),
        "0", None, "", [{"kind": "veto", "action": "cap", "value": "59.99", "grade": "", "code": "fraud", "name": "Fraud"}],
    )  # fmt: skip

    def test_the_score_of_the_person_is_limited_and_comes_out_again(self):
        found = judged_person(self.ROW, STAFF_RULES, GRADES)
        assert (found.total, found.grade, found.department_part) == (Decimal("59.99"), "E", "91.41000000000000")
        assert judged_person(found, STAFF_RULES, GRADES) == found

    def test_without_a_veto_nothing_changes(self):
        found = judged_person(self.ROW._replace(vetoes=()), STAFF_RULES, GRADES)
        assert (found.total, found.grade) == (Decimal("91.41"), "A")

    @pytest.mark.parametrize(("fewest", "total"), [("0", Decimal("91.41")), ("10", Decimal("91.41")), ("11", None)])
    def test_as_few_days_as_the_rules_ask_for_are_enough(self, fewest, total):
        stay = {"department": 2, "days": 10, "score": "91.41", "is_assessed": True}
        found = judged_person(self.ROW._replace(vetoes=(), stays=[stay]), {**STAFF_RULES, "min_days": fewest}, GRADES)
        assert found.total == total


class TestBestGrade:
    def rule(self, **changes):
        read = parse_method("step", plain_params("step", {**LOSS, **changes}))
        assert isinstance(read, Step)
        return read

    @pytest.mark.parametrize(
        ("actual", "target", "grade"), [(-188, -200, "C"), (0, -200, "B"), (40, -200, "B"), (-5, 100, ""), (-5, 0, "")]
    )
    def test_in_loss_and_turned_to_profit(self, actual, target, grade):
        assert self.rule().best_grade(Decimal(actual), Decimal(target)) == grade

    def test_says_it_in_words(self):
        assert "still in loss: grade C at best" in details_of("step", LOSS)


def vetoed(firm, department, *, scope, action="zero"):
    return Adjustment.objects.create(
        kind="veto", month=MAY.first_day, last_month=MAY.first_day, department=department, code="fatal", name="Accident",
        happened_on=MAY.first_day, evidence="Report", action=action, scope=scope, state="confirmed", proposed_by=firm.hr,
        proposed_at=NOW, decided_by=firm.gm, decided_at=NOW,
    )  # fmt: skip


def computed(firm):
    services.compute_month(month=MAY, by=firm.hr, now=NOW)
    return ScoreRun.objects.latest("pk")


@pytest.mark.django_db
class TestLine:
    def test_hits_what_stands_above_and_nothing_beside(self, firm):
        vetoed(firm, firm.north, scope="line")
        found = extras([firm.north.pk, firm.south.pk, firm.works.pk, firm.sales.pk], MAY)
        assert set(found) == {firm.north.pk, firm.sales.pk}
        assert found[firm.sales.pk][0]["from"] == firm.north.name
        assert "from" not in found[firm.north.pk][0]
        assert firm.sales.pk in above_in_line([firm.north.pk], MAY)
        assert not above_in_line([firm.south.pk], MAY)

    def test_of_the_head_alone_is_kept_from_the_department(self, firm):
        vetoed(firm, firm.north, scope="head")
        assert extras([firm.north.pk], MAY) == {}
        assert head_vetoes(MAY) == {}
        vetoed(firm, firm.sales, scope="head")
        assert set(head_vetoes(MAY)) == {own_person(scope=scope_of(firm.mia, MAY.last_day)).pk}


@pytest.mark.django_db
class TestComputed:
    def test_a_head_loses_the_own_score_and_the_department_keeps_its(self, firm):
        in_force(for_people(draft(by=firm.hr, departments=firm.assessed, lines=firm.lines), rewards={}))
        vetoed(firm, firm.works, scope="head")
        run = computed(firm)
        head = PersonScore.objects.get(run=run, department=firm.works, role="head")
        assert (head.total, head.vetoes[0]["name"]) == (0, "Accident")
        assert not Score.objects.get(run=run, department=firm.works).extras
        assert recount_run(run).otherwise_people == ()

    def test_a_department_still_in_loss_keeps_grade_c_at_best(self, firm):
        profit = make_kpi(firm.company, code="PROFIT", name="Profit", reporting=firm.assessed)
        aim(profit, -200)
        for department, actual in ((firm.north, "-188"), (firm.south, "40")):
            record([entry(profit, department, "2026-05", actual)], by=firm.coo)
        lines = [terms(profit, 100, method="step", **LOSS)]
        in_force(draft(by=firm.hr, departments=[firm.north, firm.south], lines=lines))
        run = computed(firm)
        north, south = (Score.objects.get(run=run, department=one) for one in (firm.north, firm.south))
        assert (north.total, north.grade) == (Decimal("101.00"), "C")
        assert (south.total, south.grade) == (Decimal("103.00"), "B")
        assert north.extras[0]["code"] == "PROFIT"


@pytest.mark.django_db
class TestEditor:
    def test_stores_whom_a_veto_hits(self, firm, as_):
        made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
        address = reverse("assessments:edit_items", args=[made.pk])
        assert "Whom it hits" in as_(firm.hr).get(address).content.decode()
        rows = {"veto_items-0-code": "fatal", "veto_items-0-name": "Fatal accident", "veto_items-0-action": "zero"}
        line = {"veto_items-1-code": "fraud", "veto_items-1-name": "Fraud", "veto_items-1-action": "zero"}
        answer = as_(firm.hr).post(address, {**rows, **line, "veto_items-1-scope": "line"})
        assert answer.status_code == 302
        assert [row.get("scope") for row in Scheme.objects.get(pk=made.pk).veto_items] == [None, "line"]


@pytest.mark.django_db
class TestProblems:
    def test_a_veto_of_heads_needs_scores_of_people(self, firm):
        scheme = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
        change_standing(scheme=scheme, parts={"veto_items": [{**FATAL, "scope": "head"}]}, by=firm.hr)
        texts = [one.text for one in services.problems_of(Scheme.objects.get(pk=scheme.pk))]
        assert any("people have no scores" in text for text in texts)
