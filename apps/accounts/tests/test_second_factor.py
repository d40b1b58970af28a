"""The sign-in code: who must have one, how it is checked, how often it may be wrong."""

import threading
from datetime import timedelta

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.db import connection, connections
from django.urls import reverse

from apps.accounts import services
from apps.accounts.choices import SignInResult
from apps.accounts.models import SignIn
from apps.accounts.services.signing import WRONG_CODES
from apps.accounts.tests.factories import PASSWORD, UserFactory
from apps.core.clock import now

pytestmark = pytest.mark.django_db

LOGIN, AUTHENTICATE, ME = "/accounts/login/", "/accounts/2fa/authenticate/", "/accounts/me/"


def with_app(user):
    """Give the account an authenticator app; its secret."""
    secret = generate_totp_secret()
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": get_adapter().encrypt(secret)}
    )
    return secret


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def password_step(client, user):
    return client.post(LOGIN, {"login": user.email, "password": PASSWORD})


class TestWhoMustHaveOne:
    @pytest.fixture(autouse=True)
    def required(self, settings):
        settings.REQUIRE_TOTP = True

    @pytest.mark.parametrize("role", ["coo", "gm", "hr", "administrator"])
    def test_sends_those_roles_to_set_it_up_whatever_they_ask_for(self, client, role):
        client.force_login(UserFactory(roles=[role]))
        for address in (ME, "/accounts/", "/accounts/keys/new/"):
            assert client.get(address)["Location"] == reverse("mfa_activate_totp")
        assert client.post("/accounts/me/sessions/end/").status_code == 302
        assert client.get("/api/v1/me/").status_code == 403

    @pytest.mark.parametrize("role", ["manager", "finance", "employee", "auditor"])
    def test_lets_the_others_in(self, client, role):
        client.force_login(UserFactory(roles=[role]))
        assert client.get(ME).status_code == 200

    def test_lets_them_sign_out(self, client):
        client.force_login(UserFactory(roles=["coo"]))
        assert client.post("/accounts/logout/").status_code == 302
        assert client.get(ME)["Location"].startswith("/accounts/login/")

    def test_setting_it_up_opens_the_portal(self, client):
        user = UserFactory(roles=["coo"])
        password_step(client, user)
        page = client.get(reverse("mfa_activate_totp"))
        secret = page.context["form"].secret
        assert secret in page.content.decode()
        answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
        assert answer["Location"] == reverse("mfa_view_recovery_codes")
        assert client.get(ME).status_code == 200
        stored = Authenticator.objects.get(user=user, type="totp").data["secret"]
        assert secret not in stored

    def test_cannot_be_switched_off_by_those_roles(self, client):
        user = UserFactory(roles=["hr"])
        with_app(user)
        client.force_login(user)
        assert client.get(ME).status_code == 200
        answer = client.post(reverse("mfa_deactivate_totp"))
        assert "cannot be switched off" in answer.content.decode()
        assert Authenticator.objects.filter(user=user).exists()

    def test_a_new_such_role_ends_sessions_that_had_no_code(self, client):
        user = UserFactory(roles=["employee"])
        client.force_login(user)
        assert client.get(ME).status_code == 200
        services.grant_role(user=user, role="hr", by=None, now=now())
        assert client.get(ME).status_code == 302

    def test_a_role_without_code_ends_none(self, client):
        user = UserFactory(roles=["employee"])
        client.force_login(user)
        services.grant_role(user=user, role="manager", by=None, now=now())
        assert client.get(ME).status_code == 200


class TestReset:
    def test_takes_the_code_away_and_signs_out(self, client):
        admin, user = UserFactory(roles=["administrator"]), UserFactory(roles=["employee"])
        with_app(user)
        theirs = type(client)()
        theirs.force_login(user)
        client.force_login(admin)
        assert client.post(f"/accounts/{user.pk}/code/reset/").status_code == 302
        assert not Authenticator.objects.filter(user=user).exists()
        assert theirs.get(ME).status_code == 302
        assert password_step(theirs, user)["Location"] == reverse("dashboards:home")

    def test_nobody_resets_their_own(self, client):
        admin = UserFactory(roles=["administrator"])
        with_app(admin)
        client.force_login(admin)
        assert client.post(f"/accounts/{admin.pk}/code/reset/").status_code == 403
        assert Authenticator.objects.filter(user=admin).exists()

    def test_a_lost_seal_is_told_and_opens_nothing(self, client, settings):
        user = UserFactory(roles=["employee"])
        secret = with_app(user)
        password_step(client, user)
        settings.TOKEN_PEPPER = "another one"
        answer = client.post(AUTHENTICATE, {"code": code_of(secret)})
        assert answer.status_code == 409
        assert "can no longer be read" in answer.content.decode()
        assert "_auth_user_id" not in client.session


class TestConfirming:
    def test_asks_again_once_the_sign_in_is_old(self, client, time_machine):
        time_machine.move_to("2026-03-02 09:00:00+00:00", tick=False)
        user = UserFactory(roles=["employee"])
        password_step(client, user)
        assert client.get(reverse("mfa_activate_totp")).status_code == 200
        time_machine.shift(timedelta(minutes=6))
        asked = client.get(reverse("mfa_activate_totp"))
        assert asked["Location"].startswith("/accounts/reauthenticate/")
        assert client.post(asked["Location"], {"password": "wrong"}).status_code == 200
        assert client.get(reverse("mfa_activate_totp")).status_code == 302
        assert client.post(asked["Location"], {"password": PASSWORD})["Location"] == reverse("mfa_activate_totp")
        assert client.get(reverse("mfa_activate_totp")).status_code == 200


class TestCodeStep:
    def test_the_password_alone_opens_nothing(self, client):
        user = UserFactory(roles=["employee"])
        with_app(user)
        assert password_step(client, user)["Location"] == AUTHENTICATE
        assert client.get(ME).status_code == 302
        assert SignIn.objects.count() == 0

    def test_the_code_opens(self, client):
        user = UserFactory(roles=["employee"])
        secret = with_app(user)
        password_step(client, user)
        assert client.post(AUTHENTICATE, {"code": code_of(secret)})["Location"] == reverse("dashboards:home")
        assert client.get(ME).status_code == 200

    def test_a_code_works_once(self, client):
        user = UserFactory(roles=["employee"])
        secret = with_app(user)
        code = code_of(secret)
        password_step(client, user)
        client.post(AUTHENTICATE, {"code": code})
        second = type(client)()
        password_step(second, user)
        second.post(AUTHENTICATE, {"code": code})
        assert "_auth_user_id" not in second.session

    def test_five_wrong_ones_stop_even_the_right_one(self, client, time_machine):
        time_machine.move_to("2026-03-02 09:00:00+00:00", tick=False)
        user = UserFactory(roles=["employee"])
        secret = with_app(user)
        password_step(client, user)
        for _ in range(WRONG_CODES):
            assert "not right" in client.post(AUTHENTICATE, {"code": "000000"}).content.decode()
        stopped = client.post(AUTHENTICATE, {"code": code_of(secret)})
        assert "Too many wrong codes" in stopped.content.decode()
        assert "_auth_user_id" not in client.session
        assert SignIn.objects.filter(user=user, result=SignInResult.CODE_FAILED).count() == WRONG_CODES
        time_machine.shift(timedelta(minutes=16))
        password_step(client, user)
        assert client.post(AUTHENTICATE, {"code": code_of(secret)}).status_code == 302


@pytest.mark.django_db(transaction=True)
class TestParallelGuesses:
    def test_twenty_at_once_are_asked_five_times(self):
        user = UserFactory()
        asked, refused, gate = [], [], threading.Barrier(20)

        def guess():
            gate.wait()
            try:
                services.check_code(user=user, is_right=lambda: bool(asked.append(1)), address="", device="", now=now())
            except services.CodesExhausted:
                refused.append(1)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=guess) for _ in range(20)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        connection.close()
        assert (len(asked), len(refused)) == (WRONG_CODES, 20 - WRONG_CODES)
