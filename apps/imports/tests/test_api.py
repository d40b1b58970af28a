"""Imports for other systems."""

import json

import pytest

from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory, make_key
from apps.imports.models import ImportRun
from apps.imports.tests.factories import csv_bytes, importer, upload
from apps.jobs.models import JobRun
from apps.jobs.services import work

pytestmark = pytest.mark.django_db

HEAD = ("E-mail", "Full name", "Level")
GOOD = (HEAD, ("ada@example.com", "Ada", "3"), ("bo@example.com", "Bo", "4"))
BAD = (*GOOD, ("cy", "Cy", "5"))


@pytest.fixture
def caller():
    user = importer(email="hr@company.test")
    _key, text = make_key(user, ["imports.run", "staff.manage"])
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


def send(client, caller, rows, **given):
    body = {"target": "tests.accounts", "file": upload(csv_bytes(rows)), **given}
    headers = {**caller, **({"HTTP_IDEMPOTENCY_KEY": body.pop("key")} if "key" in body else {})}
    return client.post("/api/v1/imports/", body, **headers)


def people():
    return set(User.objects.filter(email__endswith="@example.com", is_system=False).values_list("email", flat=True))


class TestCreate:
    def test_imports_a_right_file_as_a_job(self, client, caller):
        answer = send(client, caller, GOOD)
        assert answer.status_code == 202
        assert answer.json()["state"] == "committing"
        work(run_id=answer.json()["job"])
        assert people() == {"ada@example.com", "bo@example.com"}
        shown = client.get(f"/api/v1/imports/{answer.json()['id']}/", **caller).json()
        assert (shown["state"], shown["created_count"]) == ("committed", 2)

    def test_names_the_problems_and_imports_nothing(self, client, caller):
        answer = send(client, caller, BAD).json()
        assert (answer["state"], answer["bad_row_count"]) == ("checked", 1)
        found = client.get(f"/api/v1/imports/{answer['id']}/problems/", **caller).json()["results"]
        assert [(row["row"], row["field"]) for row in found] == [(4, "email")]
        assert not JobRun.objects.exists()

    def test_imports_the_right_rows_when_asked_later(self, client, caller):
        run = send(client, caller, BAD).json()
        body = json.dumps({"mode": "good_rows"})
        answer = client.post(f"/api/v1/imports/{run['id']}/commit/", body, content_type="application/json", **caller)
        work(run_id=answer.json()["job"])
        assert len(people()) == 2

    def test_takes_a_mapping_and_checks_only(self, client, caller):
        fields = {"email": {"from": "column", "column": "E-mail"}, "name": {"from": "constant", "value": "X"}}
        answer = send(client, caller, GOOD, mapping=json.dumps({"fields": fields}), dry_run="true").json()
        assert answer["state"] == "checked"
        assert answer["mapping"]["fields"]["name"]["value"] == "X"

    def test_the_same_key_sends_one_file_once(self, client, caller):
        first, again = (send(client, caller, GOOD, key="k-1") for _ in range(2))
        assert first.json()["id"] == again.json()["id"]
        assert ImportRun.objects.count() == 1

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"target": "nothing"}, "unknown_target"),
            ({"mapping": "{"}, "mapping_refused"),
            ({"mapping": "[]"}, "mapping_refused"),
            ({"mapping": '{"fields": {"email": {"from": "column", "column": "Nope"}}}'}, "mapping_refused"),
            ({"file": upload(b"%PDF-1.7", "a.pdf")}, "file_unreadable"),
        ],
    )
    def test_refuses_in_the_one_error_shape(self, client, caller, given, code):
        answer = send(client, caller, GOOD, **given)
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == code

    def test_refuses_a_key_without_the_targets_capability(self, client):
        _key, text = make_key(importer(), ["imports.run"])
        answer = send(client, {"HTTP_AUTHORIZATION": f"Bearer {text}"}, GOOD)
        assert answer.status_code == 403


class TestScope:
    def test_runs_of_other_importers_do_not_exist(self, client, caller):
        run = send(client, caller, GOOD).json()
        _key, text = make_key(UserFactory(roles=["coo"]), ["imports.run"])
        other = {"HTTP_AUTHORIZATION": f"Bearer {text}"}
        assert client.get("/api/v1/imports/", **other).json()["results"] == []
        for way in ("", "problems/"):
            assert client.get(f"/api/v1/imports/{run['id']}/{way}", **other).status_code == 404
        for way in ("commit/", "undo/", "cancel/"):
            body = json.dumps({"reason": "x"})
            answer = client.post(f"/api/v1/imports/{run['id']}/{way}", body, content_type="application/json", **other)
            assert answer.status_code == 404


class TestUndo:
    def test_takes_it_back(self, client, caller):
        run = send(client, caller, GOOD).json()
        work(run_id=run["job"])
        body = json.dumps({"reason": "wrong file"})
        answer = client.post(f"/api/v1/imports/{run['id']}/undo/", body, content_type="application/json", **caller)
        work(run_id=answer.json()["job"])
        assert people() == set()
