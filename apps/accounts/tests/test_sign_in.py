"""Signing in: the form, the lock, the code, what it gives away."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from apps.accounts import services
from apps.accounts.choices import SignInResult
from apps.accounts.models import SignIn
from apps.accounts.tests.factories import PASSWORD, UserFactory
from apps.core.clock import now

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


def refuse_connection(*_args, **_kwargs):
    raise ConnectionRefusedError


def sign_in(client, email, password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": email, "password": password}, **extra)


class TestSignInPage:
    def test_opens_for_anyone_and_offers_no_sign_up(self, client):
        page = client.get(LOGIN)
        assert page.status_code == 200
        assert b"signup" not in page.content
        assert client.get("/accounts/signup/").status_code == 404

    def test_lets_the_right_password_in_and_writes_it_down(self, client):
        user = UserFactory(roles=["employee"])
        answer = sign_in(client, user.email.upper())
        assert answer.status_code == 302
        assert answer["Location"] == reverse("dashboards:home")
        entry = SignIn.objects.get()
        assert (entry.user, entry.result, entry.address) == (user, SignInResult.SUCCEEDED, "127.0.0.1")

    def test_comes_back_to_the_page_asked_for(self, client):
        user = UserFactory(roles=["employee"])
        asked = client.get("/accounts/me/?tab=1")
        assert asked["Location"] == "/accounts/login/?next=/accounts/me/%3Ftab%3D1"
        answer = client.post(
            asked["Location"], {"login": user.email, "password": PASSWORD, "next": "/accounts/me/?tab=1"}
        )
        assert answer["Location"] == "/accounts/me/?tab=1"

    def test_goes_nowhere_else_after_signing_in(self, client):
        user = UserFactory(roles=["employee"])
        answer = client.post(LOGIN, {"login": user.email, "password": PASSWORD, "next": "https://evil.example/"})
        assert "evil" not in answer["Location"]

    def test_says_the_same_of_a_wrong_password_and_an_unknown_account(self, client):
        user = UserFactory()
        known = sign_in(client, user.email, "wrong password")
        unknown = sign_in(client, "nobody@example.com", "wrong password")
        assert known.status_code == unknown.status_code == 422

        def words(page, mail):
            return (
                page.content.decode()
                .replace(mail, "X")
                .split("<main")[1]
                .split("</main")[0]
                .split("csrfmiddlewaretoken")
            )

        assert words(known, user.email)[0] == words(unknown, "nobody@example.com")[0]
        assert [entry.user for entry in SignIn.objects.order_by("pk")] == [user, None]

    def test_keeps_the_typed_mail_and_never_the_password(self, client):
        page = sign_in(client, "ann@example.com", "my secret words")
        assert b'value="ann@example.com"' in page.content
        assert b"my secret words" not in page.content


class TestWhoMaySignIn:
    def test_a_closed_account_is_told_so_only_with_the_right_password(self, client):
        user = UserFactory(is_active=False)
        assert sign_in(client, user.email)["Location"] == reverse("account_inactive")
        assert sign_in(client, user.email, "wrong").status_code == 422
        assert "_auth_user_id" not in client.session

    def test_a_system_account_cannot(self, client):
        user = UserFactory(is_system=True, roles=["integration"])
        assert sign_in(client, user.email)["Location"] == reverse("account_inactive")
        assert "_auth_user_id" not in client.session

    def test_a_demo_account_cannot_outside_a_demo(self, client, settings):
        user = UserFactory(is_demo=True, roles=["employee"])
        assert sign_in(client, user.email)["Location"] == reverse("account_inactive")
        assert "_auth_user_id" not in client.session
        settings.IS_DEMO = True
        assert sign_in(client, user.email)["Location"] == reverse("dashboards:home")
        settings.IS_DEMO = False
        assert client.get("/accounts/me/").status_code == 302


class TestLock:
    def test_stops_after_ten_wrong_ones_even_for_the_right_password(self, client):
        user = UserFactory()
        answers = [sign_in(client, user.email, "wrong") for _ in range(10)]
        assert answers[-1].status_code == 429
        assert answers[-1]["Retry-After"] == "900"
        locked = sign_in(client, user.email)
        assert locked.status_code == 429
        assert "Too many attempts" in locked.content.decode()
        assert SignIn.objects.filter(result=SignInResult.SUCCEEDED).count() == 0

    def test_locks_unknown_accounts_alike(self, client):
        answers = [sign_in(client, "nobody@example.com", "wrong") for _ in range(10)]
        assert answers[-1].status_code == 429

    def test_a_made_up_forwarded_address_does_not_help(self, client):
        UserFactory(email="ann@example.com")
        for number in range(10):
            sign_in(client, f"x{number}@example.com", "wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
        assert sign_in(client, "ann@example.com", HTTP_X_FORWARDED_FOR="10.9.9.9").status_code == 429

    def test_counts_sendings_before_it_hashes(self, client, settings):
        settings.AXES_ENABLED = False
        answers = [sign_in(client, "nobody@example.com", "wrong").status_code for _ in range(31)]
        assert answers[29] == 422
        assert answers[30] == 429


class TestPasswordReset:
    def test_answers_alike_and_mails_only_an_account(self, client):
        user = UserFactory()
        known = client.post("/accounts/password/reset/", {"email": user.email})
        unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
        assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
        assert [message.to for message in mail.outbox] == [[user.email]]

    def test_an_absent_mail_server_gives_nothing_away(self, client, monkeypatch):
        user = UserFactory()
        monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse_connection)
        known = client.post("/accounts/password/reset/", {"email": user.email})
        unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
        assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])

    def test_does_not_wait_for_the_mail_server(self, client, settings, monkeypatch):
        settings.MAIL_BESIDE_REQUEST = True
        let_go, sent = threading.Event(), threading.Event()
        monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda self: let_go.wait(20) and sent.set())
        client.post("/accounts/password/reset/", {"email": UserFactory().email})
        assert not sent.is_set()
        let_go.set()
        assert sent.wait(20)

    def test_the_link_works_once_and_ends_other_sessions(self, client, django_user_model):
        user = UserFactory(roles=["employee"])
        other = type(client)()
        other.force_login(user)
        client.post("/accounts/password/reset/", {"email": user.email})
        link = next(word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word)
        form = client.get(link, follow=True)
        address = form.redirect_chain[-1][0]
        new = "quite another pass phrase"
        assert client.post(address, {"password1": new, "password2": new}).status_code == 302
        assert sign_in(client, user.email, new).status_code == 302
        assert other.get("/accounts/me/").status_code == 302
        stale = type(client)().get(link, follow=True)
        assert "does not work" in stale.content.decode()

    def test_refuses_a_weak_password_and_says_why(self, client):
        user = UserFactory()
        client.post("/accounts/password/reset/", {"email": user.email})
        link = next(word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word)
        address = client.get(link, follow=True).redirect_chain[-1][0]
        page = client.post(address, {"password1": "abcabcabcabc", "password2": "abcabcabcabc"})
        assert "repeats" in page.content.decode()
        user.refresh_from_db()
        assert user.check_password(PASSWORD)


class TestSessions:
    def test_ends_when_idle_and_says_why(self, client, time_machine):
        user = UserFactory(roles=["employee"])
        time_machine.move_to("2026-03-02 09:00:00+00:00", tick=False)
        sign_in(client, user.email)
        time_machine.shift(timedelta(minutes=59))
        assert client.get("/accounts/me/").status_code == 200
        time_machine.shift(timedelta(minutes=59))
        assert client.get("/accounts/me/").status_code == 200
        time_machine.shift(timedelta(minutes=61))
        answer = client.get("/accounts/me/")
        assert answer["Location"].endswith("next=/accounts/me/&ended=idle")
        assert "60 minutes without activity" in client.get(answer["Location"]).content.decode()

    def test_ends_when_old_however_busy(self, client, time_machine):
        user = UserFactory(roles=["employee"])
        time_machine.move_to("2026-03-02 06:00:00+00:00", tick=False)
        sign_in(client, user.email)
        for _ in range(24):
            time_machine.shift(timedelta(minutes=30))
            assert client.get("/accounts/me/").status_code == 200
        time_machine.shift(timedelta(minutes=2))
        assert client.get("/accounts/me/")["Location"].endswith("ended=old")

    def test_a_form_sent_too_late_leads_back_to_the_form(self, client, time_machine):
        user = UserFactory(roles=["administrator"])
        time_machine.move_to("2026-03-02 09:00:00+00:00", tick=False)
        sign_in(client, user.email)
        client.get("/accounts/new/")
        time_machine.shift(timedelta(minutes=61))
        answer = client.post("/accounts/new/", {"name": "X"}, HTTP_REFERER="http://testserver/accounts/new/")
        assert answer["Location"] == "/accounts/login/?next=/accounts/new/&ended=idle"

    def test_a_referer_elsewhere_is_not_followed(self, client):
        answer = client.post("/accounts/new/", {}, HTTP_REFERER="https://evil.example/x")
        assert answer["Location"] == "/accounts/login/?next=/"

    def test_closing_the_account_ends_them_on_the_next_click(self, client):
        user = UserFactory(roles=["employee"])
        client.force_login(user)
        assert client.get("/accounts/me/").status_code == 200
        services.close_account(user=user, by=None, now=now())
        assert client.get("/accounts/me/").status_code == 302
        services.reopen_account(user=user, by=None, now=now())
        assert client.get("/accounts/me/").status_code == 302

    def test_ending_sessions_signs_out_everywhere(self, client):
        user = UserFactory(roles=["employee"])
        client.force_login(user)
        services.end_sessions(user=user, by=user, now=now())
        assert client.get("/accounts/me/").status_code == 302
