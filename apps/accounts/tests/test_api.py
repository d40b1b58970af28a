"""The API frame, shown on /me/ and /keys/: who, how often, how errors look."""

import base64
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import ApiKey, RateWindow
from apps.accounts.tests.factories import UserFactory, make_key
from apps.core.clock import now

pytestmark = pytest.mark.django_db

ME, KEYS = "/api/v1/me/", "/api/v1/keys/"


@pytest.fixture
def api():
    return APIClient()


def bearer(text):
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


class TestKeyAuthentication:
    def test_acts_for_the_owner_within_the_scopes(self, api):
        owner = UserFactory(roles=["hr"])
        key, text = make_key(owner, ["staff.view", "departments.view"])
        body = api.get(ME, **bearer(text)).json()
        assert (body["id"], body["roles"], body["key"]["id"]) == (owner.pk, ["hr"], key.pk)
        assert body["capabilities"] == ["departments.view", "staff.view"]

    def test_loses_what_the_owner_loses(self, api):
        owner = UserFactory(roles=["hr"])
        _key, text = make_key(owner, ["staff.view"])
        owner.role_grants.all().delete()
        assert api.get(ME, **bearer(text)).json()["capabilities"] == []

    @pytest.mark.parametrize(
        "change",
        [
            {"revoked_at": "2026-01-01T00:00Z"},
            {"expires_at": "2026-01-01T00:00Z"},
            {"digest": "0" * 64},
        ],
    )
    def test_refuses_ended_and_wrong_keys_alike(self, api, change):
        key, text = make_key(UserFactory(roles=["hr"]), ["staff.view"])
        ApiKey.objects.filter(pk=key.pk).update(**change)
        answer = api.get(ME, **bearer(text))
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
        assert "unknown, expired or revoked" in answer.json()["error"]["message"]

    @pytest.mark.parametrize("text", ["", "opk_", "opk__", "x", "opk_0000_0", "opk_ähm_x", "a b"])
    def test_refuses_what_is_no_key(self, api, text):
        assert api.get(ME, **bearer(text)).status_code == 401

    def test_refuses_a_closed_owner(self, api):
        owner = UserFactory(roles=["hr"])
        _key, text = make_key(owner, ["staff.view"])
        type(owner).objects.filter(pk=owner.pk).update(is_active=False)
        assert api.get(ME, **bearer(text)).status_code == 401

    def test_refuses_other_networks(self, api):
        _key, text = make_key(UserFactory(roles=["hr"]), ["staff.view"], allowed_networks=["10.0.0.0/8"])
        assert api.get(ME, REMOTE_ADDR="10.1.2.3", **bearer(text)).status_code == 200
        outside = api.get(ME, REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="10.1.2.3", **bearer(text))
        assert outside.status_code == 401
        assert "allowed networks" in outside.json()["error"]["message"]

    def test_notes_its_use_once_a_minute(self, api, django_assert_num_queries):
        key, text = make_key(UserFactory(roles=["hr"]), ["staff.view"])
        api.get(ME, **bearer(text))
        key.refresh_from_db()
        assert (key.last_used_from, key.last_used_at is not None) == ("127.0.0.1", True)
        first = key.last_used_at
        api.get(ME, **bearer(text))
        key.refresh_from_db()
        assert key.last_used_at == first

    def test_needs_no_csrf_token_but_a_session_does(self):
        strict = APIClient(enforce_csrf_checks=True)
        owner = UserFactory(roles=["hr"])
        _key, text = make_key(owner, ["accounts.view_own", "staff.view"])
        body = {"name": "second", "scopes": ["staff.view"]}
        assert strict.post(KEYS, body, format="json", **bearer(text)).status_code == 201
        strict.force_login(owner)
        assert strict.post(KEYS, body, format="json").status_code == 403

    def test_leaves_no_plain_key_in_the_database(self):
        key, text = make_key(UserFactory(roles=["hr"]), ["staff.view"])
        assert text not in str(ApiKey.objects.filter(pk=key.pk).values().get())
        assert text.rpartition("_")[2] not in str(key.__dict__)


class TestKeys:
    def test_issues_one_and_shows_it_once(self, api):
        user = UserFactory(roles=["hr"])
        api.force_login(user)
        body = api.post(KEYS, {"name": "loader", "scopes": ["staff.view"]}, format="json").json()
        assert api.get(ME, **bearer(body["key"])).status_code == 200
        assert "key" not in api.get(f"{KEYS}{body['id']}/").json()

    def test_names_unknown_scopes(self, api):
        api.force_login(UserFactory(roles=["hr"]))
        answer = api.post(KEYS, {"name": "x", "scopes": ["staff.view", "staff.fly", "a.b"]}, format="json")
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["field"]) == (422, "unknown_scope", "scopes")
        assert "a.b, staff.fly" in error["message"]
        assert ApiKey.objects.count() == 0

    def test_gives_no_scope_the_owner_lacks(self, api):
        api.force_login(UserFactory(roles=["employee"]))
        answer = api.post(KEYS, {"name": "x", "scopes": ["staff.manage"]}, format="json")
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "scopes")

    def test_a_key_begets_no_stronger_key(self, api):
        owner = UserFactory(roles=["hr"])
        end = now() + timedelta(days=5)
        _key, text = make_key(owner, ["accounts.view_own", "staff.view"], expires_at=end, now=now())
        wider = api.post(
            KEYS, {"name": "x", "scopes": ["staff.manage"], "expires_at": end}, format="json", **bearer(text)
        )
        longer = api.post(KEYS, {"name": "x", "scopes": ["staff.view"]}, format="json", **bearer(text))
        assert (wider.json()["error"]["field"], longer.json()["error"]["field"]) == ("scopes", "expires_at")
        assert ApiKey.objects.count() == 1

    def test_hides_keys_of_others_and_refuses_their_accounts(self, api):
        key, _text = make_key(UserFactory(roles=["hr"]), ["staff.view"])
        stranger = UserFactory(roles=["hr"])
        api.force_login(stranger)
        assert api.get(KEYS).json()["results"] == []
        assert api.get(f"{KEYS}{key.pk}/").status_code == 404
        assert api.post(f"{KEYS}{key.pk}/revoke/").status_code == 404
        foreign = api.post(KEYS, {"name": "x", "scopes": ["staff.view"], "owner": key.owner_id}, format="json")
        assert foreign.status_code == 404
        key.refresh_from_db()
        assert key.revoked_at is None

    def test_revoking_ends_it_at_once_and_again_changes_nothing(self, api):
        owner = UserFactory(roles=["hr"])
        key, text = make_key(owner, ["staff.view"])
        api.force_login(owner)
        first = api.post(f"{KEYS}{key.pk}/revoke/").json()["revoked_at"]
        assert api.post(f"{KEYS}{key.pk}/revoke/").json()["revoked_at"] == first
        api.logout()
        assert api.get(ME, **bearer(text)).status_code == 401

    def test_takes_no_field_it_does_not_know(self, api):
        user = UserFactory(roles=["hr"])
        api.force_login(user)
        body = {
            "name": "x",
            "scopes": ["staff.view"],
            "digest": "0" * 64,
            "prefix": "chosen",
            "revoked_at": None,
            "id": 99,
        }
        made = api.post(KEYS, body, format="json").json()
        assert made["prefix"] != "chosen"
        assert ApiKey.objects.get().digest != "0" * 64


class TestErrorShape:
    def check(self, answer, status, code):
        error = answer.json()["error"]
        assert answer.status_code == status
        assert set(error) == {"code", "message", "field", "details", "request_id"}
        assert error["code"] == code
        assert error["message"]

    def test_is_one_for_all(self, api):
        self.check(api.get(ME), 401, "not_signed_in")
        self.check(api.get("/api/v1/nothing/"), 404, "not_found")
        api.force_login(UserFactory(roles=["integration"]))
        self.check(api.get(KEYS), 403, "not_allowed")
        api.force_login(UserFactory(roles=["hr"]))
        self.check(api.get(f"{KEYS}999999/"), 404, "not_found")
        self.check(api.get(f"{KEYS}abc/"), 404, "not_found")
        self.check(api.delete(f"{KEYS}1/"), 405, "method_not_allowed")
        self.check(api.get(KEYS, {"cursor": "???"}), 400, "bad_cursor")
        self.check(api.get(KEYS, {"cursor": base64.b64encode(b"p=%00").decode()}), 400, "bad_cursor")
        self.check(api.get(KEYS, {"cursor": base64.b64encode(b"o=-5").decode()}), 400, "bad_cursor")
        self.check(api.post(KEYS, "{", content_type="application/json"), 400, "invalid")
        self.check(api.post(KEYS, "x", content_type="text/plain"), 415, "unsupported_media_type")

    def test_names_every_field(self, api):
        api.force_login(UserFactory(roles=["hr"]))
        error = api.post(KEYS, {"scopes": "staff.view", "expires_at": "soon"}, format="json").json()["error"]
        assert {entry["field"] for entry in error["details"]} == {"name", "scopes", "expires_at"}


class TestPages:
    def test_walk_through_everything_once(self, api):
        owner = UserFactory(roles=["hr"])
        for number in range(7):
            make_key(owner, ["staff.view"], name=f"key {number % 3}")
        api.force_login(owner)
        seen, address = [], f"{KEYS}?limit=3"
        while address:
            body = api.get(address).json()
            seen += [row["id"] for row in body["results"]]
            address = body["next"]
        assert sorted(seen) == sorted(ApiKey.objects.values_list("pk", flat=True))


class TestEntityTags:
    def test_save_the_body_of_what_has_not_changed(self, api):
        owner = UserFactory(roles=["hr"])
        key, _text = make_key(owner, ["staff.view"])
        api.force_login(owner)
        first = api.get(f"{KEYS}{key.pk}/")
        again = api.get(f"{KEYS}{key.pk}/", HTTP_IF_NONE_MATCH=first["ETag"])
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        weak = api.get(f"{KEYS}{key.pk}/", HTTP_IF_NONE_MATCH=f"W/{first['ETag']}")
        assert weak.status_code == 304
        api.post(f"{KEYS}{key.pk}/revoke/")
        assert api.get(f"{KEYS}{key.pk}/", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200

    def test_stand_on_lists_too(self, api):
        api.force_login(UserFactory(roles=["hr"]))
        tag = api.get(KEYS)["ETag"]
        assert api.get(KEYS, HTTP_IF_NONE_MATCH=f'"other", {tag}').status_code == 304


class TestRateLimit:
    def test_counts_each_caller_and_says_when_to_go_on(self, api, settings):
        settings.API_RATE_PER_MINUTE = 3
        owner = UserFactory(roles=["hr"])
        _key, text = make_key(owner, ["staff.view"])
        left = [api.get(ME, **bearer(text))["X-RateLimit-Remaining"] for _ in range(3)]
        assert left == ["2", "1", "0"]
        stopped = api.get(ME, **bearer(text))
        assert (stopped.status_code, stopped.json()["error"]["code"]) == (429, "too_many_requests")
        assert 1 <= int(stopped["Retry-After"]) <= 60
        assert stopped["X-RateLimit-Remaining"] == "0"
        _other, other_text = make_key(owner, ["staff.view"])
        assert api.get(ME, **bearer(other_text)).status_code == 200

    def test_counts_strangers_and_guesses_by_address(self, api, settings):
        settings.API_RATE_PER_MINUTE = 2
        assert api.get(ME).status_code == 401
        assert api.get(ME, **bearer("opk_00000000_guess"), HTTP_X_FORWARDED_FOR="10.0.0.1").status_code == 401
        assert api.get(ME, HTTP_X_FORWARDED_FOR="10.0.0.2").status_code == 429
        assert api.get(ME, **bearer("opk_00000000_guess")).status_code == 429
        assert api.get(ME, REMOTE_ADDR="192.0.2.9").status_code == 401

    def test_starts_anew_after_a_minute(self, api, settings, time_machine):
        settings.API_RATE_PER_MINUTE = 1
        _key, text = make_key(UserFactory(roles=["hr"]), ["staff.view"], now=now())
        time_machine.move_to("2026-03-02 09:00:00+00:00", tick=False)
        ApiKey.objects.update(expires_at=None)
        assert [api.get(ME, **bearer(text)).status_code for _ in range(2)] == [200, 429]
        time_machine.shift(61)
        assert api.get(ME, **bearer(text)).status_code == 200
        assert RateWindow.objects.count() == 1
