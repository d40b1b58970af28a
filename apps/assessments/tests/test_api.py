"""The API on schemes, months and scores: scope, shapes, acts, one error shape."""

from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from apps.accounts.rules import capabilities_of
from apps.accounts.tests.factories import UserFactory, make_key
from apps.assessments import services
from apps.assessments.choices import RunState, SchemeState
from apps.assessments.models import Scheme, Score, ScoreRun
from apps.assessments.tests.factories import NOW, draft, published, rule
from apps.core.month import Month
from apps.jobs.models import JobRun
from apps.kpis.tests.factories import entry, record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]
SCHEMES, RUNS, SCORES, LINES = (f"/api/v1/{name}/" for name in ("schemes", "score-runs", "scores", "score-lines"))
MAY = Month(2026, 5)


@pytest.fixture
def key():
    """A client with a key of this account, for all that its role holds."""

    def client(user, *roles):
        held = APIClient()
        roles = roles or tuple(user.role_grants.values_list("role", flat=True))
        _key, text = make_key(user, sorted(capabilities_of(roles)))
        held.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return held

    return client


@pytest.fixture
def may(firm, scheme):
    """May, published."""
    return published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run


def body_of(firm, **changes):
    given = {
        "name": "Rules of July",
        "first_month": "2026-07",
        "max_total": "120",
        "grades": [{"grade": "A", "min": "90"}, {"grade": "B", "min": "0"}],
        "scorecards": [
            {
                "name": "Sales",
                "departments": [{"department": "NORTH", "difficulty": "1.05"}, {"department": firm.south.pk}],
                "indicators": [
                    {"kpi": "REV", "method": "ratio", "weight": "60", "params": {"cap": 1.2}},
                    {"kpi": firm.complaints.pk, "method": "ratio", "weight": "40", "params": {"direction": "lower"}},
                ],
            }
        ],
    }
    return {**given, **changes}


class TestSchemes:
    def test_lists_and_narrows(self, firm, scheme, key):
        client = key(firm.coo)
        services.draft_scheme(name="Other", first_month=Month(2027, 1), by=firm.hr)
        rows = client.get(SCHEMES).json()["results"]
        assert [(row["version"], row["department_count"], row["indicator_count"]) for row in rows] == [
            (1, 3, 2),
            (2, 0, 0),
        ]
        assert len(client.get(SCHEMES + "?state=draft").json()["results"]) == 1
        assert len(client.get(SCHEMES + "?month=2026-05").json()["results"]) == 1
        assert len(client.get(SCHEMES + "?q=oth").json()["results"]) == 1
        assert client.get(SCHEMES + "?sate=draft").status_code == 400

    def test_is_one_document_under_a_tag(self, firm, scheme, key):
        answer = key(firm.coo).get(f"{SCHEMES}{scheme.pk}/")
        card = answer.json()["scorecards"][0]
        assert (card["weight"], card["department_count"]) == ("100", 3)
        assert card["indicators"][0]["params"]["cap"] == "1.2"
        assert answer["ETag"]

    def test_a_manager_is_told_the_own_departments_by_name(self, firm, scheme, key):
        card = key(firm.mia).get(f"{SCHEMES}{scheme.pk}/").json()["scorecards"][0]
        assert [row["code"] for row in card["departments"]] == ["NORTH", "SOUTH"]
        assert card["department_count"] == 3

    def test_is_drafted_whole(self, firm, key):
        answer = key(firm.hr).post(SCHEMES, body_of(firm), format="json", headers={"Idempotency-Key": "one"})
        assert answer.status_code == 201, answer.json()
        again = key(firm.hr).post(SCHEMES, body_of(firm), format="json", headers={"Idempotency-Key": "one"})
        assert again.json()["id"] == answer.json()["id"]
        scheme = Scheme.objects.get()
        assert scheme.state == SchemeState.DRAFT
        assert scheme.indicators.get(code="REV").params == {"cap": "1.2"}
        assert scheme.assessed.get(department=firm.north).coefficient == Decimal("1.05")

    def test_what_was_read_can_be_sent_back(self, firm, key):
        client = key(firm.hr)
        made = client.post(SCHEMES, body_of(firm), format="json")
        where = f"{SCHEMES}{made.json()['id']}/"
        read = client.get(where)
        sent = client.put(
            where, {**read.json(), "name": "Otherwise"}, format="json", headers={"If-Match": read["ETag"]}
        )
        assert sent.status_code == 200, sent.json()
        former, later = read.json(), sent.json()
        assert later["name"] == "Otherwise"
        for body in (former, later):
            for card in body["scorecards"]:
                card.pop("id")
                for row in card["indicators"]:
                    row.pop("id")
        assert later["scorecards"] == former["scorecards"]

    def test_a_change_meanwhile_is_not_written_over(self, firm, key):
        client = key(firm.hr)
        made = client.post(SCHEMES, body_of(firm), format="json")
        scheme = Scheme.objects.get()
        services.remove_indicator(indicator=scheme.indicators.first(), by=firm.hr)
        where = f"{SCHEMES}{scheme.pk}/"
        assert client.put(where, body_of(firm), format="json", headers={"If-Match": made["ETag"]}).status_code == 412
        assert client.put(where, body_of(firm), format="json").status_code == 428
        assert client.put(where, body_of(firm), format="json", headers={"If-Match": "*"}).status_code == 200

    @pytest.mark.parametrize(
        ("changes", "status", "field"),
        [
            ({"max_total": "-1"}, 422, "max_total"),
            ({"scorecards": [{"name": "A", "departments": [{"department": "NOWHERE"}]}]}, 404, "department"),
            ({"scorecards": [{"name": "A", "indicators": [{"kpi": "NONE", "method": "ratio", "weight": "1"}]}]}, 404, "kpi"),
            ({"scorecards": [{"name": "A", "departments": [{"department": "NORTH"}]},
                             {"name": "B", "departments": [{"department": "NORTH"}]}]}, 422, "scorecards"),
            ({"first_month": "July"}, 400, "first_month"),
            ({"grades": [{"grade": "Too long a grade", "min": "0"}]}, 400, "grades.0.grade"),
        ],
    )  # fmt: skip
    def test_a_refusal_names_the_place_and_stores_nothing(self, firm, key, changes, status, field):
        answer = key(firm.hr).post(SCHEMES, body_of(firm, **changes), format="json")
        assert (answer.status_code, answer.json()["error"]["field"]) == (status, field)
        assert not Scheme.objects.exists()

    def test_is_submitted_with_what_is_to_mend_named(self, firm, key):
        client = key(firm.hr)
        body = body_of(firm)
        body["scorecards"][0]["indicators"].pop()
        where = f"{SCHEMES}{client.post(SCHEMES, body, format='json').json()['id']}/"
        assert "Make them exactly 100" in client.get(where + "problems/").json()[0]["message"]
        refused = client.post(where + "submit/")
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "scheme_not_ready")
        client.put(where, body_of(firm), format="json", headers={"If-Match": "*"})
        assert client.post(where + "submit/").json()["state"] == "submitted"
        assert client.post(where + "submit/").status_code == 409
        late = client.put(where, body_of(firm), format="json", headers={"If-Match": "*"})
        assert (late.status_code, late.json()["error"]["details"][0]["message"]) == (409, "submitted")

    def test_is_discarded(self, firm, key):
        made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
        answer = key(firm.hr).post(f"{SCHEMES}{made.pk}/discard/", {"reason": "Begun twice."}, format="json")
        assert answer.json()["state"] == "discarded"

    def test_only_keys_of_hr_write(self, firm, scheme, key):
        for user in (firm.coo, firm.mia, firm.auditor):
            assert key(user).post(SCHEMES, body_of(firm), format="json").status_code == 403


class TestRuns:
    def test_a_month_is_worked_out_as_a_job(self, firm, scheme, key):
        answer = key(firm.hr).post(RUNS + "compute/", {"month": "2026-05"}, format="json")
        assert answer.status_code == 202
        assert JobRun.objects.get(pk=answer.json()["job"]).kind == services.COMPUTE_KIND

    def test_a_published_month_is_worked_out_anew_for_the_general_manager_alone(self, firm, may, key):
        given = {"month": "2026-05", "reason": "The rules were read wrongly."}
        for user in (firm.hr, firm.coo):
            answer = key(user).post(RUNS + "compute/", given, format="json")
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "month_not_there")
            assert key(user).post(RUNS + "recompute/", given, format="json").status_code == 403
        assert key(firm.gm).post(RUNS + "recompute/", {"month": "2026-05"}, format="json").status_code == 400
        answer = key(firm.gm).post(RUNS + "recompute/", given, format="json")
        assert JobRun.objects.get(pk=answer.json()["job"]).params["reason"] == given["reason"]

    def test_walks_to_publication(self, firm, scheme, key):
        run = services.compute_month(month=MAY, by=firm.hr, now=NOW).run
        hr, where = key(firm.hr), f"{RUNS}{run.pk}/"
        assert key(firm.mia).get(where).status_code == 404
        assert hr.post(where + "publish/").status_code == 409
        assert hr.post(where + "hand-in/", headers={"Idempotency-Key": "a"}).json()["state"] == "under_review"
        assert hr.post(where + "hand-in/", headers={"Idempotency-Key": "a"}).json()["state"] == "under_review"
        assert hr.post(where + "hand-in/").json()["error"]["details"][0]["message"] == "under_review"
        case = ScoreRun.objects.get().case
        rule(case, firm.coo)
        rule(case, firm.gm)
        assert hr.post(where + "publish/").json()["edition"] == 1
        assert hr.post(where + "publish/").json()["edition"] == 1
        told = key(UserFactory(roles=["hr"])).post(where + "publish/")
        assert (told.status_code, told.json()["error"]["code"]) == (409, "month_not_there")
        assert "were published by Hanna HR" in told.json()["error"]["message"]
        assert key(firm.mia).get(where).json()["state"] == "published"
        assert [row["id"] for row in hr.get(RUNS + "?month=2026-05&state=published").json()["results"]] == [run.pk]

    def test_an_approval_is_taken_back_with_a_reason(self, firm, scheme, key):
        run = services.compute_month(month=MAY, by=firm.hr, now=NOW).run
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        rule(case, firm.coo)
        rule(case, firm.gm)
        coo, where = key(firm.coo), f"{RUNS}{run.pk}/send-back/"
        assert coo.post(where, {}, format="json").status_code == 400
        assert coo.post(where, {"reason": "Works reports again."}, format="json").json()["state"] == "calculated"
        assert ScoreRun.objects.get().note == "Works reports again."

    def test_publishing_an_older_version_again_does_not_publish_the_next_one(self, firm, may, key):
        record([entry(firm.revenue, firm.works, "2026-05", 50)], by=firm.coo)
        services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="Works reported late.")
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        rule(case, firm.coo)
        rule(case, firm.gm)
        assert key(firm.hr).post(f"{RUNS}{may.pk}/publish/").json()["state"] == RunState.PUBLISHED
        assert ScoreRun.objects.filter(state=RunState.APPROVED).count() == 1


class TestScores:
    def test_of_the_company_of_a_branch_and_of_ones_own_department(self, firm, may, key):
        for user, codes in (
            (firm.coo, ["NORTH", "SOUTH", "WORKS"]),
            (firm.mia, ["NORTH", "SOUTH"]),
            (firm.nora, ["NORTH"]),
        ):
            rows = key(user).get(SCORES).json()["results"]
            assert sorted(row["department"]["code"] for row in rows) == codes
            lines = key(user).get(LINES).json()["results"]
            assert sorted({row["department"]["code"] for row in lines}) == codes
        theirs = Score.objects.get(department=firm.works)
        for where in (f"{SCORES}{theirs.pk}/", f"{SCORES}{theirs.pk}/receipt/"):
            assert key(firm.mia).get(where).status_code == 404
        assert key(firm.mia).get(f"{SCORES}?department={firm.works.pk}").status_code == 404
        assert len(key(firm.coo).get(f"{SCORES}?branch={firm.sales.pk}").json()["results"]) == 2

    def test_drafts_are_for_those_who_may_see_drafts(self, firm, scheme, key):
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        assert key(firm.hr).get(SCORES).json()["results"] == []
        assert len(key(firm.hr).get(SCORES + "?state=draft").json()["results"]) == 3
        assert key(firm.mia).get(SCORES + "?state=draft").json()["results"] == []

    def test_every_edition_stays_readable(self, firm, may, key):
        record([entry(firm.revenue, firm.works, "2026-05", 50)], by=firm.coo)
        services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="Works reported late.")
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        rule(case, firm.coo)
        rule(case, firm.gm)
        services.publish_month(month=MAY, by=firm.hr, now=NOW)
        totals = [
            key(firm.coo).get(f"{SCORES}?month=2026-05&department={firm.works.pk}{more}").json()["results"][0]["total"]
            for more in ("", "&edition=1", "&edition=2")
        ]
        assert totals == ["35.00", "0.00", "35.00"]

    def test_pages_by_cursor(self, firm, may, key):
        client = key(firm.coo)
        first = client.get(LINES + "?limit=4").json()
        second = client.get(first["next"]).json()
        found = [(row["department"]["id"], row["indicator"]["id"]) for row in first["results"] + second["results"]]
        assert len(set(found)) == 6
        assert second["next"] is None

    def test_the_same_is_not_sent_twice(self, firm, may, key):
        client = key(firm.coo)
        where = f"{SCORES}{Score.objects.get(department=firm.north).pk}/"
        tag = client.get(where)["ETag"]
        assert client.get(where, headers={"If-None-Match": tag}).status_code == 304

    def test_a_receipt_says_how_every_point_came_about(self, firm, may, key):
        pk = Score.objects.get(department=firm.north).pk
        body = key(firm.nora).get(f"{SCORES}{pk}/receipt/").json()
        assert (body["total"], body["grade"], body["scheme"]["version"]) == ("90.50", "A", 1)
        line = body["lines"][0]
        assert (line["value"], line["target"], line["rate"], line["points"]) == ("95", "100", "0.95", "66.50")
        assert line["indicator"]["clause"] == "Rules of assessment, 4"
        assert [step["code"] for step in line["steps"]] == ["ratio.complement", "points.share"]
        assert line["steps"][0]["numbers"] == {"sign": 1, "actual": "95", "target": "100", "rate": "0.95"}
        assert all(row["is_proven"] for row in body["lines"])

    def test_a_receipt_of_what_is_missing_says_so(self, firm, may, key):
        pk = Score.objects.get(department=firm.works).pk
        line = key(firm.coo).get(f"{SCORES}{pk}/receipt/").json()["lines"][0]
        assert (line["status"], line["value"], line["points"]) == ("missing_zero", None, "0.00")
        assert line["steps"][0]["code"] == "missing.missing_zero"
        assert line["is_proven"]
