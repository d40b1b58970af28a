"""Those an improvement plan concerns hear of it when it is set, changed or closed, and before and after a review."""

from datetime import UTC, date, datetime

import pgtrigger
import pytest

from apps.assessments.models import ImprovementPlan
from apps.assessments.services import PlanTerms, begin_plan, close_plan, remind_of_plans, review_plan
from apps.notifications.models import Notification
from apps.staff.selectors import own_person, scope_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 15)


def morning(day, month=6):
    return datetime(2026, month, day, 6, tzinfo=UTC)


@pytest.fixture
def plan(firm):
    """Nora's plan from Monday 15 June to 31 August, owned by Mia, who leads Sales; the first review is on Monday 29 June."""
    person = own_person(scope=scope_of(firm.nora, TODAY))
    given = PlanTerms("Reports on time", "A course", firm.mia, TODAY, date(2026, 6, 29), date(2026, 8, 31))
    return begin_plan(person=person, terms=given, by=firm.coo, now=morning(15))


def told(kind):
    rows = Notification.objects.filter(kind=f"assessments.plan_{kind}").order_by("user__name")
    return [(row.user.name, row.subject) for row in rows]


class TestSetAndChanged:
    def test_whom_it_is_for_and_who_owns_it_hear_of_every_step(self, firm, plan):
        assert [name for name, _subject in told("started")] == ["Mia Manager", "Nora North"]
        review_plan(plan=plan, note="Half way.", review_on=date(2026, 7, 20), by=firm.mia, now=morning(29))
        assert [name for name, _subject in told("reviewed")] == ["Mia Manager", "Nora North"]
        assert Notification.objects.filter(body="The next review is on 20 July 2026.").count() == 2
        close_plan(plan=plan, state="reached", outcome="All in time.", by=firm.coo, now=morning(20, 7))
        assert [name for name, _subject in told("closed")] == ["Mia Manager", "Nora North"]

    def test_who_leads_the_department_hears_of_a_plan_for_the_whole_of_it(self, firm):
        given = PlanTerms("Fewer complaints", "", firm.coo, TODAY, date(2026, 6, 29), date(2026, 8, 31))
        begin_plan(department=firm.sales, terms=given, by=firm.gm, now=morning(15))
        assert [name for name, _subject in told("started")] == ["Cora Chief", "Mia Manager"]

    def test_nobody_hears_that_a_proposal_was_dropped(self, firm, plan):
        with pgtrigger.ignore("assessments.ImprovementPlan:keep_started"):
            ImprovementPlan.objects.filter(pk=plan.pk).update(state="proposed")
        close_plan(plan=plan, state="dropped", outcome="A mistake.", by=firm.coo, now=morning(16))
        assert told("closed") == []


class TestRemindOfPlans:
    def test_says_nothing_two_working_days_before(self, plan):
        assert remind_of_plans(now=morning(25)) == {"near": 0, "missed": 0}

    def test_reminds_those_concerned_on_the_working_day_before_once(self, plan):
        for day in (26, 27, 29):
            assert remind_of_plans(now=morning(day)) == {"near": 1, "missed": 0}
        subject = "An improvement plan is reviewed on 29 June 2026"
        assert told("near") == [("Mia Manager", subject), ("Nora North", subject)]

    def test_a_missed_review_is_told_to_those_who_decide_as_well_once(self, plan):
        for day in (30, 30):
            assert remind_of_plans(now=morning(day)) == {"near": 0, "missed": 1}
        names = [name for name, _subject in told("missed")]
        assert names == ["Cora Chief", "Gus General", "Mia Manager", "Nora North"]
        assert told("missed")[0][1] == "The review of an improvement plan was due on 29 June 2026"

    def test_another_day_is_told_anew_and_the_end_where_no_review_is_left(self, firm, plan):
        remind_of_plans(now=morning(29))
        review_plan(plan=plan, note="Half way.", review_on=None, by=firm.mia, now=morning(29))
        assert remind_of_plans(now=morning(30)) == {"near": 0, "missed": 0}
        remind_of_plans(now=morning(28, 8))
        assert ("Mia Manager", "An improvement plan ends on 31 August 2026") in told("near")
        remind_of_plans(now=morning(1, 9))
        assert ("Cora Chief", "An improvement plan ended on 31 August 2026 and was not closed") in told("missed")

    def test_a_plan_that_is_closed_is_not_asked_for(self, firm, plan):
        close_plan(plan=plan, state="missed", outcome="No.", by=firm.coo, now=morning(20))
        assert remind_of_plans(now=morning(30)) == {"near": 0, "missed": 0}

    def test_takes_a_fixed_number_of_queries_to_find_them(self, firm, plan, django_assert_max_num_queries):
        remind_of_plans(now=morning(26))
        with django_assert_max_num_queries(12):
            remind_of_plans(now=morning(26))
