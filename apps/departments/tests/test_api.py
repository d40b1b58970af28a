from datetime import date

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.departments.models import Department
from apps.departments.tests.factories import DepartmentFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/departments/"
JSON = "application/json"
ANY = {"If-Match": "*"}


@pytest.fixture
def hr(client):
    client.force_login(UserFactory(roles=["hr"]))
    return client


@pytest.fixture
def works():
    return DepartmentFactory(code="WRK", name="Works")


@pytest.fixture
def paint(works):
    return DepartmentFactory(code="PNT", name="Paint shop", parent=works)


class TestReading:
    def test_lists_with_the_place_on_the_day(self, hr, works, paint):
        found = hr.get(URL, {"q": "paint"}).json()["results"]
        assert [(row["code"], row["parent"], row["level"]) for row in found] == [("PNT", works.pk, 1)]
        early = hr.get(URL, {"on": "2001-01-01"}).json()["results"]
        assert {row["level"] for row in early} == {None}

    def test_narrows_by_state_and_code(self, hr, works, paint):
        assert len(hr.get(URL, {"is_open": "true", "on": "2001-01-01"}).json()["results"]) == 0
        assert [row["code"] for row in hr.get(URL, {"code": "wrk"}).json()["results"]] == ["WRK"]

    def test_the_tree_in_reading_order(self, hr, paint):
        assert [(row["code"], row["level"]) for row in hr.get(f"{URL}tree/").json()] == [("WRK", 0), ("PNT", 1)]

    def test_a_wrong_day_is_named(self, hr):
        answer = hr.get(URL, {"on": "yesterday"})
        assert answer.status_code == 422
        assert answer.json()["error"]["field"] == "on"

    def test_others_are_not_there(self, client, paint):
        client.force_login(UserFactory(roles=["employee"]))
        assert client.get(f"{URL}{paint.pk}/").status_code == 404
        assert client.get(f"{URL}{paint.pk}/versions/").status_code == 404
        assert client.get(URL).json()["results"] == []
        assert client.get(f"{URL}tree/").json() == []

    def test_queries_do_not_grow(self, hr, works, django_assert_max_num_queries):
        for _number in range(20):
            DepartmentFactory(parent=works)
        with django_assert_max_num_queries(10):
            assert len(hr.get(URL).json()["results"]) == 21


class TestWriting:
    def test_opens_once_under_one_key(self, hr, works):
        body = {"code": "qa", "name": "Quality", "parent": works.pk, "on": "2026-01-01"}
        answers = [hr.post(URL, body, JSON, headers={"Idempotency-Key": "k1"}) for _time in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        assert Department.objects.filter(code="QA").count() == 1

    def test_moves_and_refuses_a_circle(self, hr, works, paint):
        body = {"parent": paint.pk, "on": "2026-03-01", "reason": "x"}
        answer = hr.post(f"{URL}{works.pk}/move/", body, JSON, headers=ANY)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "cycle_in_tree")
        answer = hr.post(f"{URL}{paint.pk}/move/", {**body, "parent": None}, JSON, headers=ANY)
        assert answer.status_code == 200
        assert paint.versions.count() == 2

    def test_an_outdated_tag_is_refused(self, hr, paint):
        tag = hr.get(f"{URL}{paint.pk}/")["ETag"]
        rename = f"{URL}{paint.pk}/rename/"
        body = {"name": "Coating", "on": "2026-01-02"}
        assert hr.post(rename, body, JSON, headers={"If-Match": tag}).status_code == 200
        again = hr.post(rename, {**body, "name": "Colour"}, JSON, headers={"If-Match": tag})
        assert again.status_code == 412
        assert Department.objects.get(pk=paint.pk).name == "Coating"

    def test_no_tag_is_asked_for(self, hr, paint):
        answer = hr.patch(f"{URL}{paint.pk}/", {"cost_center": "77"}, JSON)
        assert answer.status_code == 428
        assert Department.objects.get(pk=paint.pk).cost_center == ""

    def test_unknown_departments_in_the_body_are_named(self, hr, paint):
        answer = hr.post(
            f"{URL}{paint.pk}/merge/", {"into": 987654, "on": "2026-03-01", "reason": "x"}, JSON, headers=ANY
        )
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "into")

    @pytest.mark.parametrize("act", ["close", "merge"])
    def test_the_first_day_is_refused_in_words(self, hr, paint, works, act):
        body = {"into": DepartmentFactory(code="NEW").pk, "on": "2015-01-01", "reason": "x"}
        answer = hr.post(f"{URL}{paint.pk}/{act}/", body, JSON, headers=ANY)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["field"]) == (422, "department_closed", "on")
        assert "Choose a later day" in error["message"]
        assert hr.get(f"{URL}{paint.pk}/versions/").json() != []

    def test_changes_only_what_is_sent(self, hr, paint):
        answer = hr.patch(f"{URL}{paint.pk}/", {"cost_center": "77"}, JSON, headers=ANY)
        assert (answer.json()["code"], answer.json()["cost_center"]) == ("PNT", "77")

    def test_closes_and_reopens(self, hr, paint, works):
        body = {"on": "2026-02-01", "reason": "x"}
        assert hr.post(f"{URL}{paint.pk}/close/", body, JSON, headers=ANY).json()["closed_on"] == "2026-02-01"
        body = {"on": "2026-04-01", "reason": "x", "parent": works.pk}
        assert hr.post(f"{URL}{paint.pk}/reopen/", body, JSON, headers=ANY).json()["closed_on"] is None
        lives = hr.get(f"{URL}{paint.pk}/versions/").json()
        assert [(life["first"], life["last"]) for life in lives] == [
            ("2026-04-01", None),
            (date(2015, 1, 1).isoformat(), "2026-01-31"),
        ]

    def test_readers_may_not(self, client, paint):
        client.force_login(UserFactory(roles=["auditor"]))
        for act in ("rename", "move", "merge", "close", "reopen"):
            assert client.post(f"{URL}{paint.pk}/{act}/", {}, JSON).status_code == 403
        assert client.post(URL, {}, JSON).status_code == 403
        assert client.patch(f"{URL}{paint.pk}/", {}, JSON).status_code == 403
