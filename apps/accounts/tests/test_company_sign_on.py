"""Company sign-on by OpenID Connect, against a stand-in for the company's server."""

import json
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse

from apps.accounts import services
from apps.accounts.http.adapters import SocialAccountAdapter
from apps.accounts.models import User
from apps.accounts.tests.factories import PASSWORD, UserFactory
from apps.core.clock import now

pytestmark = pytest.mark.django_db

SERVER = "https://id.example.com"
DISCOVERY = {
    "issuer": SERVER,
    "authorization_endpoint": f"{SERVER}/authorize",
    "token_endpoint": f"{SERVER}/token",
    "userinfo_endpoint": f"{SERVER}/me",
    "jwks_uri": f"{SERVER}/keys",
}


class Answer:
    def __init__(self, body):
        self.body, self.status_code, self.content, self.text = body, 200, json.dumps(body).encode(), json.dumps(body)
        self.headers = {"content-type": "application/json"}

    def json(self):
        return self.body

    def raise_for_status(self):
        return None


class CompanyServer:
    """Answers discovery, token and userinfo; CLAIMS is who comes back."""

    def __init__(self):
        self.claims = {}

    def get(self, url, **_):
        return Answer(DISCOVERY if "well-known" in url else self.claims)

    def request(self, method, url, **_):
        if url.endswith("/token"):
            token = jwt.encode({"iss": SERVER, "aud": "portal", **self.claims}, "x" * 32, algorithm="HS256")
            return Answer({"access_token": "a", "token_type": "bearer", "id_token": token})
        return self.get(url)

    post = request

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


@pytest.fixture
def company(settings, monkeypatch):
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "company",
                    "name": "Company sign-in",
                    "client_id": "portal",
                    "secret": "s",
                    "settings": {"server_url": SERVER, "verified_email": False, "fetch_userinfo": True},
                }
            ],
        }
    }
    server = CompanyServer()
    monkeypatch.setattr(SocialAccountAdapter, "get_requests_session", lambda self: server)
    return server


def come_back(client, company, **claims):
    company.claims = {"sub": "7", **claims}
    out = client.get(reverse("openid_connect_login", args=["company"]))
    query = parse_qs(urlsplit(out["Location"]).query)
    assert out["Location"].startswith(f"{SERVER}/authorize")
    assert query["code_challenge_method"] == ["S256"]
    return client.get(reverse("openid_connect_callback", args=["company"]), {"state": query["state"][0], "code": "c"})


def test_the_sign_in_page_offers_it_as_a_link(client, company):
    assert "Company sign-in" in client.get("/accounts/login/").content.decode()


def test_opens_the_account_with_that_verified_mail(client, company):
    user = services.create_account(
        email="Ann@Example.com", name="Ann", roles=["employee"], password=PASSWORD, by=None, now=now()
    )
    answer = come_back(client, company, email="aNN@example.com", email_verified=True)
    assert answer["Location"] == reverse("dashboards:home")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert SocialAccount.objects.get().user == user
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_an_unverified_mail_opens_nothing(client, company):
    UserFactory(roles=["employee"], email="ann@example.com")
    come_back(client, company, email="ann@example.com", email_verified=False)
    assert "_auth_user_id" not in client.session
    assert SocialAccount.objects.count() == 0


def test_nobody_unknown_gets_an_account(client, company):
    answer = come_back(client, company, email="stranger@example.com", email_verified=True)
    shown = client.get(answer["Location"]) if answer.status_code == 302 else answer
    assert "no account for you" in shown.content.decode()
    assert User.objects.count() == 0
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_system": True}, {"is_demo": True}])
def test_a_closed_account_stays_closed(client, company, change):
    UserFactory(roles=["employee"], email="ann@example.com", **change)
    come_back(client, company, email="ann@example.com", email_verified=True)
    assert "_auth_user_id" not in client.session


def test_a_made_up_answer_is_refused(client, company):
    UserFactory(email="ann@example.com")
    company.claims = {"sub": "7", "email": "ann@example.com", "email_verified": True}
    page = client.get(reverse("openid_connect_callback", args=["company"]), {"state": "made-up", "code": "c"})
    assert "did not work" in page.content.decode()
    assert "_auth_user_id" not in client.session
