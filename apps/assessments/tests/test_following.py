"""What is proposed by itself after a publication, and improvement plans that a person begins."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import ImprovementPlan, Reward, ScoreRun
from apps.assessments.selectors.improving import plan_people
from apps.assessments.services import PlanBusy, PlanTerms, WrongPlan, begin_plan, propose_consequences
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.tests.factories import NOW, person_score, published
from apps.assessments.tests.rewards import MAY, TODAY, decide, paid_firm, republished, reward
from apps.core.month import Month
from apps.jobs.models import JobRun
from apps.jobs.services import work
from apps.staff.selectors import own_person, scope_of
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


def follow(*, edition=1, month=MAY, now=NOW):
    return propose_consequences(month=month, edition=edition, now=now)


class TestPublishMonth:
    def test_asks_once_for_what_follows(self, paid):
        asked = JobRun.objects.get(kind="assessments.propose_consequences")
        assert (asked.period, asked.version, asked.state) == ("2026-05", 1, "queued")
        services.publish_month(month=MAY, by=paid.hr, now=NOW)
        assert JobRun.objects.filter(kind="assessments.propose_consequences").count() == 1

    def test_and_the_job_proposes_it(self, paid):
        asked = JobRun.objects.get(kind="assessments.propose_consequences")
        work(run_id=asked.pk)
        asked.refresh_from_db()
        assert (asked.state, asked.result["rewards"]) == ("done", 2)
        assert reward(paid.nora_person).state == "proposed"


class TestProposeConsequences:
    @pytest.fixture
    def low(self, firm):
        """As `paid`, but Nora has the lowest grade."""
        return paid_firm(firm, nora="E")

    def test_proposes_rewards_and_plans(self, low):
        told = follow()
        assert (told["rewards"], told["plans"] > 0) == (2, True)
        assert ImprovementPlan.objects.get(person=low.nora_person).trigger == "lowest_once"

    def test_changes_nothing_the_second_time(self, low):
        follow()
        again = follow()
        assert (again["rewards"], again["superseded"], again["plans"], again["dropped"]) == (0, 0, 0, 0)

    def test_leaves_an_edition_that_was_replaced_to_the_later_one(self, paid):
        republished(paid)
        assert follow(edition=1) == {}
        assert not Reward.objects.exists()
        assert follow(edition=2)["rewards"] == 2

    def test_settles_after_a_correction(self, paid):
        follow()
        decide(paid, paid.nora_person)
        first = reward(paid.nora_person)
        republished(paid, nora="A")
        told = follow(edition=2)
        second = reward(paid.nora_person)
        assert (told["rewards"], told["superseded"]) == (2, 1)
        assert (second.settles_amount, second.state) == (first.amount, "proposed")

    def test_knows_no_rewards_where_the_scheme_has_none(self, firm, scheme):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        assert "rewards" not in follow()
        assert not Reward.objects.exists()

    def test_calls_for_no_plans_from_old_grades(self, low):
        told = follow(now=datetime(2026, 9, 15, 9, tzinfo=UTC))
        assert (told["rewards"], told["plans"]) == (2, 0)
        assert not ImprovementPlan.objects.exists()

    def test_names_those_with_three_best_grades(self, firm, scheme):
        for month in ("2026-03", "2026-04", "2026-05"):
            published(month, by=firm.hr, deciders=[firm.coo, firm.gm])
        person = own_person(scope=scope_of(firm.nora, TODAY))
        for run in ScoreRun.objects.filter(state="published"):
            person_score(run, person, firm.north, grade="A")
        follow()
        follow()
        assert firm.hr.notifications.filter(kind="assessments.nominated").count() == 1

    def test_gives_nothing_for_a_month_that_is_not_published(self, firm):
        assert follow(month=Month(2026, 1)) == {}


def terms(firm, **changes):
    given = {
        "goals": "Reports on time",
        "support": "",
        "owner": firm.mia,
        "starts_on": TODAY,
        "review_on": TODAY + timedelta(days=30),
        "ends_on": TODAY + timedelta(days=75),
    }
    return PlanTerms(**(given | changes))


def begin(firm, *, by=None, **given):
    return begin_plan(**{"terms": terms(firm), "by": by or firm.gm, "now": NOW} | given)


class TestBeginPlan:
    @pytest.fixture
    def nora(self, firm):
        return own_person(scope=scope_of(firm.nora, TODAY))

    def test_runs_at_once_and_tells_both(self, firm, nora):
        plan = begin(firm, person=nora)
        assert (plan.trigger, plan.state, plan.department, plan.month) == (
            "by_hand",
            "running",
            firm.north,
            date(2026, 6, 1),
        )
        assert firm.mia.notifications.filter(kind="assessments.plan_started").exists()
        assert firm.nora.notifications.filter(kind="assessments.plan_started").exists()

    def test_can_be_for_a_department(self, firm):
        plan = begin(firm, department=firm.south)
        assert (plan.person, plan.department) == (None, firm.south)

    def test_refuses_neither_and_both(self, firm, nora):
        for about in ({}, {"person": nora, "department": firm.south}):
            with pytest.raises(WrongPlan, match="one of the two"):
                begin(firm, **about)

    def test_refuses_a_second_one_beside_an_open_one(self, firm, nora):
        begin(firm, person=nora)
        with pytest.raises(PlanBusy, match="Nora North has one already"):
            begin(firm, person=nora)

    def test_refuses_a_second_one_from_the_same_month(self, firm, nora):
        plan = begin(firm, person=nora)
        services.close_plan(plan=plan, state="dropped", outcome="A mistake.", by=firm.gm, now=NOW)
        with pytest.raises(PlanBusy, match="next month"):
            begin(firm, person=nora)
        assert ImprovementPlan.objects.count() == 1

    def test_refuses_the_department_one_heads_and_oneself(self, firm):
        for about in ({"department": firm.works}, {"person": own_person(scope=scope_of(firm.coo, TODAY))}):
            with pytest.raises(NotYourStep):
                begin(firm, by=firm.coo, **about)

    def test_refuses_whoever_works_nowhere_today(self, firm):
        PersonFactory(name="Gone Gil", number="G1", department=firm.north, hired_on=date(2026, 7, 1))
        gil = plan_people(scope_of(firm.gm, TODAY)).get(number="G1")
        with pytest.raises(WrongPlan, match="works in no department today"):
            begin(firm, person=gil)

    def test_refuses_terms_that_make_no_plan(self, firm, nora):
        with pytest.raises(WrongPlan) as refused:
            begin(firm, person=nora, terms=terms(firm, goals=" "))
        assert refused.value.field == "goals"


class TestBeginPlanPage:
    URL = "assessments:begin_plan"

    def sent(self, firm, **changes):
        given = {
            "person": "N1",
            "goals": "On time",
            "owner": firm.mia.pk,
            "starts_on": "2026-06-15",
            "review_on": "2026-07-15",
            "ends_on": "2026-09-01",
        }
        return given | changes

    def test_begins_a_plan(self, firm, as_):
        assert "Begin a plan" in as_(firm.coo).get(reverse("assessments:improvement_plans")).content.decode()
        assert "Staff number" in as_(firm.coo).get(reverse(self.URL)).content.decode()
        answer = as_(firm.coo).post(reverse(self.URL), self.sent(firm))
        plan = ImprovementPlan.objects.get()
        assert answer["Location"] == plan.get_absolute_url()
        assert plan.person.name == "Nora North"

    @pytest.mark.parametrize(
        ("changes", "status", "said"),
        [
            ({"person": "X99"}, 422, "nobody with this staff number"),
            ({"person": ""}, 422, "one of the two"),
            ({"goals": ""}, 422, "required"),
        ],
    )
    def test_keeps_what_was_typed(self, firm, as_, changes, status, said):
        answer = as_(firm.coo).post(reverse(self.URL), self.sent(firm, support="A course", **changes))
        assert answer.status_code == status
        page = answer.content.decode()
        assert said in page
        assert "A course" in page

    def test_is_not_for_hr(self, firm, as_):
        assert as_(firm.hr).get(reverse(self.URL)).status_code == 403
        assert "Begin a plan" not in as_(firm.hr).get(reverse("assessments:improvement_plans")).content.decode()


class TestBeginPlanApi:
    def test_begins_a_plan(self, firm, as_):
        body = {
            "department": firm.south.pk,
            "goals": "On time",
            "owner": firm.mia.pk,
            "starts_on": "2026-06-15",
            "review_on": "2026-07-15",
            "ends_on": "2026-09-01",
        }
        answer = as_(firm.coo).post("/api/v1/improvement-plans/", body, content_type="application/json")
        assert answer.status_code == 201
        assert (answer.json()["trigger"], answer.json()["state"]) == ("by_hand", "running")
        again = as_(firm.coo).post("/api/v1/improvement-plans/", body, content_type="application/json")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "plan_not_there")

    def test_does_not_know_who_lies_outside(self, firm, as_):
        body = {"person": 987654, "goals": "x", "owner": firm.mia.pk}
        days = {"starts_on": "2026-06-15", "review_on": "2026-07-15", "ends_on": "2026-09-01"}
        answer = as_(firm.coo).post("/api/v1/improvement-plans/", body | days, content_type="application/json")
        assert answer.status_code == 404
