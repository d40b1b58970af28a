"""People's scores, personal parts, rewards, pay bases and plans through the API: who gets what, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest

from apps.assessments.models import Appraisal, ImprovementPlan, PayBase, Reward, ScoreRun
from apps.assessments.tests.factories import approved, draft, for_people, in_force, person_score, published
from apps.core.month import Month
from apps.staff.selectors import own_person, scope_of
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

MAY = Month(2026, 5)
TODAY = date(2026, 6, 15)
API = "/api/v1"


@pytest.fixture
def paid(firm):
    """May is published by rules with rewards; Nora (North) and Sam (South) have scores made here, and pay bases."""
    scheme = for_people(draft(by=firm.hr, departments=firm.assessed, lines=firm.lines), staff={})
    in_force(scheme)
    published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
    run = ScoreRun.objects.get(state="published")
    firm.nora_person = own_person(scope=scope_of(firm.nora, TODAY))
    firm.sam = PersonFactory(name="Sam South", number="S1", department=firm.south)
    for person, place in ((firm.nora_person, firm.north), (firm.sam, firm.south)):
        firm.score = person_score(run, person, place)
        PayBase.objects.create(person=person, valid=(date(2026, 1, 1), None), base_amount=Decimal(3000))
    return firm


@pytest.fixture
def call(as_):
    """`call(user, "get", "/rewards/", …)` gives status and body."""

    def ask(user, method, path, body=None):
        client = as_(user)
        send = getattr(client, method)
        given = {} if body is None else {"data": body}
        if method != "get" and body is not None:
            given["content_type"] = "application/json"
        answer = send(f"{API}{path}", **given)
        return answer.status_code, answer.json()

    return ask


def names(body):
    return {row["person_name"] for row in body["results"]}


class TestPersonScores:
    def test_are_ones_own_or_those_of_people_one_leads(self, paid, call):
        assert names(call(paid.nora, "get", "/person-scores/")[1]) == {"Nora North"}
        assert names(call(paid.mia, "get", "/person-scores/")[1]) == {"Nora North", "Sam South"}
        assert names(call(paid.hr, "get", "/person-scores/", {"month": "2026-05", "grade": "B"})[1]) == {
            "Nora North",
            "Sam South",
        }

    def test_never_anybody_elses(self, paid, call):
        pk = paid.score.pk
        assert call(paid.nora, "get", f"/person-scores/{pk}/")[0] == 404
        assert call(paid.nora, "get", f"/person-scores/{pk}/receipt/")[0] == 404
        assert call(paid.nora, "get", "/person-scores/", {"person": paid.sam.pk})[1]["results"] == []

    def test_receipt_holds_days_and_parts(self, paid, call):
        status, body = call(paid.mia, "get", f"/person-scores/{paid.score.pk}/receipt/")
        assert status == 200
        assert (body["total"], body["grade"], body["dept_weight"]) == ("87.62", "B", "30.00")
        assert body["stays"] == [
            {"department": paid.south.pk, "name": "South (SOUTH)", "days": 31, "score": "91.41", "is_assessed": True}
        ]

    def test_an_unknown_parameter_is_named(self, paid, call):
        assert call(paid.hr, "get", "/person-scores/", {"persons": "1"})[0] == 400


class TestAppraisals:
    @pytest.fixture
    def team(self, firm):
        scheme = for_people(draft(by=firm.hr, departments=firm.assessed, lines=firm.lines))
        approved(scheme, by=firm.hr, deciders=[firm.coo, firm.gm])
        firm.nora_person = own_person(scope=scope_of(firm.nora, TODAY))
        return firm

    def test_are_listed_and_given(self, team, call):
        rows = call(team.mia, "get", "/appraisals/", {"month": "2026-05"})[1]
        assert [(row["name"], row["points"]) for row in rows] == [("Nora North", None)]
        body = {"month": "2026-05", "rows": [{"person": team.nora_person.pk, "points": "86.5", "note": "Steady"}]}
        assert call(team.mia, "post", "/appraisals/", body) == (200, {"saved": 1, "unchanged": 0})
        assert Appraisal.objects.get().points == Decimal("86.50")

    def test_refuse_people_of_others_and_points_beyond_100(self, team, call):
        wrong = {"month": "2026-05", "rows": [{"person": team.nora_person.pk, "points": "101"}]}
        assert call(team.mia, "post", "/appraisals/", wrong)[0] == 422
        other = {"month": "2026-05", "rows": [{"person": PersonFactory(department=team.works).pk, "points": "90"}]}
        assert call(team.mia, "post", "/appraisals/", other)[0] == 403
        assert call(team.nora, "post", "/appraisals/", wrong)[0] == 403
        assert not Appraisal.objects.exists()


class TestRewards:
    def test_are_proposed_and_decided(self, paid, call):
        status, body = call(paid.hr, "post", "/rewards/propose/", {"month": "2026-05"})
        assert (status, body["new"], body["without_base"]) == (200, 2, 0)
        keys = list(Reward.objects.values_list("pk", flat=True))
        status, body = call(paid.gm, "post", "/rewards/approve/", {"ids": keys[:1], "reason": "fine"})
        assert (status, body["count"]) == (200, 1)
        assert call(paid.gm, "post", "/rewards/refuse/", {"ids": keys[1:]})[0] == 422
        assert call(paid.gm, "post", "/rewards/refuse/", {"ids": keys[1:], "reason": "warned"})[0] == 200
        assert call(paid.gm, "post", "/rewards/approve/", {"ids": keys})[0] == 409

    def test_for_one_deed_are_proposed_and_taken_back(self, paid, call):
        given = {"person": paid.nora_person.pk, "happened_on": "2026-05-12", "amount": "500.00", "occasion": "Kept it"}
        assert call(paid.mia, "post", "/rewards/spot/", given)[0] == 400
        status, body = call(paid.mia, "post", "/rewards/spot/", {**given, "evidence": " "})
        assert status == 422
        status, body = call(paid.mia, "post", "/rewards/spot/", {**given, "evidence": "R 12"})
        assert (status, body["source"], body["state"], body["score"]) == (201, "spot", "proposed", None)
        assert call(paid.coo, "post", "/rewards/approve/", {"ids": [body["id"]]})[0] == 200
        status, back = call(paid.hr, "post", f"/rewards/{body['id']}/reverse/", {"reason": "wrong"})
        assert (status, back["reverses"], back["difference_amount"]) == (201, body["id"], "-500.00")
        assert call(paid.hr, "post", f"/rewards/{body['id']}/reverse/", {"reason": "wrong"})[0] == 409
        assert len(call(paid.hr, "get", "/rewards/?source=spot")[1]["results"]) == 2

    def test_are_seen_by_their_own_person_once_approved(self, paid, call):
        call(paid.hr, "post", "/rewards/propose/", {"month": "2026-05"})
        assert call(paid.nora, "get", "/rewards/")[1]["results"] == []
        call(paid.gm, "post", "/rewards/approve/", {"ids": list(Reward.objects.values_list("pk", flat=True))})
        assert names(call(paid.nora, "get", "/rewards/")[1]) == {"Nora North"}
        assert call(paid.mia, "get", "/rewards/")[1]["results"] == []
        other = Reward.objects.get(person=paid.sam)
        assert call(paid.nora, "get", f"/rewards/{other.pk}/")[0] == 404

    def test_are_not_decided_by_those_who_may_not(self, paid, call):
        call(paid.hr, "post", "/rewards/propose/", {"month": "2026-05"})
        keys = list(Reward.objects.values_list("pk", flat=True))
        for user in (paid.hr, paid.mia, paid.nora, paid.auditor):
            assert call(user, "post", "/rewards/approve/", {"ids": keys})[0] == 403
        assert call(paid.gm, "post", "/rewards/approve/", {"ids": [999999]})[0] == 404


class TestPayBases:
    def test_are_set_from_a_month_on(self, paid, call):
        body = {"person": paid.sam.pk, "month": "2026-05", "amount": "3300.00"}
        status, rows = call(paid.hr, "post", "/pay-bases/", body)
        assert status == 200
        assert [(row["since"], row["until"], row["base_amount"]) for row in rows] == [
            ("2026-01-01", "2026-05-01", "3000.00"),
            ("2026-05-01", None, "3300.00"),
        ]

    def test_are_not_set_by_the_person_themselves(self, paid, call):
        own = PersonFactory(number="H1", department=paid.works, user=paid.hr)
        status, body = call(paid.hr, "post", "/pay-bases/", {"person": own.pk, "month": "2026-05", "amount": "9000.00"})
        assert (status, body["error"]["code"]) == (403, "not_your_step")
        assert not PayBase.objects.filter(person=own).exists()

    def test_are_hidden_from_everybody_else(self, paid, call):
        for user in (paid.mia, paid.nora):
            assert call(user, "get", "/pay-bases/")[0] == 403
        assert (
            call(paid.coo, "post", "/pay-bases/", {"person": paid.sam.pk, "month": "2026-05", "amount": "1"})[0] == 403
        )
        assert len(call(paid.auditor, "get", "/pay-bases/", {"on": "2026-05-01"})[1]["results"]) == 2


class TestPlans:
    def test_are_proposed_started_reviewed_and_closed(self, paid, call):
        assert call(paid.hr, "post", "/improvement-plans/propose/", {"month": "2026-05"})[0] == 200
        plan = ImprovementPlan.objects.create(
            department=paid.north, person=paid.nora_person, month=date(2026, 4, 1), trigger="by_hand"
        )
        path = f"/improvement-plans/{plan.pk}"
        body = {"goals": "On time", "owner": paid.mia.pk, "starts_on": "2026-06-15", "review_on": "2026-07-15"}
        status, told = call(paid.coo, "post", f"{path}/start/", body | {"ends_on": "2026-09-01"})
        assert (status, told["state"], told["owner"]) == (200, "running", paid.mia.pk)
        assert call(paid.mia, "post", f"{path}/review/", {"note": "Half way", "review_on": "2026-08-01"})[0] == 200
        assert call(paid.nora, "post", f"{path}/review/", {"note": "All fine"})[0] == 403
        status, told = call(paid.gm, "post", f"{path}/close/", {"state": "reached", "outcome": "On time since"})
        assert (status, told["state"]) == (200, "reached")
        assert call(paid.gm, "post", f"{path}/close/", {"state": "missed", "outcome": "no"})[0] == 409
