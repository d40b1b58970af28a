"""Systems are told once of a case that is opened, answered or withdrawn: without its words."""

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.approvals import services
from apps.approvals.choices import Verdict
from apps.approvals.models import Step
from apps.approvals.tests.factories import SUBMITTED, make_case
from apps.core.errors import Conflict
from apps.notifications.tests.factories import events_sent, subscribed

pytestmark = pytest.mark.django_db


def answer(case, by, ruling=Verdict.APPROVE):
    case.refresh_from_db()
    step = Step.objects.waiting().get(case=case)
    return services.rule_on(
        case=case,
        step=step,
        ruling=ruling,
        by=by,
        now=SUBMITTED,
        expected_version=case.version,
        reason="Costs too much",
    )


def test_a_case_from_its_opening_to_its_end():
    subscribed("approvals.*")
    coo, gm = UserFactory(roles=["coo"]), UserFactory(roles=["gm"])
    case = make_case()
    answer(case, coo)
    answer(case, gm, Verdict.VETO)
    events = events_sent()
    assert [event for event, _facts in events] == ["approvals.opened", "approvals.answered", "approvals.answered"]
    assert [facts["state"] for _event, facts in events] == ["open", "open", "vetoed"]
    assert (events[2][1]["case"], events[2][1]["step"], events[2][1]["ruling"]) == (case.pk, 2, "veto")
    assert case.title not in str(events)
    assert "Costs too much" not in str(events)


def test_a_case_that_is_taken_back_and_one_that_is_refused():
    subscribed("approvals.*")
    case = make_case()
    with pytest.raises(Conflict):
        make_case(subject_ref=case.subject_ref)
    services.withdraw_case(
        case=case, reason="Not now", by=case.submitted_by, now=SUBMITTED, expected_version=case.version
    )
    assert [event for event, _facts in events_sent()] == ["approvals.opened", "approvals.withdrawn"]
