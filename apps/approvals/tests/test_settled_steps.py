"""A ruling that stands for the next step too, because nobody else could ever answer that one."""

from datetime import UTC, date, datetime, timedelta

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.approvals import services
from apps.approvals.choices import Ask, CaseState, Verdict
from apps.approvals.services import AskFor
from apps.approvals.tests.factories import SUBMITTED, make_case, rule, waiting
from apps.audit.selectors import history_of
from apps.notifications.models import StandIn

NOW = SUBMITTED + timedelta(hours=3)
pytestmark = pytest.mark.django_db


@pytest.fixture
def coo():
    return UserFactory(name="Cora Oland", roles=["coo"])


@pytest.fixture
def gm():
    return UserFactory(name="Gil Marsh", roles=["gm"])


def away(absent, stand_in):
    StandIn.objects.create(user=absent, stand_in=stand_in, first_day=date(2026, 11, 10), last_day=date(2026, 11, 30))


class TestStepsThatNobodyElseMayAnswer:
    """A step whose only decider has just ruled would wait for ever: that ruling stands for it too."""

    OVERDUE = datetime(2026, 11, 19, 18, 0, 1, tzinfo=UTC)

    def answers(self, case):
        return list(case.steps.order_by("position").values_list("decided_by", "decided_for", "ruling", "is_settled"))

    def test_the_only_manager_who_answers_an_overdue_step_settles_their_own(self, coo, gm):
        case = make_case()
        services.remind_and_climb(now=self.OVERDUE)
        closed = rule(case, gm, reason="No reason to wait.", now=self.OVERDUE)
        assert (closed.state, closed.version) == (CaseState.APPROVED, 2)
        assert self.answers(case) == [(gm.pk, None, "approve", False), (gm.pk, None, "approve", True)]
        assert history_of(closed)[0].reason == ("No reason to wait. Settles step 2 as well: nobody else may answer it.")

    def test_the_only_manager_who_stands_in_settles_their_own(self, coo, gm):
        away(coo, gm)
        case = make_case()
        closed = rule(case, gm, Verdict.CONDITIONS, conditions="Only until June")
        assert closed.state == CaseState.APPROVED
        assert self.answers(case) == [(gm.pk, coo.pk, "conditions", False), (gm.pk, None, "conditions", True)]
        assert case.steps.get(position=2).conditions == "Only until June"

    def test_a_second_manager_must_answer(self, coo, gm):
        other = UserFactory(roles=["gm"], name="Gerda Marsh")
        away(coo, gm)
        case = make_case()
        assert rule(case, gm).state == CaseState.OPEN
        with pytest.raises(services.RulingNotYours, match="earlier step"):
            rule(case, gm)
        assert rule(case, other).state == CaseState.APPROVED
        assert [settled for *_who, settled in self.answers(case)] == [False, False]

    def test_a_second_manager_who_submitted_it_is_nobody_else(self, coo, gm):
        away(coo, gm)
        case = make_case(submitted_by=UserFactory(roles=["gm"]))
        assert rule(case, gm).state == CaseState.APPROVED

    def test_a_stand_in_of_the_only_manager_rules_for_them_in_both(self, gm):
        deputy = UserFactory(roles=["manager"])
        away(gm, deputy)
        case = make_case()
        services.remind_and_climb(now=self.OVERDUE)
        assert rule(case, deputy, now=self.OVERDUE).state == CaseState.APPROVED
        assert self.answers(case) == [(deputy.pk, gm.pk, "approve", False), (deputy.pk, gm.pk, "approve", True)]

    def test_a_step_that_is_not_theirs_is_not_settled_though_nobody_may_answer_it(self, coo):
        case = make_case()
        assert rule(case, coo).state == CaseState.OPEN
        assert waiting(case).position == 2

    def test_a_step_that_climbs_to_somebody_else_is_not_settled(self, coo, gm):
        away(coo, gm)
        case = make_case(steps=(AskFor(Ask.ENDORSE, role="coo"), AskFor(Ask.DECIDE, role="gm", climb_role="finance")))
        UserFactory(roles=["finance", "coo"])
        assert rule(case, gm).state == CaseState.OPEN

    def test_a_return_is_a_return(self, coo, gm):
        away(coo, gm)
        case = make_case()
        assert rule(case, gm, Verdict.RETURN, reason="Numbers are missing").state == CaseState.RETURNED
        assert self.answers(case)[1] == (None, None, "", False)

    def test_the_page_says_so_before(self, coo, gm, client, time_machine):
        away(coo, gm)
        case = make_case()
        time_machine.move_to(NOW, tick=False)
        client.force_login(gm)
        words = "Nobody else may answer the next step (General manager)"
        assert words in client.get(case.get_absolute_url()).content.decode()
        UserFactory(roles=["gm"])
        assert words not in client.get(case.get_absolute_url()).content.decode()
