"""Rulings through REST: the same people, the same refusals as on the pages."""

from datetime import UTC, datetime

import pytest
import time_machine
from rest_framework.test import APIClient

from apps.accounts.rules import capabilities_of
from apps.accounts.tests.factories import UserFactory, make_key
from apps.approvals.choices import Ask, CaseState
from apps.approvals.models import Case
from apps.approvals.services import AskFor
from apps.approvals.tests.factories import make_case

NOW = datetime(2026, 11, 17, 9, tzinfo=UTC)
CASES = "/api/v1/cases/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def next_day():
    with time_machine.travel(NOW, tick=False):
        yield


def client_of(user):
    """A client with a key for all that the account's roles hold."""
    held = APIClient()
    roles = user.role_grants.values_list("role", flat=True)
    held.credentials(HTTP_AUTHORIZATION=f"Bearer {make_key(user, sorted(capabilities_of(roles)))[1]}")
    return held


@pytest.fixture
def coo():
    return UserFactory(roles=["coo"], name="Cora Chief")


@pytest.fixture
def gm():
    return UserFactory(roles=["gm"], name="Gus General")


def rule(client, case, ruling="approve", *, version=1, position=1, **words):
    step = case.steps.get(position=position).pk
    return client.post(f"{CASES}{case.pk}/rule/", {"step": step, "ruling": ruling, "version": version, **words})


class TestReading:
    def test_what_waits_is_what_the_caller_can_answer(self, coo, gm):
        case = make_case()
        (row,) = client_of(coo).get(f"{CASES}waiting/").json()["results"]
        assert (row["step"], row["ask"], row["case"]["id"]) == (case.steps.get(position=1).pk, Ask.ENDORSE, case.pk)
        assert client_of(gm).get(f"{CASES}waiting/").json()["results"] == []
        assert client_of(coo).get(f"{CASES}waiting/?kind=plan").json()["results"] == []

    def test_lists_and_narrows(self, coo):
        made = make_case()
        client = client_of(coo)
        assert [row["id"] for row in client.get(f"{CASES}?state=open&kind=request").json()["results"]] == [made.pk]
        assert client.get(f"{CASES}?state=vetoed").json()["results"] == []
        assert client.get(f"{CASES}?stat=open").status_code == 400

    def test_a_case_comes_with_brief_steps_and_turn(self, coo, gm):
        case = make_case(authors=[gm])
        found = client_of(coo).get(f"{CASES}{case.pk}/").json()
        assert found["brief"] == case.brief
        assert [row["role"] for row in found["steps"]] == ["coo", "gm"]
        assert found["authors"] == [{"id": gm.pk, "name": "Gus General"}]
        step = case.steps.get(position=1).pk
        assert found["turn"] == {
            "step": step,
            "is_yours": True,
            "verdicts": ["approve", "conditions", "return", "veto"],
            "why_not": "",
        }

    def test_somebody_who_has_no_part_in_it_finds_none(self):
        case = make_case()
        stranger = client_of(UserFactory(roles=["manager"]))
        assert stranger.get(CASES).json()["results"] == []
        assert stranger.get(f"{CASES}{case.pk}/").status_code == 404
        assert rule(stranger, case).status_code == 404

    def test_whoever_may_not_see_rulings_is_refused(self):
        assert client_of(UserFactory(roles=["employee"])).get(CASES).status_code == 403


class TestRuling:
    def test_walks_to_the_end_as_on_the_pages(self, coo, gm):
        case = make_case()
        first = rule(client_of(coo), case)
        assert (first.status_code, first.json()["state"], first.json()["version"]) == (200, "open", 2)
        last = rule(client_of(gm), case, "conditions", version=2, position=2, conditions="Until March.")
        assert last.json()["state"] == "approved"
        assert [row["decided_by"]["name"] for row in last.json()["steps"]] == ["Cora Chief", "Gus General"]
        assert Case.objects.get(pk=case.pk).state == CaseState.APPROVED

    def test_whoever_is_not_asked_is_refused(self, coo, gm):
        case = make_case()
        answer = rule(client_of(gm), case)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "ruling_not_yours")
        assert case.steps.get(position=1).ruling == ""

    def test_nobody_rules_on_their_own(self, coo):
        case = make_case(submitted_by=coo)
        answer = rule(client_of(coo), case)
        assert answer.status_code == 403
        assert "You submitted this yourself" in answer.json()["error"]["message"]

    def test_a_return_needs_its_reason(self, coo):
        answer = rule(client_of(coo), make_case(), "return")
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "reason")

    def test_whoever_comes_second_is_told_who_was_first(self, coo):
        case = make_case()
        rule(client_of(coo), case)
        answer = rule(client_of(UserFactory(roles=["coo"])), case)
        assert answer.status_code == 409
        assert "Cora Chief was faster" in answer.json()["error"]["message"]

    def test_a_step_of_another_case_is_none(self, coo):
        case, other = make_case(), make_case()
        words = {"step": other.steps.get(position=1).pk, "ruling": "approve", "version": 1}
        assert client_of(coo).post(f"{CASES}{case.pk}/rule/", words).status_code == 404
        assert other.steps.get(position=1).ruling == ""

    def test_the_same_key_rules_once(self, coo):
        case = make_case(steps=(AskFor(Ask.DECIDE, role="coo"),))
        client = client_of(coo)
        words = {"step": case.steps.get().pk, "ruling": "approve", "version": 1}
        sent = [
            client.post(f"{CASES}{case.pk}/rule/", words, format="json", headers={"Idempotency-Key": "one"})
            for _time in range(2)
        ]
        assert [answer.status_code for answer in sent] == [200, 200]
        assert Case.objects.get(pk=case.pk).version == 2


class TestWithdrawing:
    def test_takes_the_own_case_back(self):
        owner = UserFactory(roles=["manager"])
        case = make_case(submitted_by=owner)
        answer = client_of(owner).post(f"{CASES}{case.pk}/withdraw/", {"reason": "Not needed.", "version": 1})
        assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")

    def test_needs_reason_and_the_version_read(self):
        owner = UserFactory(roles=["manager"])
        case = make_case(submitted_by=owner)
        client = client_of(owner)
        assert client.post(f"{CASES}{case.pk}/withdraw/", {"version": 1}).status_code == 400
        assert client.post(f"{CASES}{case.pk}/withdraw/", {"reason": "So.", "version": 7}).status_code == 409

    def test_nobody_elses(self, coo):
        answer = client_of(coo).post(f"{CASES}{make_case().pk}/withdraw/", {"reason": "So.", "version": 1})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "ruling_not_yours")
