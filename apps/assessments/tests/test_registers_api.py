"""The registers over the API: the same rules as on the pages, once however often it is sent."""

import pytest
from rest_framework.test import APIClient

from apps.accounts.rules import capabilities_of
from apps.accounts.tests.factories import make_key
from apps.assessments.models import Adjustment, Entry, Rating

pytestmark = pytest.mark.django_db
ENTRIES, RATINGS, REGISTER = (f"/api/v1/{name}/" for name in ("entries", "ratings", "adjustments"))


@pytest.fixture
def key():
    """A client with a key of this account, for all that its role holds."""

    def client(user):
        held = APIClient()
        roles = tuple(user.role_grants.values_list("role", flat=True))
        _key, text = make_key(user, sorted(capabilities_of(roles)))
        held.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return held

    return client


@pytest.fixture
def june_second(time_machine, settings, rules):
    settings.FIXED_TODAY = None
    time_machine.move_to("2026-06-02 09:00:00+00:00", tick=False)


@pytest.fixture
def june_fifteenth(time_machine, settings, rules):
    settings.FIXED_TODAY = None
    time_machine.move_to("2026-06-15 09:00:00+00:00", tick=False)


def report(**changes):
    return {"month": "2026-05", "department": "NORTH", "indicator": "SAFE", "content": {"accident": 1}, **changes}


def claim(**changes):
    given = {"kind": "bonus", "item": "patent", "month": "2026-05", "department": "NORTH"}
    return {**given, "happened_on": "2026-05-20", "evidence": "File 12", **changes}


class TestEntries:
    def test_reports_once_and_reads_back(self, firm, june_second, key):
        client = key(firm.mia)
        first = client.post(ENTRIES, report(), format="json")
        again = client.post(ENTRIES, report(content={"accident": "1", "complaint": 0}), format="json")
        assert (first.status_code, first.json()["is_new"], first.json()["version"]) == (201, True, 1)
        assert (again.status_code, again.json()["is_new"]) == (200, False)
        rows = client.get(f"{ENTRIES}?month=2026-05&department={firm.north.pk}").json()["results"]
        assert [(row["content"], row["said_by"]["name"]) for row in rows] == [({"accident": 1}, "Mia Manager")]
        assert client.get(f"{ENTRIES}{rows[0]['id']}/").json()["indicator"]["code"] == "SAFE"

    def test_nothing_happened_is_an_empty_object(self, firm, june_second, key):
        assert key(firm.mia).post(ENTRIES, report(content={}), format="json").json()["content"] == {}
        assert key(firm.mia).post(ENTRIES, report(content=None), format="json").status_code == 400

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"content": {"fire": 1}}, 422, "wrong_entry"),
            ({"content": {"accident": 0.5}}, 422, "wrong_entry"),
            ({"content": [1]}, 422, "wrong_entry"),
            ({"indicator": "REV"}, 404, "not_found"),
            ({"indicator": "NONE"}, 404, "not_found"),
            ({"department": "WORKS"}, 404, "not_found"),
            ({"month": "2026-13"}, 400, "invalid"),
            ({"month": "2026-07"}, 422, "month_not_begun"),
            ({"based_on": 3}, 409, "said_meanwhile"),
        ],
    )
    def test_refuses(self, firm, june_second, key, changes, status, code):
        answer = key(firm.mia).post(ENTRIES, report(**changes), format="json")
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert not Entry.objects.exists()

    def test_after_the_cut_off_only_with_a_reason_and_by_the_coo(self, firm, june_fifteenth, key):
        assert key(firm.mia).post(ENTRIES, report(), format="json").json()["error"]["code"] == "period_closed"
        assert key(firm.coo).post(ENTRIES, report(), format="json").status_code == 422
        assert (
            key(firm.coo).post(ENTRIES, report(note="Late.", evidence="File 12"), format="json").json()["is_restated"]
            is True
        )

    def test_others_read_or_nothing(self, firm, june_second, key):
        key(firm.mia).post(ENTRIES, report(), format="json")
        assert len(key(firm.auditor).get(ENTRIES).json()["results"]) == 1
        assert key(firm.rita).get(ENTRIES).json()["results"] == []
        assert key(firm.nora).get(ENTRIES).status_code == 403
        assert key(firm.auditor).post(ENTRIES, report(), format="json").status_code == 403

    def test_who_is_not_of_the_department_gives_evidence(self, firm, june_second, key):
        client = key(firm.hr)
        refused = client.post(ENTRIES, report(), format="json")
        assert (refused.status_code, refused.json()["error"]["field"]) == (422, "evidence")
        kept = client.post(ENTRIES, report(evidence="Book, page 3"), format="json")
        assert (kept.status_code, kept.json()["evidence"]) == (201, "Book, page 3")
        assert client.get(ENTRIES).json()["results"][0]["evidence"] == "Book, page 3"

    def test_the_same_key_answers_again(self, firm, june_second, key):
        client = key(firm.mia)
        for _time in range(2):
            answer = client.post(ENTRIES, report(), format="json", HTTP_IDEMPOTENCY_KEY="one")
            assert answer.status_code == 201
        assert Entry.objects.count() == 1


class TestRatings:
    def test_rates_together(self, firm, june_fifteenth, key):
        ratings = [
            {"department": "NORTH", "indicator": "HELP", "level": "A"},
            {"department": firm.works.pk, "indicator": "ORDER", "level": "75"},
        ]
        answer = key(firm.rita).post(RATINGS, {"month": "2026-05", "ratings": ratings}, format="json")
        assert answer.json() == {"new": 2, "unchanged": 0, "needs_revision": False}
        assert len(key(firm.rita).get(f"{RATINGS}?month=2026-05").json()["results"]) == 2
        assert key(firm.mia).get(RATINGS).json()["results"] == []
        assert len(key(firm.gm).get(RATINGS).json()["results"]) == 2

    @pytest.mark.parametrize("one", [{"department": "SOUTH"}, {"indicator": "SAFE"}, {"level": "Z"}])
    def test_refuses_all_for_one(self, firm, june_fifteenth, key, one):
        good = {"department": "NORTH", "indicator": "HELP", "level": "A"}
        body = {"month": "2026-05", "ratings": [good, {**good, **one}]}
        assert key(firm.rita).post(RATINGS, body, format="json").status_code == 422
        assert not Rating.objects.exists()

    def test_compares_the_raters_for_the_coo_and_hr(self, firm, june_fifteenth, key):
        ratings = [{"department": "NORTH", "indicator": "HELP", "level": "B"}]
        key(firm.rita).post(RATINGS, {"month": "2026-05", "ratings": ratings}, format="json")
        (row,) = key(firm.hr).get(f"{RATINGS}checks/?month=2026-05").json()
        assert (row["rater"]["name"], row["mean"], row["leniency"], row["flags"]) == ("Rita Rater", "90.00", None, [])
        assert key(firm.hr).get(f"{RATINGS}checks/").status_code == 400
        assert key(firm.gm).get(f"{RATINGS}checks/?month=2026-05").status_code == 403


class TestAdjustments:
    def test_from_proposal_to_confirmation(self, firm, published_may, june_fifteenth, key):
        made = key(firm.mia).post(REGISTER, claim(count="3"), format="json")
        assert made.status_code == 201 and made.json()["state"] == "proposed"
        address = f"{REGISTER}{made.json()['id']}/"
        answer = key(firm.coo).post(f"{address}confirm/", {"ruling": "Seen."}, format="json").json()
        assert (answer["state"], answer["points"], answer["decided_by"]["name"]) == ("confirmed", "6", "Cora Chief")
        assert key(firm.coo).post(f"{address}confirm/", {}, format="json").status_code == 409
        assert key(firm.mia).get(address).json()["ruling"] == "Seen."

    def test_refuses_by_rule(self, firm, june_fifteenth, key):
        made = key(firm.coo).post(REGISTER, claim(), format="json").json()
        assert key(firm.coo).post(f"{REGISTER}{made['id']}/confirm/", {}, format="json").status_code == 403
        assert key(firm.gm).post(f"{REGISTER}{made['id']}/refuse/", {}, format="json").status_code == 422
        assert key(firm.mia).post(f"{REGISTER}{made['id']}/withdraw/", {}, format="json").status_code == 403
        assert key(firm.coo).post(f"{REGISTER}{made['id']}/withdraw/", {}, format="json").json()["state"] == "withdrawn"

    @pytest.mark.parametrize(
        ("changes", "status", "field"),
        [
            ({"item": "prize"}, 422, "item"),
            ({"evidence": " "}, 422, "evidence"),
            ({"happened_on": "2026-04-30"}, 422, "happened_on"),
            ({"department": "WORKS"}, 404, "department"),
            ({"kind": "gift"}, 400, "kind"),
            ({"month": "2025-12", "happened_on": "2025-12-02"}, 422, "month"),
        ],
    )
    def test_bad_input(self, firm, june_fifteenth, key, changes, status, field):
        answer = key(firm.mia).post(REGISTER, claim(**changes), format="json")
        assert answer.status_code == status
        assert answer.json()["error"]["field"] in {field, "code"}
        assert not Adjustment.objects.exists()

    def test_counts_the_days_of_a_late_report(self, firm, june_fifteenth, key):
        body = claim(
            kind="penalty", item="late", due_at="2026-05-08T18:00:00+02:00", submitted_at="2026-05-12T10:00:00Z"
        )
        assert key(firm.mia).post(REGISTER, body, format="json").json()["count"] == "2"

    def test_narrows(self, firm, june_fifteenth, key):
        key(firm.mia).post(REGISTER, claim(), format="json")
        client = key(firm.gm)
        for query, count in (("kind=bonus", 1), ("kind=veto", 0), ("state=proposed", 1), ("month=2026-04", 0),
                             ("month=2026-05", 1), (f"department={firm.south.pk}", 0)):  # fmt: skip
            assert len(client.get(f"{REGISTER}?{query}").json()["results"]) == count, query
        assert client.get(f"{REGISTER}?colour=red").status_code == 400
        assert key(firm.rita).get(REGISTER).json()["results"] == []
