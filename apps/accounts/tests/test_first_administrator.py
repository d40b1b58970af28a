"""A new portal holds no account: whoever set it up opens the first, once."""

from io import StringIO
from threading import Barrier, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.urls import reverse

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.selectors import roles_granted
from apps.accounts.services import create_account, open_first_administrator
from apps.accounts.tests.factories import UserFactory
from apps.core.clock import now
from apps.core.errors import Refusal


def said(*words):
    out = StringIO()
    call_command("open_administrator", *words, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
class TestCommand:
    def test_opens_an_account_that_can_sign_in_and_open_others(self, client):
        text = said("First@Company.com", "--name", "Ada Prior")
        password = text.split("password ")[1].split()[0]
        user = User.objects.get()
        assert (user.email, user.name, roles_granted(user)) == ("first@company.com", "Ada Prior", {Role.ADMINISTRATOR})
        response = client.post(reverse("account_login"), {"login": "first@company.com", "password": password})
        assert response.status_code == 302
        assert "_auth_user_id" in client.session

    def test_keeps_the_password_in_nobody_s_reach(self):
        password = said("first@company.com").split("password ")[1].split()[0]
        stored = User.objects.get().password
        assert password not in stored
        assert User.objects.get().check_password(password)
        assert len(password) >= 20

    def test_is_refused_once_somebody_can_open_accounts(self):
        said("first@company.com")
        with pytest.raises(CommandError, match="There is an administrator already"):
            said("second@company.com")
        assert User.objects.count() == 1

    def test_is_open_again_when_the_only_administrator_is_closed(self):
        UserFactory(roles=[Role.ADMINISTRATOR], is_active=False)
        assert "Sign in as" in said("next@company.com")

    @pytest.mark.parametrize(("address", "words"), [("nobody", "is not an e-mail"), ("taken@company.com", "already")])
    def test_says_what_is_wrong_with_an_address(self, address, words):
        create_account(email="taken@company.com", name="Taken", roles=[Role.COO], by=None, now=now())
        with pytest.raises(CommandError, match=words):
            said(address)
        assert User.objects.count() == 1

    def test_without_an_address_says_whether_it_is_needed(self):
        assert "./portal manage open_administrator" in said()
        said("first@company.com")
        assert said() == ""


@pytest.mark.django_db(transaction=True)
def test_two_at_once_open_one_account():
    start, found = Barrier(2), []

    def open_one(number):
        start.wait()
        try:
            found.append(open_first_administrator(email=f"a{number}@company.com", name="A", now=now()))
        except Refusal as refusal:
            found.append(refusal)
        finally:
            connections.close_all()

    both = [Thread(target=open_one, args=[number]) for number in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(isinstance(one, Refusal) for one in found) == [False, True]
    assert User.objects.count() == 1
