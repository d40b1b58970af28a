"""Accounts, roles, keys, demo accounts, counting."""

import threading
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.db import connections
from django.test import Client

from apps.accounts import selectors, services
from apps.accounts.models import ApiKey, RateWindow, User
from apps.accounts.tests.factories import PASSWORD, UserFactory, make_key
from apps.core.clock import now
from apps.core.errors import Conflict, NotAllowed

pytestmark = pytest.mark.django_db


class TestCreateAccount:
    def test_opens_with_roles(self):
        user = services.create_account(
            email="New@Example.com", name=" New One ", roles=["hr", "employee"], by=None, now=now()
        )
        assert (user.name, user.email) == ("New One", "new@example.com")
        assert selectors.roles_of(user) == {"hr", "employee"}
        assert not user.has_usable_password()

    def test_refuses_a_taken_mail_whatever_its_case_and_stores_nothing(self):
        UserFactory(email="ann@example.com")
        with pytest.raises(Conflict) as refusal:
            services.create_account(email="ANN@example.com", name="Ann", roles=["hr"], by=None, now=now())
        assert refusal.value.field == "email"
        assert User.objects.count() == 1

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"email": "no-address"}, "email"),
            ({"email": ""}, "email"),
            ({"name": "  "}, "name"),
            ({"roles": ["hr", "emperor"]}, "roles"),
            ({"password": "short"}, "password"),
            ({"password": "password1234"}, "password"),
        ],
    )
    def test_names_what_is_wrong(self, change, field):
        given = {"email": "a@example.com", "name": "A B", "roles": ["hr"], **change}
        with pytest.raises(services.AccountRefused) as refusal:
            services.create_account(**given, by=None, now=now())
        assert refusal.value.field == field
        assert User.objects.count() == 0


class TestRoles:
    def test_are_given_and_taken_by_others_only(self):
        admin, user = UserFactory(roles=["administrator"]), UserFactory()
        services.grant_role(user=user, role="hr", by=admin, now=now())
        services.grant_role(user=user, role="hr", by=admin, now=now())
        assert selectors.roles_of(user) == {"hr"}
        services.revoke_role(user=user, role="hr", by=admin, now=now())
        assert selectors.roles_of(user) == frozenset()
        for act in (services.grant_role, services.revoke_role):
            with pytest.raises(NotAllowed):
                act(user=admin, role="coo", by=admin, now=now())

    def test_the_last_administrator_stays(self):
        admin, other = UserFactory(roles=["administrator"]), UserFactory(roles=["administrator"])
        services.close_account(user=other, by=admin, now=now())
        with pytest.raises(services.LastAdministrator):
            services.revoke_role(user=admin, role="administrator", by=other, now=now())
        with pytest.raises(services.LastAdministrator):
            services.close_account(user=admin, by=other, now=now())
        admin.refresh_from_db()
        assert admin.is_active
        assert selectors.roles_of(admin) == {"administrator"}

    def test_set_roles_is_all_or_nothing(self):
        admin, user = UserFactory(roles=["administrator"]), UserFactory(roles=["hr", "employee"])
        services.set_roles(user=user, roles=["hr", "auditor"], by=admin, now=now(), reason="moved")
        assert selectors.roles_granted(user) == {"hr", "auditor"}
        with pytest.raises(services.AccountRefused):
            services.set_roles(user=user, roles=["coo", "nobody"], by=admin, now=now())
        assert selectors.roles_granted(user) == {"hr", "auditor"}

    def test_a_closed_account_holds_no_capability(self):
        user = UserFactory(roles=["hr"])
        services.close_account(user=user, by=None, now=now())
        assert selectors.capabilities_for(user) == frozenset()
        assert user not in selectors.users_with_capability("staff.manage")


class TestCloseAccount:
    def test_ends_keys_and_sessions_and_again_changes_nothing(self, client):
        user = UserFactory(roles=["hr"])
        key, _text = make_key(user, ["staff.view"])
        client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        assert UserSession.objects.filter(user=user).count() == 1
        services.close_account(user=user, by=None, now=now())
        key.refresh_from_db()
        first = user.closed_at
        assert (user.is_active, key.revoked_at is not None, UserSession.objects.count()) == (False, True, 0)
        services.close_account(user=user, by=None, now=now() + timedelta(hours=1))
        assert user.closed_at == first

    def test_reopening_brings_no_key_back(self):
        user = UserFactory(roles=["hr"])
        make_key(user, ["staff.view"])
        services.close_account(user=user, by=None, now=now())
        services.reopen_account(user=user, by=None, now=now())
        assert user.is_active
        assert not ApiKey.objects.usable(now()).exists()


class TestIssueKey:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"scopes": []}, "scopes"),
            ({"scopes": ["staff.fly"]}, "scopes"),
            ({"scopes": ["accounts.manage"]}, "scopes"),
            ({"allowed_networks": ["10.0.0.0/8", "300.1.1.1"]}, "allowed_networks"),
            ({"expires_at": now() - timedelta(days=1)}, "expires_at"),
            ({"expires_at": now() + timedelta(days=400)}, "expires_at"),
        ],
    )
    def test_names_what_is_wrong(self, change, field):
        with pytest.raises((services.KeyRefused, services.UnknownScope)) as refusal:
            make_key(UserFactory(roles=["hr"]), **{"scopes": ["staff.view"], "now": now(), **change})
        assert refusal.value.field == field
        assert ApiKey.objects.count() == 0

    def test_writes_networks_in_one_form(self):
        key, _text = make_key(
            UserFactory(roles=["hr"]), ["staff.view"], allowed_networks=["10.1.2.3/8", "192.0.2.7", "2001:db8::1"]
        )
        assert key.allowed_networks == ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::1/128"]


class TestDemo:
    def test_is_impossible_outside_a_demo(self):
        for act in (
            services.demo_password,
            lambda: services.create_demo_account(email="a@example.com", name="A", roles=["hr"], now=now()),
        ):
            with pytest.raises(services.DemoRefused):
                act()
        assert User.objects.count() == 0
        assert selectors.demo_sign_ins() == []

    def test_the_password_belongs_to_the_installation(self, settings):
        settings.IS_DEMO = True
        first = services.demo_password()
        settings.SECRET_KEY = "another" * 8
        assert services.demo_password() != first

    def test_shows_one_sign_in_per_role_and_they_work(self, client, settings):
        settings.IS_DEMO = True
        for role, mail in (("employee", "e@example.com"), ("coo", "c@example.com"), ("employee", "f@example.com")):
            services.create_demo_account(email=mail, name=mail, roles=[role], now=now())
        page = client.get("/accounts/login/")
        assert [entry.role for entry in page.context["demo_sign_ins"]] == ["coo", "employee"]
        answer = client.post("/accounts/login/", {"login": "c@example.com", "password": services.demo_password()})
        assert answer.status_code == 302

    def test_the_page_shows_none_outside_a_demo(self, client, settings):
        settings.IS_DEMO = True
        services.create_demo_account(email="c@example.com", name="Demo Person", roles=["coo"], now=now())
        settings.IS_DEMO = False
        page = client.get("/accounts/login/").content.decode()
        assert "Demo Person" not in page
        assert "demo-" not in page


class TestSecretsAtRest:
    def test_a_failed_sign_in_leaves_no_password_behind(self, client):
        client.post("/accounts/login/", {"login": "a@example.com", "password": "very secret words"})
        assert AccessAttempt.objects.count() == 1
        assert "very secret" not in str(list(AccessAttempt.objects.values()))


@pytest.mark.django_db(transaction=True)
class TestCountRequest:
    def test_counts_fifty_at_once_as_fifty(self):
        counts, gate, moment = [], threading.Barrier(50), now()

        def count():
            gate.wait()
            counts.append(services.count_request(caller="key:1", now=moment).count)
            connections.close_all()

        threads = [threading.Thread(target=count) for _ in range(50)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert sorted(counts) == list(range(1, 51))
        assert RateWindow.objects.get().count == 50


class TestPages:
    """The doors of the account pages; what they do is tested above."""

    ADMIN_ONLY = ("/accounts/new/", "/accounts/{pk}/edit/", "/accounts/{pk}/roles/", "/accounts/{pk}/close/")

    @pytest.mark.parametrize(
        "role", ["coo", "gm", "manager", "hr", "finance", "employee", "auditor", "administrator", "integration"]
    )
    def test_open_for_the_roles_they_are_for(self, client, role):
        other = UserFactory(name="Planted Marker")
        client.force_login(UserFactory(roles=[role]))
        own = 403 if role == "integration" else 200
        assert {client.get(address).status_code for address in ("/accounts/me/", "/accounts/keys/")} == {own}
        views = 200 if role in {"administrator", "auditor"} else 403
        for address in ("/accounts/", f"/accounts/{other.pk}/"):
            page = client.get(address)
            assert page.status_code == views
            assert ("Planted Marker" in page.content.decode()) == (views == 200)
        manages = 200 if role == "administrator" else 403
        assert {client.get(address.format(pk=other.pk)).status_code for address in self.ADMIN_ONLY} == {manages}

    def test_nobody_else_sees_or_ends_my_session(self, client):
        victim = UserFactory(roles=["employee"])
        Client().post("/accounts/login/", {"login": victim.email, "password": PASSWORD})
        session = UserSession.objects.get(user=victim)
        client.force_login(UserFactory(roles=["administrator"]))
        assert client.post(f"/accounts/me/sessions/{session.pk}/end/").status_code == 404
        assert UserSession.objects.filter(pk=session.pk).exists()

    def test_open_an_account_and_mail_the_link(self, client, mailoutbox):
        client.force_login(UserFactory(roles=["administrator"]))
        given = {"name": "New Person", "email": "new@example.com", "roles": ["hr"]}
        answer = client.post("/accounts/new/", given)
        user = User.objects.get(email="new@example.com")
        assert answer["Location"] == f"/accounts/{user.pk}/"
        assert [message.to for message in mailoutbox] == [["new@example.com"]]

    def test_keep_what_was_typed_when_refused(self, client):
        UserFactory(email="taken@example.com")
        client.force_login(UserFactory(roles=["administrator"]))
        page = client.post("/accounts/new/", {"name": "Kept Name", "email": "taken@example.com", "roles": ["hr"]})
        assert page.status_code == 422
        assert "Kept Name" in page.content.decode()
        assert "There is an account for taken@example.com already" in page.content.decode()

    def test_close_with_a_reason(self, client):
        admin, user = UserFactory(roles=["administrator"]), UserFactory(roles=["hr"])
        client.force_login(admin)
        assert client.post(f"/accounts/{user.pk}/close/", {"reason": ""}).status_code == 422
        assert client.post(f"/accounts/{user.pk}/close/", {"reason": "left"}).status_code == 302
        user.refresh_from_db()
        assert not user.is_active
        assert client.post(f"/accounts/{admin.pk}/close/", {"reason": "me"}).status_code == 422

    def test_the_key_is_shown_once(self, client):
        user = UserFactory(roles=["hr"])
        client.force_login(user)
        given = {"name": "Loader", "owner": user.pk, "scopes": ["staff.view"], "life": "90"}
        page = client.post("/accounts/keys/new/", given)
        key = ApiKey.objects.get()
        assert page.status_code == 201
        assert page.context["text"] in page.content.decode()
        assert page.context["text"] not in client.get(f"/accounts/keys/{key.pk}/").content.decode()

    def test_a_foreign_owner_cannot_be_chosen_for_a_key(self, client):
        other = UserFactory(roles=["coo"])
        client.force_login(UserFactory(roles=["employee"]))
        given = {"name": "x", "owner": other.pk, "scopes": ["departments.view"], "life": "90"}
        assert client.post("/accounts/keys/new/", given).status_code == 422
        assert ApiKey.objects.count() == 0

    def test_a_foreign_key_is_not_there(self, client):
        key, _text = make_key(UserFactory(roles=["hr"]), ["staff.view"])
        client.force_login(UserFactory(roles=["hr"]))
        assert client.get(f"/accounts/keys/{key.pk}/").status_code == 404
        assert client.post(f"/accounts/keys/{key.pk}/revoke/").status_code == 404

    def test_hostile_text_is_shown_as_text(self, client):
        UserFactory(name="<script>alert(1)</script>")
        client.force_login(UserFactory(roles=["administrator"]))
        assert "<script>alert" not in client.get("/accounts/").content.decode()


class TestForgetOldAccess:
    def test_keeps_what_is_still_needed(self, client):
        user = UserFactory(roles=["employee"])
        client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        services.count_request(caller="key:1", now=now())
        assert services.forget_old_access(now=now()) == 0
        assert client.get("/accounts/me/").status_code == 200

    def test_removes_ended_sessions_and_old_traces(self, client):
        user = UserFactory(roles=["employee"])
        client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        services.count_request(caller="key:1", now=now())
        later = now() + timedelta(days=401)
        # the session, its line in the list, the sign-in, and the counts of the sign-in form and of the key
        assert services.forget_old_access(now=later) == 5
        assert (UserSession.objects.count(), RateWindow.objects.count(), user.sign_ins.count()) == (0, 0, 0)
        assert services.forget_old_access(now=later) == 0
