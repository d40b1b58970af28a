"""Improvement plans and nominations: proposed from grades, started, reviewed and closed by people."""

from datetime import UTC, date, datetime, timedelta

import pgtrigger
import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments.models import ImprovementPlan, ScoreRun
from apps.assessments.rules.consequences import Trigger, coefficient, is_nominated, plan_trigger, usual_length
from apps.assessments.services import (
    MonthBusy,
    PlanBusy,
    PlanTerms,
    WrongPlan,
    close_plan,
    compute_month,
    hand_in_month,
    propose_plans,
    publish_month,
    review_plan,
    start_plan,
)
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.tests.factories import NOW, person_score, published, rule
from apps.core.month import Month
from apps.staff.selectors import own_person, scope_of
from apps.staff.tests.factories import PersonFactory

LADDER = ("A", "B", "C", "D", "E")
APRIL, MAY = Month(2026, 4), Month(2026, 5)
TODAY = date(2026, 6, 15)


class TestPlanTrigger:
    @pytest.mark.parametrize(
        ("grades", "found"),
        [
            (["E", "A"], Trigger.LOWEST_ONCE),
            (["E"], Trigger.LOWEST_ONCE),
            (["D", "D"], Trigger.LOW_TWICE),
            (["D", "D", "D"], Trigger.LOW_TWICE),
            (["D", "C", "D"], None),
            (["D", None, "D"], None),
            (["D", "E"], None),
            (["D"], None),
            ([None, "E"], None),
            ([], None),
            (["Z", "Z"], None),
        ],
    )
    def test_is_the_lowest_once_or_the_second_lowest_twice_in_a_row(self, grades, found):
        assert plan_trigger(grades, LADDER) is found

    def test_takes_no_good_grade_for_a_low_one_where_there_are_few(self):
        assert plan_trigger(["good", "good"], ("good", "bad")) is None
        assert plan_trigger(["bad"], ("good", "bad")) is Trigger.LOWEST_ONCE
        assert plan_trigger(["only"], ("only",)) is None


class TestIsNominated:
    @pytest.mark.parametrize(
        ("grades", "found"),
        [
            (["A", "A", "A"], True),
            (["A", "B", "A", None, "C", "A"], True),
            (["A", "B", "A", "B", "C", "B", "A"], False),
            (["B", "A", "A", "A"], False),
            (["A", "A"], False),
            (["A", "A", "A", "A"], False),
            (["A", "A", "B", "B", "B", "A"], True),
            (["A", "A", "B", "B", "B", "A", "A"], False),
            ([], False),
        ],
    )
    def test_is_the_third_best_grade_in_six_months_and_tells_it_once(self, grades, found):
        assert is_nominated(grades, "A") is found


class TestSmallRules:
    def test_a_grade_outside_the_table_is_worth_nothing_known(self):
        assert coefficient({"A": "1.2"}, "B") is None
        assert coefficient({"": "1"}, "") is None
        assert coefficient({"A": "1.2"}, "A") * 5 == 6

    def test_60_to_90_days_are_usual(self):
        assert [usual_length(days) for days in (59, 60, 90, 91)] == [False, True, True, False]


@pytest.fixture
def low(firm, scheme):
    """April and May are published; Nora has the lowest grade in May, Sam the second lowest in both, Ada the best."""
    firm.nora_person = own_person(scope=scope_of(firm.nora, TODAY))
    firm.sam = PersonFactory(name="Sam South", department=firm.south)
    firm.ada = PersonFactory(name="Ada Able", department=firm.south)
    for month, grades in (("2026-04", ("C", "D", "A")), ("2026-05", ("E", "D", "A"))):
        published(month, by=firm.hr, deciders=[firm.coo, firm.gm])
        run = ScoreRun.objects.get(state="published", month=Month.parse(month).first_day)
        for person, place, grade in zip(
            (firm.nora_person, firm.sam, firm.ada), (firm.north, firm.south, firm.south), grades, strict=True
        ):
            person_score(run, person, place, grade=grade)
    return firm


def propose(firm, month=MAY):
    return propose_plans(month=month, by=firm.hr, now=NOW)


def terms(firm, **changes):
    """Terms that make a plan of 75 days."""
    given = {
        "goals": "Reports on time",
        "support": "A course",
        "owner": firm.mia,
        "starts_on": TODAY,
        "review_on": TODAY + timedelta(days=30),
        "ends_on": TODAY + timedelta(days=75),
    }
    return PlanTerms(**(given | changes))


def plan_of(firm, person):
    return ImprovementPlan.objects.get(person=person)


def running(firm):
    """Nora's plan, started by the COO, owned by Mia."""
    propose(firm)
    return start_plan(plan=plan_of(firm, firm.nora_person), terms=terms(firm), by=firm.coo, now=NOW)


@pytest.mark.django_db
class TestProposePlans:
    def test_names_those_with_low_grades_and_why(self, low):
        propose(low)
        found = dict(ImprovementPlan.objects.exclude(person=None).values_list("person__name", "trigger"))
        assert found == {"Nora North": "lowest_once", "Sam South": "low_twice"}
        assert plan_of(low, low.nora_person).department == low.north

    def test_looks_at_departments_too(self, low):
        propose(low)
        grades = dict(ScoreRun.objects.get(month=MAY.first_day).scores.values_list("department", "grade"))
        lowest = {pk for pk, grade in grades.items() if grade == "E"}
        found = set(
            ImprovementPlan.objects.filter(person=None, trigger="lowest_once").values_list("department", flat=True)
        )
        assert lowest == found
        assert lowest

    def test_changes_nothing_the_second_time(self, low):
        first = propose(low)
        again = propose(low)
        assert first.new > 0
        assert (again.new, again.dropped) == (0, 0)

    def test_proposes_no_second_plan_beside_an_open_one(self, low):
        propose(low)
        ImprovementPlan.objects.filter(person=low.sam).update(month=date(2026, 4, 1), state="running")
        propose(low)
        assert ImprovementPlan.objects.filter(person=low.sam).count() == 1

    def test_drops_what_a_correction_no_longer_asks_for(self, low):
        propose(low)
        published_again(low)
        done = propose(low)
        assert done.dropped == 1
        assert plan_of(low, low.nora_person).state == "dropped"
        assert plan_of(low, low.sam).state == "proposed"

    def test_tells_hr_of_three_best_grades_in_six_months_once(self, low):
        propose(low)
        assert not low.hr.notifications.filter(kind="assessments.nominated").exists()
        published("2026-03", by=low.hr, deciders=[low.coo, low.gm])
        run = ScoreRun.objects.get(state="published", month=date(2026, 3, 1))
        person_score(run, low.ada, low.south, grade="A")
        propose(low)
        propose(low)
        note = low.hr.notifications.get(kind="assessments.nominated")
        assert "Ada Able" in note.subject

    def test_refuses_a_month_that_is_not_published(self, low):
        with pytest.raises(MonthBusy):
            propose(low, Month(2026, 1))


def published_again(firm, month=MAY, **grades):
    """A month published once more; Nora has a better grade now, or people have the GRADES given."""
    compute_month(month=month, reason="corrected", by=firm.gm, now=NOW)
    case = hand_in_month(month=month, by=firm.hr, now=NOW)
    for decider in (firm.coo, firm.gm):
        rule(case, decider)
    publish_month(month=month, by=firm.hr, now=NOW)
    run = ScoreRun.objects.get(state="published", month=month.first_day)
    given = {"nora": "B", "sam": "D"} | grades
    person_score(run, firm.nora_person, firm.north, grade=given["nora"])
    person_score(run, firm.sam, firm.south, grade=given["sam"])


def stands(firm, person):
    """The plans of a person by the month that led to them: month → state."""
    return {row.month.month: row.state for row in ImprovementPlan.objects.filter(person=person).order_by("month")}


@pytest.mark.django_db
class TestCorrectionOfTheMonthBefore:
    def test_ends_what_its_grade_began(self, low):
        propose(low)
        published_again(low, APRIL, nora="C", sam="C")
        assert propose(low, APRIL).dropped == 1
        assert stands(low, low.sam) == {5: "dropped"}
        assert "no longer asks" in plan_of(low, low.sam).outcome
        assert plan_of(low, low.nora_person).state == "proposed"

    def test_begins_what_the_grade_after_it_goes_on_with(self, low):
        published_again(low, MAY, nora="D", sam="C")
        propose(low, APRIL)
        assert stands(low, low.nora_person) == {}
        published_again(low, APRIL, nora="D", sam="D")
        assert propose(low, APRIL).new == 1
        assert stands(low, low.nora_person) == {5: "proposed"}
        assert plan_of(low, low.nora_person).trigger == "low_twice"
        assert propose(low, APRIL).new == 0

    def test_and_back_again_asks_anew(self, low):
        propose(low)
        published_again(low, APRIL, nora="C", sam="C")
        propose(low, APRIL)
        published_again(low, APRIL, nora="C", sam="D")
        assert propose(low, APRIL).new == 1
        assert stands(low, low.sam) == {5: "proposed"}
        assert plan_of(low, low.sam).outcome == ""

    def test_leaves_what_a_person_dropped_or_started(self, low):
        propose(low, APRIL)
        close_plan(plan=plan_of(low, low.sam), state="dropped", outcome="A leave.", by=low.coo, now=NOW)
        published_again(low, APRIL, nora="C", sam="D")
        assert (propose(low, APRIL).new, plan_of(low, low.sam).outcome) == (0, "A leave.")
        with pgtrigger.ignore("assessments.ImprovementPlan:keep_closed"):
            ImprovementPlan.objects.filter(person=low.sam).update(state="running")
        published_again(low, APRIL, nora="C", sam="C")
        propose(low, APRIL)
        assert stands(low, low.sam) == {5: "running"}

    def test_reaches_the_month_behind_a_plan_that_fell(self, low):
        published("2026-03", by=low.hr, deciders=[low.coo, low.gm])
        run = ScoreRun.objects.get(state="published", month=date(2026, 3, 1))
        person_score(run, low.sam, low.south, grade="D")
        propose(low, APRIL)
        propose(low)
        assert stands(low, low.sam) == {4: "proposed"}
        published_again(low, Month(2026, 3), nora="C", sam="C")
        propose(low, Month(2026, 3))
        assert stands(low, low.sam) == {4: "dropped", 5: "proposed"}

    def test_asks_for_nothing_from_grades_long_ago_but_still_drops(self, low):
        later = datetime(2026, 10, 15, 9, tzinfo=UTC)
        propose(low)
        with pgtrigger.ignore("assessments.ImprovementPlan:keep_plan"):
            ImprovementPlan.objects.filter(person=low.nora_person).delete()
        published_again(low, APRIL, nora="C", sam="C")
        done = propose_plans(month=APRIL, by=None, now=later)
        assert (done.new, done.dropped) == (0, 1)
        assert (stands(low, low.nora_person), stands(low, low.sam)) == ({}, {5: "dropped"})


@pytest.mark.django_db
class TestStartPlan:
    def test_keeps_goals_support_owner_and_dates_and_tells_both(self, low):
        plan = running(low)
        assert (plan.state, plan.goals, plan.owner, plan.decided_by) == ("running", "Reports on time", low.mia, low.coo)
        for user in (low.mia, low.nora):
            assert user.notifications.filter(kind="assessments.plan_started").exists()

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"goals": " "}, "goals"),
            ({"owner": None}, "owner"),
            ({"ends_on": TODAY}, "ends_on"),
            ({"review_on": TODAY}, "review_on"),
            ({"review_on": TODAY + timedelta(days=76)}, "review_on"),
        ],
    )
    def test_refuses_what_makes_no_plan(self, low, changes, field):
        propose(low)
        with pytest.raises(WrongPlan) as refused:
            start_plan(plan=plan_of(low, low.nora_person), terms=terms(low, **changes), by=low.coo, now=NOW)
        assert refused.value.field == field

    def test_refuses_a_plan_that_runs(self, low):
        plan = running(low)
        with pytest.raises(PlanBusy, match="Running"):
            start_plan(plan=plan, terms=terms(low), by=low.coo, now=NOW)

    def test_refuses_a_plan_about_the_department_one_heads(self, low):
        plan = ImprovementPlan.objects.create(department=low.works, month=MAY.first_day, trigger="by_hand")
        with pytest.raises(NotYourStep):
            start_plan(plan=plan, terms=terms(low), by=low.coo, now=NOW)
        assert start_plan(plan=plan, terms=terms(low), by=low.gm, now=NOW).state == "running"


@pytest.mark.django_db
class TestReviewAndClose:
    def test_a_review_is_kept_by_whoever_owns_the_plan(self, low):
        plan = running(low)
        day = TODAY + timedelta(days=60)
        review_plan(plan=plan, note="Half way", review_on=day, by=low.mia, now=NOW)
        plan.refresh_from_db()
        assert plan.review_on == day

    def test_but_not_by_others_nor_without_words(self, low):
        plan = running(low)
        with pytest.raises(NotYourStep):
            review_plan(plan=plan, note="Half way", review_on=None, by=low.hr, now=NOW)
        with pytest.raises(NotYourStep):
            review_plan(plan=plan, note="All fine", review_on=None, by=low.nora, now=NOW)
        with pytest.raises(WrongPlan):
            review_plan(plan=plan, note=" ", review_on=None, by=low.mia, now=NOW)
        with pytest.raises(WrongPlan):
            review_plan(plan=plan, note="x", review_on=TODAY + timedelta(days=99), by=low.mia, now=NOW)

    def test_closes_with_an_outcome(self, low):
        plan = running(low)
        with pytest.raises(WrongPlan, match="outcome"):
            close_plan(plan=plan, state="reached", outcome="", by=low.coo, now=NOW)
        assert close_plan(plan=plan, state="reached", outcome="On time since", by=low.coo, now=NOW).state == "reached"
        with pytest.raises(PlanBusy):
            close_plan(plan=plan, state="missed", outcome="no", by=low.coo, now=NOW)

    def test_a_proposal_can_only_be_dropped(self, low):
        propose(low)
        plan = plan_of(low, low.nora_person)
        with pytest.raises(WrongPlan, match="never started"):
            close_plan(plan=plan, state="reached", outcome="x", by=low.coo, now=NOW)
        assert (
            close_plan(plan=plan, state="dropped", outcome="A leave explains it", by=low.coo, now=NOW).state
            == "dropped"
        )


@pytest.mark.django_db
class TestPlanPages:
    def test_propose_start_review_and_close(self, low, as_):
        url = reverse("assessments:propose_plans", args=["2026-05"])
        assert as_(low.hr).get(url).status_code == 200
        assert as_(low.hr).post(url).status_code == 302
        plan = plan_of(low, low.nora_person)
        sent = {
            "goals": "On time",
            "owner": low.mia.pk,
            "starts_on": "2026-06-15",
            "review_on": "2026-07-15",
            "ends_on": "2026-09-01",
        }
        assert as_(low.coo).post(reverse("assessments:start_plan", args=[plan.pk]), sent).status_code == 302
        review = {"note": "Half way there", "review_on": "2026-08-01"}
        assert as_(low.mia).post(reverse("assessments:review_plan", args=[plan.pk]), review).status_code == 302
        page = as_(low.nora).get(plan.get_absolute_url()).content.decode()
        assert "On time" in page
        assert "Half way there" in page
        close = {"state": "reached", "outcome": "Twice on time"}
        assert as_(low.coo).post(reverse("assessments:close_plan", args=[plan.pk]), close).status_code == 302
        assert "Twice on time" in as_(low.hr).get(plan.get_absolute_url()).content.decode()

    def test_keep_what_was_typed(self, low, as_):
        propose(low)
        url = reverse("assessments:start_plan", args=[plan_of(low, low.nora_person).pk])
        answer = as_(low.coo).post(url, {"goals": "Only goals"})
        assert answer.status_code == 422
        assert "Only goals" in answer.content.decode()

    def test_show_a_proposal_to_nobody_it_is_about(self, low, as_):
        propose(low)
        plan = plan_of(low, low.nora_person)
        assert as_(low.nora).get(plan.get_absolute_url()).status_code == 404
        assert as_(low.mia).get(plan.get_absolute_url()).status_code == 200

    def test_show_a_running_one_only_to_those_it_concerns(self, low, as_):
        plan = running(low)
        assert as_(low.nora).get(plan.get_absolute_url()).status_code == 200
        other = UserFactory(roles=["employee"])
        PersonFactory(name="Olga Other", department=low.north, user=other)
        assert as_(other).get(plan.get_absolute_url()).status_code == 404
        assert "Nora" not in as_(other).get(reverse("assessments:improvement_plans")).content.decode()

    def test_list_and_export(self, low, as_):
        propose(low)
        answer = as_(low.auditor).get(reverse("assessments:improvement_plans"), {"export": "csv", "state": "proposed"})
        assert "Sam South" in b"".join(answer.streaming_content).decode()
